"""Blocking: steps at the borders of 8 x 8 blocks."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from twinlens.metrics import Confound, Effect, Map, Metric, Pyramid

BLOCK = 8
CAP = 12


@dataclass(frozen=True)
class Blocking(Metric):
    """Excess of steps at block borders over steps elsewhere: 0 to 12 8-bit code values, lower is better.

    Differences of neighbouring pixels, capped at 12 so that edges of the scene do not count, averaged by
    their phase modulo 8; the highest phase less the second highest, mean of both directions.
    """

    aspects = ("artifacts",)
    unit = "code values"
    high = 12.0
    better = "lower"
    jnd = 0.5
    source = "after Wang, Sheikh and Bovik 2002 (no-reference JPEG quality)"
    saturation = 3.0
    prior = 1.25
    fidelity = True
    families = ("grid",)
    effects = (
        Effect("fine_texture color contrast local_contrast", stage=4, up_to=2.0),
        Confound("detail tonal chromatic noise", stage=23),
    )
    praise = "is free of block artifacts"
    blame = "shows 8 x 8 block artifacts"
    amount = "steps of {worse} of 255 levels"

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        if float(weight.sum()) < 6:
            return None
        a, b = pyramid.cached(phase_maps)
        return excess(a, weight), excess(b, weight)


def phase_maps(pyramid: Pyramid) -> list[list[NDArray[np.float64]]]:
    """For a and b, across and down: the mean step by phase, shape (rows, columns, 8)."""
    return [_by_phases(luma, pyramid.size) for luma in pyramid.luma]


def _by_phases(luma: NDArray[np.uint8], size: int) -> list[NDArray[np.float64]]:
    height, width = luma.shape
    across = (luma[at : at + size] for at in range(0, height, size))
    down = (np.asarray(cv2.transpose(luma[:, at : at + size]), np.uint8) for at in range(0, width, size))
    return [_by_phase(across, size), _by_phase(down, size).swapaxes(0, 1)]


def _by_phase(strips: Iterable[NDArray[np.uint8]], size: int) -> NDArray[np.float64]:
    """The mean step from pixel to pixel along strips of `size` lines each, a cell."""
    sums = []
    for strip in strips:
        step = cv2.absdiff(strip[:, 1:], strip[:, :-1])
        cv2.threshold(step, CAP, 0, cv2.THRESH_TRUNC, dst=step)
        sums.append(cv2.reduce(step, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S))
    means = np.pad(np.concatenate(sums) / size, ((0, 0), (0, 1)), mode="edge")
    return np.asarray(means.reshape(len(sums), -1, size // BLOCK, BLOCK).mean(axis=2))


def excess(phases: list[NDArray[np.float64]], weight: Map) -> float:
    """The mean over both directions of what the strongest phase has more than the next."""
    means = (np.einsum("ij,ijk->k", weight, steps) / weight.sum() for steps in phases)
    return float(np.mean([np.subtract(*np.sort(mean)[[-1, -2]]) for mean in means]))
