"""Teams in order: the mean of their scores over the phases, with intervals, and who can be told apart.

A phase's score is the mean over its items of the weighted metrics, as the scoring program has it; the final
score is the mean over the phases. Scenes are resampled, the same for all teams, so differences are paired.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twinlens.challenge.near_duplicates import Copies, copies, distinct
from twinlens.stats.interval import Array, Interval, interval, replicates
from twinlens.stats.rank_sets import LEAST_SCENES, above, groups, rank_sets, scenes_apart


@dataclass(frozen=True, slots=True, eq=False)
class PhaseItems:
    """A phase as standings need it: its name, the scene of each item, the metrics and their weights."""

    name: str
    scenes: Sequence[str]
    weights: dict[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """A submission that was scored: each item's metrics (items, metrics) in the order of the weights, answers
    and rationales ("" where it has none); how many submissions it was chosen from."""

    metrics: Array
    answers: Sequence[str]
    rationales: Sequence[str]
    of: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Competitor:
    """A team, or a control, with its submission of each phase (None where it has none that can be scored)."""

    name: str
    phases: Sequence[Scored | None]
    facts: dict[str, str] = field(default_factory=dict)
    offline: dict[str, float] = field(default_factory=dict)
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A line of the table. Scores are from 0 to 1; without a rank it is a control, or `why` says why not.

    `ranks` are the first and the last rank that the team may have; `group` counts from 1; `metrics` are means
    over the phases; `distinct` is the share of different rationales; `above_control` is None where the team
    and the control differ on too few scenes to be compared.
    """

    team: Competitor
    final: Interval | None
    phases: Sequence[float | None]
    metrics: dict[str, float]
    distinct: float | None
    rank: int = 0
    ranks: tuple[int, int] = (0, 0)
    group: int = 0
    above_control: bool | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Standings:
    """All lines: the ranked ones from the best, controls, those without a rank; and who copied.

    `waiting` names phases that nobody handed anything in for; they are left out.
    """

    title: str
    phases: Sequence[PhaseItems]
    ranked: Sequence[Line]
    controls: Sequence[Line]
    unranked: Sequence[Line]
    copies: Sequence[tuple[str, str, Copies]]
    scenes: int
    best: bool
    waiting: Sequence[str] = ()

    @property
    def teams(self) -> tuple[Line, ...]:
        """The lines of all teams, those without a rank last."""
        return (*self.ranked, *self.unranked)


