"""Comparisons of versions as numbers, and the strengths that they bear out, with their intervals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from statistics import NormalDist

import numpy as np

from twinlens.core.errors import BadInput
from twinlens.core.plain_text import first
from twinlens.core.score_records import Model
from twinlens.scoring.table import TIE, Floats, Table
from twinlens.scoring.votes import WEIGHT
from twinlens.stats.bradley_terry import (
    Array,
    Fit,
    Indices,
    Pairs,
    count_pairs,
    covariance,
    fit,
    scores_by_group,
    with_prior,
)  # fmt: skip
from twinlens.stats.interval import FEWEST_GROUPS, LEVEL, RESAMPLES, group_sums, replicates

MOST_RESAMPLED = 30
"""Versions of which strengths are fitted anew to every resample; of more the intervals are the sandwich's."""
NAMED = 6
"""Versions of a group that a message names."""


@dataclass(frozen=True, eq=False)
class Comparisons:
    """Who met whom and how it ended, a row each; `blocks` are of scenes, None where rows are independent.

    `outcomes` (n, 3) count how often the first won, lost and tied; `failed` (k,) the rows of each version
    without a verdict.
    """

    names: tuple[str, ...]
    first: Indices
    second: Indices
    outcomes: Array
    failed: Array
    blocks: Indices | None = None
    size: int = 0

    @classmethod
    def of(cls, table: Table, choice: Floats, *, scenes: bool) -> Comparisons:
        """The rows with two versions and a choice (0 a, 1 b, 2 tie, else none); failures are counted."""
        (a, names_a), (b, names_b) = (table.words[name] for name in ("version_a", "version_b"))
        sides = np.array(names_a, object)[a], np.array(names_b, object)[b]
        two = (sides[0] != sides[1]) & (sides[0] != "") & (sides[1] != "")
        rows = two & ~np.isnan(choice)
        used = {names_a[code] for code in np.unique(a[rows])} | {names_b[code] for code in np.unique(b[rows])}
        names = tuple(sorted(used))
        places = {name: at for at, name in enumerate(names)}
        first, second = (
            np.array([places.get(name, -1) for name in known], np.int64)[codes]
            for codes, known in ((a, names_a), (b, names_b))
        )
        weight = table.numbers.get(WEIGHT, np.ones(len(table)))[rows]
        outcomes = np.stack([choice[rows] == side for side in (0, 1, TIE)], axis=1) * weight[:, None]
        lost = two & table.failed
        failed = sum(np.bincount(side[lost & (side >= 0)], minlength=len(names)) for side in (first, second))
        made = cls(names, first[rows], second[rows], outcomes, np.asarray(failed, np.float64))
        return replace(made, blocks=table.blocks[rows], size=table.size) if scenes else made

    def __len__(self) -> int:
        return len(self.first)

    @cached_property
    def _counted(self) -> tuple[Pairs, Indices]:
        return count_pairs(len(self.names), self.first, self.second, self.outcomes)

    @property
    def pairs(self) -> Pairs:
        """The rows summed by pair of versions."""
        return self._counted[0]

    @property
    def counts(self) -> Array:
        """How often each version won, lost and tied: (k, 3)."""
        k = len(self.names)
        return np.stack(
            [
                np.bincount(self.first, weights=self.outcomes[:, one], minlength=k)
                + np.bincount(self.second, weights=self.outcomes[:, other], minlength=k)
                for one, other in ((0, 1), (1, 0), (2, 2))
            ],
            axis=1,
        )

    @property
    def majorities(self) -> Pairs:
        """The pairs with independent counts: of scenes, which version won more of each; else of rows."""
        pairs, place = self._counted
        if self.blocks is None:
            return replace(pairs, won=pairs.won.round(), lost=pairs.lost.round())
        sign = np.where(self.first < self.second, 1, -1) * (self.outcomes[:, 0] - self.outcomes[:, 1])
        keys, scene = np.unique(self.blocks * len(pairs.first) + place, return_inverse=True)
        net = np.bincount(scene, weights=sign)
        of = keys % len(pairs.first)
        won, lost = (np.bincount(of[side], minlength=len(pairs.first)) for side in (net > 0, net < 0))
        return replace(pairs, won=won.astype(np.float64), lost=lost.astype(np.float64))

    def by_block(self) -> Array:
        """What the pairs won, lost and tied in each block of scenes: (blocks, 3 m)."""
        assert self.blocks is not None
        pairs, place = self._counted
        swapped = (self.first > self.second)[:, None]
        sides = np.where(swapped, self.outcomes[:, [1, 0, 2]], self.outcomes)
        m = len(pairs.first)
        sums = group_sums(sides, self.blocks * m + place, self.size * m)
        return sums.reshape(self.size, m, 3).swapaxes(1, 2).reshape(self.size, 3 * m)

    def missing_links(self) -> str:
        """The groups of versions that no comparison joins, and which to compare; empty of one group."""
        groups, met = self.pairs.groups(), self.counts.sum(axis=1)
        if len(groups) == 1:
            return ""
        hubs = [self.names[group[int(np.argmax(met[group]))]] for group in groups]
        parts = " | ".join(first((self.names[at] for at in group), NAMED) for group in groups[:NAMED])
        more = f" | and {len(groups) - NAMED} more groups" * (len(groups) > NAMED)
        links = first((f"{hubs[0]} with {hub}" for hub in hubs[1:]), NAMED)
        return (
            f"found versions that were never compared, nor by way of others: {parts}{more}; compare {links}"
        )


