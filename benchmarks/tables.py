"""Tables for docs: a value with its interval and how many rows it is of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from benchmarks.baselines import Array, Names, correct
from twinlens.stats.calibration import bin_sums, calibration_error
from twinlens.stats.interval import Interval, group_sums, interval


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a Markdown table.

    >>> table(["a", "b"], [["1", "2"]])
    ['| a | b |', '|---|---|', '| 1 | 2 |']
    """
    top, *body = (f"| {' | '.join(cells)} |" for cells in (head, *rows))
    return [top, "|" + "---|" * len(head), *body]


def cell(interval: Interval, n: int, digits: int = 3) -> str:
    """A value, its interval and n.

    >>> cell(Interval(0.5, 0.25, None), 4, 2)
    '0.50 [0.25, –] (4)'
    """
    low, high = ("–" if end is None else f"{end:.{digits}f}" for end in (interval.low, interval.high))
    return f"{interval.value:.{digits}f} [{low}, {high}] ({n})"


def share(right: Array, groups: Names, digits: int = 3) -> str:
    """The share of rows that are right, with the bootstrap over their groups; "none" of none."""
    if not len(right):
        return "none"
    _, numbers = np.unique(groups, return_inverse=True)
    sums = group_sums(np.stack([right, np.ones(len(right))], axis=1), numbers)
    return cell(interval(sums), len(right), digits)


def calibration(p_a: Array, prefers_a: Names, groups: Names) -> str:
    """The calibration error of probabilities, in ten bins from a half to one, with the bootstrap over the groups."""
    _, numbers = np.unique(groups, return_inverse=True)
    right = correct(p_a - 0.5, prefers_a)
    sums = bin_sums(np.maximum(p_a, 1 - p_a), right, numbers, int(numbers.max()) + 1, bins=10, low=0.5)
    error = interval(sums, calibration_error, method="basic")
    low = None if error.low is None else max(0.0, error.low)
    return cell(Interval(error.value, low, error.high), len(right))
