"""Strengths of versions from paired comparisons: Bradley and Terry (1952), and with ties Davidson (1970).

With d = s_i - s_j the outcomes of a comparison of i with j have probabilities in the proportions

    i wins  exp(d / 2)      j wins  exp(-d / 2)      tie  ν = exp(η)

which is Davidson's model in log-strengths, and for ν = 0 that of Bradley and Terry. It is an exponential
family, so the log-likelihood is concave in (s, η), and Newton's method climbs it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array  # type: ignore[import-untyped]
from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

STEPS = 200
NEAR = 1e-7
"""The last step; what is left after it is about its square."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """How often each two versions met and how it ended: one entry for each two of them, first < second.

    `first` and `second` (m,) number the versions from 0; `won` (by the first), `lost` and `tied` (…, m) are
    counts, whole or not.
    """

    versions: int
    first: Indices
    second: Indices
    won: Array
    lost: Array
    tied: Array

    @property
    def met(self) -> Array:
        """How often the two met: (…, m)."""
        return self.won + self.lost + self.tied

    def matrix(self, upper: Array, lower: Array) -> Array:
        """Values (…, m) of pairs as a matrix (…, k, k): `upper` at (first, second), `lower` across."""
        made = np.zeros((*upper.shape[:-1], self.versions, self.versions))
        made[..., self.first, self.second] = upper
        made[..., self.second, self.first] = lower
        return made

    def untied(self) -> Pairs:
        """The same with each tie as half a win of both: what Bradley and Terry's model can be fitted to."""
        half = self.tied / 2
        return replace(self, won=self.won + half, lost=self.lost + half, tied=np.zeros_like(self.tied))

    def groups(self) -> list[Indices]:
        """The versions that comparisons join, group by group, the largest first."""
        graph = csr_array((self.met, (self.first, self.second)), shape=(self.versions, self.versions))
        _, group = connected_components(graph, directed=False)
        parts = [np.flatnonzero(group == at) for at in np.unique(group)]
        return sorted(parts, key=lambda part: (-len(part), part[0]))


@dataclass(frozen=True, eq=False)
class Fit:
    """Strengths (…, k) in log-odds, of mean 0, and η = ln ν (…,), which is -inf where there is no tie."""

    strength: Array
    log_nu: Array

    def probabilities(self, first: Indices, second: Indices) -> tuple[Array, Array, Array]:
        """The probabilities (…, m) that the first wins, that the second wins, and of a tie."""
        half = (self.strength[..., first] - self.strength[..., second]) / 2
        eta = np.broadcast_to(self.log_nu[..., None], half.shape)
        top = np.maximum(np.abs(half), eta)
        win, loss, tie = np.exp(half - top), np.exp(-half - top), np.exp(eta - top)
        total = win + loss + tie
        return win / total, loss / total, tie / total


