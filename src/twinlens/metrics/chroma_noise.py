"""Chroma noise: coloured speckle."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from twinlens.features.noise_floor import BandEnergies
from twinlens.features.pyramid import Map, Pyramid

MASKING = 5.0
"""Noise, in code values, from which on a difference is seen as a share rather than as such."""


@dataclass(frozen=True)
class ChromaNoise:
    """Colour speckle in flat areas, RMS of Cr and Cb in 8-bit code values: 0 to about 40, lower is better.

    Periods of 4 to 10 pixels, in the flattest quarter of the place; what one photo does not share with the
    other.
    """

    aspect: str = "noise"
    unit: str = "code values"
    low: float = 0.0
    high: float = 40.0
    better: Literal["higher", "lower", "middle"] = "lower"
    jnd: float = 0.7
    relative: bool = False
    alone: bool = False
    source: str = "pair form of Immerkaer 1996, on Cr and Cb"

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        """The numbers of a and of b at one place, or None where the place is too small."""
        place = pyramid.cached_at(weight, BandEnergies.of)
        if not place.cells.size:
            return None
        a, b = np.sqrt(sum(place.even_residual(band) for band in pyramid.chroma_bands[0]))
        return float(a), float(b)

    def merit(self, value: float) -> float:
        """A number whose difference is the difference in quality; higher is better; grain masks grain."""
        return -MASKING * math.log1p(value / MASKING)

    def describe(self, own: float, other: float) -> str:
        """What an expert sees in the photo with the number `own`, beside the one with `other`."""
        better = self.merit(own) > self.merit(other)
        return "shows little coloured speckle" if better else "shows coloured speckle"
