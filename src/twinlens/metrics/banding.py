"""Banding: visible steps where tones should run smoothly."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from twinlens.features.clipped_tones import above, clipped_share, weighted_mean
from twinlens.features.noise_floor import MOST_CLIPPED
from twinlens.metrics import Confound, Effect, Map, Metric, Pyramid

CAP, LEAST_EQUAL, FEWEST_CELLS, HIGHEST = 16, 0.8, 6.0, 64.0
EVERY = 8
"""One row of pixels in so many is looked at: bands are wide."""
USED = 0.05
"""Share of what an even spread over all code values would give each, from which a code value is in use."""
ENDS = 3
"""Code values at black and at white that hold what was clipped."""
SMOOTH, COARSE = 0.45, 0.75
"""Share of equal neighbours up to which few code values are hidden by grain, and from which they show."""


@dataclass(frozen=True)
class Banding(Metric):
    """Mean height of the steps in smooth tones beyond one, in 8-bit code values: 0 to 64, lower is better.

    Counted in cells where at least four of five neighbours are equal and the rest rise by little: a smooth
    8-bit ramp rises by single code values (0), a banded one by jumps. And, where few code values stand for
    all, by the distance between those that are in use, as far as grain does not hide it.
    """

    aspects = ("artifacts",)
    unit = "code values"
    high = HIGHEST
    better = "lower"
    jnd = 1.0
    source = "after Tu, Lin, Wang, Adsumilli and Bovik 2020 (BBAND)"
    saturation = 4.0
    fidelity = True
    families = ("grid",)
    effects = (
        Effect("detail tone color noise chroma_noise clipping halo", stage=2, up_to=1.0, at_least=4.0),
        Confound("detail tonal chromatic blocking noise halo", stage=21),
    )
    praise = "has smooth gradients"
    blame = "shows banding in its gradients"
    amount = "steps of {worse} of 255 levels"

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        if float(weight.sum()) < FEWEST_CELLS:
            return None
        a, b = pyramid.cached(step_statistics)
        toned = clipped_share(pyramid) < MOST_CLIPPED
        smooth = weight * np.logical_and.reduce(
            [toned, *((x.equal_share > LEAST_EQUAL) & (x.top < CAP) for x in (a, b))]
        )
        gap_a, gap_b = (_gaps(photo, weight > 0.5) for photo in (a, b))
        if float(smooth.sum()) < FEWEST_CELLS:
            return gap_a, gap_b
        return max(gap_a, _jumps(a, smooth)), max(gap_b, _jumps(b, smooth))


@dataclass(frozen=True)
class StepStatistics:
    """Of one photo, a cell: the mean squared step, the mean step, the share of equal neighbours, the largest
    step; and some pixels of R, G, B and luma."""

    squares: Map
    sums: Map
    equal_share: Map
    top: Map
    some: tuple[NDArray[np.uint8], ...]


def step_statistics(pyramid: Pyramid) -> list[StepStatistics]:
    """The steps of a and of b."""
    photos = (pyramid.a, pyramid.b)
    return [_statistics(pyramid, *planes) for planes in zip(photos, pyramid.luma, strict=True)]


def _statistics(pyramid: Pyramid, photo: NDArray[np.uint8], luma: NDArray[np.uint8]) -> StepStatistics:
    few = np.ascontiguousarray(luma[EVERY // 2 :: EVERY])
    step = np.zeros_like(few)
    step[:, 1:] = cv2.absdiff(few[:, 1:], few[:, :-1])
    rows, columns = pyramid.shape
    top = step.reshape(rows, -1, columns, pyramid.size).max(axis=3).max(axis=1)
    squares = cv2.multiply(step, step, dtype=cv2.CV_32F)
    equal_share = pyramid.pool(cv2.bitwise_not(above(step, 0))) / np.float32(255)
    across = pyramid.size // EVERY
    planes = (*np.moveaxis(photo[EVERY // 2 :: EVERY, ::across], 2, 0), few[:, ::across])
    some = tuple(np.ascontiguousarray(plane) for plane in planes)
    sums = pyramid.pool(step)
    return StepStatistics(pyramid.pool(squares), sums, equal_share, top.astype(np.float32), some)


def _jumps(of: StepStatistics, smooth: Map) -> float:
    """The mean height of its steps beyond one, each step weighing as much as it is high."""
    total = weighted_mean(of.sums, smooth)
    return max(0.0, weighted_mean(of.squares, smooth) / total - 1) if total > 0.002 else 0.0


def _gaps(of: StepStatistics, place: NDArray[np.bool_]) -> float:
    """The mean distance, beyond one, between code values in use, in the channel where it is largest."""
    equal_share = weighted_mean(of.equal_share, place.astype(np.float32)) if place.any() else 0.0
    shown = float(np.clip((equal_share - SMOOTH) / (COARSE - SMOOTH), 0, 1))
    if not shown:
        return 0.0
    height, width = of.some[0].shape
    inside = cv2.resize(place.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    return min(HIGHEST, shown * max(_distance(plane, inside) for plane in of.some))


def _distance(plane: NDArray[np.uint8], inside: NDArray[np.generic]) -> float:
    """The mean over a plane's pixels inside of how far their code value is from the next in use, less one."""
    counts = cv2.calcHist([plane], [0], np.asarray(inside, np.uint8), [256], [0, 256]).ravel()
    used = ENDS + np.flatnonzero(counts[ENDS:-ENDS] > USED * counts.sum() / 256)
    if used.size < 2:
        return 0.0
    gaps = np.diff(used)
    nearest = np.minimum(np.append(gaps, gaps[-1]), np.insert(gaps, 0, gaps[0]))
    return float(np.average(nearest, weights=counts[used])) - 1
