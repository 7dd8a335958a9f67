"""The pairs of `twinlens demo`: photographs that ship inside scikit-image, each processed two ways."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from skimage import data

from twinlens.distortions.defects import Pixels, blur, cast, halo, jpeg, noise, smear


def _as_is(photo: Pixels, strength: int) -> Pixels:
    return photo


Way = tuple[Callable[[Pixels, int], Pixels], int]
PAIRS: tuple[tuple[str, Callable[[], Pixels], Way, Way], ...] = (
    ("portrait", data.astronaut, (_as_is, 1), (smear, 3)),
    ("coffee", data.coffee, (halo, 3), (_as_is, 1)),
    ("cat", data.chelsea, (_as_is, 1), (jpeg, 3)),
    ("rocket", data.rocket, (blur, 2), (_as_is, 1)),
    ("night", data.rocket, (_as_is, 1), (noise, 3)),
    ("white-balance", data.coffee, (cast, 3), (_as_is, 1)),
)
"""Name, photograph, and what was done to a and to b."""


def write_pairs(folder: Path) -> list[tuple[str, Path, Path]]:
    """Writes the pairs as PNG into a folder: name, and the files of a and b; an OSError where it cannot."""
    written = []
    for name, load, *ways in PAIRS:
        photo = np.asarray(load(), np.uint8)
        files = [folder / f"{name}_{side}.png" for side in "ab"]
        for file, (make, strength) in zip(files, ways, strict=True):
            ok, encoded = cv2.imencode(".png", cv2.cvtColor(make(photo, strength), cv2.COLOR_RGB2BGR))
            if not ok:
                raise OSError(f"{file}: cannot be encoded as PNG")
            file.write_bytes(encoded.tobytes())
        written.append((name, files[0], files[1]))
    return written
