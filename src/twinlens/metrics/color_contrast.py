"""Colour contrast: how far colours lie apart between green and red."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from twinlens.pixels.cells import Cells, Map
from twinlens.pixels.tones import fine_weight


@dataclass(frozen=True)
class ColorContrast:
    """Standard deviation of CIELAB a* over a place: 0 (one hue) to about 60, higher looks more natural.

    A wrong white balance or recolouring brings the reds and greens of a scene together more often than apart;
    on human judgements it goes with naturalness, while the yellow–blue axis, along which daylight varies,
    does not.
    """

    aspect: str = "realism"
    unit: str = "a*"
    low: float = 0.0
    high: float = 60.0
    better: Literal["higher", "lower", "middle"] = "higher"
    jnd: float = 0.1
    relative: bool = True
    alone: bool = True
    source: str = "after Hasler and Süsstrunk 2003 (colourfulness: spread of opponent colours)"

    def measure(self, cells: Cells, weight: Map) -> tuple[float, float] | None:
        """The numbers of a and of b at one place, or None where it is empty."""
        inside = fine_weight(cells, weight)
        if not inside.any():
            return None
        a, b = (float(np.std(lab[..., 1][inside], dtype=np.float64)) for lab in cells.lab)
        return a, b

    def merit(self, value: float) -> float:
        """A number whose difference is the difference in quality; higher is better."""
        return math.log(value + 1)

    def describe(self, own: float, other: float) -> str:
        """What an expert sees in the photo with the number `own`, beside the one with `other`."""
        return "separates its colours naturally" if own > other else "looks less natural in its colours"