@dataclass(frozen=True, eq=False)
class Strengths:
    """The strengths of versions, and how far they may be off.

    `spread` is the covariance by the observed information. Where there are scenes, intervals are made of
    `drawn` (resamples, p), the strengths of resampled scenes, or of `robust`, the sandwich over scenes.
    """

    names: tuple[str, ...]
    fit: Fit
    spread: Array
    drawn: Array | None = None
    robust: Array | None = None

    @property
    def method(self) -> str:
        """How the intervals are made, for the signature."""
        if self.drawn is not None:
            return f"percentile,scenes,{RESAMPLES}"
        if self.robust is not None and np.isnan(self.robust).any():
            return f"none,fewer than {FEWEST_GROUPS} scenes"
        return "observed-information" if self.robust is None else "sandwich,scenes"

    def ends(self, one: int, other: int | None = None) -> tuple[float | None, float | None]:
        """The 95 % interval of a strength, or of its lead over another; None where scenes do not vary.

        `one` may be the place after the last version: that of ln ν.
        """
        if self.drawn is not None:
            values = self.drawn[:, one] - (0.0 if other is None else self.drawn[:, other])
            return _apart(*np.quantile(values, ((1 - LEVEL) / 2, (1 + LEVEL) / 2)))
        spread = self.spread if self.robust is None else self.robust
        value, variance = np.append(self.fit.strength, self.fit.log_nu)[one], spread[one, one]
        if other is not None:
            value -= self.fit.strength[other]
            variance += spread[other, other] - 2 * spread[one, other]
        reach = NormalDist().inv_cdf((1 + LEVEL) / 2) * float(max(variance, 0.0)) ** 0.5
        return _apart(value - reach, value + reach)


def _apart(low: float, high: float) -> tuple[float | None, float | None]:
    """Both ends; None where they are one, or not known."""
    return (float(low), float(high)) if high - low > 1e-6 else (None, None)


def strengths(comparisons: Comparisons, model: Model, prior: float) -> Strengths:
    """The strengths of the versions by a model; BadInput where the comparisons do not determine them."""
    if missing := comparisons.missing_links():
        raise BadInput(missing)
    ties = model == "davidson"
    pairs = comparisons.pairs if ties else comparisons.pairs.untied()
    if ties and not prior and not pairs.tied.any():
        raise BadInput("found no tie; expected ties for the model davidson, or a --prior above 0")
    whole = with_prior(pairs, prior, ties)
    try:
        made = fit(whole)
    except ValueError:
        raise BadInput(
            "found versions that never won or never lost against the rest; expected a --prior above 0"
        ) from None
    result = Strengths(comparisons.names, made, covariance(whole, made))
    if comparisons.blocks is None:
        return result
    if len(np.unique(comparisons.blocks)) < FEWEST_GROUPS:
        return replace(result, robust=np.full_like(result.spread, np.nan))
    if prior and len(comparisons.names) <= MOST_RESAMPLED:
        return replace(result, drawn=_resampled(comparisons, pairs, whole, made))
    outcomes = comparisons.outcomes if ties else _half_wins(comparisons.outcomes)
    scores = scores_by_group(
        made, comparisons.first, comparisons.second, outcomes, comparisons.blocks, comparisons.size
    )
    return replace(result, robust=covariance(whole, made, scores[np.unique(comparisons.blocks)]))


def _half_wins(outcomes: Array) -> Array:
    half = outcomes[:, 2] / 2
    return np.stack([outcomes[:, 0] + half, outcomes[:, 1] + half, np.zeros(len(half))], axis=1)


def _resampled(comparisons: Comparisons, pairs: Pairs, whole: Pairs, made: Fit) -> Array:
    """The strengths, and with ties ln ν, of each resample of the scenes, with the prior of all."""
    ties = bool(np.isfinite(made.log_nu))

    def statistic(sums: Array) -> Array:
        won, lost, tied = np.moveaxis(sums.reshape(len(sums), 3, -1), 1, 0)
        drawn = Pairs(pairs.versions, pairs.first, pairs.second, won, lost, tied)
        drawn = drawn if ties else drawn.untied()
        both = replace(
            drawn,
            won=drawn.won + whole.won - pairs.won,
            lost=drawn.lost + whole.lost - pairs.lost,
            tied=drawn.tied + whole.tied - pairs.tied,
        )
        one = fit(both, made)
        return np.append(one.strength, one.log_nu[:, None], axis=1) if ties else one.strength

    return replicates(comparisons.by_block(), statistic)
