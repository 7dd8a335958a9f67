"""Halo: edges made steeper than the lens drew them, with bright and dark lines beside them."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from twinlens.pixels.cells import Cells, Map
from twinlens.pixels.structure import Structure

LEAST_ENERGY = 2.0
LEVELS = (0, 1, 2)
COARSE = 4
LEAST_COHERENCE, COHERENT = 0.84, 0.92


@dataclass(frozen=True)
class Halo:
    """Over-sharpening beside the other photo, in % of an edge's amplitude: 0 to about 100, lower is better.

    A blurred copy loses the more the finer the band (a Gaussian loses four times as many decibels an octave
    higher), a sharpened one gains alike in all fine bands. What the sharper photo has more in the second
    usable band than the root of what it has more in the finest is therefore no regained sharpness but an
    overshoot; the less sharp photo has 0. Gains are beside that of the coarse band, so a change of contrast
    is none, and count only where the two photos' edges are coherent, which rules out smearing and motion
    blur.
    """

    aspect: str = "artifacts"
    unit: str = "%"
    low: float = 0.0
    high: float = 100.0
    better: Literal["higher", "lower", "middle"] = "lower"
    jnd: float = 5.0
    relative: bool = False
    alone: bool = False
    source: str = "pair form of Marziliano, Dufaux, Winkler and Ebrahimi 2004 (ringing beside edges)"

    def measure(self, cells: Cells, weight: Map) -> tuple[float, float] | None:
        """The numbers of a and of b at one place, or None where no edge is strong enough in both."""
        place = Structure(cells, weight)
        if not place.chosen.size:
            return None
        usable = [k for k in LEVELS if place.edges[:, k].min() > LEAST_ENERGY]
        if not usable:
            return None
        level = usable[0]
        gain = np.log(place.edge_gain / place.edge_gain[COARSE])
        finest, next_finest = float(gain[level]), float(gain[level + 1])
        excess = np.sign(finest) * next_finest - abs(finest) / 2
        trust = np.clip((place.edge_coherence[level] - LEAST_COHERENCE) / (COHERENT - LEAST_COHERENCE), 0, 1)
        amount = 100 * float(np.expm1(max(0.0, excess)) * trust)
        return (amount, 0.0) if finest > 0 else (0.0, amount)

    def merit(self, value: float) -> float:
        """A number whose difference is the difference in quality; higher is better."""
        return -value

    def describe(self, own: float, other: float) -> str:
        """What an expert sees in the photo with the number `own`, beside the one with `other`."""
        better = self.merit(own) > self.merit(other)
        return "renders edges without visible halos" if better else "shows halos beside its edges"
