"""The pairs of `twinlens demo`: photographs that ship inside scikit-image, each processed two ways."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from skimage import data

from twinlens.distortions.distortion import Pixels, named

Made = tuple[str, Callable[[], Pixels], str, str, int]
PAIRS: tuple[Made, ...] = (
    ("portrait", data.astronaut, "b", "smear", 3),
    ("coffee", data.coffee, "a", "halo", 3),
    ("cat", data.chelsea, "b", "jpeg", 3),
    ("rocket", data.rocket, "a", "blur", 2),
    ("night", data.rocket, "b", "noise", 3),
    ("white-balance", data.coffee, "a", "cast", 3),
)
"""Name, photograph, which side is damaged, how, and how strongly."""


def write_pairs(folder: Path, pairs: Sequence[Made] = PAIRS) -> list[tuple[str, Path, Path]]:
    """Writes the pairs as PNG into a folder: name, and the files of a and b; an OSError where it cannot."""
    written = []
    for name, load, damaged, distortion, strength in pairs:
        photo = np.asarray(load(), np.uint8)
        a, b = (folder / f"{name}_{side}.png" for side in "ab")
        for file, side in ((a, "a"), (b, "b")):
            Image.fromarray(named(distortion)(photo, strength) if side == damaged else photo).save(file)
        written.append((name, a, b))
    return written
