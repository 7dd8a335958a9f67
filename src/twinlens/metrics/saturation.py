"""Saturation: how colourful a place is."""

from dataclasses import dataclass
from typing import Literal

from twinlens.pixels.cells import Cells, Map
from twinlens.pixels.tones import chroma, weighted_mean


@dataclass(frozen=True)
class Saturation:
    """Mean CIELAB chroma C*ab: 0 (grey) to about 100; nearer to the middle people prefer is better."""

    aspect: str = "color"
    unit: str = "C*ab"
    low: float = 0.0
    high: float = 100.0
    better: Literal["higher", "lower", "middle"] = "middle"
    jnd: float = 0.15
    relative: bool = True
    source: str = "Fedorovskaya, de Ridder and Blommaert 1997 (chroma and preference)"

    def measure(self, cells: Cells, weight: Map) -> tuple[float, float] | None:
        """The numbers of a and of b at one place, or None where it is empty."""
        if float(weight.sum()) <= 0:
            return None
        a, b = (weighted_mean(plane, weight) for plane in cells.once(chroma))
        return a, b
