"""Fits the weights of the measured judge: how much each kind of difference counts for people.

A logistic regression on `preference.features`, without an intercept (so the photos' order cannot matter),
with weights that are never negative, pulled towards a prior in which a just-noticeable difference of any
metric counts alike but for `Metric.prior`. Sets weigh alike however many pairs they hold.
`twinlens.train.refit` pulls towards the shipped weights instead, for somebody's own pairs.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twinlens.judgement.causes import Differences
from twinlens.judgement.preference import features, log_odds, prior, saturations
from twinlens.judgement.weights import SCHEMA

STRENGTH = 12.0
"""How many pairs the prior is worth, about."""


@dataclass(frozen=True)
class Example:
    """A pair's signed differences in JNDs, whether people prefer a, and the set it is of."""

    differences: Differences
    prefers_a: bool
    set: str
    share: float = 1.0
    """Weight of its set beside the others."""


def matrix(examples: Sequence[Example]) -> NDArray[np.float64]:
    """The features of examples, shape (examples, weights)."""
    return np.array([features(example.differences) for example in examples])


def fit(
    examples: Sequence[Example],
    start: NDArray[np.float64] | None = None,
    pull: NDArray[np.float64] | float = STRENGTH,
) -> NDArray[np.float64]:
    """The weights, in the order of `preference.saturations`, never negative.

    `start` is what they are pulled towards, the prior where nothing else is given; `pull` is how strongly:
    one over the variance that each may have about it.
    """
    from scipy.optimize import minimize  # type: ignore[import-untyped]

    known = matrix(examples)
    sign = np.array([1.0 if example.prefers_a else -1.0 for example in examples])
    counts = Counter(example.set for example in examples)
    share = np.array([example.share for example in examples])
    weight = share * len(examples) / len(counts) / np.array([counts[example.set] for example in examples])
    start = np.array([*prior().values()]) if start is None else start

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = sign * (known @ values)
        pulled = values - start
        slope = known.T @ (-weight * sign / (1 + np.exp(margin)))
        cost = weight @ np.logaddexp(0, -margin) + pull * pulled @ pulled / 2
        return float(cost), slope + pull * pulled

    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0, None)] * len(start)).x)


def log_odds_of(known: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The log-odds for a of features (pairs, weights), by weights."""
    return np.array([log_odds(row) for row in (known * values).tolist()])


def record(values: NDArray[np.float64], made: Any, **others: Any) -> dict[str, Any]:
    """The object `twinlens.weights/1`; `made` says from what."""
    table = {metric: round(float(value), 4) for metric, value in zip(saturations(), values, strict=True)}
    return {"schema": SCHEMA, "made": made, "weights": table, **others}
