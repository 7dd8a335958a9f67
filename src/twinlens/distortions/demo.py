"""The pairs of `twinlens demo`: photographs that ship inside scikit-image, each processed two ways."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from skimage import data

from twinlens.distortions.distortion import Pixels, named

PAIRS: tuple[tuple[str, Callable[[], Pixels], str, str, int], ...] = (
    ("portrait", data.astronaut, "b", "smear", 3),
    ("coffee", data.coffee, "a", "halo", 3),
    ("cat", data.chelsea, "b", "jpeg", 3),
    ("rocket", data.rocket, "a", "blur", 2),
    ("night", data.rocket, "b", "noise", 3),
    ("white-balance", data.coffee, "a", "cast", 3),
)
"""Name, photograph, which side is damaged, how, and how strongly."""


def write_pairs(folder: Path) -> list[tuple[str, Path, Path]]:
    """Writes the pairs as PNG into a folder: name, and the files of a and b; an OSError where it cannot."""
    written = []
    for name, load, damaged, distortion, strength in PAIRS:
        photo = np.asarray(load(), np.uint8)
        files = [folder / f"{name}_{side}.png" for side in "ab"]
        for file, side in zip(files, "ab", strict=True):
            shown = named(distortion)(photo, strength) if side == damaged else photo
            ok, encoded = cv2.imencode(".png", cv2.cvtColor(shown, cv2.COLOR_RGB2BGR))
            if not ok:
                raise OSError(f"{file}: cannot be encoded as PNG")
            file.write_bytes(encoded.tobytes())
        written.append((name, files[0], files[1]))
    return written
