"""Smearing: texture wiped away where edges were kept."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from twinlens.features.noise_floor import BandEnergies
from twinlens.features.pyramid import Map, Pyramid


@dataclass(frozen=True)
class Smearing:
    """Share of the texture missing beside the other photo, edges the measure: 0 to 100 %, lower is better.

    Texture amplitude over edge amplitude (periods of 2 to 10 pixels); the photo with more of it has 0 %. Blur
    lowers both and is not smearing; denoisers, oil-paint filters and heavy compression lower texture only.
    """

    aspect: str = "texture"
    unit: str = "%"
    low: float = 0.0
    high: float = 100.0
    better: Literal["higher", "lower", "middle"] = "lower"
    jnd: float = 12.0
    relative: bool = False
    alone: bool = False
    source: str = "after texture acutance, Cao, Guichard and Hornung 2009 (dead leaves)"

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        """The numbers of a and of b at one place, or None where the place is too small."""
        place = pyramid.cached_at(weight, BandEnergies.of)
        if not place.cells.size:
            return None
        kept = np.sqrt(place.texture[:, :2].sum(axis=1) / place.edges[:, :2].sum(axis=1))
        a, b = 100 * (1 - kept / kept.max())
        return float(a), float(b)

    def merit(self, value: float) -> float:
        """A number whose difference is the difference in quality; higher is better."""
        return -value

    def describe(self, own: float, other: float) -> str:
        """What an expert sees in the photo with the number `own`, beside the one with `other`."""
        better = self.merit(own) > self.merit(other)
        return "keeps its texture" if better else "is smeared, its texture wiped away"
