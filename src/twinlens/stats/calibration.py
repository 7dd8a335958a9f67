"""Calibration of probabilities: the reliability diagram and its error. Arrays in, numbers out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reliability:
    """Chances by bin: what was said on average, how often it came true, and of how many rows (0 to all)."""

    edges: Array
    n: Array
    chance: Array
    share: Array


def bin_sums(
    chance: Array, came_true: Array, groups: NDArray[np.int64], count: int, bins: int = 10, low: float = 0.0
) -> Array:
    """The sums of the reliability curve by group: (count, 3 × bins): rows, chances, came true.

    Bins are equal and cover low to 1, each with its upper end left out save the last.
    """
    at = groups * bins + np.clip(((chance - low) / (1 - low) * bins).astype(np.int64), 0, bins - 1)
    told = [np.bincount(at, weights=weights, minlength=count * bins) for weights in (None, chance, came_true)]
    return np.concatenate([sums.reshape(count, bins).astype(np.float64) for sums in told], axis=1)


def calibration_error(sums: Array) -> Array:
    """The expected calibration error of sums (…, 3 × bins): mean distance of share and chance, 0 to 1.

    Chance alone raises it: a perfectly calibrated judge shows about 0.4 × sqrt(bins / n). Source: Naeini,
    Cooper and Hauskrecht 2015.
    """
    n, chance, came_true = np.split(sums, 3, axis=-1)
    total = n.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.abs(came_true - chance).sum(axis=-1) / total, np.float64)


def reliability(chance: Array, came_true: Array, bins: int = 10, low: float = 0.0) -> Reliability:
    """The reliability curve of chances (n,) and what came true (n,), 1, 0 or between.

    >>> reliability(np.array([0.9, 0.7]), np.array([1.0, 0.0]), bins=2, low=0.5).share.tolist()
    [0.0, 1.0]
    """
    n, said, true = np.split(bin_sums(chance, came_true, np.zeros(len(chance), np.int64), 1, bins, low)[0], 3)
    with np.errstate(divide="ignore", invalid="ignore"):
        return Reliability(np.linspace(low, 1, bins + 1), n, said / n, true / n)
