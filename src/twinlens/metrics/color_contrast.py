"""Colour contrast: how far colours lie apart in more than one direction."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from twinlens.features.pyramid import Map, Pyramid

FEWEST_CELLS = 6


@dataclass(frozen=True)
class ColorContrast:
    """How far colours spread across their main direction: 0.05 to 40, higher is more natural.

    CIELAB a* and b* of the place's cells spread most along one direction: the light, from warm to cold, or
    the one colour that a wrong recolouring leaves. The standard deviation across it, over the root of that
    along it, tells how many colours keep apart. More of all colours moves it little, noise hardly.
    """

    aspect: str = "realism"
    unit: str = "index"
    low: float = 0.05
    high: float = 40.0
    better: Literal["higher", "lower", "middle"] = "higher"
    jnd: float = 0.1
    relative: bool = True
    alone: bool = True
    source: str = "after Hasler and Süsstrunk 2003 (colourfulness: spread of opponent colours)"

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        """The numbers of a and of b at one place, or None where it is empty."""
        inside = weight > 0.5
        if np.count_nonzero(inside) < FEWEST_CELLS:
            return None
        a, b = (_spread(pyramid, lab, inside) for lab in pyramid.lab)
        return a, b

    def merit(self, value: float) -> float:
        """A number whose difference is the difference in quality; higher is better."""
        return math.log(value)

    def describe(self, own: float, other: float) -> str:
        """What an expert sees in the photo with the number `own`, beside the one with `other`."""
        return "separates its colours naturally" if own > other else "looks less natural in its colours"


def _spread(pyramid: Pyramid, lab: Map, inside: np.ndarray) -> float:
    colours = [pyramid.pool(np.ascontiguousarray(lab[..., k]))[inside].astype(np.float64) for k in (1, 2)]
    across, along = np.sqrt(np.maximum(np.linalg.eigvalsh(np.cov(colours)), 0.0))
    return float((across + 1) / np.sqrt(along + 1))
