"""Two runs on the same pairs: the difference of every score, paired by scene."""

from dataclasses import asdict, replace

import numpy as np

from twinlens.core.contracts import record
from twinlens.core.errors import BadInput
from twinlens.core.score_records import RunDifference, ScoreDifference
from twinlens.scoring.composite import Composite
from twinlens.scoring.estimator import Estimator
from twinlens.scoring.score import estimators_of
from twinlens.scoring.table import Table
from twinlens.stats.interval import difference

INDISTINGUISHABLE = "cannot be told apart"
TOO_FEW = "too few scenes to tell"


def compare_runs(
    first: Table, second: Table, composite: Composite | None = None, mean_over: str | None = None
) -> RunDifference:
    """The second's scores less the first's on the pairs that both have, with paired intervals and words."""
    shared, mine, theirs = np.intersect1d(first.ids, second.ids, assume_unique=True, return_indices=True)
    if not len(shared):
        raise BadInput("the two runs have no pair in common; expected runs of the same pairs")
    one, other = first.take(mine), second.take(theirs)
    other = replace(other, scenes=one.scenes, blocks=one.blocks, size=one.size)
    ones, others = (estimators_of(table, composite, mean_over) for table in (one, other))
    return RunDifference(
        pairs=len(shared),
        only_first=len(first) - len(shared),
        only_second=len(second) - len(shared),
        same_labels=np.array_equal(one["label"], other["label"], equal_nan=True),
        scores={
            name: _difference(made, others[name])
            for name, made in ones.items()
            if name in others and made.sums.shape == others[name].sums.shape
        },
    )


def _difference(first: Estimator, second: Estimator) -> ScoreDifference:
    """The difference of two scores that are made of the same parts."""
    made = difference(first.sums, second.sums, first.statistic)
    words = in_words(made.low, made.high, "the second is lower", "the second is higher")
    return record(ScoreDifference, **asdict(made), n=min(first.n, second.n), words=words)


def in_words(low: float | None, high: float | None, below: str, above: str) -> str:
    """What the interval of a difference says: below zero, above it, or neither."""
    if low is None or high is None:
        return TOO_FEW
    return INDISTINGUISHABLE if low <= 0 <= high else above if low > 0 else below
