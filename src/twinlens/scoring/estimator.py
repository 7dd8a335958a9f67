"""A score before and after the bootstrap.

Every score begins as an `Estimator`: sums by block of scenes, and the statistic of them. So intervals,
differences of runs and composites all come of one resampling of the scenes (`stats.interval`).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twinlens.core.score_records import ScoreRecord
from twinlens.scoring.signatures import signature
from twinlens.scoring.table import Table
from twinlens.stats.interval import (
    Array,
    Interval,
    Method,
    Statistic,
    group_sums,
    groups_counted,
    interval,
    ratio,
    wilson,
)

WIDTH = 1e-9
"""The width below which an interval is one value, up to rounding."""
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
        interval of Wilson over its scenes, another score none.
        """
        made, how = interval(self.sums, self.statistic, method=self.method), str(self.method)
        if made.low is not None and made.high is not None and made.high - made.low < WIDTH:
            scenes, share = groups_counted(self.sums), self.share and self.method == "bca"
            how = "wilson"
            value = min(max(made.value, 0.0), 1.0)
            made = wilson(value * scenes, scenes) if share else Interval(made.value, None, None)
        low, high = made.low, made.high
        if self.share and low is not None and high is not None:
            low, high = max(0.0, low), min(1.0, high)
        value_or_none = made.value if math.isfinite(made.value) else None
        signed = signature(self.name, "none" if low is None else how)
        return ScoreRecord(value_or_none, low, high, self.n, self.failed, signed)


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
