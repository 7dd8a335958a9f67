"""Borders: plain bars at the edges of the frame, where the other photo shows the scene."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twinlens.features.clipped_tones import weighted_mean
from twinlens.features.pyramid import Pixels
from twinlens.metrics import Confound, Effect, Map, Metric, Pyramid

EVEN = 8
"""Code values within which a bar is of one colour."""
STEP, SHARE = 16, 0.8
"""Code values by which the scene begins at the end of a bar, and the share of its length where it does."""
LEAST_WIDTH = 0.005
"""Width of a bar, as a share of the frame."""
EVERY = 4
"""One pixel in so many along a bar is looked at."""


@dataclass(frozen=True)
class Borders(Metric):
    """Share of a place that lies in plain bars along the frame's edges, in %: 0 to 100, lower is better.

    Lines of pixels of one colour over the whole width or height, with a straight end, where the other
    photo has none: letterboxes and frames.
    """

    aspects = ("artifacts",)
    unit = "%"
    high = 100.0
    better = "lower"
    jnd = 1.0
    masking = 5.0
    source = "letterbox detection by even lines; after ITU-R BT.1702 practice, by count"
    saturation = 3.0
    prior = 4.0
    fidelity = True
    effects = (
        Effect("detail tone tonal color chromatic grid noise halo", stage=0),
        Confound("detail tone tonal color chromatic grid noise halo", stage=18, up_to=float("inf")),
    )
    praise = "fills its frame without borders"
    blame = "is framed by plain borders"
    amount = "{worse} % of the area"

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        if float(weight.sum()) <= 0:
            return None
        a, b = (100 * weighted_mean(share, weight) for share in pyramid.cached(border_share))
        return a, b


def border_share(pyramid: Pyramid) -> tuple[Map, Map]:
    """The share (0 to 1), a cell, of pixels in bars of a only, and of b only; shape (rows, columns)."""
    both = [_widths(photo) for photo in (pyramid.a, pyramid.b)]
    return (_share(pyramid, *both), _share(pyramid, *both[::-1]))


def _widths(photo: Pixels) -> list[int]:
    """Pixels of the bars at the top, bottom, left and right."""
    across = photo.swapaxes(0, 1)
    return [_width(lines) for lines in (photo, photo[::-1], across, across[::-1])]


def _width(lines: NDArray[np.uint8]) -> int:
    """How many lines from the first on are of one colour, where they end in a straight step."""
    first = lines[0, ::EVERY].astype(np.int16)
    color = np.median(first, axis=0)
    most = len(lines) // 2
    end = 0
    while end < most and np.abs(lines[end, ::EVERY] - color).max() <= EVEN:
        end += 1
    if end < max(2, LEAST_WIDTH * len(lines)) or end + 2 >= most:
        return 0
    begins = np.abs(lines[end + 2, ::EVERY] - color).max(axis=1) > STEP
    return end if begins.mean() >= SHARE else 0


def _share(pyramid: Pyramid, own: list[int], other: list[int]) -> Map:
    height, width = pyramid.a.shape[:2]
    bars = [0 if theirs else mine for mine, theirs in zip(own, other, strict=True)]
    if not any(bars):
        return np.zeros(pyramid.shape, np.float32)
    inner = np.zeros((height, width), np.uint8)
    inner[bars[0] : height - bars[1], bars[2] : width - bars[3]] = 1
    return 1 - pyramid.pool(inner)
