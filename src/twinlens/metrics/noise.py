"""Noise: what the flat areas hold that the edges do not explain."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from twinlens.features.boundary import detail_discontinuity
from twinlens.features.noise_floor import BandEnergies
from twinlens.features.pyramid import Map, Pyramid

MASKING = 5.0
"""Noise, in code values, from which on a difference is seen as a share rather than as such."""


@dataclass(frozen=True)
class Noise:
    """Luma noise in flat areas, root mean square in 8-bit code values: 0 to 128, lower is better.

    What the two finest octave bands of the flattest quarter hold in one photo and do not share with the
    other: the residual of predicting one photo from the other, as far as it is white and even as noise is. A
    change of contrast or sharpness is shared, noise is not. Where one place alone differs and the photo with
    less of it breaks off from what is around, that one was smoothed, and neither is noisier.
    """

    aspect: str = "noise"
    unit: str = "code values"
    low: float = 0.0
    high: float = 128.0
    better: Literal["higher", "lower", "middle"] = "lower"
    jnd: float = 0.8
    relative: bool = False
    alone: bool = False
    source: str = "pair form of Immerkaer 1996 (fast noise variance estimation)"

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        """The numbers of a and of b at one place, or None where the place is too small."""
        place = pyramid.cached_at(weight, BandEnergies.of)
        if not place.cells.size:
            return None
        a, b = (float(amplitude) for amplitude in np.sqrt(place.noise_energy))
        broken = detail_discontinuity(pyramid, weight)
        if (a - b) * (broken[0] - broken[1]) < 0:
            a = b = min(a, b)
        return a, b

    def merit(self, value: float) -> float:
        """A number whose difference is the difference in quality; higher is better; grain masks grain."""
        return -MASKING * math.log1p(value / MASKING)

    def describe(self, own: float, other: float) -> str:
        """What an expert sees in the photo with the number `own`, beside the one with `other`."""
        return "is cleaner in the flat areas" if self.merit(own) > self.merit(other) else "shows more noise"
