"""Confidence intervals: the bootstrap over groups, such as scenes, and Wilson's for proportions.

A statistic here is a function of sums: rows are summed within their group once, and a resample of the groups
is a product of their counts with those sums. So a mean, a ratio, an F1, a corpus BLEU or a calibration error
of a million rows costs what that of its groups costs. More than `MOST_GROUPS` groups are dealt, by a fixed
shuffle, into that many blocks, which are drawn whole: blocks of independent groups vary as the groups do
(Efron and Tibshirani 1993, chapter 8), and the width is then known to about 2 %. The seed is fixed: one
input, one interval.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Statistic = Callable[[Array], Array]
"""Sums (…, k) → values (…); not-a-number where the sums do not determine one."""
Method = Literal["bca", "percentile", "basic"]

MOST_GROUPS = 2000
FEWEST_GROUPS = 6
"""Groups below which there is no interval: five that agree are no evidence at 5 % (sign test, 2 · 0.5⁵)."""
RESAMPLES = 2000
SEED = 0
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A value and the ends of its confidence interval, None where fewer than `FEWEST_GROUPS` count."""

    value: float
    low: float | None
    high: float | None


def ratio(sums: Array) -> Array:
    """The first sum over the second of sums (…, 2): a mean where the second counts rows.

    >>> ratio(np.array([3.0, 4.0]))
    array(0.75)
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(sums[..., 1] > 0, sums[..., 0] / sums[..., 1], np.nan), np.float64)


def group_sums(rows: Array, groups: NDArray[np.integer], count: int | None = None) -> Array:
    """Rows (n, k) summed within their groups, numbered from 0: (groups, k).

    >>> group_sums(np.array([[1.0, 1.0], [0.0, 1.0], [1.0, 1.0]]), np.array([0, 1, 0])).tolist()
    [[2.0, 2.0], [0.0, 1.0]]
    """
    size = int(groups.max(initial=-1)) + 1 if count is None else count
    columns = [np.bincount(groups, weights=column, minlength=size) for column in rows.T]
    return np.stack(columns, axis=1) if columns else np.zeros((size, 0))


def replicates(sums: Array, statistic: Statistic = ratio, resamples: int = RESAMPLES) -> Array:
    """The statistic of each bootstrap resample of the groups (g, k): (resamples,).

    Two calls with as many groups draw the same groups, so their replicates are paired.
    """
    blocks = dealt(sums)
    return statistic(_draws(len(blocks), resamples).astype(np.float64) @ blocks)


def interval(
    sums: Array, statistic: Statistic = ratio, *, method: Method = "bca", resamples: int = RESAMPLES
) -> Interval:
    """The statistic of all groups, and its bootstrap interval from resamples of the groups (g, k).

    "bca" corrects the percentiles for bias and skew (Efron 1987), with the skew from the jackknife; "basic"
    reflects them about the value, for a statistic that resampling itself raises, as it does a calibration
    error. The interval always reaches to the value.

    >>> interval(np.array([[1.0, 1.0]] * 8 + [[0.0, 1.0]] * 2))
    Interval(value=0.8, low=0.5, high=1.0)
    """
    value = float(statistic(sums.sum(axis=0)))
    if groups_counted(sums) < FEWEST_GROUPS or not math.isfinite(value):
        return Interval(value, None, None)
    drawn = replicates(sums, statistic, resamples)
    drawn = drawn[np.isfinite(drawn)]
    if len(drawn) < resamples / 2:
        return Interval(value, None, None)
    tails = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
    if method == "bca":
        tails = _corrected(tails, drawn, value, _skew(dealt(sums), statistic))
    low, high = (float(end) for end in np.quantile(drawn, tails))
    if method == "basic":
        low, high = 2 * value - high, 2 * value - low
    return Interval(value, min(low, value), max(high, value))


def difference(first: Array, second: Array, statistic: Statistic = ratio) -> Interval:
    """The second's statistic less the first's, of the same groups (g, k) and so paired."""
    if first.shape != second.shape:
        raise ValueError(f"found sums of shapes {first.shape} and {second.shape}; expected the same groups")
    wide = first.shape[1]
    paired = np.concatenate([first, second], axis=1)
    return interval(paired, lambda sums: statistic(sums[..., wide:]) - statistic(sums[..., :wide]))


def wilson(right: float, n: float) -> Interval:
    """The proportion of n independent rows that are right, with the score interval of Wilson (1927).

    >>> [round(end, 4) for end in (wilson(8, 10).low, wilson(8, 10).high)]
    [0.4902, 0.9433]
    """
    if n <= 0:
        return Interval(math.nan, None, None)
    share, z = right / n, NormalDist().inv_cdf((1 + LEVEL) / 2)
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Interval(share, max(0.0, min(middle - reach, share)), min(1.0, max(middle + reach, share)))


def groups_counted(sums: Array) -> int:
    """How many groups (g, k) have anything in them."""
    return int(np.count_nonzero(sums.any(axis=1)))


def deal(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """Groups numbered from 0 without gaps, dealt into blocks where there are more than `MOST_GROUPS`.

    >>> deal(np.array([7, 3, 7, 9])).tolist()
    [1, 0, 1, 2]
    """
    names, codes = np.unique(groups, return_inverse=True)
    return codes.astype(np.int64) if len(names) <= MOST_GROUPS else _blocks(len(names))[codes]


def dealt(sums: Array) -> Array:
    """The sums of groups (g, k), dealt into blocks where there are more than `MOST_GROUPS`."""
    return sums if len(sums) <= MOST_GROUPS else group_sums(sums, _blocks(len(sums)), MOST_GROUPS)


def _blocks(groups: int) -> NDArray[np.int64]:
    block = np.empty(groups, np.int64)
    block[np.random.default_rng(SEED).permutation(groups)] = np.arange(groups) % MOST_GROUPS
    return block


@lru_cache(maxsize=8)
def _draws(groups: int, resamples: int) -> NDArray[np.uint16]:
    """How often each group was drawn in each resample: (resamples, groups)."""
    drawn = np.random.default_rng(SEED).integers(groups, size=(resamples, groups))
    flat = (drawn + np.arange(resamples)[:, None] * groups).ravel()
    return np.bincount(flat, minlength=resamples * groups).reshape(resamples, groups).astype(np.uint16)


def _skew(blocks: Array, statistic: Statistic) -> float:
    """The acceleration of BCa: the skew of the statistic with each block left out."""
    left = statistic(blocks.sum(axis=0) - blocks)
    left = left[np.isfinite(left)]
    residual = left.mean() - left if len(left) else left
    spread = float((residual**2).sum()) ** 1.5
    return float((residual**3).sum()) / (6 * spread) if spread > 0 else 0.0


def _corrected(tails: tuple[float, float], drawn: Array, value: float, skew: float) -> tuple[float, float]:
    """Where BCa takes its quantiles."""
    normal = NormalDist()
    near = 1e-12 * max(1.0, abs(value))  # sums of the same rows in another order
    below = float(((drawn < value - near).sum() + (drawn <= value + near).sum()) / (2 * len(drawn)))
    shift = normal.inv_cdf(min(max(below, 0.5 / len(drawn)), 1 - 0.5 / len(drawn)))
    moved = [shift + normal.inv_cdf(tail) for tail in tails]
    low, high = (normal.cdf(shift + at / (1 - skew * at)) if skew * at < 1 else 1.0 for at in moved)
    return low, high
