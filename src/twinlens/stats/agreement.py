"""How well two raters agree beyond chance. Arrays in, numbers out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def kappa(cells: Array) -> Array:
    """Cohen's kappa (1960) of confusions (…, k, k): agreement beyond chance, at most 1; 0 is chance.

    >>> float(kappa(np.array([[20.0, 5.0], [10.0, 15.0]])))
    0.4
    """
    n = cells.sum(axis=(-2, -1))
    same = np.trace(cells, axis1=-2, axis2=-1)
    by_chance = (cells.sum(axis=-1) * cells.sum(axis=-2)).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((n * same - by_chance) / (n * n - by_chance), np.float64)
