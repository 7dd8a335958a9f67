"""Colour edge: a step of colour that only one photo takes, where what differs ends."""

from dataclasses import dataclass

from twinlens.features.change_border import COLOR
from twinlens.metrics.light_edge import LightEdge


@dataclass(frozen=True)
class ColorEdge(LightEdge):
    """How large a step of colour is at the border of the one place that differs, ΔE*ab: 0 to 150.

    Lower is better; all else is as in `LightEdge`, of CIELAB a* and b* instead of L*.
    """

    channels = COLOR
    aspects = ("color", "realism")
    unit = "ΔE*ab"
    high = 150.0
    families = ("chromatic",)
    praise = "keeps the colours there natural"
    blame = "has unnatural colours there"
    amount = "a step of ΔE {worse}"
