"""Halo: overshoot beside strong edges."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from twinlens.pixels.cells import Cells, Map
from twinlens.pixels.profiles import edge_profiles

FEWEST_EDGES = 24
WINDOWS = ((2, 5), (3, 8))
"""Pixels from the edge between which the overshoot is averaged: narrow halos and wide ones."""


@dataclass(frozen=True)
class Halo:
    """Overshoot beside strong, isolated edges, in % of the edge's step: 0 to about 50, lower is better.

    The mean excess beyond the plateau on both sides, along the normals of edges that both photos share; noise
    averages out, and a soft edge has none. The wider or narrower of two windows, whichever shows more.
    """

    aspect: str = "artifacts"
    unit: str = "%"
    low: float = 0.0
    high: float = 50.0
    better: Literal["higher", "lower", "middle"] = "lower"
    jnd: float = 2.0
    relative: bool = False
    source: str = "after Marziliano, Dufaux, Winkler and Ebrahimi 2004 (ringing beside edges)"

    def measure(self, cells: Cells, weight: Map) -> tuple[float, float] | None:
        """The numbers of a and of b at one place, or None where it has too few isolated edges."""
        profiles = cells.once(edge_profiles)
        inside = weight[profiles.row, profiles.column] > 0.5
        if np.count_nonzero(inside) < FEWEST_EDGES:
            return None
        a, b = (max(0.0, *(overshoot(x[inside], *w) for w in WINDOWS)) for x in (profiles.a, profiles.b))
        return a, b


def overshoot(profiles: np.ndarray, near: int, far: int) -> float:
    """Mean excess beyond both plateaus between two distances, in % of the step (profiles run 0 to 1)."""
    middle = profiles.shape[1] // 2
    high = profiles[:, middle + near : middle + far + 1].mean() - 1
    low = -profiles[:, middle - far : middle - near + 1].mean()
    return float(100 * (high + low) / 2)
