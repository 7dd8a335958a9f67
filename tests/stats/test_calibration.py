"""Calibration agrees with scikit-learn, and with worked examples."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from twinlens.stats.calibration import bin_sums, calibration_error, reliability


def test_the_reliability_curve_is_scikit_learns() -> None:
    rng = np.random.default_rng(1)
    chance = rng.random(500)
    true = (rng.random(500) < chance**2).astype(float)
    share, said = calibration_curve(true, chance, n_bins=10)
    found = reliability(chance, true)
    assert found.share == pytest.approx(share)
    assert found.probability == pytest.approx(said)
    assert found.n.sum() == 500


def test_the_calibration_error_is_the_mean_distance_from_the_diagonal() -> None:
    chance, true = np.array([0.9, 0.9, 0.6, 0.6]), np.array([1.0, 0.0, 1.0, 1.0])
    groups = np.zeros(4, np.int64)
    sums = bin_sums(chance, true, groups, 1, bins=10, low=0.5)
    assert calibration_error(sums[0]) == pytest.approx((2 * 0.4 + 2 * 0.4) / 4)


def test_a_probability_of_one_falls_into_the_last_bin_and_a_half_into_the_first() -> None:
    found = reliability(np.array([0.5, 1.0]), np.array([0.0, 1.0]), bins=5, low=0.5)
    assert found.n.tolist() == [1, 0, 0, 0, 1]
    assert np.isnan(found.share[1])


def test_the_curve_of_all_groups_is_the_sum_of_their_curves() -> None:
    rng = np.random.default_rng(2)
    chance, true, groups = rng.random(100), rng.integers(2, size=100).astype(float), rng.integers(7, size=100)
    apart = bin_sums(chance, true, groups, 7)
    whole = bin_sums(chance, true, np.zeros(100, np.int64), 1)
    assert apart.sum(axis=0) == pytest.approx(whole[0])
