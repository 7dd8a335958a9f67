"""How well two tellers agree, and how well chances keep their word. Arrays in, numbers out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def accuracy(truth: NDArray[np.generic], said: NDArray[np.generic]) -> float:
    """The share of rows told right; not-a-number of none.

    >>> accuracy(np.array([0, 1, 1]), np.array([0, 1, 0]))
    0.6666666666666666
    """
    return float(np.mean(truth == said)) if len(truth) else float("nan")


def confusion(first: NDArray[np.integer], second: NDArray[np.integer], classes: int) -> Array:
    """How often the first teller said row, and the second column: (classes, classes)."""
    cells = np.bincount(first * classes + second, minlength=classes * classes)
    return cells.reshape(classes, classes).astype(np.float64)


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


def cohen_kappa(first: NDArray[np.integer], second: NDArray[np.integer]) -> float:
    """Cohen's kappa of two tellers' classes, numbered from 0."""
    classes = int(max(first.max(initial=0), second.max(initial=0))) + 1
    return float(kappa(confusion(first, second, classes)))


def krippendorff(told: Array) -> float:
    """Krippendorff's alpha for classes: told (tellers, items), not-a-number where a teller was silent.

    1 is full agreement, 0 is chance. Source: Krippendorff, Content Analysis, 2004, chapter 11.

    >>> round(krippendorff(np.array([[1, 2, 3, 3], [1, 2, 3, np.nan]])), 3)
    1.0
    """
    classes = np.unique(told[np.isfinite(told)])
    counts = np.stack([(told == one).sum(axis=0) for one in classes], axis=1).astype(np.float64)
    counts = counts[counts.sum(axis=1) > 1]
    tellers = counts.sum(axis=1, keepdims=True)
    pairs = (counts / (tellers - 1)).T @ counts - np.diag((counts / (tellers - 1)).sum(axis=0))
    n, total = pairs.sum(), pairs.sum(axis=1)
    expected = n * n - (total**2).sum()
    return float(1 - (n - 1) * (n - np.trace(pairs)) / expected) if expected > 0 else float("nan")


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
