"""Texture: the fine, low-contrast detail between flat areas and edges."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from twinlens.features.noise_floor import BandEnergies
from twinlens.features.pyramid import Map, Pyramid

LEAST = 1.0
"""Code values below which a place has no texture to speak of."""


@dataclass(frozen=True)
class Texture:
    """Amplitude of fine texture, root mean square in 8-bit code values: 0 to 128, higher holds more.

    The two finest octave bands (periods of 2 to 10 pixels) in the cells between the flattest quarter and the
    fifth with most structure, with the noise floor of the flats taken away.
    """

    aspect: str = "texture"
    unit: str = "code values"
    low: float = 0.0
    high: float = 128.0
    better: Literal["higher", "lower", "middle"] = "higher"
    jnd: float = 0.1
    relative: bool = True
    alone: bool = False
    source: str = "Laplacian pyramid bands, Burt and Adelson 1983"

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        """The numbers of a and of b at one place, or None where the place is too small."""
        place = pyramid.cached_at(weight, BandEnergies.of)
        if not place.cells.size:
            return None
        a, b = np.sqrt(place.texture[:, :2].sum(axis=1))
        return (float(a), float(b)) if max(a, b) > LEAST else None

    def merit(self, value: float) -> float:
        """A number whose difference is the difference in quality; higher is better."""
        return math.log(value + 0.3)

    def describe(self, own: float, other: float) -> str:
        """What an expert sees in the photo with the number `own`, beside the one with `other`."""
        return "holds more fine texture" if self.merit(own) > self.merit(other) else "has lost fine texture"
