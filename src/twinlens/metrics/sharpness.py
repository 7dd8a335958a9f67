"""Sharpness: how much fine detail the edges keep for their coarse contrast."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from twinlens.features.noise_floor import BandEnergies
from twinlens.features.pyramid import Map, Pyramid

FINE = (0, 1, 2)
COARSE = 4
LEAST_ENERGY, LEAST_EDGE = 4.0, 16.0
"""Energies (code values²) of fine detail and of edges below which nothing there can be sharp."""


@dataclass(frozen=True)
class Sharpness:
    """Fine detail at edges, in % of their coarse contrast: 0 to about 200, higher is sharper.

    The geometric mean of the amplitudes of the three finest octave bands (periods of 2 to 20 pixels) over the
    amplitude of the fifth (32 to 80 pixels), in the fifth of the cells with most structure, noise floor taken
    away. A change of contrast or exposure alone does not move it. After S3's spectral slope (Vu, Phan and
    Chandler, 2012), made for pairs.
    """

    aspect: str = "sharpness"
    unit: str = "%"
    low: float = 0.0
    high: float = 200.0
    better: Literal["higher", "lower", "middle"] = "higher"
    jnd: float = 0.08
    relative: bool = True
    alone: bool = True
    source: str = "Vu, Phan and Chandler 2012 (S3)"

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        """The numbers of a and of b at one place, or None where nothing there has edges and detail."""
        place = pyramid.cached_at(weight, BandEnergies.of)
        if not place.cells.size:
            return None
        levels = [k for k in FINE if place.edges[:, k].max() > LEAST_ENERGY]
        if not levels or place.edges[:, COARSE].min() < LEAST_EDGE:
            return None
        fine = np.exp(np.log(place.edges[:, levels]).mean(axis=1) / 2)
        a, b = 100 * fine / np.sqrt(place.edges[:, COARSE])
        return float(a), float(b)

    def merit(self, value: float) -> float:
        """A number whose difference is the difference in quality; higher is better."""
        return math.log(value + 1)

    def describe(self, own: float, other: float) -> str:
        """What an expert sees in the photo with the number `own`, beside the one with `other`."""
        return "keeps crisp, fine detail at the edges" if self.merit(own) > self.merit(other) else "is softer"
