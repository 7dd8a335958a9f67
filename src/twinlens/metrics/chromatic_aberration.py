"""Lateral chromatic aberration: the colours of edges displaced against each other."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from twinlens.metrics import Confound, Effect, Map, Metric, Pyramid

CELL = 8
"""Pixels of a cell's side in the planes that are looked at."""
CORRELATED = 0.9
"""Correlation of two channels' detail in a cell from which both draw the same edges."""
LEAST_DETAIL = 9.0
"""Energy (code values²) of green's detail in a cell that shows a displacement."""
FEWEST_CELLS = 40
SURE = 0.6
"""Share of the displacement between the photos by which one's own must be the larger."""


@dataclass(frozen=True)
class ChromaticAberration(Metric):
    """Displacement of red and blue against green, in pixels of 2048: 0 to 100, lower is better.

    By the gradient method (Lucas and Kanade 1981), as a shift and a magnification of the whole frame, root
    mean square over it: that between both photos, for the photo whose own is larger.
    """

    aspects = ("artifacts", "color")
    unit = "px"
    high = 100.0
    better = "lower"
    jnd = 0.5
    source = "lateral chromatic aberration, ISO 19084:2015; Mallon and Whelan 2007"
    saturation = 4.0
    prior = 2.0
    fidelity = True
    families = ("chromatic",)
    effects = (
        Effect("detail color noise chroma_noise color_bleeding halo", stage=2, up_to=2.0),
        Confound("chromatic noise halo", stage=35, up_to=2.0),
    )
    praise = "draws edges without colour fringes"
    blame = "shows colour fringes at its edges"
    amount = "{worse} px of 2048"
    claimed_in = ("global",)

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        if float(weight.min()) < 1:
            return None
        a, b = pyramid.cached(displacements)
        if a is None or b is None:
            return 0.0, 0.0
        apart, own_a, own_b = (min(self.high, _size(x)) for x in (a - b, a, b))
        if abs(own_a - own_b) < SURE * apart:
            return 0.0, 0.0
        return (apart, 0.0) if own_a > own_b else (0.0, apart)


Shifts = NDArray[np.float64]
"""Of red and of blue: across, down, and magnified to the half diagonal, in pixels of 2048; shape (2, 3)."""


def displacements(pyramid: Pyramid) -> list[Shifts | None]:
    """The displacements of a's and of b's channels; None where too little shows them."""
    return [_shifts(photo) for photo in pyramid.medium]


def _shifts(photo: NDArray[np.generic]) -> Shifts | None:
    channels: list[Map] = [np.asarray(photo[..., k], np.float32) for k in range(3)]
    fine = [cv2.GaussianBlur(channel, (0, 0), 0.7) for channel in channels]
    slope = [cv2.Sobel(fine[1], cv2.CV_32F, *way, ksize=3, scale=1 / 8) for way in ((1, 0), (0, 1))]
    for plane, channel in zip(fine, channels, strict=True):
        cv2.subtract(plane, cv2.GaussianBlur(channel, (0, 0), 4.0, dst=channel), dst=plane)
    height, width = fine[1].shape
    y, x = (np.linspace(-size, size, size, dtype=np.float32) for size in (height, width))
    diagonal = float(np.hypot(height, width))
    zoom = slope[0] * (x[None] / diagonal)
    zoom += slope[1] * (y[:, None] / diagonal)
    red, green, blue = (np.asarray(plane, np.float32) for plane in fine)
    motions = _Motions(green, tuple(np.asarray(way, np.float32) for way in (*slope, zoom)))
    shifts = motions.shift(red), motions.shift(blue)
    if shifts[0] is None or shifts[1] is None:
        return None
    return np.asarray(np.array(shifts) * (2048 / max(height, width)))


class _Motions:
    """What green's detail (height, width) changes by when it is moved, and its products by cell."""

    def __init__(self, green: Map, ways: tuple[Map, ...]) -> None:
        self.green, self.ways = green, ways
        self.squared = _product(green, green)
        self.by_green = [_product(way, green) for way in ways]
        self.products = {(i, j): _product(ways[i], ways[j]) for i in range(len(ways)) for j in range(i + 1)}

    def shift(self, plane: Map) -> NDArray[np.float64] | None:
        """How far a channel's detail lies from green's: least squares over cells where both show an edge."""
        gg, pp, pg = self.squared, _product(plane, plane), _product(plane, self.green)
        used = (gg > LEAST_DETAIL) & (pg > CORRELATED * np.sqrt(gg * pp))
        if np.count_nonzero(used) < FEWEST_CELLS:
            return None
        gain = np.where(used, pg / np.maximum(gg, 1e-6), 0).astype(np.float64)
        weight = np.where(used, CELL**2 / np.maximum(gg, 1e-6), 0).astype(np.float64)
        normal, right = np.zeros((3, 3)), np.zeros(3)
        for (i, j), product in self.products.items():
            normal[i, j] = normal[j, i] = np.sum(weight * gain * gain * product)
        for i, way in enumerate(self.ways):
            right[i] = np.sum(weight * gain * (gain * self.by_green[i] - _product(way, plane)))
        return np.asarray(np.linalg.solve(normal + 1e-9 * np.eye(3), right))


def _product(one: Map, other: Map) -> Map:
    """The mean product of two planes (height, width), a cell."""
    rows, width = one.shape[0] // CELL, one.shape[1]
    sums = np.einsum("rij,rij->rj", *(plane.reshape(rows, CELL, width) for plane in (one, other)))
    return np.asarray(np.einsum("rcj->rc", sums.reshape(rows, -1, CELL)) / np.float32(CELL**2), np.float32)


def _size(shifts: Shifts) -> float:
    """Root mean square displacement over the frame and both channels: r² of the half diagonal is a third."""
    return float(np.sqrt((shifts[:, 0] ** 2 + shifts[:, 1] ** 2 + shifts[:, 2] ** 2 / 3).mean()))
