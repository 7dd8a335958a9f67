"""Skin tone: how far the colour of skin lies from the one that people remember."""

from dataclasses import dataclass

import numpy as np

from twinlens.features.segmentation import find_regions
from twinlens.metrics import Confound, Map, Metric, Pyramid

HUE, HUES = 50.0, 14.0
"""The middle of skin's CIELAB hue, in degrees, and how far skins and daylights spread about it."""
RICH, RICHES = 45.0, 12.0
"""The same of its saturation, C*/sqrt(C*² + L*² + 100) in %."""
PALE = 12.0
"""Chroma below which a hue hardly shows."""
NATURAL = 1.0
"""The distance up to which every skin is as natural as another."""
STRANGE = 2.2
"""The distance beyond which, in both photos, the light or the skin is meant to be coloured."""


@dataclass(frozen=True)
class SkinTone(Metric):
    """Distance of skin from its remembered colour, in spreads of natural skin: 0 to 20, lower is better.

    The median hue and saturation of skin beside a face that was found; up to 1 every tone is natural. Human
    skins of all shades differ in lightness much more than in hue and saturation. None without a face, or
    where the colour is strange in both photos.
    """

    aspects = ("color", "realism")
    unit = "σ"
    high = 20.0
    better = "lower"
    jnd = 0.4
    source = "Bartleson 1960 (memory colours); Yendrikhovskij, Blommaert and de Ridder 1999"
    saturation = 4.0
    prior = 2.0
    families = ("chromatic",)
    effects = (Confound("detail tonal grid cast saturation chroma_noise color_bleeding noise", stage=30),)
    praise = "has natural skin tones"
    blame = "has unnatural skin tones"
    local_jnds = 2.0

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        places = {region.name: region.weight for region in pyramid.cached(find_regions)}
        if "skin" not in places:
            return None
        inside = (weight > 0.5) & (np.maximum(places["skin"], places.get("face", places["skin"])) > 0.5)
        if np.count_nonzero(inside) < 6:
            return None
        a, b = (_distance(*np.median(lab[inside], axis=0).tolist()) for lab in pyramid.pooled_lab)
        return (a, b) if min(a, b) < STRANGE else None

    def merit(self, value: float) -> float:
        return -max(NATURAL, value)


def _distance(light: float, red: float, yellow: float) -> float:
    chroma = float(np.hypot(red, yellow))
    rich = 100 * chroma / float(np.sqrt(chroma**2 + light**2 + 100))
    turn = (float(np.degrees(np.arctan2(yellow, red))) - HUE + 180) % 360 - 180
    hue = turn / HUES * min(1.0, chroma / PALE)
    return min(20.0, float(np.hypot(hue, (rich - RICH) / RICHES)))
