"""Which pairs to compare next: those that say most about the strengths."""

from __future__ import annotations

import numpy as np

from twinlens.stats.bradley_terry import Array, Fit


def next_pairs(made: Fit, covariance: Array, count: int) -> list[tuple[int, int, float]]:
    """Pairs to compare next, one after the other, each with what its outcome is expected to say, in nats.

    One more comparison of i with j adds v x xᵀ to the information on the strengths, with x = e_i - e_j and v
    the Fisher information on their difference at the fit: the variance of (win - loss) / 2. So it raises the
    log-determinant by ln(1 + v xᵀ C x), C the `covariance` (k, k) of the strengths, and half of that is the
    information gained where they are normal. The pair that gains most is D-optimal (Fedorov 1972; for
    Bradley and Terry's model Grasshoff and Schwabe 2008). C is updated after each pair, as if it were
    judged, so the pairs of one list, each of them once, do not say the same. ν counts as known.
    """
    k = made.strength.shape[-1]
    spread = covariance[:k, :k].copy()
    first, second = np.triu_indices(k, 1)
    win, loss, _ = made.probabilities(first, second)
    fisher = (win + loss) / 4 - ((win - loss) / 2) ** 2
    listed: list[tuple[int, int, float]] = []
    for _ in range(min(count, len(first))):
        own = np.diag(spread)
        gain = np.log1p(fisher * (own[first] + own[second] - 2 * spread[first, second])) / 2
        best = int(np.argmax(gain.round(12)))  # of equal ones, which rounding errors order, the first
        i, j = int(first[best]), int(second[best])
        listed.append((i, j, float(gain[best])))
        fisher_of_it, fisher[best] = fisher[best], 0.0  # not listed again
        along = spread[i] - spread[j]
        spread -= np.outer(along, along) * fisher_of_it / (1 + fisher_of_it * (along[i] - along[j]))
    return listed
