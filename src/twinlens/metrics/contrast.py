"""Contrast: the spread of tones over a place."""

import math
from dataclasses import dataclass

import numpy as np

from twinlens.features.clipped_tones import weighted_mean
from twinlens.features.pyramid import Map, Pyramid
from twinlens.metrics import Metric


@dataclass(frozen=True)
class Contrast(Metric):
    """Standard deviation of CIELAB lightness over a place: 0 to 50 L*, higher is better.

    Coarse contrast: of areas, at four to eight pixels a cell's side.
    """

    aspects = ("contrast",)
    unit = "L*"
    high = 50.0
    better = "higher"
    jnd = 0.15
    relative = True
    needs_alignment = False
    source = "RMS contrast, Peli 1990"
    rendering = True
    families = ("tone", "tonal")
    praise = "has more depth and contrast"
    blame = "looks flat"
    local_jnds = math.inf
    follows_exposure = True

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        if float(weight.sum()) < 6:
            return None
        spread = []
        for lab in pyramid.lab:
            light = np.ascontiguousarray(lab[..., 0])
            mean = weighted_mean(pyramid.pool(light), weight)
            spread.append(np.sqrt(weighted_mean(pyramid.pool((light - mean) ** 2), weight)))
        a, b = spread
        return (float(a), float(b)) if max(a, b) > 1 else None
