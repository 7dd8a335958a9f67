"""Contrast: the spread of tones over a place."""

import math
from dataclasses import dataclass

import numpy as np

from twinlens.features.clipped_tones import weighted_mean
from twinlens.metrics import Map, Metric, Pyramid


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
    ratio = "{change} contrast"
    local_jnds = math.inf
    follows_exposure = True

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        if float(weight.sum()) < 6:
            return None
        means = (weighted_mean(lab[..., 0], weight) for lab in pyramid.pooled_lab)
        squares = [(lab[..., 0] - mean) ** 2 for lab, mean in zip(pyramid.lab, means, strict=True)]
        a, b = (float(np.sqrt(weighted_mean(pyramid.pool(plane), weight))) for plane in squares)
        return (a, b) if max(a, b) > 1 else None
