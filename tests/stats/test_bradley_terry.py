"""Strengths agree with a closed form and with scikit-learn's logistic regression."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from twinlens.stats.bradley_terry import strengths, win_probabilities


def played(count: int, seed: int) -> np.ndarray:
    """Wins of random versions of known strength."""
    rng = np.random.default_rng(seed)
    true = rng.normal(0, 1, count)
    games = rng.integers(5, 40, (count, count))
    return rng.binomial(games, win_probabilities(true)).astype(float) * (1 - np.eye(count))


def test_two_versions_have_the_log_odds_of_their_wins_between_them() -> None:
    found = strengths(np.array([[0.0, 12.0], [4.0, 0.0]]))
    assert found[0] - found[1] == pytest.approx(np.log(3))
    assert win_probabilities(found)[0, 1] == pytest.approx(0.75)


@pytest.mark.parametrize("count", [3, 6])
def test_strengths_are_those_of_a_logistic_regression(count: int) -> None:
    wins = played(count, count)
    rows, sides, weights = [], [], []
    for i in range(count):
        for j in range(count):
            for side in (1, 0):
                row = np.zeros(count)
                row[i], row[j] = (1, -1) if side else (-1, 1)
                rows.append(row)
                sides.append(side)
                weights.append(wins[i, j])
    model = LogisticRegression(C=1e8, fit_intercept=False, tol=1e-10, max_iter=5000)
    told = model.fit(np.array(rows), sides, sample_weight=weights).coef_[0]
    assert strengths(wins) == pytest.approx(told - told.mean(), abs=1e-3)


def test_the_probabilities_meet_the_wins_of_each_version() -> None:
    wins = played(5, 9)
    chances = win_probabilities(strengths(wins))
    assert ((wins + wins.T) * chances * (1 - np.eye(5))).sum(axis=1) == pytest.approx(wins.sum(axis=1))


def test_a_version_that_never_lost_needs_a_prior() -> None:
    wins = np.array([[0.0, 5.0, 2.0], [0.0, 0.0, 3.0], [0.0, 1.0, 0.0]])
    with pytest.raises(ValueError, match="give a prior"):
        strengths(wins)
    found = strengths(wins, prior=0.5)
    assert np.argmax(found) == 0
    assert np.isfinite(found).all()


@pytest.mark.parametrize(
    "wins", [np.zeros((2, 3)), np.array([[0.0, -1.0], [1.0, 0.0]]), np.array([[0, np.nan], [1, 0]])]
)
def test_what_is_no_square_of_counts_is_refused(wins: np.ndarray) -> None:
    with pytest.raises(ValueError, match="expected a square of counts"):
        strengths(wins)


def test_a_single_version_has_no_strength_over_others() -> None:
    assert strengths(np.zeros((1, 1))).tolist() == [0.0]


def test_many_tables_at_once_are_each_its_own() -> None:
    wins = np.random.default_rng(0).integers(1, 9, (2, 3, 4, 4)).astype(float)
    found = strengths(wins, prior=0.5)
    for place in np.ndindex(2, 3):
        assert found[place] == pytest.approx(strengths(wins[place], prior=0.5), abs=1e-8)
