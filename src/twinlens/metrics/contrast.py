"""Contrast: the spread of tones over a place."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from twinlens.features.clipped_tones import weighted_mean
from twinlens.features.pyramid import Map, Pyramid


@dataclass(frozen=True)
class Contrast:
    """Standard deviation of CIELAB lightness over a place: 0 to 50 L*, higher is better.

    Coarse contrast: of areas, at four to eight pixels a cell's side.
    """

    aspect: str = "contrast"
    unit: str = "L*"
    low: float = 0.0
    high: float = 50.0
    better: Literal["higher", "lower", "middle"] = "higher"
    jnd: float = 0.15
    relative: bool = True
    alone: bool = True
    source: str = "RMS contrast, Peli 1990"

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        """The numbers of a and of b at one place, or None where it is empty or has no tones."""
        if float(weight.sum()) < 6:
            return None
        spread = []
        for lab in pyramid.lab:
            light = np.ascontiguousarray(lab[..., 0])
            mean = weighted_mean(pyramid.pool(light), weight)
            spread.append(np.sqrt(weighted_mean(pyramid.pool((light - mean) ** 2), weight)))
        a, b = spread
        return (float(a), float(b)) if max(a, b) > 1 else None

    def merit(self, value: float) -> float:
        """A number whose difference is the difference in quality; higher is better."""
        return math.log(value + 1)

    def describe(self, own: float, other: float) -> str:
        """What an expert sees in the photo with the number `own`, beside the one with `other`."""
        return "has more depth and contrast" if self.merit(own) > self.merit(other) else "looks flat"
