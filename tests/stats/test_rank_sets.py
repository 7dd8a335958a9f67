"""Many competitors compared at once: equal ones are rarely called different, clear differences are seen."""

from __future__ import annotations

import numpy as np
import pytest

from twinlens.stats.interval import Array, difference, replicates
from twinlens.stats.rank_sets import LEAST_SCENES, above, groups, rank_sets, scenes_apart


def better(parts: Array) -> Array:
    """Which of competitors (k, scenes) are above which, by their means."""
    sums = np.stack([np.ones(parts.shape[1]), *parts], axis=1)
    drawn = replicates(sums, lambda made: made[..., 1:] / made[..., :1])
    return above(parts.mean(axis=1), drawn, scenes_apart(parts) >= LEAST_SCENES, parts.shape[1])


def right(rng: np.random.Generator, count: int, scenes: int = 100, gain: float = 0.0) -> Array:
    """Answers of equal competitors on scenes of unequal difficulty, the first better by `gain`."""
    easy = rng.beta(4.0, 1.2, scenes)
    level = np.full((count, 1), 0.0)
    level[0] = gain
    return (rng.random((count, scenes)) < np.clip(easy + level, 0, 1)).astype(np.float64)


def test_equal_competitors_are_called_different_in_about_one_challenge_of_twenty() -> None:
    rng = np.random.default_rng(3)
    false_alarms = sum(bool(better(right(rng, 12)).any()) for _ in range(100))
    assert false_alarms <= 10


def test_pairs_tested_one_by_one_would_call_many_equal_ones_different() -> None:
    rng = np.random.default_rng(3)
    alarms = 0
    for _ in range(20):
        parts = right(rng, 12)
        ones = np.ones((100, 1))
        made = [
            difference(np.stack([one, ones[:, 0]], 1), np.stack([other, ones[:, 0]], 1))
            for at, one in enumerate(parts)
            for other in parts[:at]
        ]
        alarms += any(one.low is not None and one.high is not None and one.low * one.high > 0 for one in made)
    assert alarms >= 6


def test_a_clearly_better_one_is_above_all_others() -> None:
    made = better(right(np.random.default_rng(1), 20, gain=0.6))
    assert made[0, 1:].sum() >= 17
    assert not made[1:].any()


def test_two_competitors_are_apart_where_the_interval_of_their_difference_is() -> None:
    rng = np.random.default_rng(2)
    agreed = 0
    for shift in np.linspace(0.0, 0.4, 30):
        parts = rng.normal(0, 1, (2, 150)) + np.array([[shift], [0.0]])
        ones = np.ones(150)
        made = difference(np.stack([parts[1], ones], 1), np.stack([parts[0], ones], 1))
        assert made.low is not None
        assert made.high is not None
        agreed += bool(better(parts).any()) == (made.low > 0 or made.high < 0)
    assert agreed >= 28


def test_copies_and_near_copies_are_never_apart() -> None:
    parts = np.repeat(right(np.random.default_rng(4), 1), 3, axis=0)
    parts[2, :7] = 1 - parts[2, :7]
    assert scenes_apart(parts)[0].tolist() == pytest.approx([0, 0, 7])
    assert not better(parts).any()


def test_the_order_of_competitors_changes_nothing() -> None:
    parts = right(np.random.default_rng(5), 9, gain=0.4)
    made, order = better(parts), np.random.default_rng(0).permutation(9)
    assert np.array_equal(better(parts[order]), made[np.ix_(order, order)])


def test_ranks_follow_from_who_is_above_whom() -> None:
    made = np.zeros((4, 4), bool)
    made[0, 2:] = made[1, 3] = True
    assert rank_sets(made).tolist() == [[1, 2], [1, 3], [2, 4], [3, 4]]
    assert groups(made).tolist() == [1, 1, 2, 2]


def test_errors_estimated_from_few_scenes_make_differences_harder() -> None:
    value, tested = np.array([0.0, 0.65]), np.ones((2, 2), bool)
    drawn = np.random.default_rng(0).normal(value, 0.2, (4000, 2))
    assert above(value, drawn, tested, 1000).any()
    assert not above(value, drawn, tested, 8).any()


def test_nobody_is_apart_where_nothing_was_drawn() -> None:
    assert not above(np.zeros(3), np.full((10, 3), np.nan), np.ones((3, 3), bool), 9).any()
    assert not above(np.zeros(1), np.zeros((10, 1)), np.ones((1, 1), bool), 9).any()
