"""Exposure: brightness so low or so high that the scene is lost in it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from twinlens.features.clipped_tones import weighted_mean
from twinlens.features.pyramid import Map, Pyramid

DARKEST, BRIGHTEST = 15.0, 85.0
"""Mean lightness between which neither photo of a pair is too dark or too bright."""


@dataclass(frozen=True)
class Exposure:
    """Mean CIELAB lightness L*: 0 (black) to 100 (white); 15 to 85 is best, beyond it nearer is better."""

    aspect: str = "exposure"
    unit: str = "L*"
    low: float = 0.0
    high: float = 100.0
    better: Literal["higher", "lower", "middle"] = "middle"
    jnd: float = 3.0
    relative: bool = False
    alone: bool = True
    source: str = "CIE 015:2018 (CIELAB)"

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        """The numbers of a and of b at one place, or None where it is empty."""
        if float(weight.sum()) <= 0:
            return None
        a, b = (weighted_mean(pyramid.pool(np.ascontiguousarray(lab[..., 0])), weight) for lab in pyramid.lab)
        return a, b

    def merit(self, value: float) -> float:
        """A number whose difference is the difference in quality; higher is better."""
        return -max(DARKEST - value, value - BRIGHTEST, 0.0)

    def describe(self, own: float, other: float) -> str:
        """What an expert sees in the photo with the number `own`, beside the one with `other`."""
        if self.merit(own) > self.merit(other):
            return "is better exposed"
        return "is too dark" if own < other else "is too bright"
