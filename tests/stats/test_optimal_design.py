"""The pairs to compare next are those that raise the determinant of the information most."""

from __future__ import annotations

import numpy as np
import pytest

from twinlens.stats.bradley_terry import Pairs, count_pairs, covariance, fit
from twinlens.stats.optimal_design import next_pairs

FIRST, SECOND = np.triu_indices(4, 1)


def compared(met: list[float]) -> Pairs:
    """Four versions of equal strength, each two compared so often."""
    half = np.array(met) / 2
    return count_pairs(4, FIRST, SECOND, np.stack([half, half, 0 * half], axis=1))[0]


def log_determinant(pairs: Pairs) -> float:
    spread = covariance(pairs, fit(pairs))
    return float(-np.log(np.linalg.eigvalsh(spread)[1:]).sum())


def test_the_first_gains_most_of_all_pairs_and_as_much_as_it_says() -> None:
    met = [20.0, 12.0, 8.0, 2.0, 30.0, 16.0]
    pairs = compared(met)
    made = fit(pairs)
    i, j, gain = next_pairs(made, covariance(pairs, made), 1)[0]
    gains = [
        log_determinant(compared([n + (at == more) for at, n in enumerate(met)])) - log_determinant(pairs)
        for more in range(6)
    ]
    best = int(np.argmax(gains))
    assert (i, j) == (FIRST[best], SECOND[best])
    assert gain == pytest.approx(max(gains) / 2)


def test_a_list_counts_its_earlier_pairs_as_judged_and_has_each_once() -> None:
    met = [2.0, 20.0, 20.0, 20.0, 20.0, 2.0]
    pairs = compared(met)
    made = fit(pairs)
    listed = next_pairs(made, covariance(pairs, made), 10)
    assert len({(i, j) for i, j, _ in listed}) == len(listed) == 6
    both = compared([3.0, 20.0, 20.0, 20.0, 20.0, 3.0])
    assert [(i, j) for i, j, _ in listed[:2]] == [(0, 1), (2, 3)]
    gained = sum(gain for *_, gain in listed[:2])
    assert gained == pytest.approx((log_determinant(both) - log_determinant(pairs)) / 2)


def test_versions_of_unequal_strength_say_less() -> None:
    outcomes = np.array([[19.0, 1, 0], [10, 10, 0], [1, 19, 0]])
    pairs, _ = count_pairs(3, np.array([0, 0, 1]), np.array([1, 2, 2]), outcomes)
    made = fit(pairs)
    (i, j, _), *_ = next_pairs(made, covariance(pairs, made), 3)
    assert (i, j) == (0, 2)
