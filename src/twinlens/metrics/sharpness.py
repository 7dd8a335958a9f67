"""Sharpness: how much fine detail the edges keep for their coarse contrast."""

from dataclasses import dataclass

import numpy as np

from twinlens.features.noise_floor import BandEnergies
from twinlens.metrics import Confound, Effect, Map, Metric, Pyramid

FINE = (0, 1, 2)
COARSE = 4
LEAST_ENERGY, LEAST_EDGE = 4.0, 16.0
"""Energies (code values²) of fine detail and of edges below which nothing there can be sharp."""


@dataclass(frozen=True)
class Sharpness(Metric):
    """Fine detail at edges, in % of their coarse contrast: 0 to about 200, higher is sharper.

    The geometric mean of the amplitudes of the three finest octave bands (periods of 2 to 20 pixels) over the
    amplitude of the fifth (32 to 80 pixels), in the fifth of the cells with most structure, noise floor taken
    away. A change of contrast or exposure alone does not move it. After S3's spectral slope (Vu, Phan and
    Chandler, 2012), made for pairs.
    """

    aspects = ("sharpness",)
    unit = "%"
    high = 200.0
    better = "higher"
    jnd = 0.08
    relative = True
    needs_alignment = False
    source = "Vu, Phan and Chandler 2012 (S3)"
    saturation = 6.0
    prior = 1.25
    fidelity = True
    families = ("detail",)
    effects = (
        Effect("noise chroma_noise", stage=6, up_to=1 / 0.6),
        Effect("fine_texture", stage=6, up_to=2.0),
        Effect("grid halo", stage=6, up_to=1.0),
        Confound("tonal chromatic grid noise", stage=31),
    )
    praise = "keeps crisp, fine detail at the edges"
    blame = "is softer"
    ratio = "{change} fine detail"

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        place = pyramid.cached_at(weight, BandEnergies.of)
        if not place.cells.size:
            return None
        levels = [k for k in FINE if place.edges[:, k].max() > LEAST_ENERGY]
        if not levels or place.edges[:, COARSE].min() < LEAST_EDGE:
            return None
        fine = np.exp(np.log(place.edges[:, levels]).mean(axis=1) / 2)
        a, b = 100 * fine / np.sqrt(place.edges[:, COARSE])
        return float(a), float(b)
