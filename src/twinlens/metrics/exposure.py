"""Exposure: how far the brightness lies from where people want it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from twinlens.pixels.cells import Cells, Map
from twinlens.pixels.tones import weighted_mean

MIDDLE = 50.0
"""CIELAB lightness of middle grey."""


@dataclass(frozen=True)
class Exposure:
    """Mean CIELAB lightness L*: 0 (black) to 100 (white); nearer to middle grey (50) is better.

    Both photos of a pair within 12 of the middle count as equally well exposed.
    """

    aspect: str = "exposure"
    unit: str = "L*"
    low: float = 0.0
    high: float = 100.0
    better: Literal["higher", "lower", "middle"] = "middle"
    jnd: float = 3.0
    relative: bool = False
    source: str = "CIE 015:2018 (CIELAB)"

    def measure(self, cells: Cells, weight: Map) -> tuple[float, float] | None:
        """The numbers of a and of b at one place, or None where it is empty."""
        if float(weight.sum()) <= 0:
            return None
        a, b = (weighted_mean(cells.pool(np.ascontiguousarray(lab[..., 0])), weight) for lab in cells.lab)
        return a, b
