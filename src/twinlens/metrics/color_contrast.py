"""Colour contrast: how far colours lie apart in more than one direction."""

from dataclasses import dataclass

import numpy as np

from twinlens.metrics import Map, Metric, Pyramid

FEWEST_CELLS = 6


@dataclass(frozen=True)
class ColorContrast(Metric):
    """How far colours spread across their main direction: 0.05 to 40, higher is more natural.

    CIELAB a* and b* of the place's cells spread most along one direction: the light, from warm to cold, or
    the one colour that a wrong recolouring leaves. The standard deviation across it, over the root of that
    along it, grows with the colours that stay apart. More of all colours moves it little, noise hardly.
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
    ratio = "{change} variety of hue"

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        inside = weight > 0.5
        if np.count_nonzero(inside) < FEWEST_CELLS:
            return None
        a, b = (_spread(lab[inside, 1:]) for lab in pyramid.pooled_lab)
        return a, b


def _spread(colors: Map) -> float:
    covariance = np.cov(colors.T.astype(np.float64, order="C"))
    across, along = np.sqrt(np.maximum(np.linalg.eigvalsh(covariance), 0.0))
    return float((across + 1) / np.sqrt(along + 1))
