"""Light seam: a place lighter or darker than goes with what is around it."""

from dataclasses import dataclass
from typing import ClassVar

from twinlens.features.boundary import discontinuity
from twinlens.metrics import Confound, Effect, Map, Metric, Pyramid


@dataclass(frozen=True)
class LightSeam(Metric):
    """How far the one place that differs breaks off from its surroundings in lightness, in L*: 0 to 100.

    Lower is better; the photo that does not break has 0. Both photos are alike around the place, so the one
    that goes on across its border is the one that was left as it was. None where they differ all over.
    """

    channels: ClassVar = slice(0, 1)
    """Of CIELAB."""

    aspects: ClassVar[tuple[str, ...]] = ("exposure",)
    unit = "L*"
    high = 100.0
    better = "lower"
    jnd = 2.0
    source = "continuity of surfaces: Gestalt law of good continuation, Wertheimer 1923"
    saturation = 4.0
    prior = 3.0
    families = ("tonal",)
    effects = (
        Effect("tone color clipping texture skin_tone", stage=1),
        Confound("chromatic detail grid noise halo", stage=26),
    )
    praise = "keeps the light there natural"
    blame = "is unnaturally lit there"
    amount = "a step of {worse} of 100 in lightness"

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        a, b = pyramid.pooled_lab
        return discontinuity(pyramid, weight, (a[..., self.channels], b[..., self.channels]))
