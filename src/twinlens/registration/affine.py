"""Maps of the plane as 2x3 matrices: pixels (x, y, 1), centres at whole numbers, to another picture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from twinlens.core.types import Box

Affine = NDArray[np.float64]

LEAST_PATCHES = 8
"""The fewest places whose drift is believed."""


def identity() -> Affine:
    """The map that moves nothing."""
    return np.eye(2, 3)


def chain(outer: Affine, inner: Affine) -> Affine:
    """The map that applies `inner`, then `outer`."""
    return np.asarray(outer @ np.vstack([inner, [0, 0, 1]]))


def inverse(map: Affine) -> Affine:
    """The map back."""
    return np.asarray(cv2.invertAffineTransform(map), np.float64)


def apply(map: Affine, points: Affine) -> Affine:
    """Points of shape (n, 2), moved."""
    return np.asarray(points @ map[:, :2].T + map[:, 2])


def stretch(shape: tuple[int, ...], other: tuple[int, ...]) -> Affine:
    """The map between two sizes (height, width, …) of one picture; edges, not centres, coincide."""
    y, x = other[0] / shape[0], other[1] / shape[1]
    return np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2]])


def scale_of(map: Affine) -> float:
    """Pixels of the second picture a pixel of the first."""
    return float(np.sqrt(abs(np.linalg.det(map[:, :2]))))


def similarity(map: Affine, points: Affine) -> Affine:
    """The map of equal scale in both directions that does the same to the middle of the points."""
    (a, b, _), (c, d, _) = map
    turn = np.array([[a + d, b - c], [c - b, a + d]]) / 2
    middle = points.mean(axis=0)
    return np.column_stack([turn, apply(map, middle[None])[0] - turn @ middle])


def fit(where: Affine, shift: Affine, weight: NDArray[np.float64]) -> Affine | None:
    """The similarity that explains the drift of most places; None where too few are known.

    Least absolute residuals by reweighted least squares, weights once more by `weight`.

    >>> points = np.indices((3, 3)).reshape(2, 9).T * 50.0
    >>> fit(points, np.full((9, 2), 3.0), np.ones(9)).round(3).tolist()
    [[1.0, 0.0, 3.0], [0.0, 1.0, 3.0]]
    """
    if len(where) < LEAST_PATCHES:
        return None
    middle, spread = where.mean(axis=0), max(1.0, float(where.std()))
    x, y = ((where - middle) / spread).T
    one, zero = np.ones_like(x), np.zeros_like(x)
    design = np.concatenate([np.stack([x, -y, one, zero], 1), np.stack([y, x, zero, one], 1)])
    target, pull = np.concatenate([shift[:, 0], shift[:, 1]]), np.sqrt(np.concatenate([weight, weight]))
    solution = np.zeros(4)
    for _ in range(10):
        solution = np.linalg.lstsq(design * pull[:, None], target * pull, rcond=None)[0]
        left = np.hypot(*(target - design @ solution).reshape(2, -1))
        pull = np.sqrt(np.tile(weight / np.maximum(left, 0.05), 2))
    turn = np.array([[solution[0], -solution[1]], [solution[1], solution[0]]]) / spread
    return np.column_stack([np.eye(2) + turn, solution[2:] - turn @ middle])


def moved_box(box: Box, to: Affine, size: tuple[int, int]) -> Box:
    """The smallest box of whole pixels around a box of the frame, clipped to the photo."""
    x, y, wide, high = box
    ends = np.array([[x, y], [x + wide, y], [x, y + high], [x + wide, y + high]], np.float64) - 0.5
    moved = apply(to, ends) + 0.5
    low = np.clip(np.round(moved.min(axis=0)), 0, np.array(size) - 1).astype(int)
    high_end = np.clip(np.round(moved.max(axis=0)), low + 1, size).astype(int)
    return int(low[0]), int(low[1]), int(high_end[0] - low[0]), int(high_end[1] - low[1])
