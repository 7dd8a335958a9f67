"""Banding: visible steps where tones should run smoothly."""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from twinlens.pixels.cells import Cells, Map
from twinlens.pixels.tones import over, weighted_mean

CAP = 16
LEAST_STILL = 0.8
FEWEST_CELLS = 6.0
EVERY = 8
"""One row of pixels in so many is looked at: bands are wide."""


@dataclass(frozen=True)
class Banding:
    """Mean height of the steps in smooth tones beyond one, in 8-bit code values: 0 to 15, lower is better.

    Counted in cells where at least four of five neighbours are equal and the rest rise by little: a smooth
    8-bit ramp rises by single code values (0), a banded one by jumps.
    """

    aspect: str = "artifacts"
    unit: str = "code values"
    low: float = 0.0
    high: float = 15.0
    better: Literal["higher", "lower", "middle"] = "lower"
    jnd: float = 1.0
    relative: bool = False
    alone: bool = False
    source: str = "after Tu, Lin, Wang, Adsumilli and Bovik 2020 (BBAND)"

    def measure(self, cells: Cells, weight: Map) -> tuple[float, float] | None:
        """The numbers of a and of b at one place, or None where nothing is smooth in both."""
        maps = cells.once(steps)
        smooth = weight * np.prod([(still > LEAST_STILL) & (top < CAP) for _, _, still, top in maps], axis=0)
        if float(smooth.sum()) < FEWEST_CELLS:
            return None
        found = []
        for squares, sums, _, _ in maps:
            total = weighted_mean(sums, smooth)
            found.append(max(0.0, weighted_mean(squares, smooth) / total - 1) if total > 0.002 else 0.0)
        return found[0], found[1]

    def merit(self, value: float) -> float:
        """A number whose difference is the difference in quality; higher is better."""
        return -value

    def describe(self, own: float, other: float) -> str:
        """What an expert sees in the photo with the number `own`, beside the one with `other`."""
        better = self.merit(own) > self.merit(other)
        return "has smooth gradients" if better else "shows banding in its gradients"


def steps(cells: Cells) -> list[tuple[Map, Map, Map, Map]]:
    """For a and b, a cell: mean squared step, mean step, share of equal neighbours, largest step."""
    return [_steps(cells, luma) for luma in cells.luma]


def _steps(cells: Cells, luma: NDArray[np.uint8]) -> tuple[Map, Map, Map, Map]:
    few = np.ascontiguousarray(luma[EVERY // 2 :: EVERY])
    step = np.zeros_like(few)
    step[:, 1:] = cv2.absdiff(few[:, 1:], few[:, :-1])
    rows, columns = cells.shape
    top = step.reshape(rows, -1, columns, cells.size).max(axis=3).max(axis=1)
    squares = cv2.multiply(step, step, dtype=cv2.CV_32F)
    still = cells.pool(cv2.bitwise_not(over(step, 0))) / np.float32(255)
    return cells.pool(squares), cells.pool(step), still, np.asarray(top, np.float32)
