"""Local contrast: the depth of forms, folds and surfaces."""

import math
from dataclasses import dataclass

from twinlens.features.clipped_tones import weighted_mean
from twinlens.metrics import Confound, Map, Metric, Pyramid


@dataclass(frozen=True)
class LocalContrast(Metric):
    """Amplitude of forms a sixteenth to a sixth of the photo wide, RMS in 8-bit code values: 0 to 80.

    Higher is better. Tied to the size of the whole photo, because it is seen when the photo is seen whole:
    for a long side of 512 pixels the band has periods of 32 to 80 pixels.
    """

    aspects = ("contrast",)
    unit = "code values"
    high = 80.0
    better = "higher"
    jnd = 0.12
    relative = True
    source = "Peli 1990 (band-limited contrast)"
    saturation = 5.0
    prior = 12.0
    rendering = True
    credited_lightness = 52.0
    families = ("tone", "tonal")
    effects = (Confound("detail chromatic grid noise contrast", stage=33),)
    praise = "has more depth and contrast"
    blame = "looks flat"
    ratio = "{change} contrast"
    local_jnds = math.inf
    follows_exposure = True

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        if float(weight.sum()) <= 0:
            return None
        band = pyramid.bands[-1]
        a, b = (math.sqrt(weighted_mean(energy, weight)) for energy in (band.aa, band.bb))
        return (a, b) if max(a, b) > 1 else None
