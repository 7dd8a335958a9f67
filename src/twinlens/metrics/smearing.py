"""Smearing: texture wiped away where edges were kept."""

from dataclasses import dataclass

import numpy as np

from twinlens.features.noise_floor import BandEnergies
from twinlens.metrics import Map, Metric, Pyramid


@dataclass(frozen=True)
class Smearing(Metric):
    """Share of the texture missing beside the other photo, edges the measure: 0 to 100 %, lower is better.

    Texture amplitude over edge amplitude (periods of 2 to 10 pixels); the photo with more of it has 0 %. Blur
    lowers both and is not smearing; denoisers, oil-paint filters and heavy compression lower texture only.
    """

    aspects = ("texture", "artifacts", "realism")
    unit = "%"
    high = 100.0
    better = "lower"
    jnd = 12.0
    source = "after texture acutance, Cao, Guichard and Hornung 2009 (dead leaves)"
    saturation = 3.0
    prior = 1.25
    fidelity = True
    families = ("detail", "fine_texture")
    praise = "keeps its texture"
    blame = "is smeared, its texture wiped away"
    amount = "{worse} % of it"

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        place = pyramid.cached_at(weight, BandEnergies.of)
        if not place.cells.size:
            return None
        texture = np.sqrt(place.texture[:, :2].sum(axis=1) / place.edges[:, :2].sum(axis=1))
        a, b = 100 * (1 - texture / texture.max())
        return float(a), float(b)
