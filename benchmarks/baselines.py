"""What the measured judge is compared with: one logistic regression on fifty plain differences, and the best single rule.

A rule or a regression sees differences only (photo a less photo b), and has no intercept, so exchanging the photos
gives exactly the opposite. Both are learnt on some pairs and applied to others, as the weights of the judge are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

Array = NDArray[np.float64]
Some = NDArray[np.bool_]
Names = NDArray[np.str_]


def left_out(parts: Names, predict: Callable[[Some, Some], Array]) -> Array:
    """The log-odds of each part of the pairs by what was learnt on all the others: predict(known, here)."""
    log_odds = np.zeros(len(parts))
    for name in np.unique(parts):
        here = parts == name
        log_odds[here] = predict(~here, here)
    return log_odds


@dataclass(frozen=True, eq=False)
class Logistic:
    """A logistic regression without an intercept on differences (n, k) that saturate at their root mean square."""

    scale: Array
    weights: Array

    @classmethod
    def of(
        cls, differences: Array, prefers_a: Some, share: Array | None = None, penalty: float = 1.0
    ) -> Logistic:
        """Fitted to pairs, each with a share in the loss; a penalty of 1 is scikit-learn's own."""
        scale = np.sqrt(np.mean(differences**2, axis=0)) + 1e-9
        model = LogisticRegression(C=1 / penalty, fit_intercept=False, max_iter=2000)
        return cls(scale, model.fit(np.tanh(differences / scale), prefers_a, share).coef_[0])

    def log_odds(self, differences: Array) -> Array:
        """The log-odds that people prefer a."""
        return np.asarray(np.tanh(differences / self.scale) @ self.weights, np.float64)


def correct(log_odds: Array, prefers_a: Some) -> Array:
    """1 where the sign of the log-odds (n, …) is what people said, 0 where it is not, a half where there is none."""
    wants = prefers_a.reshape(-1, *[1] * (log_odds.ndim - 1))
    return np.where(log_odds == 0, 0.5, (log_odds > 0) == wants)


def best_rule(differences: Array, prefers_a: Some, sets: Names) -> Array:
    """The weights of the one difference that is right most often, sets counted alike: 1 or -1 there, 0 elsewhere."""
    right = correct(differences, prefers_a)
    share = np.mean([right[sets == name].mean(axis=0) for name in np.unique(sets)], axis=0)
    best = int(np.argmax(np.abs(share - 0.5)))
    weights = np.zeros(differences.shape[1])
    weights[best] = 1.0 if share[best] >= 0.5 else -1.0
    return weights


def rule_name(weights: Array, names: list[str]) -> str:
    """A single rule in words.

    >>> rule_name(np.array([0.0, -1.0]), ["light", "noise"])
    'less noise'
    """
    best = int(np.argmax(np.abs(weights)))
    return f"{'more' if weights[best] > 0 else 'less'} {names[best]}"
