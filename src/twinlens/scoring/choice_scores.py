"""How well a judge picks: accuracy, steadiness when the photos change places, calibration, win rates.

Every measure is a tally: sums by scene and the statistic of them, so that intervals, differences and
composites all come of one resampling (`stats.interval`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from twinlens.scoring.table import Table
from twinlens.stats.agreement import kappa
from twinlens.stats.calibration import Reliability, bin_sums, calibration_error, reliability
from twinlens.stats.interval import Array, Method, Statistic, group_sums, ratio

BINS = 10
"""Bins of the reliability curve, from 0.5 to 1."""
TIE = 2


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """A measure before it is a score: sums (blocks, k), the statistic of them, rows counted and failed.

    `share` says that the statistic is a mean of values from 0 to 1.
    """

    name: str
    sums: Array
    statistic: Statistic
    n: int
    failed: int
    method: Method = "bca"
    share: bool = True


def selection(table: Table) -> Iterator[Tally]:
    """The measures of choices that the rows can tell of, in the order they are shown."""
    numbers, failed = table.numbers, table.failed
    labelled = numbers["label"] < TIE
    if labelled.any():
        yield mean(table, "accuracy", credit(table), labelled)
        decided = labelled & (numbers["choice"] < TIE)
        if (labelled & (numbers["choice"] == TIE)).any():
            yield mean(table, "accuracy_ties", credit(table), decided, verdicts=True)
        yield from _agreement(table)
    swapped = ~np.isnan(numbers["swap"]) & ~failed
    if swapped.any():
        yield mean(table, "swap_consistency", numbers["swap"], swapped, verdicts=True)
    yield from _first(table)
    chances = labelled & ~failed & ~np.isnan(numbers["p_a"])
    if chances.any():
        said, true = _chances(table, chances)
        sums = bin_sums(said, true, table.blocks[chances], table.size, BINS, 0.5)
        counts = int(chances.sum()), int((labelled & failed).sum())
        yield Tally("calibration_error", sums, calibration_error, *counts, "basic")
    yield from _win_rates(table)


def mean(table: Table, name: str, values: Array, rows: NDArray[np.bool_], *, verdicts: bool = False) -> Tally:
    """The mean of some rows' values; failures among them count with the value they have.

    `verdicts` says that the rows leave failures out; those of the table are then told apart.
    """
    return ratio_of(table, name, values, np.ones(len(table)), rows, verdicts=verdicts)


def ratio_of(
    table: Table, name: str, above: Array, below: Array, rows: NDArray[np.bool_], *, verdicts: bool = False
) -> Tally:
    """A sum over some rows divided by another."""
    parts = np.stack([above[rows], below[rows]], axis=1)
    sums = group_sums(parts, table.blocks[rows], table.size)
    failed = table.failed if verdicts else rows & table.failed
    return Tally(name, sums, ratio, int(rows.sum()), int(failed.sum()))


def credit(table: Table) -> Array:
    """What each row earns: 1 for the label's side, half for a tie, 0 for the other side and for a failure."""
    choice, label = table.numbers["choice"], table.numbers["label"]
    return np.where(choice == TIE, 0.5, (choice == label).astype(np.float64))


def curve(table: Table) -> Reliability | None:
    """The reliability curve: the confidence in the likelier side, and how often that was the label's."""
    chances = (table.numbers["label"] < TIE) & ~table.failed & ~np.isnan(table.numbers["p_a"])
    return reliability(*_chances(table, chances), BINS, 0.5) if chances.any() else None


def by_share(
    table: Table, edges: tuple[float, ...] = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
) -> list[dict[str, float | int]]:
    """Accuracy by the share of people who agree with the label: easy pairs apart from hard ones."""
    share, earned = table.numbers["share"], credit(table)
    told = (table.numbers["label"] < TIE) & (share >= edges[0])
    at = np.clip(np.searchsorted(edges, share, "right") - 1, 0, len(edges) - 2)
    bins = [(low, high, told & (at == here)) for here, (low, high) in enumerate(pairwise(edges))]
    return [
        {"low": low, "high": high, "n": int(rows.sum()), "accuracy": float(earned[rows].mean())}
        for low, high, rows in bins
        if rows.any()
    ]


def _agreement(table: Table) -> Iterator[Tally]:
    """Agreement beyond chance, and with the single rater where the labels tell how many agreed."""
    numbers, failed = table.numbers, table.failed
    rows = (numbers["label"] < TIE) & ~failed
    cells = (numbers["label"][rows] * 3 + numbers["choice"][rows]).astype(np.int64)
    sums = np.bincount(table.blocks[rows] * 9 + cells, minlength=table.size * 9).astype(np.float64)
    left_out = int(((numbers["label"] < TIE) & failed).sum())

    def statistic(sums: Array) -> Array:
        return kappa(sums.reshape(*sums.shape[:-1], 3, 3))

    if rows.any():
        yield Tally("kappa", sums.reshape(-1, 9), statistic, int(rows.sum()), left_out, share=False)
    shared = (numbers["label"] < TIE) & ~np.isnan(numbers["share"])
    if shared.any():
        earned, share = credit(table), numbers["share"]
        agreed = np.where(failed, 0.0, earned * share + (1 - earned) * (1 - share))
        yield mean(table, "rater_agreement", agreed, shared)
        yield mean(table, "rater_ceiling", np.maximum(share, 1 - share), shared)


def _first(table: Table) -> Iterator[Tally]:
    """How often the photo shown first is chosen: half, for a judge that looks.

    Pairs shown in both orders tell it whatever their labels are; only where there is none, all count.
    """
    numbers = table.numbers
    both = (numbers["both"] > 0) & (numbers["shown"] > 0)
    rows = both if both.any() else numbers["shown"] > 0
    if rows.any():
        yield ratio_of(table, "first_position_rate", numbers["first"], numbers["shown"], rows, verdicts=True)


def _chances(table: Table, rows: NDArray[np.bool_]) -> tuple[Array, Array]:
    p_a, label = table.numbers["p_a"][rows], table.numbers["label"][rows]
    true = np.where(p_a == 0.5, 0.5, ((p_a < 0.5) == (label == 1)).astype(np.float64))
    return np.maximum(p_a, 1 - p_a), true


def _win_rates(table: Table) -> Iterator[Tally]:
    """The share of its pairs that each version won, a tie half; failures are left out and counted apart."""
    (first, names_a), (second, names_b) = table.words["version_a"], table.words["version_b"]
    choice = table.numbers["choice"]
    for name in sorted({*names_a, *names_b} - {""}):
        a = first == (names_a.index(name) if name in names_a else -1)
        b = second == (names_b.index(name) if name in names_b else -1)
        rows = (a != b) & ~table.failed
        won = np.where(choice == TIE, 0.5, np.where(a, choice == 0, choice == 1).astype(np.float64))
        tally = mean(table, f"win_rate({name})", won, rows)
        yield Tally(tally.name, tally.sums, ratio, tally.n, int(((a != b) & table.failed).sum()))
