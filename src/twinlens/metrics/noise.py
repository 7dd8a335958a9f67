"""Noise: what the flat areas hold that the edges do not explain."""

import math
from dataclasses import dataclass

import numpy as np

from twinlens.features.boundary import detail_discontinuity
from twinlens.features.noise_floor import BandEnergies
from twinlens.metrics import Confound, Effect, Map, Metric, Pyramid

FINE_GRAINED = {"face": 3.3, "skin": 3.3, "hair": 3.3, "clothing": 3.3, "text": math.inf}
"""Regions whose texture is as fine and even as grain; lettering has no flats."""


@dataclass(frozen=True)
class Noise(Metric):
    """Luma noise in flat areas, root mean square in 8-bit code values: 0 to 128, lower is better.

    What the two finest octave bands of the flattest quarter hold in one photo and do not share with the
    other: the residual of predicting one photo from the other, as far as it is white and even as noise is. A
    change of contrast or sharpness is shared, noise is not. Where one place alone differs and the photo with
    less of it breaks off from what is around, that one was smoothed, and neither is noisier.
    """

    aspects = ("noise",)
    unit = "code values"
    high = 128.0
    better = "lower"
    jnd = 0.8
    masking = 5.0
    source = "pair form of Immerkaer 1996 (fast noise variance estimation)"
    saturation = 4.0
    prior = 1.25
    fidelity = True
    effects = (
        Effect("fine_texture banding", stage=5, up_to=1.0),
        Effect("contrast", stage=5),
        Effect("sharpness", stage=5, up_to=0.6),
        Effect("clipping", stage=7, up_to=2.0),
        Effect("chroma_noise", stage=7, up_to=1.0),
        Confound("detail clipping", stage=24, up_to=math.inf),
        Confound("tonal chromatic grid", stage=24),
    )
    praise = "is cleaner in the flat areas"
    blame = "shows more noise"
    ratio = "{change} grain"
    amount = "grain of {worse} of 255 levels"
    local_jnds = 2.0
    local_jnds_in = FINE_GRAINED
    pervasive = True

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        place = pyramid.cached_at(weight, BandEnergies.of)
        if not place.cells.size:
            return None
        a, b = (float(amplitude) for amplitude in np.sqrt(place.noise_energy))
        broken = detail_discontinuity(pyramid, weight)
        if (a - b) * (broken[0] - broken[1]) < 0:
            a = b = min(a, b)
        return a, b
