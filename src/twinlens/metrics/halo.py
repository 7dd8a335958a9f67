"""Halo: edges made steeper than the lens drew them, with bright and dark lines beside them."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twinlens.core.fitted import logistic
from twinlens.features.noise_floor import BandEnergies
from twinlens.metrics import Confound, Effect, Map, Metric, Pyramid

LEAST_ENERGY = 2.0
LEVELS = (0, 1)
"""Finest bands from which on sharpening is looked for; from the second also in a photo of large cells."""
LARGE = 32
COARSE = 4
COEFFICIENTS, INTERCEPT = logistic("twinlens.metrics", "halo.json")
"""Log-odds that the sharper photo of a pair was sharpened rather than the other blurred: of its gains in
three bands, finest first, the steepness of its spectrum from the second to the third, and the coherence of
the finest band."""
LEAST_COHERENCE, COHERENT = 0.75, 0.85
DEEPENED, WIPED = 0.2, 0.3
"""Log of how much more texture than edges the sharper photo holds beside the other: sharpening deepens both
alike, denoising wipes texture and keeps edges."""
SURE = 1.5


@dataclass(frozen=True)
class Halo(Metric):
    """Over-sharpening beside the other photo, in % of an edge's amplitude: 0 to 200, lower is better.

    The gain of the second finest octave band of the sharper photo, where its shape is that of sharpening: a
    blurred copy loses the more the finer the band and loses coherence with it, a sharpened one gains alike in
    all fine bands, stays coherent, and has more fine structure than lenses draw; a tone curve reaches coarser
    bands as well. The less sharp photo has 0. Gains are beside that of the coarse band.
    """

    aspects = ("artifacts", "realism")
    unit = "%"
    high = 200.0
    better = "lower"
    jnd = 10.0
    source = "pair form of Marziliano, Dufaux, Winkler and Ebrahimi 2004 (ringing beside edges)"
    saturation = 3.0
    prior = 2.0
    fidelity = True
    effects = (
        Effect("detail clipping color_bleeding", stage=3),
        Confound("detail clipping exposure", stage=22, up_to=math.inf),
        Confound("tonal chromatic grid noise", stage=22),
    )
    praise = "renders edges without visible halos"
    blame = "shows halos beside its edges"
    amount = "edges overshoot by {worse} %"

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        place = pyramid.cached_at(weight, BandEnergies.of)
        if not place.cells.size:
            return None
        overshoots = [_overshoot(place, level) for level in edge_levels(place, pyramid.size)]
        if not overshoots:
            return None
        side, amount = max(overshoots, key=lambda one: one[1])
        return (min(self.high, amount), 0.0) if side == 0 else (0.0, min(self.high, amount))


def edge_levels(place: BandEnergies, size: int) -> list[int]:
    """The bands from which on sharpening is looked for in photos of cells of a size."""
    finest = [k for k in LEVELS if place.edges[:, k].min() > LEAST_ENERGY]
    return finest if size >= LARGE else finest[:1]


def sharper_side(place: BandEnergies, level: int) -> tuple[int, NDArray[np.float64]]:
    """Which photo is sharper in the bands from a level on, and the features that COEFFICIENTS apply to."""
    gains = np.log(place.edge_gain / place.edge_gain[COARSE])[level : level + 3]
    side = 0 if gains[0] > 0 else 1
    steepness = np.log(place.edges[side, level + 1] / place.edges[side, level + 2]) / 2
    return side, np.array([*(gains if side == 0 else -gains), steepness, place.edge_coherence[level]])


def _overshoot(place: BandEnergies, level: int) -> tuple[int, float]:
    """Which photo is sharper in the bands from a level on, and how far it is sharpened, in %."""
    side, features = sharper_side(place, level)
    gain, coherence = features[1], features[-1]
    trust = np.clip(0.5 + (np.dot(COEFFICIENTS, features) + INTERCEPT) / (2 * SURE), 0, 1)
    trust *= np.clip((coherence - LEAST_COHERENCE) / (COHERENT - LEAST_COHERENCE), 0, 1)
    texture = np.log(place.texture[:, level] / place.edges[:, level]) / 2
    trust *= np.clip((WIPED - (texture[side] - texture[1 - side])) / (WIPED - DEEPENED), 0, 1)
    return side, 100 * float(np.expm1(max(0.0, gain)) * trust)
