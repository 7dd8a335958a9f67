"""Texture: the fine, low-contrast detail between flat areas and edges."""

from dataclasses import dataclass

import numpy as np

from twinlens.features.noise_floor import BandEnergies
from twinlens.metrics import Confound, Map, Metric, Pyramid

LEAST = 1.0
"""Code values below which a place has no texture to speak of."""


@dataclass(frozen=True)
class Texture(Metric):
    """Amplitude of fine texture, root mean square in 8-bit code values: 0 to 128, higher holds more.

    The two finest octave bands (periods of 2 to 10 pixels) in the cells between the flattest quarter and the
    fifth with most structure, with the noise floor of the flats taken away.
    """

    aspects = ("texture",)
    unit = "code values"
    high = 128.0
    better = "higher"
    jnd = 0.1
    relative = True
    offset = 0.3
    source = "Laplacian pyramid bands, Burt and Adelson 1983"
    saturation = 6.0
    prior = 1.25
    fidelity = True
    families = ("detail", "fine_texture")
    effects = (Confound("tonal chromatic grid noise halo", stage=32),)
    praise = "holds more fine texture"
    blame = "has lost fine texture"
    follows_exposure = True

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        place = pyramid.cached_at(weight, BandEnergies.of)
        if not place.cells.size:
            return None
        a, b = np.sqrt(place.texture[:, :2].sum(axis=1))
        return (float(a), float(b)) if max(a, b) > LEAST else None
