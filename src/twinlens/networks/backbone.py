"""A photo becomes statistics of a convolutional network's activations, cell by cell.

What pools the activations is part of the ONNX file, so that any backbone looks alike from here: one input,
uint8 RGB of shape (height, width, 3) with sides that are multiples of `CELL`, and one output of shape
(2, channels, rows, columns), the mean and the mean square of each channel of each stage over each cell.
`twinlens.train.export` writes such files.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from twinlens.features.onnx_session import session

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float64]
CELL = 32
"""Pixels of a cell's side: the stride of the last stage."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Mean and mean square of each channel over each cell; float32 of shape (channels, rows, columns)."""

    mean: NDArray[np.float32]
    square: NDArray[np.float32]


def cells(file: Path, pixels: Pixels) -> Cells:
    """The activations of the network in `file` for uint8 RGB pixels whose sides are multiples of `CELL`."""
    mean, square = session(file).run(None, {"photo": np.ascontiguousarray(pixels)})[0]
    return Cells(mean, square)


def statistics(parts: list[Cells]) -> Floats:
    """Mean and standard deviation of each channel over the cells of all parts; shape (2, channels)."""
    mean, square = (
        np.concatenate([getattr(one, name).reshape(len(one.mean), -1) for one in parts], 1, dtype=np.float64)
        for name in ("mean", "square")
    )
    middle = mean.mean(1)
    return np.stack([middle, np.sqrt(np.maximum(square.mean(1) - middle**2, 1e-8))])


def whole(pixels: Pixels, long_side: int) -> Pixels:
    """A photo reduced to a long side, sides rounded to whole cells; one that is smaller is enlarged."""
    if max(pixels.shape[:2]) > 4 * long_side:  # by a whole number first, which is quick
        down, right = (side // 4 for side in pixels.shape[:2])
        even = pixels[: 4 * down, : 4 * right]
        pixels = np.asarray(cv2.resize(even, (right, down), interpolation=cv2.INTER_AREA), np.uint8)
    factor = long_side / max(pixels.shape[:2])
    height, width = (max(1, round(side * factor / CELL)) * CELL for side in pixels.shape[:2])
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=how), np.uint8)
