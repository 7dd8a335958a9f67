"""Chroma noise: coloured speckle."""

from dataclasses import dataclass

import numpy as np

from twinlens.features.noise_floor import BandEnergies
from twinlens.metrics import Effect, Map, Metric, Pyramid


@dataclass(frozen=True)
class ChromaNoise(Metric):
    """Colour speckle in flat areas, RMS of Cr and Cb in 8-bit code values: 0 to about 40, lower is better.

    Periods of 4 to 10 pixels, in the flattest quarter of the place; what one photo does not share with the
    other.
    """

    aspects = ("noise",)
    unit = "code values"
    high = 40.0
    better = "lower"
    jnd = 0.7
    masking = 5.0
    source = "pair form of Immerkaer 1996, on Cr and Cb"
    saturation = 4.0
    prior = 1.25
    fidelity = True
    families = ("chromatic",)
    effects = (Effect("saturation color_contrast", stage=8), Effect("texture", stage=8, up_to=1.3))
    praise = "shows little coloured speckle"
    blame = "shows coloured speckle"
    ratio = "{change} speckle"
    amount = "{worse} of 255 levels"
    local_jnds = 3.0
    pervasive = True

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        place = pyramid.cached_at(weight, BandEnergies.of)
        if not place.cells.size:
            return None
        a, b = np.sqrt(sum(place.even_residual(band) for band in pyramid.chroma_bands[0]))
        return float(a), float(b)
