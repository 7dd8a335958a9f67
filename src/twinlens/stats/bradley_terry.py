"""Strengths of versions from who won against whom: the model of Bradley and Terry (1952)."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

Array = NDArray[np.float64]

STEPS = 10_000
NEAR = 1e-10


def strengths(wins: Array, prior: float = 0.0) -> Array:
    """Log-strengths of mean 0, of wins (…, k, k): how often row won against column; a tie is half a win each.

    The probability that i wins against j is 1 / (1 + exp(s_j - s_i)). The likeliest strengths come of the
    steps of Hunter (2004), which always climb. `prior` adds so many wins and losses of each two, so that a
    version that never lost has a strength too; without it such a version, or versions never compared, are
    refused.

    >>> strengths(np.array([[0.0, 3.0], [1.0, 0.0]])).round(4).tolist()
    [0.5493, -0.5493]
    """
    count = wins.shape[-1] if wins.ndim else 0
    if wins.ndim < 2 or wins.shape[-2] != count or not np.isfinite(wins).all() or (wins < 0).any():
        raise ValueError(f"found wins of shape {wins.shape}; expected a square of counts")
    won = (wins + prior) * (1 - np.eye(count))
    if count > 1 and not _connected(won):
        raise ValueError("a version never lost, never won or was never compared to others; give a prior")
    met, total = won + won.swapaxes(-1, -2), won.sum(axis=-1)
    power = np.ones(total.shape)
    for _ in range(STEPS):
        with np.errstate(invalid="ignore"):
            sums = power[..., :, None] + power[..., None, :]
            further = total / (met / sums).sum(axis=-1) if count > 1 else power
        further = further / np.exp(np.log(further).mean(axis=-1, keepdims=True))
        moved = np.abs(np.log(further) - np.log(power)).max(initial=0.0)
        power = further
        if moved < NEAR:
            break
    return np.asarray(np.log(power), np.float64)


def win_probabilities(strength: Array) -> Array:
    """The probability (k, k) that row wins against column, of strengths (k,); 0.5 on the diagonal.

    >>> win_probabilities(np.array([0.0, np.log(3)])).round(2).tolist()
    [[0.5, 0.25], [0.75, 0.5]]
    """
    return np.asarray(1 / (1 + np.exp(strength[None, :] - strength[:, None])), np.float64)


def _connected(won: Array) -> bool:
    """Whether wins lead from every version to every other; else the likelihood has no top (Ford 1957)."""
    graphs = np.unique((won > 0).reshape(-1, *won.shape[-2:]), axis=0)
    return all(connected_components(graph, connection="strong", return_labels=False) == 1 for graph in graphs)