def count_pairs(versions: int, first: Indices, second: Indices, outcomes: Array) -> tuple[Pairs, Indices]:
    """Comparisons summed by pair, and which pair each is of (n,).

    `outcomes` (n, 3) count how often the first won, lost and tied.

    >>> made, _ = count_pairs(2, np.array([0, 1]), np.array([1, 0]), np.array([[1., 0, 0], [1, 0, 2]]))
    >>> made.won, made.lost, made.tied
    (array([1.]), array([1.]), array([2.]))
    """
    swapped = first > second
    low, high = np.minimum(first, second), np.maximum(first, second)
    keys, place = np.unique(low * versions + high, return_inverse=True)
    won, lost, tied = outcomes.T
    sides = np.where(swapped, lost, won), np.where(swapped, won, lost), tied
    sums = [np.bincount(place, weights=side, minlength=len(keys)).astype(np.float64) for side in sides]
    return Pairs(versions, keys // versions, keys % versions, *sums), place


def with_prior(pairs: Pairs, prior: float, ties: bool) -> Pairs:
    """The pairs with the prior's comparisons: `prior` wins and losses a version, `prior` ties in all.

    A version's are spread over the versions it met, as its comparisons are: a pair is given the mean of what
    its two versions give it. So strengths are pulled towards those of whom they met, by many versions no more
    than by two, and one that never lost has a strength. It is a conjugate prior (Davidson and Solomon 1973).
    """
    met = pairs.met
    total = pairs.matrix(met, met).sum(axis=-1)
    share = (met / total[pairs.first] + met / total[pairs.second]) / 2
    tied = pairs.tied + prior * met / met.sum() if ties else pairs.tied
    return replace(pairs, won=pairs.won + prior * share, lost=pairs.lost + prior * share, tied=tied)


def fit(pairs: Pairs, start: Fit | None = None) -> Fit:
    """The likeliest strengths, and ν where any pair has ties; of many tables of the same pairs at once.

    Newton's method. A step d is shortened to ln(1 + r) / r of it, with r the furthest that it moves two
    outcomes of a pair apart: the least of the bound by self-concordance (Bach 2010), so the likelihood climbs
    from anywhere and the last steps are whole. ValueError where it has no top: where wins do not lead from
    every version to every other (Ford 1957), or ties stand in no pair of a table.
    """
    ties = bool((pairs.tied > 0).any())
    _check_top(pairs, ties)
    shape = pairs.won.shape[:-1]
    now = start or Fit(
        np.zeros((*shape, pairs.versions)), np.zeros(shape) if ties else np.full(shape, -np.inf)
    )
    now = Fit(*(np.broadcast_to(part, (*shape, *own)).copy() for part, own in
                ((now.strength, (pairs.versions,)), (now.log_nu, ()))))  # fmt: skip
    for _ in range(STEPS):
        gradient, information = _derivatives(pairs, now, ties)
        step = np.linalg.solve(information, gradient[..., None])[..., 0]
        half = np.abs(step[..., pairs.first] - step[..., pairs.second]) / 2
        reach = half + np.maximum(half, np.abs(step[..., -1:])) if ties else 2 * half
        furthest = reach.max(axis=-1, initial=0.0)
        damped = step * (np.log1p(furthest) / np.maximum(furthest, 1e-300))[..., None]
        strength = now.strength + damped[..., : pairs.versions]
        now = Fit(strength, now.log_nu + damped[..., -1] if ties else now.log_nu)
        if furthest.max(initial=0.0) < NEAR:
            return now
    raise ValueError("the strengths did not converge; give a larger prior")


def covariance(pairs: Pairs, made: Fit, scores: Array | None = None) -> Array:
    """The covariance of the strengths (k, k), or with ties of strengths and η (k + 1, k + 1).

    The inverse of the observed information; with `scores` (g, k) or (g, k + 1), the gradients u of
    independent groups such as scenes, the sandwich H⁻¹ (Σ u uᵀ) H⁻¹ (Liang and Zeger 1986) times g / (g - 1).
    """
    ties = bool(np.isfinite(made.log_nu))
    _, information = _derivatives(pairs, made, ties)
    inverse = np.linalg.inv(information)
    k = pairs.versions
    inverse[:k, :k] -= 1 / float(information[:k, :k].sum())  # of the direction that is anchored
    if scores is None:
        return np.asarray(inverse, np.float64)
    centred = (scores - scores.mean(axis=0)) @ inverse
    groups = len(scores)
    return np.asarray(centred.T @ centred * (groups / max(groups - 1, 1)), np.float64)


def scores_by_group(
    made: Fit, first: Indices, second: Indices, outcomes: Array, groups: Indices, count: int
) -> Array:
    """The gradient of the log-likelihood of each group's comparisons (n, 3): (count, k), with ties k + 1."""
    win, loss, tie = made.probabilities(first, second)
    met = outcomes.sum(axis=1)
    slope = (outcomes[:, 0] - outcomes[:, 1] - met * (win - loss)) / 2
    wide = made.strength.shape[-1] + bool(np.isfinite(made.log_nu))
    flat = np.zeros(count * wide)
    flat += np.bincount(groups * wide + first, weights=slope, minlength=count * wide)
    flat -= np.bincount(groups * wide + second, weights=slope, minlength=count * wide)
    sums = flat.reshape(count, wide)
    if np.isfinite(made.log_nu):
        sums[:, -1] = np.bincount(groups, weights=outcomes[:, 2] - met * tie, minlength=count)
    return sums


def win_probabilities(strength: Array, log_nu: float = -np.inf) -> Array:
    """The probability (k, k) that row wins against column, of strengths (k,); 0.5 on the diagonal, or less.

    >>> win_probabilities(np.array([0.0, np.log(3)])).round(2).tolist()
    [[0.5, 0.25], [0.75, 0.5]]
    """
    row, column = np.indices((len(strength),) * 2).reshape(2, -1)
    win, _, _ = Fit(strength, np.asarray(log_nu)).probabilities(row, column)
    return win.reshape(len(strength), -1)


def _derivatives(pairs: Pairs, now: Fit, ties: bool) -> tuple[Array, Array]:
    """The gradient (…, p) and the observed information (…, p, p); p is k, and with ties k + 1.

    Strengths count by their differences only, so the information has no inverse along (1, …, 1); a constant
    over all strengths is added there, which moves nothing, since no gradient points that way.
    """
    k, met = pairs.versions, pairs.met
    win, loss, tie = now.probabilities(pairs.first, pairs.second)
    mean = (win - loss) / 2
    slope = (pairs.won - pairs.lost) / 2 - met * mean
    curve = met * ((win + loss) / 4 - mean**2)
    wide = k + ties
    gradient = np.zeros((*slope.shape[:-1], wide))
    gradient[..., :k] = pairs.matrix(slope, -slope).sum(axis=-1)
    information = np.zeros((*slope.shape[:-1], wide, wide))
    off = pairs.matrix(-curve, -curve)
    total = -off.sum(axis=-1)
    anchor = total.mean(axis=-1)[..., None, None] / k
    information[..., :k, :k] = off + anchor
    at = np.arange(k)
    information[..., at, at] += total
    if ties:
        cross = pairs.matrix(-met * mean * tie, met * mean * tie).sum(axis=-1)
        gradient[..., k] = (pairs.tied - met * tie).sum(axis=-1)
        information[..., k, :k] = information[..., :k, k] = cross
        information[..., k, k] = (met * tie * (1 - tie)).sum(axis=-1)
    return gradient, information


def _check_top(pairs: Pairs, ties: bool) -> None:
    """ValueError where wins do not lead from every version to every other, or a table has no tie."""
    won, lost = ((side > 0).reshape(-1, len(pairs.first)) for side in (pairs.won, pairs.lost))
    if won.all() and lost.all():  # as with a prior: one graph for all tables
        won, lost = won[:1], lost[:1]
    for ahead, behind in zip(won, lost, strict=True):
        ends = np.concatenate([pairs.first[ahead], pairs.second[behind]])
        starts = np.concatenate([pairs.second[ahead], pairs.first[behind]])
        graph = csr_array((np.ones(len(ends)), (ends, starts)), shape=(pairs.versions,) * 2)
        if connected_components(graph, connection="strong", return_labels=False) > 1:
            raise ValueError("a version never lost, never won or was never compared to others; give a prior")
    if ties and not (pairs.tied.sum(axis=-1) > 0).all():
        raise ValueError("some tables have no tie; give a prior")
