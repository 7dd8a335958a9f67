"""Colour seam: a place whose colours do not go with those around it."""

from dataclasses import dataclass

from twinlens.metrics import Confound
from twinlens.metrics.light_seam import LightSeam


@dataclass(frozen=True)
class ColorSeam(LightSeam):
    """How far the one place that differs breaks off from its surroundings in colour, ΔE*ab: 0 to 150.

    Lower is better; all else is as in `LightSeam`, of CIELAB a* and b* instead of L*.
    """

    channels = slice(1, 3)
    aspects = ("color", "realism")
    unit = "ΔE*ab"
    high = 150.0
    families = ("chromatic",)
    effects = (LightSeam.effects[0], Confound("detail tonal grid noise halo", stage=27))
    praise = "keeps the colours there natural"
    blame = "has unnatural colours there"
    amount = "a step of ΔE {worse}"
