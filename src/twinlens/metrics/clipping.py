"""Clipping: highlights blown to white and shadows crushed to black."""

from dataclasses import dataclass
from typing import Literal

from twinlens.features.clipped_tones import clipping_loss, weighted_mean
from twinlens.features.pyramid import Map, Pyramid


@dataclass(frozen=True)
class Clipping:
    """Share of pixels lost to white or black that the other photo holds: 0 to 100 %, lower is better.

    White: at least two channels at the top; black: all channels at the bottom; at half size. A pair tells
    what a single photo cannot: black that is black in both is no loss.
    """

    aspect: str = "exposure"
    unit: str = "%"
    low: float = 0.0
    high: float = 100.0
    better: Literal["higher", "lower", "middle"] = "lower"
    jnd: float = 1.5
    relative: bool = False
    alone: bool = False
    source: str = "ISO 12232 (saturation), by count"

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        """The numbers of a and of b at one place, or None where it is empty."""
        if float(weight.sum()) <= 0:
            return None
        a, b = (100 * weighted_mean(share, weight) for share in pyramid.cached(clipping_loss))
        return a, b

    def merit(self, value: float) -> float:
        """A number whose difference is the difference in quality; higher is better."""
        return -value

    def describe(self, own: float, other: float) -> str:
        """What an expert sees in the photo with the number `own`, beside the one with `other`."""
        return "keeps detail in highlights and shadows" if own < other else "clips highlights or shadows"
