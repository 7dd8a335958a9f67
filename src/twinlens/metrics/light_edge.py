"""Light edge: a step of lightness that only one photo takes, where what differs ends."""

import math
from dataclasses import dataclass
from typing import ClassVar

from twinlens.features.change_border import LIGHTNESS, border_step
from twinlens.metrics import Map, Metric, Pyramid

LEAST, CERTAIN = 0.2, 0.8
"""Margin of the steps from which they count, and from which they are certain."""


@dataclass(frozen=True)
class LightEdge(Metric):
    """How large a step of lightness is at the border of the one place that differs, in L*: 0 to 100.

    Lower is better; the photo whose steps there are those of the scene has 0. Finer than `light_seam`: of
    points a cell apart. It is a reason only, and has no weight of its own. None where the photos differ all
    over.
    """

    channels: ClassVar = LIGHTNESS
    aspects: ClassVar[tuple[str, ...]] = ("exposure",)
    unit = "L*"
    high = 100.0
    better = "lower"
    jnd = 1.0
    source = "splicing edges, after Johnson and Farid 2005 (inconsistencies in lighting)"
    families = ("tonal",)
    praise = "keeps the light there natural"
    blame = "is unnaturally lit there"
    amount = "a step of {worse} of 100 in lightness"
    local_jnds = math.inf

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        step = border_step(pyramid, weight, self.channels)
        if step is None:
            return None
        certainty = min(max((abs(step.margin) - LEAST) / (CERTAIN - LEAST), 0.0), 1.0)
        size = min(self.high, step.size * certainty)
        return (size, 0.0) if step.margin > 0 else (0.0, size)
