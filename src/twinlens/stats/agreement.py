"""Agreement of two raters, beyond chance. Arrays in, numbers out."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def kappa(confusion: Array) -> Array:
    """Cohen's kappa (1960) of confusion matrices (…, k, k) of counts: (…), at most 1; 0 is chance level.

    >>> float(kappa(np.array([[20.0, 5.0], [10.0, 15.0]])))
    0.4
    """
    n = confusion.sum(axis=(-2, -1))
    same = np.trace(confusion, axis1=-2, axis2=-1)
    at_random = (confusion.sum(axis=-1) * confusion.sum(axis=-2)).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((n * same - at_random) / (n * n - at_random), np.float64)
