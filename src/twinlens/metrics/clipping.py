"""Clipping: highlights blown to white and shadows crushed to black."""

from dataclasses import dataclass
from typing import Literal

from twinlens.pixels.cells import Cells, Map
from twinlens.pixels.tones import clipped, weighted_mean


@dataclass(frozen=True)
class Clipping:
    """Share of pixels without tone, blown or crushed: 0 to 100 %, lower is better.

    Blown: at least two channels at white; crushed: all channels at black; at half size.
    """

    aspect: str = "exposure"
    unit: str = "%"
    low: float = 0.0
    high: float = 100.0
    better: Literal["higher", "lower", "middle"] = "lower"
    jnd: float = 1.5
    relative: bool = False
    alone: bool = True
    source: str = "ISO 12232 (saturation), by count"

    def measure(self, cells: Cells, weight: Map) -> tuple[float, float] | None:
        """The numbers of a and of b at one place, or None where it is empty."""
        if float(weight.sum()) <= 0:
            return None
        a, b = (100 * weighted_mean(blown + crushed, weight) for blown, crushed in cells.once(clipped))
        return a, b

    def merit(self, value: float) -> float:
        """A number whose difference is the difference in quality; higher is better."""
        return -value

    def describe(self, own: float, other: float) -> str:
        """What an expert sees in the photo with the number `own`, beside the one with `other`."""
        return "keeps detail in highlights and shadows" if self.merit(own) > self.merit(other) else "clips highlights or shadows"