def standings(
    title: str,
    phases: Sequence[PhaseItems],
    teams: Sequence[Competitor],
    controls: Sequence[Competitor] = (),
    *,
    best: bool = False,
    waiting: Sequence[str] = (),
) -> Standings:
    """The standings of teams, beside controls, the first whole one of which is compared with each team.

    `best` says that of several submissions of a team the best was chosen; `waiting` names phases left out.
    """
    complete = [team for team in teams if all(team.phases)]
    measured = [control for control in controls if _complete(control, phases)]
    everyone = [*complete, *measured]
    design = _Design.of(phases)
    parts = (
        np.stack([design.parts(one) for one in everyone]) if everyone else np.zeros((0, *design.counts.shape))
    )
    value = design.value(parts)
    better, above_control = _better(design, parts, value, len(complete))
    many = len(complete)
    order = np.argsort(-value[:many], kind="stable")
    among = better[np.ix_(order, order)]
    ranks, group = rank_sets(among), groups(among)
    places = 1 + (value[:many, None] < value[:many] - 1e-12).sum(axis=1)
    ranked = [
        _line(
            complete[at], phases, design.interval(parts[at]), rank=int(places[at]),
            ranks=(int(ranks[place, 0]), int(ranks[place, 1])), group=int(group[place]),
            above_control=above_control[at],
        )
        for place, at in enumerate(order)
    ]  # fmt: skip
    return Standings(
        title,
        phases,
        ranked,
        [_line(one, phases, _final(one, phases, design)) for one in controls],
        [_line(one, phases, None, why=_why(one, phases)) for one in teams if not all(one.phases)],
        _copies([*teams, *measured[:1]], phases),
        len(design.counts),
        best,
        waiting,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Design:
    """The scenes of all phases, numbered: those of each phase's items, and how many items each phase has of
    each scene (scenes, phases)."""

    weights: Sequence[Array]
    scenes: Sequence[NDArray[np.int64]]
    counts: Array

    @classmethod
    def of(cls, phases: Sequence[PhaseItems]) -> _Design:
        names, codes = np.unique([scene for one in phases for scene in one.scenes], return_inverse=True)
        scenes = np.split(codes, np.cumsum([len(one.scenes) for one in phases])[:-1])
        counts = np.stack([np.bincount(one, minlength=len(names)) for one in scenes], axis=1)
        weights = [np.array(list(one.weights.values())) / sum(one.weights.values()) for one in phases]
        return cls(weights, scenes, counts.astype(np.float64))

    def parts(self, team: Competitor) -> Array:
        """The sums of the items' scores by scene and phase: (scenes, phases)."""
        columns = [
            np.bincount(codes, weights=one.metrics @ weights, minlength=len(self.counts))
            for one, weights, codes in zip(team.phases, self.weights, self.scenes, strict=True)
            if one is not None
        ]
        return np.stack(columns, axis=1)

    def mean(self, sums: Array) -> Array:
        """The mean over the phases of sums (…, teams + 1, phases), the first of which are the counts."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((sums[..., 1:, :] / sums[..., :1, :]).mean(axis=-1), np.float64)

    def sums(self, parts: Array) -> Array:
        """Counts and parts (teams, scenes, phases) beside each other: (scenes, (teams + 1) × phases)."""
        return np.concatenate([self.counts[None], parts]).swapaxes(0, 1).reshape(len(self.counts), -1)

    def statistic(self, sums: Array) -> Array:
        """Final scores (…, teams) of sums (…, (teams + 1) × phases)."""
        return self.mean(sums.reshape(*sums.shape[:-1], -1, self.counts.shape[1]))

    def value(self, parts: Array) -> Array:
        """The final scores of teams: (teams,)."""
        return self.statistic(self.sums(parts).sum(axis=0))

    def interval(self, parts: Array) -> Interval:
        """The final score of one team's parts (scenes, phases), with its interval."""
        return interval(self.sums(parts[None]), lambda sums: self.statistic(sums)[..., 0])


def _better(
    design: _Design, parts: Array, value: Array, teams: int
) -> tuple[NDArray[np.bool_], list[bool | None]]:
    """Which teams are above which, by all their differences at once; and which are above the first control.

    The teams' parts come first, then those of controls. All differences from the control are one family of
    their own (many to one, as Dunnett 1955 has them).
    """
    if not len(parts):
        return np.zeros((0, 0), bool), []
    scenes = len(design.counts)
    influence = (parts / design.counts.sum(axis=0)).mean(axis=2)
    drawn = replicates(design.sums(parts), design.statistic)
    tested = scenes_apart(influence) >= LEAST_SCENES
    better = above(value[:teams], drawn[:, :teams], tested[:teams, :teams], scenes)
    if len(parts) == teams:
        return better, [None] * teams
    of_control = np.zeros_like(tested)
    of_control[:teams, teams] = of_control[teams, :teams] = tested[:teams, teams]
    control = above(value, drawn, of_control, scenes)[:teams, teams]
    pairs = zip(control, tested[:teams, teams], strict=True)
    return better, [bool(one) if compared else None for one, compared in pairs]


def _complete(team: Competitor, phases: Sequence[PhaseItems]) -> bool:
    return all(one is not None and np.isfinite(one.metrics).all() for one in team.phases)


def _final(team: Competitor, phases: Sequence[PhaseItems], design: _Design) -> Interval | None:
    return design.interval(design.parts(team)) if _complete(team, phases) else None


def _line(team: Competitor, phases: Sequence[PhaseItems], final: Interval | None, **place: Any) -> Line:
    """A line with what is known without the others."""
    there = [(phase, one) for phase, one in zip(phases, team.phases, strict=True) if one is not None]
    written = [distinct(one.rationales) for _, one in there if any(text.strip() for text in one.rationales)]
    means = [dict(zip(phase.weights, one.metrics.mean(axis=0), strict=True)) for phase, one in there]
    keys = [key for key in (means[0] if means else ()) if all(math.isfinite(mean[key]) for mean in means)]
    return Line(
        team,
        final,
        [None if one is None else _score(phase, one) for phase, one in zip(phases, team.phases, strict=True)],
        {key: float(np.mean([mean[key] for mean in means])) for key in keys},
        float(np.mean(written)) if written else None,
        **place,
    )


def _score(phase: PhaseItems, one: Scored) -> float | None:
    """The score of a phase; None of a control that lacks one of the metrics."""
    score = float(np.average(one.metrics.mean(axis=0), weights=list(phase.weights.values())))
    return score if math.isfinite(score) else None


def _why(team: Competitor, phases: Sequence[PhaseItems]) -> str:
    missing = [phase.name for phase, one in zip(phases, team.phases, strict=True) if one is None]
    return f"not ranked: no submission that can be scored in {', '.join(missing)}"


def _copies(teams: Sequence[Competitor], phases: Sequence[PhaseItems]) -> list[tuple[str, str, Copies]]:
    """The near-duplicates among submissions and controls, the most alike first."""
    texts, answers = [], []
    for team in teams:
        pairs = list(zip(phases, team.phases, strict=True))
        texts.append(
            [text for phase, one in pairs for text in (one.rationales if one else [""] * len(phase.scenes))]
        )
        answers.append(
            [side for phase, one in pairs for side in (one.answers if one else [""] * len(phase.scenes))]
        )
    made = sorted(copies(texts, answers), key=lambda one: (-one.texts, -one.answers, one.first))
    return [(teams[one.first].name, teams[one.second].name, one) for one in made]
