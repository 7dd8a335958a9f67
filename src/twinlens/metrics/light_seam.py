"""Light seam: a place lighter or darker than goes with what is around it."""

from dataclasses import dataclass
from typing import Literal

from twinlens.features.boundary import discontinuity, pooled_lab
from twinlens.features.pyramid import Map, Pyramid


@dataclass(frozen=True)
class LightSeam:
    """How far the one place that differs breaks off from its surroundings in lightness, in L*: 0 to 100.

    Lower is better; the photo that does not break has 0. Both photos are alike around the place, so the one
    that goes on across its border is the one that was left as it was. None where they differ all over.
    """

    aspect: str = "exposure"
    unit: str = "L*"
    low: float = 0.0
    high: float = 100.0
    better: Literal["higher", "lower", "middle"] = "lower"
    jnd: float = 2.0
    relative: bool = False
    alone: bool = False
    source: str = "continuity of surfaces: Gestalt law of good continuation, Wertheimer 1923"

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        """The numbers of a and of b, or None where the place is not the one that differs."""
        a, b = pyramid.cached(pooled_lab)
        return discontinuity(pyramid, weight, (a[..., :1], b[..., :1]))

    def merit(self, value: float) -> float:
        """A number whose difference is the difference in quality; higher is better."""
        return -value

    def describe(self, own: float, other: float) -> str:
        """What an expert sees in the photo with the number `own`, beside the one with `other`."""
        return "keeps the light there natural" if own < other else "is unnaturally lit there"
