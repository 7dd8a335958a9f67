"""A score before and after the bootstrap.

Every score begins as an `Estimator`: sums by block of scenes, and the statistic of them. So intervals,
differences of runs and composites all come of one resampling of the scenes (`stats.interval`).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twinlens.core.score_records import ScoreRecord
from twinlens.scoring.table import Table
from twinlens.stats.interval import Array, Interval, Method, Statistic, group_sums, interval, ratio, wilson

Mask = NDArray[np.bool_]
"""Some rows of a table."""


@dataclass(frozen=True, slots=True, eq=False)
class Estimator:
    """Sums (blocks, k), the statistic of them, rows counted, and failures of them.

    `share` says that the statistic is a mean of values from 0 to 1.
    """

    name: str
    sums: Array
    statistic: Statistic
    n: int
    failed: int
    method: Method = "bca"
    share: bool = True

    def score(self) -> ScoreRecord:
        """The score with its interval, bootstrapped by scene.

        Where all scenes are alike, as where every row is right, no resample differs: a share then has the
        interval of Wilson over its rows, another score none.
        """
        made = interval(self.sums, self.statistic, method=self.method)
        if made.low is not None and made.low == made.high:
            share = self.share and self.method == "bca"
            made = wilson(made.value * self.n, self.n) if share else Interval(made.value, None, None)
        low, high = made.low, made.high
        if self.share and low is not None and high is not None:
            low, high = max(0.0, low), min(1.0, high)
        return ScoreRecord(made.value if math.isfinite(made.value) else None, low, high, self.n, self.failed)


def mean(
    table: Table, name: str, values: Array, rows: Mask, per: Array | None = None, *, verdicts: bool = False
) -> Estimator:
    """The mean of some rows' values, or their sum over that of `per`; failures count with their values.

    `verdicts` says that the rows leave failures out; all those of the table are then counted as failed.
    """
    parts = np.stack([values[rows], np.ones(int(rows.sum())) if per is None else per[rows]], axis=1)
    sums = group_sums(parts, table.blocks[rows], table.size)
    failed = table.failed if verdicts else rows & table.failed
    return Estimator(name, sums, ratio, len(parts), int(failed.sum()))
