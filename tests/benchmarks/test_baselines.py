"""Baselines: blind to the photos' order, learnt on other pairs than they judge, and able to find things."""

import doctest

import numpy as np
import pytest

from benchmarks import baselines, tables
from benchmarks.baselines import Logistic, best_rule, correct, left_out

DIFFERENCES = np.random.default_rng(0).normal(0, [1, 5, 0.2, 3], (400, 4))
PREFERS_A = DIFFERENCES @ [2.0, 0, -5.0, 0] + np.random.default_rng(1).logistic(size=400) > 0
SETS = np.array(["many"] * 380 + ["few"] * 20)


def test_the_examples_hold() -> None:
    assert [doctest.testmod(module).failed for module in (baselines, tables)] == [0, 0]


def test_the_logistic_baseline_is_antisymmetric() -> None:
    known = Logistic.of(DIFFERENCES, PREFERS_A)
    assert np.array_equal(known.log_odds(-DIFFERENCES), -known.log_odds(DIFFERENCES))
    assert known.log_odds(np.zeros((1, 4))) == 0


def test_the_logistic_baseline_learns_the_same_from_exchanged_photos() -> None:
    swapped = np.arange(400) % 3 == 0
    exchanged = Logistic.of(
        np.where(swapped[:, None], -DIFFERENCES, DIFFERENCES), np.where(swapped, ~PREFERS_A, PREFERS_A)
    )
    assert exchanged.weights == pytest.approx(Logistic.of(DIFFERENCES, PREFERS_A).weights, abs=1e-3)


def test_the_logistic_baseline_finds_what_people_go_by() -> None:
    log_odds = Logistic.of(DIFFERENCES[:300], PREFERS_A[:300]).log_odds(DIFFERENCES[300:])
    assert correct(log_odds, PREFERS_A[300:]).mean() > 0.75


def test_a_differences_unit_does_not_matter() -> None:
    units = np.array([1, 1000, 0.001, 7])
    other = Logistic.of(DIFFERENCES * units, PREFERS_A)
    assert other.log_odds(DIFFERENCES * units) == pytest.approx(
        Logistic.of(DIFFERENCES, PREFERS_A).log_odds(DIFFERENCES), abs=1e-4
    )


def test_the_best_rule_is_the_one_that_is_right_most_often_either_way() -> None:
    assert best_rule(DIFFERENCES[:, 1:], PREFERS_A, SETS).tolist() == [0, -1, 0]
    assert best_rule(DIFFERENCES, DIFFERENCES[:, 3] > 0, SETS).tolist() == [0, 0, 0, 1]


def test_the_best_rule_counts_sets_alike_however_many_pairs_they_hold() -> None:
    few = SETS == "few"
    wants = np.where(few, DIFFERENCES[:, 0] > 0, DIFFERENCES[:, 1] > 0)
    both = np.column_stack([DIFFERENCES[:, 0], DIFFERENCES[:, 1], np.where(wants, 1.0, -1.0)])
    both[:, 2] *= np.where(few, 1.0, np.where(np.arange(400) % 4 == 0, -1.0, 1.0))
    assert best_rule(both, wants, SETS).tolist() == [0, 0, 1]


def test_equal_photos_count_a_half() -> None:
    assert correct(np.array([1.0, -1.0, 0.0]), np.array([True, True, True])).tolist() == [1, 0, 0.5]


def test_a_part_is_judged_by_what_was_learnt_without_it() -> None:
    parts = np.array(["x", "y", "x", "z"])
    seen = []

    def predict(known: np.ndarray, here: np.ndarray) -> np.ndarray:
        assert not (known & here).any()
        assert (known | here).all()
        seen.append(set(parts[here]))
        return np.full(int(here.sum()), float(known.sum()))

    assert left_out(parts, predict).tolist() == [2, 3, 2, 3]
    assert seen == [{"x"}, {"y"}, {"z"}]
