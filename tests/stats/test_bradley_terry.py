"""Strengths agree with closed forms, with choix and with Davidson's own example."""

from __future__ import annotations

import choix
import numpy as np
import pytest
from scipy.optimize import minimize

from twinlens.stats.bradley_terry import (
    Fit,
    Pairs,
    count_pairs,
    covariance,
    fit,
    scores_by_group,
    win_probabilities,
    with_prior,
)  # fmt: skip

PUDDINGS = [
    (1, 2, 19, 22, 16), (1, 3, 16, 19, 12), (2, 3, 19, 19, 10), (1, 4, 18, 23, 13), (2, 4, 23, 19, 9),
    (3, 4, 19, 20, 15), (1, 5, 13, 19, 18), (2, 5, 16, 20, 12), (3, 5, 16, 15, 17), (4, 5, 17, 14, 16),
    (1, 6, 18, 21, 12), (2, 6, 22, 20, 12), (3, 6, 13, 18, 10), (4, 6, 14, 19, 18), (5, 6, 11, 21, 12),
]  # fmt: skip
"""Six brands of chocolate pudding: i, j, for i, for j, no preference (Davidson 1970, JASA 65, 317-328)."""
DAVIDSON = [0.1388005, 0.1729985, 0.1617420, 0.1653930, 0.1586805, 0.2023855]
DAVIDSON_NU = 0.7468147
"""His estimates, as the vignette of the R package PlackettLuce gives them (Overview, "Pudding example (with
ties)"): of seven steps, so not quite at the top of the likelihood."""
STANDARD_ERRORS = [0.121949, 0.121818, 0.126823, 0.122003, 0.127054, 0.126594, 0.082499]
"""Of the log-strengths about their mean and of ln ν (the vignette's `summary(mod, ref = NULL)`)."""


def puddings() -> Pairs:
    rows = np.array(PUDDINGS)
    return count_pairs(6, rows[:, 0] - 1, rows[:, 1] - 1, rows[:, 2:].astype(float))[0]


def pairs_of(*outcomes: float) -> Pairs:
    """Two versions of which the first won, lost and tied so often."""
    return count_pairs(2, np.array([0]), np.array([1]), np.array([outcomes], float))[0]


