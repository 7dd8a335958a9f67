"""Noise: what the flat areas hold that the edges do not explain."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from twinlens.pixels.cells import Cells, Map
from twinlens.pixels.structure import Structure

MASKING = 5.0
"""Noise, in code values, from which on a difference is seen as a share rather than as such."""


@dataclass(frozen=True)
class Noise:
    """Luma noise in flat areas, root mean square in 8-bit code values: 0 to about 60, lower is better.

    The two finest octave bands in the flattest quarter of the place. What one photo holds more than the
    other counts only as far as its gain of detail at edges does not explain it, so blur is not denoising.
    """

    aspect: str = "noise"
    unit: str = "code values"
    low: float = 0.0
    high: float = 60.0
    better: Literal["higher", "lower", "middle"] = "lower"
    jnd: float = 0.7
    relative: bool = False
    alone: bool = False
    source: str = "after Immerkaer 1996 (fast noise variance estimation)"

    def measure(self, cells: Cells, weight: Map) -> tuple[float, float] | None:
        """The numbers of a and of b at one place, or None where the place is too small."""
        place = Structure(cells, weight)
        if not place.chosen.size:
            return None
        energy = np.zeros(2)
        for level in (0, 1):
            a, b = place.flats[:, level]
            gain = min(1.0, float(place.edge_gain[level] if a < b else 1 / place.edge_gain[level]))
            quiet = min(a, b)
            energy += np.array([quiet + max(0.0, x - quiet / gain**2) for x in (a, b)])
        a, b = np.sqrt(energy)
        return float(a), float(b)

    def merit(self, value: float) -> float:
        """A number whose difference is the difference in quality; higher is better; grain masks more grain."""
        return -MASKING * math.log1p(value / MASKING)

    def describe(self, own: float, other: float) -> str:
        """What an expert sees in the photo with the number `own`, beside the one with `other`."""
        return "is cleaner in the flat areas" if self.merit(own) > self.merit(other) else "shows more noise"
