"""Which of many competitors differ, and the ranks each may have: all pairs compared at once.

Every difference of two competitors is studentised over bootstrap resamples that are paired, and compared with
the distribution of the largest of all of them (Westfall and Young 1993), step by step: what was rejected is
left out and the rest compared again (Romano and Wolf 2005). So the probability that any two equal ones are
called different is about `1 - LEVEL` at most, however many there are and however alike. From the differences
come sets of ranks that hold all true ranks with the probability `LEVEL` (Mogstad, Romano, Shaikh and Wilhelm
2024).
"""

import math

import numpy as np
from numpy.typing import NDArray

from twinlens.stats.interval import LEVEL, Array

Matrix = NDArray[np.bool_]
LEAST_SCENES = 8.0
"""Two that differ on fewer scenes than that are not tested: resampling says little of so few."""


def above(value: Array, drawn: Array, tested: Matrix, scenes: int) -> Matrix:
    """Whether row is above column, of values (k,) and replicates (resamples, k) of so many scenes: (k, k).

    `tested` (k, k), symmetric, are the pairs that are compared. Higher values are better.

    >>> drawn = np.random.default_rng(0).normal([0.0, 0.1, 3.0], 0.3, (2000, 3))
    >>> above(np.array([0.0, 0.1, 3.0]), drawn, np.ones((3, 3), bool), 100).astype(int).tolist()
    [[0, 0, 0], [0, 0, 0], [1, 1, 0]]
    """
    drawn = drawn[np.isfinite(drawn).all(axis=1)]
    if len(value) < 2 or len(drawn) < 2 or scenes < 2:
        return np.zeros((len(value), len(value)), bool)
    centred = (drawn - value).T.astype(np.float32)
    covariance = np.cov(drawn.T)
    variance = np.diag(covariance)
    error = np.sqrt(np.maximum(variance[:, None] + variance - 2 * covariance, 0.0))
    open_pairs = np.triu(tested & (error > 1e-9), 1)
    difference = np.abs(value[:, None] - value) / np.where(error > 1e-9, error, np.inf)
    rejected = np.zeros_like(open_pairs)
    while open_pairs.any():
        normal = float(np.quantile(_largest(centred, error, open_pairs), LEVEL))
        new = open_pairs & (difference > _of_few(normal, scenes))
        if not new.any():
            break
        rejected |= new
        open_pairs &= ~new
    return np.asarray((rejected | rejected.T) & (value[:, None] > value))


def _of_few(quantile: float, scenes: int) -> float:
    """A quantile of studentised differences where the errors are estimated from so many scenes.

    Replicates vary by less than the estimate, and their error does not vary: the variance of a sample, and
    Student's quantile from the normal one (Abramowitz and Stegun 1964, 26.7.5).

    >>> round(_of_few(1.96, 101), 2)
    1.99
    """
    degrees = scenes - 1
    return (quantile + (quantile**3 + quantile) / (4 * degrees)) * math.sqrt(scenes / degrees)


def _largest(centred: NDArray[np.float32], error: Array, pairs: Matrix) -> NDArray[np.float32]:
    """Of each resample the largest studentised distance of some pairs from their value: (resamples,)."""
    largest = np.zeros(centred.shape[1], np.float32)
    for at in np.flatnonzero(pairs.any(axis=1)):
        others = np.flatnonzero(pairs[at])
        distance = np.abs(centred[others] - centred[at])
        distance /= error[at, others, None].astype(np.float32)
        np.maximum(largest, distance.max(axis=0), out=largest)
    return largest


def scenes_apart(parts: Array) -> Array:
    """On how many scenes each two differ, as an effective number: (k, k), of the scenes' parts (k, scenes).

    The participation ratio (Σd²)² / Σd⁴ of the differences d: n where n scenes differ by as much.

    >>> scenes_apart(np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])).tolist()
    [[0.0, 2.0], [2.0, 0.0]]
    """
    count = np.zeros((len(parts), len(parts)))
    for at, mine in enumerate(parts):
        squared = (parts - mine) ** 2
        power = (squared**2).sum(axis=1)
        count[at] = np.where(power > 0, squared.sum(axis=1) ** 2 / np.where(power > 0, power, 1.0), 0.0)
    return count


def rank_sets(better: Matrix) -> NDArray[np.int64]:
    """The first and the last rank that each may have, from 1: (k, 2).

    >>> rank_sets(np.array([[False, False, True], [False, False, True], [False, False, False]])).tolist()
    [[1, 2], [1, 2], [3, 3]]
    """
    return np.stack([1 + better.sum(axis=0), len(better) - better.sum(axis=1)], axis=1)


def groups(better: Matrix) -> NDArray[np.int64]:
    """Groups of neighbours, from 1, no two of a group apart: (k,), of competitors ordered from the best.

    A group begins with the first that is apart from one of the group before.

    >>> groups(np.array([[False, False, True], [False, False, True], [False, False, False]])).tolist()
    [1, 1, 2]
    """
    made, start = np.ones(len(better), np.int64), 0
    for at in range(1, len(better)):
        made[at] = made[at - 1]
        if (better[start:at, at] | better[at, start:at]).any():
            made[at], start = made[at] + 1, at
    return made