def played(
    count: int, seed: int, games: int = 400, nu: float = 0.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Comparisons of random versions of known strength, some two of which never met."""
    rng = np.random.default_rng(seed)
    first = rng.integers(count, size=games)
    second = (first + rng.integers(1, 1 + count // 2, size=games)) % count
    true = Fit(rng.normal(0, 1, count), np.asarray(np.log(nu) if nu else -np.inf))
    win, loss, _ = true.probabilities(first, second)
    at = rng.random(games)
    outcomes = np.stack([at < win, (at >= win) & (at < win + loss), at >= win + loss], axis=1)
    return first, second, outcomes.astype(float)


def log_likelihood(pairs: Pairs, made: Fit) -> float:
    win, loss, tie = made.probabilities(pairs.first, pairs.second)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = [np.where(n > 0, n * np.log(p), 0) for n, p in
                 ((pairs.won, win), (pairs.lost, loss), (pairs.tied, tie))]  # fmt: skip
    return float(sum(term.sum() for term in terms))


def test_two_versions_have_the_log_odds_of_their_wins_between_them() -> None:
    made = fit(pairs_of(12, 4, 0))
    assert made.strength[0] - made.strength[1] == pytest.approx(np.log(3), abs=1e-9)
    assert win_probabilities(made.strength)[0, 1] == pytest.approx(0.75)


def test_two_versions_with_ties_are_fitted_exactly() -> None:
    """Three outcomes, two parameters: d = ln(won / lost), ν = tied / √(won lost)."""
    made = fit(pairs_of(12, 3, 9))
    assert made.strength[0] - made.strength[1] == pytest.approx(np.log(4), abs=1e-9)
    assert np.exp(made.log_nu) == pytest.approx(9 / 6, abs=1e-9)
    assert [p.item() for p in made.probabilities(np.array([0]), np.array([1]))] == pytest.approx(
        [12 / 24, 3 / 24, 9 / 24]
    )


def test_the_covariance_of_two_versions_is_that_of_a_log_odds() -> None:
    """The variance of ln(won / lost) is 1 / won + 1 / lost, with ties and without."""
    for pairs in (pairs_of(12, 4, 0), pairs_of(12, 4, 7)):
        spread = covariance(pairs, fit(pairs))
        assert spread[0, 0] + spread[1, 1] - 2 * spread[0, 1] == pytest.approx(1 / 12 + 1 / 4)


@pytest.mark.parametrize(("count", "seed"), [(2, 0), (5, 1), (12, 2)])
def test_strengths_are_those_of_choix(count: int, seed: int) -> None:
    first, second, outcomes = played(count, seed)
    winners = np.where(outcomes[:, 0] > 0, first, second)
    data = list(zip(winners.tolist(), (first + second - winners).tolist(), strict=True))
    pairs, _ = count_pairs(count, first, second, outcomes)
    theirs = choix.ilsr_pairwise(count, data, alpha=0.0, tol=1e-12)
    assert fit(pairs).strength == pytest.approx(theirs - theirs.mean(), abs=1e-6)


def test_davidsons_example_has_his_estimates_and_their_standard_errors() -> None:
    pairs = puddings()
    made = fit(pairs)
    worth = np.exp(made.strength) / np.exp(made.strength).sum()
    assert worth == pytest.approx(DAVIDSON, abs=3e-5)
    assert np.exp(made.log_nu) == pytest.approx(DAVIDSON_NU, abs=3e-5)
    assert np.sqrt(np.diag(covariance(pairs, made))) == pytest.approx(STANDARD_ERRORS, abs=1e-6)
    his = Fit(np.log(DAVIDSON), np.asarray(np.log(DAVIDSON_NU)))
    assert 0 < log_likelihood(pairs, made) - log_likelihood(pairs, his) < 1e-5


@pytest.mark.parametrize("seed", [0, 1])
def test_strengths_with_ties_are_where_a_general_optimiser_finds_the_top(seed: int) -> None:
    pairs, _ = count_pairs(6, *played(6, seed, nu=0.6))

    def loss(at: np.ndarray) -> float:
        return -log_likelihood(pairs, Fit(at[:-1], np.asarray(at[-1]))) + float(at[:-1].sum()) ** 2

    theirs = minimize(loss, np.zeros(7), method="BFGS", options={"gtol": 1e-6}).x
    made = fit(pairs)
    assert made.strength == pytest.approx(theirs[:-1], abs=1e-5)
    assert made.log_nu == pytest.approx(theirs[-1], abs=1e-5)


def test_the_probabilities_meet_the_wins_of_each_version() -> None:
    pairs, _ = count_pairs(5, *played(5, 9))
    wins = pairs.matrix(pairs.won, pairs.lost)
    expected = pairs.matrix(pairs.met, pairs.met) * win_probabilities(fit(pairs).strength)
    assert expected.sum(axis=1) == pytest.approx(wins.sum(axis=1))


def test_a_version_that_never_lost_needs_a_prior() -> None:
    pairs = pairs_of(9, 0, 0)
    with pytest.raises(ValueError, match="give a prior"):
        fit(pairs)
    made = fit(with_prior(pairs, 0.5, ties=False))
    assert made.strength[0] == pytest.approx(np.log(9.5 / 0.5) / 2)


def test_the_prior_of_a_version_is_shared_by_those_it_met() -> None:
    """Three versions, each two met four times: each pair is given half of 0.5 wins of each side."""
    first, second = np.array([0, 0, 1]), np.array([1, 2, 2])
    pairs, _ = count_pairs(3, first, second, np.array([[3.0, 1, 0], [2, 2, 0], [4, 0, 0]]))
    assert with_prior(pairs, 0.5, ties=False).won == pytest.approx([3.25, 2.25, 4.25])
    with_ties = with_prior(pairs, 0.5, ties=True)
    assert with_ties.tied.sum() == pytest.approx(0.5)
    assert np.isfinite(fit(with_ties).log_nu)


def test_a_hundred_thousand_wins_to_none_are_fitted_too() -> None:
    made = fit(with_prior(pairs_of(1e5, 0, 0), 0.5, ties=False))
    assert made.strength[0] - made.strength[1] == pytest.approx(np.log(100000.5 / 0.5))


def test_many_tables_at_once_are_each_its_own() -> None:
    pairs = with_prior(puddings(), 0.5, ties=True)
    many = np.random.default_rng(0).integers(1, 9, (3, 4, 15)).astype(float)
    drawn = Pairs(6, pairs.first, pairs.second, *many)
    made = fit(drawn)
    for at in range(4):
        one = fit(Pairs(6, pairs.first, pairs.second, *many[:, at]))
        assert made.strength[at] == pytest.approx(one.strength, abs=1e-8)
        assert made.log_nu[at] == pytest.approx(one.log_nu, abs=1e-8)


def test_the_sandwich_of_single_comparisons_is_near_the_observed_information() -> None:
    first, second, outcomes = played(4, 3, games=6000, nu=0.5)
    pairs, _ = count_pairs(4, first, second, outcomes)
    made = fit(pairs)
    each = scores_by_group(made, first, second, outcomes, np.arange(6000), 6000)
    assert each.sum(axis=0) == pytest.approx(np.zeros(5), abs=1e-6)
    assert np.diag(covariance(pairs, made, each)) == pytest.approx(np.diag(covariance(pairs, made)), rel=0.05)


def test_comparisons_that_come_in_fours_make_intervals_twice_as_wide() -> None:
    first, second, outcomes = played(3, 4, games=500)
    groups = np.repeat(np.arange(500), 4)
    four = [np.repeat(part, 4, axis=0) for part in (first, second, outcomes)]
    pairs, _ = count_pairs(3, *four)
    made = fit(pairs)
    robust = covariance(pairs, made, scores_by_group(made, *four, groups, 500))
    assert np.diag(robust) == pytest.approx(4 * np.diag(covariance(pairs, made)), rel=0.2)


def test_groups_that_nothing_joins_are_listed_the_largest_first() -> None:
    pairs, _ = count_pairs(5, np.array([0, 3, 4]), np.array([1, 2, 2]), np.ones((3, 3)))
    assert [group.tolist() for group in pairs.groups()] == [[2, 3, 4], [0, 1]]
