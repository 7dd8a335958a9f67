"""Saturation: how far the most colourful parts of a place are from grey."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from twinlens.pixels.cells import Cells, Map
from twinlens.pixels.tones import fine_weight

TARGET = 70.0
"""Saturation of the most colourful twentieth of well-liked photographs (docs/conventions.md)."""
SHARE = 0.95
DARK = 6.0
FEWEST = 40


@dataclass(frozen=True)
class Saturation:
    """Saturation of the most colourful twentieth of a place: 0 (grey) to 100 %, near 70 % is best.

    Chroma over the length of the colour, C*/sqrt(C*² + L*² + 100), so that a dark photo is not taken for a pale
    one; of tones above black in either photo.
    """

    aspect: str = "color"
    unit: str = "%"
    low: float = 0.0
    high: float = 100.0
    better: Literal["higher", "lower", "middle"] = "middle"
    jnd: float = 5.0
    relative: bool = False
    alone: bool = True
    source: str = "Fedorovskaya, de Ridder and Blommaert 1997 (chroma and preference); Lübbe 2010 (saturation)"

    def measure(self, cells: Cells, weight: Map) -> tuple[float, float] | None:
        """The numbers of a and of b at one place, or None where it is too small or black."""
        a, b = cells.lab
        inside = fine_weight(cells, weight) & (np.maximum(a[..., 0], b[..., 0]) > DARK)
        if np.count_nonzero(inside) < FEWEST:
            return None
        found = []
        for lab in (a, b):
            light, red, yellow = lab[inside].T
            squared = red * red + yellow * yellow
            found.append(100 * float(np.quantile(np.sqrt(squared / (squared + light * light + 100)), SHARE)))
        return found[0], found[1]

    def merit(self, value: float) -> float:
        """A number whose difference is the difference in quality; higher is better."""
        return value - TARGET if value < TARGET else 1.5 * (TARGET - value)

    def describe(self, own: float, other: float) -> str:
        """What an expert sees in the photo with the number `own`, beside the one with `other`."""
        if self.merit(own) > self.merit(other):
            return "has natural colours"
        return "looks washed out" if own < other else "is oversaturated"
