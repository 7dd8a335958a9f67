"""Intervals agree with scipy, know groups, cost little, and hold what they should."""

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from twinlens.stats.interval import (
    FEWEST_GROUPS,
    MOST_GROUPS,
    RESAMPLES,
    SEED,
    deal,
    dealt,
    difference,
    group_sums,
    interval,
    ratio,
    replicates,
    wilson,
)


def counted(values: np.ndarray) -> np.ndarray:
    """Values and a one for each, as a mean needs them."""
    return np.stack([values, np.ones(len(values))], axis=1)


@pytest.mark.parametrize("method", ["bca", "percentile", "basic"])
@pytest.mark.parametrize("size", [20, 80, 400])
def test_the_interval_of_a_mean_is_scipys(method: str, size: int) -> None:
    values = np.random.default_rng(size).random(size) ** 3
    found = interval(counted(values), method=method)
    told = stats.bootstrap(
        (values,), np.mean, method=method, n_resamples=RESAMPLES, rng=np.random.default_rng(SEED)
    ).confidence_interval
    assert found.value == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx((told.low, told.high))


def test_the_interval_of_a_ratio_of_sums_is_scipys() -> None:
    rng = np.random.default_rng(3)
    above, below = rng.random(60), rng.random(60) + 0.5
    found = interval(np.stack([above, below], axis=1))
    told = stats.bootstrap(
        (above, below), lambda x, y, axis: x.sum(axis=axis) / y.sum(axis=axis),
        paired=True, n_resamples=RESAMPLES, rng=np.random.default_rng(SEED),
    ).confidence_interval  # fmt: skip
    assert (found.low, found.high) == pytest.approx((told.low, told.high))


def test_groups_are_drawn_whole() -> None:
    rng = np.random.default_rng(5)
    scene = rng.integers(12, size=200)
    right = (rng.random(200) < 0.3 + 0.05 * scene).astype(float)
    found = replicates(group_sums(counted(right), scene))
    draws = np.random.default_rng(SEED).integers(12, size=(RESAMPLES, 12))
    naive = [np.concatenate([right[scene == one] for one in drawn]).mean() for drawn in draws[:50]]
    assert found[:50] == pytest.approx(np.array(naive))


def test_rows_of_one_scene_make_a_wider_interval_than_independent_rows() -> None:
    scene = np.repeat(np.arange(20), 30)
    right = np.repeat(np.random.default_rng(0).integers(2, size=20), 30).astype(float)
    together, apart = interval(group_sums(counted(right), scene)), interval(counted(right))
    assert together.high - together.low > 4 * (apart.high - apart.low)


def test_the_truth_lies_inside_about_as_often_as_said() -> None:
    rng = np.random.default_rng(11)
    inside = 0
    for _ in range(300):
        chance = np.clip(rng.normal(0.7, 0.15, 25), 0, 1)
        right = (rng.random((25, 12)) < chance[:, None]).astype(float)
        made = interval(np.stack([right.sum(axis=1), np.full(25, 12.0)], axis=1))
        inside += made.low <= 0.6985 <= made.high
    assert 0.90 <= inside / 300 <= 0.98


def test_very_many_groups_are_dealt_into_blocks_and_the_width_stays() -> None:
    rng = np.random.default_rng(2)
    right = (rng.random(200_000) < 0.7).astype(float)
    start = time.process_time()
    found, told = interval(counted(right)), wilson(right.sum(), len(right))
    assert time.process_time() - start < 5
    assert len(dealt(counted(right))) == MOST_GROUPS
    assert found.high - found.low == pytest.approx(told.high - told.low, rel=0.1)


def test_dealing_keeps_groups_together_and_leaves_few_groups_as_they_are() -> None:
    groups = np.random.default_rng(1).integers(10**9, size=5000)
    blocks = deal(np.concatenate([groups, groups]))
    assert (blocks[:5000] == blocks[5000:]).all()
    assert blocks.max() == MOST_GROUPS - 1
    assert deal(np.array([30, 10, 30])).tolist() == [1, 0, 1]


def test_few_groups_give_a_value_and_no_interval() -> None:
    found = interval(np.array([[3.0, 4.0]]))
    assert (found.value, found.low, found.high) == (0.75, None, None)
    assert math.isnan(interval(np.zeros((3, 2))).value)
    few, enough = (interval(counted(np.arange(float(n)))) for n in (FEWEST_GROUPS - 1, FEWEST_GROUPS))
    assert few.low is None
    assert enough.low is not None


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0, 1), min_size=FEWEST_GROUPS, max_size=40),
    st.sampled_from(["bca", "percentile", "basic"]),
)
def test_the_interval_always_reaches_to_the_value(values: list[float], method: str) -> None:
    found = interval(counted(np.array(values)), method=method, resamples=200)
    assert found.low is not None
    assert found.low <= found.value <= found.high


@pytest.mark.parametrize(("right", "n"), [(0, 5), (5, 5), (8, 10), (263, 300)])
def test_wilsons_interval_is_scipys(right: int, n: int) -> None:
    found, told = wilson(right, n), stats.binomtest(right, n).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((told.low, told.high))


def test_a_run_does_not_differ_from_itself() -> None:
    sums = counted(np.random.default_rng(0).random(30))
    found = difference(sums, sums)
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)


def test_a_paired_difference_is_scipys_interval_of_the_differences() -> None:
    rng = np.random.default_rng(4)
    first, second = rng.random(50), rng.random(50)
    found = difference(counted(first), counted(second))
    told = stats.bootstrap(
        (second - first,), np.mean, n_resamples=RESAMPLES, rng=np.random.default_rng(SEED)
    ).confidence_interval
    assert (found.low, found.high) == pytest.approx((told.low, told.high))


def test_sums_of_other_groups_are_not_paired() -> None:
    with pytest.raises(ValueError, match="expected the same groups"):
        difference(np.ones((3, 2)), np.ones((4, 2)))


def test_a_ratio_without_rows_is_not_a_number() -> None:
    assert np.isnan(ratio(np.array([0.0, 0.0])))
