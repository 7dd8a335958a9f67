"""Saturation: how far the most colourful parts of a place are from grey."""

from dataclasses import dataclass
from functools import reduce

import cv2
import numpy as np
from numpy.typing import NDArray

from twinlens.features.clipped_tones import pixel_mask
from twinlens.metrics import Confound, Effect, Map, Metric, Pyramid

TARGET = 70.0
"""The index of well-liked photographs (docs/conventions.md)."""
LOUD = 0.3
"""What a step above the target costs beside one below it: rich colours are liked until they clip."""
PALE, RICH = 45.0, 95.0
"""Indices between which one photograph is as natural as another."""
SHARE, DARK, SATURATED, FEWEST = 0.95, 6.0, 70, 40


@dataclass(frozen=True)
class Saturation(Metric):
    """Saturation of a place's most colourful twentieth, and clipped colours: 0 (grey) to 200, 70 is best.

    Chroma over the length of the colour, C*/sqrt(C*² + L*² + 100) in %, so that a dark photo is not taken for
    a pale one, of tones above black in either photo; plus five for each % of pixels at the edge of the sRGB
    gamut (at most 20 %). Counts only as far as colours lie further apart: a cast moves them together.
    """

    aspects = ("color", "realism")
    unit = "index"
    high = 200.0
    better = "target"
    jnd = 5.0
    needs_alignment = False
    source = "Fedorovskaya, de Ridder and Blommaert 1997 (preference); Lübbe 2010 (saturation)"
    saturation = 3.0
    families = ("color", "chromatic")
    effects = (
        Effect("color_contrast", stage=10),
        Effect("cast", stage=10, up_to=1.0),
        Confound("detail tonal grid cast skin_tone chroma_noise color_bleeding noise", stage=29),
    )
    praise = "has natural colours"
    blame = "is oversaturated"
    ratio = "{change} colour"
    local_jnds = 4.0

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        a, b = pyramid.lab
        inside = pixel_mask(pyramid, weight) & (np.maximum(a[..., 0], b[..., 0]) > DARK)
        if np.count_nonzero(inside) < FEWEST:
            return None
        index_a, index_b = (
            100 * float(np.quantile(rich[inside], SHARE))
            + 5 * min(20.0, 100 * float(np.mean(touching[inside])))
            for rich, touching in pyramid.cached(_richness)
        )
        spread = np.sqrt(np.divide(*(1 + sum(lab[..., k][inside].var() for k in (1, 2)) for lab in (a, b))))
        return _by_gain(index_a, index_b, float(np.log(spread)))

    def merit(self, value: float) -> float:
        return value - TARGET if value < TARGET else LOUD * (TARGET - value)

    def fault(self, own: float, other: float) -> str:
        return "looks washed out" if own < other else self.blame

    def claimable(self, a: float, b: float) -> bool:
        """Whether one is pale or rich: between, one photograph is as natural as another."""
        return not all(PALE < value < RICH for value in (a, b))


def _by_gain(a: float, b: float, gain: float) -> tuple[float, float]:
    """Two saturations, brought together where the spread of colours (log of a over b) denies them."""
    trust = float(np.clip((abs(gain) - 0.05) / 0.1, 0, 1)) if gain * (a - b) > 0 else 0.0
    return (a + b + trust * (a - b)) / 2, (a + b - trust * (a - b)) / 2


def _richness(pyramid: Pyramid) -> list[tuple[Map, NDArray[np.bool_]]]:
    """Of each photo, how saturated each pixel is (0 to 1), and which colours touch the edge of the gamut."""
    maps = []
    for lab, photo in zip(pyramid.lab, pyramid.small, strict=True):
        light, red, yellow = np.moveaxis(lab, 2, 0)
        squared = red * red + yellow * yellow
        channels = cv2.split(photo)
        low, high = reduce(cv2.min, channels), reduce(cv2.max, channels)
        touching = (high - low > SATURATED) & ((high >= 253) | (low <= 2))
        maps.append((np.sqrt(squared / (squared + light * light + 100)), touching))
    return maps
