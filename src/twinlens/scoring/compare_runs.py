"""Two runs on the same pairs: the difference of every score, paired by scene."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from twinlens.core.errors import BadInput
from twinlens.scoring.choice_scores import Tally
from twinlens.scoring.expression import Expression
from twinlens.scoring.score import combined, measures
from twinlens.scoring.table import Table
from twinlens.stats.interval import Interval, difference

Record = dict[str, Any]
APART = "cannot be told apart"


def versus(
    first: Table, second: Table, composite: Expression | None = None, mean_over: str | None = None
) -> Record:
    """The second's scores less the first's on the pairs that both have, with intervals and words."""
    shared, mine, theirs = np.intersect1d(first.ids, second.ids, assume_unique=True, return_indices=True)
    if not len(shared):
        raise BadInput("the two runs have no pair in common; expected runs of the same pairs")
    one, other = first.take(mine), second.take(theirs)
    other = replace(other, scenes=one.scenes, blocks=one.blocks, size=one.size)
    pairs = (measures(one), measures(other))
    if composite is not None:
        for table, known in zip((one, other), pairs, strict=True):
            known["composite"] = combined(composite, table, mean_over)
    scores = {name: _difference(pairs[0][name], pairs[1][name]) for name in pairs[0] if _alike(name, *pairs)}
    return {
        "pairs": len(shared),
        "only_first": len(first) - len(shared),
        "only_second": len(second) - len(shared),
        "same_labels": one.same_labels(other),
        "scores": scores,
    }


def _alike(name: str, first: Record, second: Record) -> bool:
    """Whether both have a score, made of the same parts."""
    return name in second and first[name].sums.shape == second[name].sums.shape


def _difference(first: Tally, second: Tally) -> Record:
    found = difference(first.sums, second.sums, first.statistic)
    finite = found.value == found.value
    return {
        "value": found.value if finite else None,
        "low": found.low,
        "high": found.high,
        "n": min(first.n, second.n),
        "words": _words(found),
    }


def _words(found: Interval) -> str:
    if found.low is None or found.high is None:
        return "too few scenes to tell"
    return APART if found.holds(0.0) else "the second is higher" if found.value > 0 else "the second is lower"
