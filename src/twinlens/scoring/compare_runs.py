"""Two runs on the same pairs: the difference of every score, paired by scene."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from twinlens.core.errors import BadInput
from twinlens.scoring.composite import Composite
from twinlens.scoring.estimator import Estimator
from twinlens.scoring.score import combined, estimators_of
from twinlens.scoring.table import Table
from twinlens.stats.interval import difference

Record = dict[str, Any]
INDISTINGUISHABLE = "cannot be told apart"
TOO_FEW = "too few scenes to tell"


def compare_runs(
    first: Table, second: Table, composite: Composite | None = None, mean_over: str | None = None
) -> Record:
    """The second's scores less the first's on the pairs that both have, with paired intervals and words."""
    shared, mine, theirs = np.intersect1d(first.ids, second.ids, assume_unique=True, return_indices=True)
    if not len(shared):
        raise BadInput("the two runs have no pair in common; expected runs of the same pairs")
    one, other = first.take(mine), second.take(theirs)
    other = replace(other, scenes=one.scenes, blocks=one.blocks, size=one.size)
    pairs = (estimators_of(one), estimators_of(other))
    if composite is not None:
        for table, known in zip((one, other), pairs, strict=True):
            known["composite"] = combined(composite, table, mean_over)
    scores = {
        name: _difference(pairs[0][name], pairs[1][name]) for name in pairs[0] if _same_parts(name, *pairs)
    }
    return {
        "pairs": len(shared),
        "only_first": len(first) - len(shared),
        "only_second": len(second) - len(shared),
        "same_labels": one.same_labels(other),
        "scores": scores,
    }


def _same_parts(name: str, first: Record, second: Record) -> bool:
    """Whether both have a score, made of the same parts."""
    return name in second and first[name].sums.shape == second[name].sums.shape


def _difference(first: Estimator, second: Estimator) -> Record:
    beyond = difference(first.sums, second.sums, first.statistic)
    value = beyond.value if math.isfinite(beyond.value) else None
    words = in_words(beyond.low, beyond.high, "the second is lower", "the second is higher")
    return {
        "value": value, "low": beyond.low, "high": beyond.high, "n": min(first.n, second.n), "words": words,
    }  # fmt: skip


def in_words(low: float | None, high: float | None, below: str, above: str) -> str:
    """What the interval of a difference says: below zero, above it, or neither."""
    if low is None or high is None:
        return TOO_FEW
    return INDISTINGUISHABLE if low <= 0 <= high else above if low > 0 else below
