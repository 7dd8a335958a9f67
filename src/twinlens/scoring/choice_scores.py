"""How well a judge picks: accuracy, swap consistency, position bias, calibration, win rates.

The rows of a table are arrays; each function yields an `Estimator` for every score that the rows allow.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np

from twinlens.core.score_records import ReliabilityBin, ShareBin
from twinlens.scoring.estimator import Estimator, Mask, mean
from twinlens.scoring.table import CONFIDENT, TIE, VERSIONS, Table
from twinlens.stats.agreement import kappa
from twinlens.stats.calibration import bin_sums, calibration_error, reliability
from twinlens.stats.interval import Array

BINS = 10
"""Bins of the reliability diagram, from 0.5 to 1."""
SHARES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Edges of the bins of the share of people who agree with the label."""


def choice_estimators(table: Table) -> Iterator[Estimator]:
    """The scores of choices that the rows allow, in the order they are shown."""
    choice, labelled, swap = table["choice"], table.labelled, table["swap"]
    if labelled.any():
        yield mean(table, "accuracy", credit(table), labelled)
        if (labelled & (choice == TIE)).any():
            decided = labelled & (choice < TIE)
            yield mean(table, "accuracy_ties", credit(table), decided, verdicts=True)
        yield from _agreement(table)
    swapped = ~np.isnan(swap) & ~table.failed
    if swapped.any():
        yield mean(table, "swap_consistency", swap, swapped, verdicts=True)
    yield from _first_position(table)
    rows = _with_probability(table)
    if rows.any():
        sums = bin_sums(*_confidence(table, rows), table.blocks[rows], table.size, BINS, 0.5)
        counts = int(rows.sum()), int((labelled & table.failed).sum())
        yield Estimator("calibration_error", sums, calibration_error, *counts, "basic")
    if CONFIDENT in table.numbers:
        yield from _selective(table)
    yield from _win_rates(table)


def confident(table: Table, level: float) -> Table:
    """The table, the verdicts whose confidence (0.5 to 1) is `level` or more marked, and a note."""
    p_a = table["p_a"]
    sure = np.maximum(p_a, 1 - p_a) >= level
    given = int((~table.failed).sum())
    note = f"{given - int(sure.sum())} of {given} verdicts are below {level:g}: abstentions."
    numbers = {**table.numbers, CONFIDENT: sure.astype(np.float64)}
    return replace(table, numbers=numbers, notes=(*table.notes, note))


def _selective(table: Table) -> Iterator[Estimator]:
    """Selective prediction (El-Yaniv and Wiener 2010): the share of pairs decided, and accuracy on these."""
    yield mean(table, "coverage", table[CONFIDENT], np.ones(len(table), np.bool_))
    decided = table.labelled & (table[CONFIDENT] > 0)
    if decided.any():
        yield mean(table, "selective_accuracy", credit(table), decided)


def credit(table: Table) -> Array:
    """What each row earns: 1 for the label's side, half for a tie, 0 for the other side and for a failure."""
    return earned(table["choice"], table["label"])


def earned(choice: Array, label: Array) -> Array:
    """What choices earn beside labels, both as numbers of `labels.SIDES`, not-a-number for a failure.

    >>> earned(np.array([0.0, 1.0, 2.0, np.nan]), np.zeros(4)).tolist()
    [1.0, 0.0, 0.5, 0.0]
    """
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
    share, earned = table["share"], credit(table)
    bins = []
    for low, high in pairwise(SHARES):
        rows = table.labelled & (share >= low) & ((share < high) | (high == SHARES[-1]))
        if rows.any():
            bins.append(ShareBin(low, high, int(rows.sum()), float(earned[rows].mean())))
    return bins


def _agreement(table: Table) -> Iterator[Estimator]:
    """Cohen's kappa, and agreement with the single rater where the labels say how many of them agreed."""
    labelled, failed, share = table.labelled, table.failed, table["share"]
    rows = labelled & ~failed
    if rows.any():
        cells = (table["label"][rows] * 3 + table["choice"][rows]).astype(np.int64)
        sums = np.bincount(table.blocks[rows] * 9 + cells, minlength=table.size * 9).reshape(-1, 9)
        counts = int(rows.sum()), int((labelled & failed).sum())
        yield Estimator("kappa", sums.astype(np.float64), _kappa, *counts, share=False)
    shared = labelled & ~np.isnan(share)
    if shared.any():
        earned = credit(table)
        agreed = np.where(failed, 0.0, earned * share + (1 - earned) * (1 - share))
        yield mean(table, "rater_agreement", agreed, shared)
        yield mean(table, "rater_ceiling", np.maximum(share, 1 - share), shared)


def _kappa(sums: Array) -> Array:
    return kappa(sums.reshape(*sums.shape[:-1], 3, 3))


def _first_position(table: Table) -> Iterator[Estimator]:
    """How often the photo shown first is chosen: half, for a judge without position bias.

    Only pairs shown in both orders count, whatever their labels are; where there is none, all pairs do.
    """
    shown = table["shown"]
    both = (table["both"] > 0) & (shown > 0)
    rows = both if both.any() else shown > 0
    if rows.any():
        yield mean(table, "first_position_rate", table["first"], rows, shown, verdicts=True)


def _with_probability(table: Table) -> Mask:
    """The labelled verdicts that have a probability."""
    return table.labelled & ~table.failed & ~np.isnan(table["p_a"])


def _confidence(table: Table, rows: Mask) -> tuple[Array, Array]:
    """Of some rows the confidence in the likelier side, and whether it is the label's (0.5: no side)."""
    p_a, label = table["p_a"][rows], table["label"][rows]
    true = np.where(p_a == 0.5, 0.5, ((p_a < 0.5) == (label == 1)).astype(np.float64))
    return np.maximum(p_a, 1 - p_a), true


def _win_rates(table: Table) -> Iterator[Estimator]:
    """The share of its pairs that each version won, a tie half; failures are left out and counted apart."""
    choice, (first, second) = table["choice"], table.versions
    names = {name for column in VERSIONS for name in table.words[column][1] if name}
    for name in sorted(names):
        a, b = first == name, second == name
        won = np.where(choice == TIE, 0.5, np.where(a, choice == 0, choice == 1).astype(np.float64))
        rate = mean(table, f"win_rate({name})", won, (a != b) & ~table.failed)
        yield replace(rate, failed=int(((a != b) & table.failed).sum()))
