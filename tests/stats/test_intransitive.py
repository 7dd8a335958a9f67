"""Cycles are listed where the data bear them out, and only there."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from twinlens.stats.bradley_terry import Pairs, count_pairs
from twinlens.stats.intransitive import cycles, sign_test


def pairs_of(versions: int, *rows: tuple[int, int, int, int]) -> Pairs:
    """Rows of i, j, wins of i, wins of j."""
    made = np.array(rows)
    outcomes = np.append(made[:, 2:], np.zeros((len(made), 1)), axis=1).astype(float)
    return count_pairs(versions, made[:, 0], made[:, 1], outcomes)[0]


def test_rock_paper_scissors_is_a_cycle() -> None:
    (cycle,) = cycles(pairs_of(4, (1, 0, 30, 5), (0, 2, 28, 7), (2, 1, 30, 5), (0, 3, 30, 1)))
    assert cycle.versions == (0, 2, 1)
    assert cycle.shares == pytest.approx([28 / 35, 30 / 35, 30 / 35])
    assert cycle.p < 0.002


def test_a_cycle_of_slight_majorities_is_not_listed() -> None:
    assert cycles(pairs_of(3, (0, 1, 12, 8), (1, 2, 12, 8), (2, 0, 12, 8))) == []


def test_an_order_has_no_cycle() -> None:
    assert cycles(pairs_of(3, (0, 1, 40, 0), (1, 2, 40, 0), (0, 2, 40, 0))) == []


def test_the_shortest_come_first_and_no_more_than_there_may_be() -> None:
    ring = [(at, (at + 1) % 5, 40, 0) for at in range(5)]
    triangle = [(5, 6, 40, 0), (6, 7, 40, 0), (7, 5, 40, 0)]
    made = cycles(pairs_of(8, *ring, *triangle))
    assert [one.versions for one in made] == [(5, 6, 7), (0, 1, 2, 3, 4)]
    assert [one.versions for one in cycles(pairs_of(8, *ring, *triangle), most=1)] == [(5, 6, 7)]


def test_random_outcomes_hardly_ever_make_a_cycle() -> None:
    listed = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        first, second = np.triu_indices(8, 1)
        won = rng.binomial(30, 0.5, len(first))
        listed += bool(cycles(pairs_of(8, *zip(first, second, won, 30 - won, strict=True))))
    assert listed <= 2


def test_p_values_are_those_of_the_exact_test_times_the_number_that_are_left() -> None:
    won, lost = np.array([9.0, 20.0, 6.0]), np.array([1.0, 3.0, 5.0])
    exact = [binomtest(int(w), int(w + x), 0.5).pvalue for w, x in zip(won, lost, strict=True)]
    assert sign_test(won, lost) == pytest.approx([2 * exact[0], 3 * exact[1], min(1, exact[2])])
