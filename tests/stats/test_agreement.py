"""Agreement and calibration agree with scikit-learn, and with worked examples."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import accuracy_score, cohen_kappa_score, confusion_matrix

from twinlens.stats.agreement import (
    accuracy,
    bin_sums,
    calibration_error,
    cohen_kappa,
    confusion,
    krippendorff,
    reliability,
)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_accuracy_confusion_and_kappa_are_scikit_learns(classes: int) -> None:
    rng = np.random.default_rng(classes)
    truth = rng.integers(classes, size=300)
    said = np.where(rng.random(300) < 0.6, truth, rng.integers(classes, size=300))
    assert accuracy(truth, said) == pytest.approx(accuracy_score(truth, said))
    assert confusion(truth, said, classes).tolist() == confusion_matrix(truth, said).tolist()
    assert cohen_kappa(truth, said) == pytest.approx(cohen_kappa_score(truth, said))


def test_accuracy_of_nothing_is_not_a_number() -> None:
    assert np.isnan(accuracy(np.zeros(0), np.zeros(0)))


def test_alpha_is_that_of_krippendorffs_own_example() -> None:
    told = np.array(
        [
            [1, 2, 3, 3, 2, 1, 4, 1, 2, np.nan, np.nan, np.nan],
            [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, np.nan, 3],
            [np.nan, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, np.nan],
            [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, np.nan],
        ]
    )
    assert krippendorff(told) == pytest.approx(0.743, abs=5e-4)


def test_alpha_of_two_full_tellers_is_near_kappa() -> None:
    rng = np.random.default_rng(0)
    first = rng.integers(2, size=2000)
    second = np.where(rng.random(2000) < 0.8, first, 1 - first)
    assert krippendorff(np.stack([first, second]).astype(float)) == pytest.approx(
        cohen_kappa(first, second), abs=0.005
    )


def test_the_reliability_curve_is_scikit_learns() -> None:
    rng = np.random.default_rng(1)
    chance = rng.random(500)
    true = (rng.random(500) < chance**2).astype(float)
    share, said = calibration_curve(true, chance, n_bins=10)
    found = reliability(chance, true)
    assert found.share == pytest.approx(share)
    assert found.chance == pytest.approx(said)
    assert found.n.sum() == 500


def test_the_calibration_error_is_the_mean_distance_from_the_diagonal() -> None:
    chance, true = np.array([0.9, 0.9, 0.6, 0.6]), np.array([1.0, 0.0, 1.0, 1.0])
    groups = np.zeros(4, np.int64)
    sums = bin_sums(chance, true, groups, 1, bins=10, low=0.5)
    assert calibration_error(sums[0]) == pytest.approx((2 * 0.4 + 2 * 0.4) / 4)


def test_a_chance_of_one_falls_into_the_last_bin_and_a_half_into_the_first() -> None:
    found = reliability(np.array([0.5, 1.0]), np.array([0.0, 1.0]), bins=5, low=0.5)
    assert found.n.tolist() == [1, 0, 0, 0, 1]
    assert np.isnan(found.share[1])


def test_the_curve_of_all_groups_is_the_sum_of_their_curves() -> None:
    rng = np.random.default_rng(2)
    chance, true, groups = rng.random(100), rng.integers(2, size=100).astype(float), rng.integers(7, size=100)
    apart = bin_sums(chance, true, groups, 7)
    whole = bin_sums(chance, true, np.zeros(100, np.int64), 1)
    assert apart.sum(axis=0) == pytest.approx(whole[0])
