"""How well a judge picks: accuracy, swap consistency, position bias, calibration, win rates.

The rows of a table are arrays; each function yields an `Estimator` for every score that the rows allow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np

from twinlens.core.score_records import ReliabilityBin, ShareBin
from twinlens.scoring.estimator import Estimator, Mask, mean, ratio_of
from twinlens.scoring.table import Table
from twinlens.stats.agreement import kappa
from twinlens.stats.calibration import bin_sums, calibration_error, reliability
from twinlens.stats.interval import Array

BINS = 10
"""Bins of the reliability diagram, from 0.5 to 1."""
TIE = 2
SHARES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Edges of the bins of the share of people who agree with the label."""


def choice_estimators(table: Table) -> Iterator[Estimator]:
    """The scores of choices that the rows allow, in the order they are shown."""
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
    yield from _first_position(table)
    rows = _with_probability(table)
    if rows.any():
        sums = bin_sums(*_confidence(table, rows), table.blocks[rows], table.size, BINS, 0.5)
        counts = int(rows.sum()), int((labelled & failed).sum())
        yield Estimator("calibration_error", sums, calibration_error, *counts, "basic")
    yield from _win_rates(table)


def credit(table: Table) -> Array:
    """What each row earns: 1 for the label's side, half for a tie, 0 for the other side and for a failure."""
    choice, label = table.numbers["choice"], table.numbers["label"]
    return np.where(choice == TIE, 0.5, (choice == label).astype(np.float64))


def reliability_bins(table: Table) -> list[ReliabilityBin]:
    """The reliability diagram: by bin the mean confidence, and how often its side was the label's."""
    rows = _with_probability(table)
    if not rows.any():
        return []
    made = reliability(*_confidence(table, rows), BINS, 0.5)
    columns = (made.edges[:-1], made.edges[1:], made.n.astype(int), made.probability, made.share)
    bins = zip(*(column.tolist() for column in columns), strict=True)
    return [ReliabilityBin(*values) for values in bins if values[2]]


def share_bins(table: Table) -> list[ShareBin]:
    """Accuracy by the share of people who agree with the label: easy pairs apart from hard ones."""
    share, earned = table.numbers["share"], credit(table)
    bins = []
    for low, high in pairwise(SHARES):
        rows = (table.numbers["label"] < TIE) & (share >= low) & ((share < high) | (high == SHARES[-1]))
        if rows.any():
            bins.append(ShareBin(low, high, int(rows.sum()), float(earned[rows].mean())))
    return bins


def _agreement(table: Table) -> Iterator[Estimator]:
    """Cohen's kappa, and agreement with the single rater where the labels say how many of them agreed."""
    numbers, failed = table.numbers, table.failed
    rows = (numbers["label"] < TIE) & ~failed
    cells = (numbers["label"][rows] * 3 + numbers["choice"][rows]).astype(np.int64)
    sums = np.bincount(table.blocks[rows] * 9 + cells, minlength=table.size * 9).astype(np.float64)
    left_out = int(((numbers["label"] < TIE) & failed).sum())

    def statistic(sums: Array) -> Array:
        return kappa(sums.reshape(*sums.shape[:-1], 3, 3))

    if rows.any():
        yield Estimator("kappa", sums.reshape(-1, 9), statistic, int(rows.sum()), left_out, share=False)
    shared = (numbers["label"] < TIE) & ~np.isnan(numbers["share"])
    if shared.any():
        earned, share = credit(table), numbers["share"]
        agreed = np.where(failed, 0.0, earned * share + (1 - earned) * (1 - share))
        yield mean(table, "rater_agreement", agreed, shared)
        yield mean(table, "rater_ceiling", np.maximum(share, 1 - share), shared)


def _first_position(table: Table) -> Iterator[Estimator]:
    """How often the photo shown first is chosen: half, for a judge without position bias.

    Only pairs shown in both orders count, whatever their labels are; where there is none, all pairs do.
    """
    numbers = table.numbers
    both = (numbers["both"] > 0) & (numbers["shown"] > 0)
    rows = both if both.any() else numbers["shown"] > 0
    if rows.any():
        yield ratio_of(table, "first_position_rate", numbers["first"], numbers["shown"], rows, verdicts=True)


def _with_probability(table: Table) -> Mask:
    """The labelled verdicts that have a probability."""
    return (table.numbers["label"] < TIE) & ~table.failed & ~np.isnan(table.numbers["p_a"])


def _confidence(table: Table, rows: Mask) -> tuple[Array, Array]:
    """Of some rows the confidence in the likelier side, and whether it is the label's (0.5: no side)."""
    p_a, label = table.numbers["p_a"][rows], table.numbers["label"][rows]
    true = np.where(p_a == 0.5, 0.5, ((p_a < 0.5) == (label == 1)).astype(np.float64))
    return np.maximum(p_a, 1 - p_a), true


def _win_rates(table: Table) -> Iterator[Estimator]:
    """The share of its pairs that each version won, a tie half; failures are left out and counted apart."""
    (first, names_a), (second, names_b) = table.words["version_a"], table.words["version_b"]
    choice = table.numbers["choice"]
    for name in sorted({*names_a, *names_b} - {""}):
        a = first == (names_a.index(name) if name in names_a else -1)
        b = second == (names_b.index(name) if name in names_b else -1)
        rows = (a != b) & ~table.failed
        won = np.where(choice == TIE, 0.5, np.where(a, choice == 0, choice == 1).astype(np.float64))
        rate = mean(table, f"win_rate({name})", won, rows)
        yield replace(rate, failed=int(((a != b) & table.failed).sum()))
