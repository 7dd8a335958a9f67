"""The graph of causes: which difference explains which others away.

A photo with halos also measures sharper, one with noise holds more "texture", a blurred one has less noise,
and nobody praises a photo for these. Each metric says in its file what it brings about (`metrics.Effect`);
this graph is all of that, in order. Preference, explanation and grounding read it and have no table of their
own. Differences are signed JNDs by metric, positive where a is better; a difference that is explained away is
set to 0. Everything is odd in the differences.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from twinlens.core.types import Evidence
from twinlens.metrics import Confound, Effect, metrics

Differences = Mapping[str, float]
"""Signed JNDs by metric: positive where a is better."""


@dataclass(frozen=True)
class Cause:
    """An edge of the graph: a metric, what its difference does, and to which metrics."""

    metric: str
    effect: Effect
    consequences: frozenset[str]


@cache
def graph() -> tuple[Cause, ...]:
    """All effects of all metrics, in the order in which they are applied."""
    edges = [
        Cause(name, effect, _reached(effect.on) - {name})
        for name, metric in metrics().items()
        for effect in metric.effects
    ]
    return tuple(sorted(edges, key=lambda edge: (edge.effect.stage, edge.metric)))


def _reached(on: str) -> frozenset[str]:
    """The metrics that are named, themselves or by their family."""
    names = {*on.split()}
    return frozenset(name for name, metric in metrics().items() if names & {name, *metric.families})


def upstream(names: Iterable[str]) -> frozenset[str]:
    """These metrics and all that, directly or through others, can explain them away."""
    ancestors = frozenset(names)
    for cause in reversed(graph()):
        if not isinstance(cause.effect, Confound) and cause.consequences & ancestors:
            ancestors |= {cause.metric}
    return ancestors


def signed(evidence: Evidence) -> float:
    """The JNDs of a piece of evidence, negative where they favour b; also below one."""
    if evidence.a == evidence.b:
        return 0.0
    return evidence.steps if (evidence.a > evidence.b) == (evidence.better == "higher") else -evidence.steps


def by_metric(evidence: Iterable[Evidence], region: str = "global") -> dict[str, float]:
    """The signed JNDs on one region, by metric."""
    return {piece.metric: signed(piece) for piece in evidence if piece.region == region}


def without_consequences(differences: Differences) -> dict[str, float]:
    """The differences, those that others bring about on the other side set to 0."""
    left = dict(differences)
    for cause in graph():
        size = left.get(cause.metric, 0.0)
        if not isinstance(cause.effect, Confound) and abs(size) >= cause.effect.at_least:
            for metric in cause.consequences & left.keys():
                if left[metric] * size < 0 and abs(left[metric]) < cause.effect.up_to * abs(size):
                    left[metric] = 0.0
    return left


def without_confounds(
    regions: Mapping[str, Differences], evidence: Iterable[Evidence], whole: str = "global"
) -> dict[str, dict[str, float]]:
    """The differences by region; those that a cause there, or in the `whole`, moves to either side are 0."""
    left = {region: dict(differences) for region, differences in regions.items()}
    apart = {(piece.region, piece.metric): abs(piece.a - piece.b) for piece in evidence}
    for cause in graph():
        if isinstance(cause.effect, Confound):
            overall = abs(left.get(whole, {}).get(cause.metric, 0.0))
            for region, differences in left.items():
                size = max(abs(differences.get(cause.metric, 0.0)), overall)
                if cause.effect.applies(size, apart.get((region, cause.metric), 0.0)):
                    up_to = math.inf if cause.effect.up_to == math.inf else cause.effect.up_to * size
                    moved = cause.consequences & differences.keys()
                    differences |= {name: 0.0 for name in moved if abs(differences[name]) < up_to}
    return left
