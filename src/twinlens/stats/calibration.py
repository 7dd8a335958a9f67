"""Calibration of probabilities: the reliability diagram and its error. Arrays in, numbers out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reliability:
    """The reliability diagram by bin: mean probability, share that came true, and number of rows.

    `edges` has shape (bins + 1,), `n`, `probability` and `share` (bins,); not-a-number in empty bins.
    """

    edges: Array
    n: Array
    probability: Array
    share: Array


def bin_sums(
    p: Array, came_true: Array, groups: NDArray[np.int64], count: int, bins: int = 10, low: float = 0.0
) -> Array:
    """The sums of the reliability diagram by group: (count, 3 × bins): rows, probabilities, came true.

    `p` (n,) lies from `low` to 1, `came_true` (n,) is 1, 0 or between, `groups` (n,) from 0 to count - 1.
    Bins are equal and cover low to 1, each with its upper end left out save the last.
    """
    at = groups * bins + np.clip(((p - low) / (1 - low) * bins).astype(np.int64), 0, bins - 1)
    sums = [np.bincount(at, weights=weights, minlength=count * bins) for weights in (None, p, came_true)]
    return np.concatenate([each.reshape(count, bins).astype(np.float64) for each in sums], axis=1)


def calibration_error(sums: Array) -> Array:
    """The expected calibration error (ECE) of sums (…, 3 × bins): shape (…), 0 to 1, lower is better.

    The mean distance of share and probability (Naeini, Cooper and Hauskrecht 2015). A finite sample
    raises it: a perfectly calibrated judge shows about 0.4 × sqrt(bins / n).

    >>> calibration_error(np.array([1.0, 1.0, 0.2, 0.9, 0.0, 1.0])).round(2)
    np.float64(0.15)
    """
    n, p, came_true = np.split(sums, 3, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.abs(came_true - p).sum(axis=-1) / n.sum(axis=-1), np.float64)


def reliability(p: Array, came_true: Array, bins: int = 10, low: float = 0.0) -> Reliability:
    """The reliability diagram of probabilities (n,) and of what came true (n,), 1, 0 or between.

    >>> reliability(np.array([0.9, 0.7]), np.array([1.0, 0.0]), bins=2, low=0.5).share.tolist()
    [0.0, 1.0]
    """
    n, said, true = np.split(bin_sums(p, came_true, np.zeros(len(p), np.int64), 1, bins, low)[0], 3)
    with np.errstate(divide="ignore", invalid="ignore"):
        return Reliability(np.linspace(low, 1, bins + 1), n, said / n, true / n)
