"""Maps from pixels (x, y) of one picture to those of another, as homogeneous 3x3 matrices; centres are whole.

`outer @ inner` applies `inner` first; `np.linalg.inv` is the map back, `np.eye(3)` moves nothing.
"""

import numpy as np
from numpy.typing import NDArray

from twinlens.core.types import Box

Affine = NDArray[np.floating]

LEAST_PATCHES = 8
"""The fewest places whose drift is believed."""
PLANE = np.array([1, 1j])
"""What makes x and y a complex number."""


def shifted(x: float, y: float) -> Affine:
    """The map that moves by x and y pixels."""
    return np.array([[1.0, 0, x], [0, 1, y], [0, 0, 1]])


def apply(map: Affine, points: Affine) -> Affine:
    """Points of shape (n, 2), moved.

    >>> apply(shifted(3, -1), np.array([[10.0, 20.0]])).tolist()
    [[13.0, 19.0]]
    """
    return np.asarray(points @ map[:2, :2].T + map[:2, 2])


def stretch(shape: tuple[int, ...], other: tuple[int, ...]) -> Affine:
    """The map between two sizes (height, width, …) of one picture; edges, not centres, coincide.

    >>> apply(stretch((2, 2), (4, 4)), np.array([[0.5, 0.5]])).tolist()
    [[1.5, 1.5]]
    """
    y, x = other[0] / shape[0], other[1] / shape[1]
    return np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])


def scale_of(map: Affine) -> float:
    """Pixels of the second picture a pixel of the first.

    >>> round(scale_of(stretch((2, 2), (4, 4))), 6)
    2.0
    """
    return float(np.sqrt(abs(np.linalg.det(map[:2, :2]))))


def similarity(map: Affine, points: Affine) -> Affine:
    """The map of equal scale in both directions that does the same to the middle of the points (n, 2)."""
    (a, b), (c, d) = map[:2, :2]
    factor, middle = complex(a + d, c - b) / 2, points.mean(axis=0)
    return _similar(factor, apply(map, middle) @ PLANE - factor * (middle @ PLANE))


def fit(where: Affine, shift: Affine, weight: NDArray[np.float64]) -> Affine | None:
    """The similarity that explains the drift of most places; None where too few are known.

    `where` and `shift` have shape (n, 2), `weight` (n,). Least absolute residuals by iteratively reweighted
    least squares (Weiszfeld 1937), a similarity being a factor and a shift of complex numbers.

    >>> points = np.indices((3, 3)).reshape(2, 9).T * 50.0
    >>> np.allclose(fit(points, np.full((9, 2), 3.0), np.ones(9)), shifted(3, 3))
    True
    """
    if len(where) < LEAST_PATCHES:
        return None
    middle, spread = where.mean(axis=0), max(1.0, float(where.std()))
    points, target, trust = (where - middle) @ PLANE / spread, shift @ PLANE, weight
    for _ in range(10):
        about, mean = (trust @ points / trust.sum(), trust @ target / trust.sum())
        arms = trust * np.conj(points - about)
        factor = arms @ (target - mean) / max(float((arms @ (points - about)).real), 1e-9)
        trust = weight / np.maximum(np.abs(target - mean - factor * (points - about)), 0.05)
    factor, start = complex(factor) / spread, complex(mean - factor * about)
    return _similar(1 + factor, start - factor * (middle @ PLANE))


def _similar(factor: complex, shift: complex) -> Affine:
    """The map that multiplies x + iy by a factor, then adds a shift."""
    x, y = factor.real, factor.imag
    return np.array([[x, -y, shift.real], [y, x, shift.imag], [0, 0, 1]])


def moved_box(box: Box, to: Affine, size: tuple[int, int]) -> Box:
    """The smallest box (x, y, w, h) of whole pixels around a mapped box, clipped to a photo's width and
    height.

    >>> moved_box((10, 20, 30, 40), shifted(5, 9), (100, 100))
    (15, 29, 30, 40)
    """
    x, y, w, h = box
    corners = np.array([[x, y], [x + w, y], [x, y + h], [x + w, y + h]]) - 0.5
    moved = zip(np.round(apply(to, corners) + 0.5).T.tolist(), size, strict=True)
    (left, right), (top, bottom) = (_span(min(along), max(along), side) for along, side in moved)
    return left, top, right - left, bottom - top


def _span(first: float, last: float, side: int) -> tuple[int, int]:
    """At least one of a side's pixels."""
    start = int(min(max(first, 0), side - 1))
    return start, int(min(max(last, start + 1), side))
