"""Local contrast: the depth of forms, folds and surfaces."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from twinlens.features.clipped_tones import weighted_mean
from twinlens.features.pyramid import Map, Pyramid


@dataclass(frozen=True)
class LocalContrast:
    """Amplitude of forms a sixteenth to a sixth of the photo wide, RMS in 8-bit code values: 0 to 80.

    Higher is better. Tied to the size of the whole photo, because it is seen when the photo is seen whole:
    for a long side of 512 pixels the band has periods of 32 to 80 pixels.
    """

    aspect: str = "contrast"
    unit: str = "code values"
    low: float = 0.0
    high: float = 80.0
    better: Literal["higher", "lower", "middle"] = "higher"
    jnd: float = 0.12
    relative: bool = True
    alone: bool = False
    source: str = "Peli 1990 (band-limited contrast)"

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        """The numbers of a and of b at one place, or None where it is empty or flat."""
        if float(weight.sum()) <= 0:
            return None
        band = pyramid.bands[-1]
        a, b = np.sqrt(weighted_mean(band.aa, weight)), np.sqrt(weighted_mean(band.bb, weight))
        return (float(a), float(b)) if max(a, b) > 1 else None

    def merit(self, value: float) -> float:
        """A number whose difference is the difference in quality; higher is better."""
        return math.log(value + 1)

    def describe(self, own: float, other: float) -> str:
        """What an expert sees in the photo with the number `own`, beside the one with `other`."""
        return "has more depth and contrast" if self.merit(own) > self.merit(other) else "looks flat"
