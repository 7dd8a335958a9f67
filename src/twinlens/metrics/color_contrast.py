"""Colour contrast: how far colours lie apart in more than one direction."""

from dataclasses import dataclass

import numpy as np

from twinlens.features.pyramid import Map, Pyramid
from twinlens.metrics import Metric

FEWEST_CELLS = 6


@dataclass(frozen=True)
class ColorContrast(Metric):
    """How far colours spread across their main direction: 0.05 to 40, higher is more natural.

    CIELAB a* and b* of the place's cells spread most along one direction: the light, from warm to cold, or
    the one colour that a wrong recolouring leaves. The standard deviation across it, over the root of that
    along it, tells how many colours keep apart. More of all colours moves it little, noise hardly.
    """

    aspects = ("realism",)
    unit = "index"
    low = 0.05
    high = 40.0
    better = "higher"
    jnd = 0.1
    relative = True
    offset = 0.0
    needs_alignment = False
    source = "after Hasler and Süsstrunk 2003 (colourfulness: spread of opponent colours)"
    saturation = 5.0
    prior = 2.0
    rendering = True
    families = ("color", "chromatic")
    praise = "separates its colours naturally"
    blame = "looks less natural in its colours"

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        inside = weight > 0.5
        if np.count_nonzero(inside) < FEWEST_CELLS:
            return None
        a, b = (_spread(pyramid, lab, inside) for lab in pyramid.lab)
        return a, b


def _spread(pyramid: Pyramid, lab: Map, inside: np.ndarray) -> float:
    colours = [pyramid.pool(np.ascontiguousarray(lab[..., k]))[inside].astype(np.float64) for k in (1, 2)]
    across, along = np.sqrt(np.maximum(np.linalg.eigvalsh(np.cov(colours)), 0.0))
    return float((across + 1) / np.sqrt(along + 1))
