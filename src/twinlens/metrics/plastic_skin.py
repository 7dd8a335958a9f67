"""Plastic skin: the fine structure of skin wiped away, its edges kept."""

from dataclasses import dataclass

import numpy as np

from twinlens.features.noise_floor import BandEnergies
from twinlens.features.segmentation import find_regions
from twinlens.metrics import Map, Metric, Pyramid

FEWEST_CELLS = 12
LEAST_LOSS, CERTAIN_LOSS = 0.3, 0.5
"""Share of skin's fine structure that must be missing, and from which it certainly is."""
LEAST_EDGES = 0.8
"""Amplitude of edges beside the other photo's below which it is blurred as a whole."""
SMOOTH = 2.5
"""Code values (root mean square) of fine structure from which skin is not smooth."""
NOISY = 0.5
"""The same of the other photo's noise, from which noise was taken rather than skin."""


@dataclass(frozen=True)
class PlasticSkin(Metric):
    """Share of the fine structure of skin missing beside the other photo: 0 to 100 %, lower is better.

    As `Smearing`, in faces and skin, where edges are as strong as in the other photo, what is left is
    smooth, and what is missing was no noise.
    """

    aspects = ("texture", "realism", "artifacts")
    unit = "%"
    high = 100.0
    better = "lower"
    jnd = 5.0
    source = "after texture acutance, Cao, Guichard and Hornung 2009, on skin (ISO/TS 20791 portraits)"
    fidelity = True
    families = ("detail",)
    praise = "keeps its natural fine structure"
    blame = "is over-smoothed like plastic"
    claimed_in = ("face", "skin")

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        skin = [r.weight for r in pyramid.cached(find_regions) if r.name in ("face", "skin")]
        if not skin:
            return None
        inside = np.minimum(weight, np.maximum.reduce(skin))
        place = BandEnergies.of(pyramid, inside) if np.count_nonzero(inside > 0.5) >= FEWEST_CELLS else None
        if place is None or not place.cells.size:
            return None
        texture, edges = (np.sqrt(part[:, :2].sum(axis=1)) for part in (place.texture, place.edges))
        acutance = texture / edges
        side = int(acutance[0] > acutance[1])
        loss = 1 - float(acutance[side] / acutance[1 - side])
        as_sharp = edges[side] > LEAST_EDGES * edges[1 - side]
        was_noise = np.sqrt(place.noise_energy[1 - side]) > NOISY
        if not as_sharp or was_noise or texture[side] > SMOOTH:
            return 0.0, 0.0
        amount = 100 * loss * float(np.clip((loss - LEAST_LOSS) / (CERTAIN_LOSS - LEAST_LOSS), 0, 1))
        return (amount, 0.0) if side == 0 else (0.0, amount)
