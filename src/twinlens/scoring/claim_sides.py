"""Which side a verdict's claims favour in each region, or in each aspect: numbers of a row."""

from __future__ import annotations

import math
from collections.abc import Sequence

from twinlens.core.run_records import FailureRow
from twinlens.scoring.labels import SIDES, Label
from twinlens.scoring.rows import RowReader, ScoredRow


def side_number(column: str, value: str) -> str:
    """The name of the number of one region or aspect."""
    return f"{column} {value}"


def claim_sides(column: str, values: Sequence[str]) -> RowReader:
    """Reads, for each value of `column` (region or aspect), the side that more of its claims favour.

    0 is a, 1 b, 2 a tie: as many for each, or none for either. Claims that the pixels contradict do not
    count; not-a-number where none is left.
    """

    def read(row: ScoredRow, _: Label | None) -> Sequence[float]:
        if isinstance(row, FailureRow):
            return ()
        sums: dict[str, int] = {}
        for claim in row.claims:
            if claim.grounding != "contradicted":
                value = getattr(claim, column)
                sums[value] = sums.get(value, 0) + (claim.favours == "a") - (claim.favours == "b")
        return [_side(sums.get(value)) for value in values]

    return [side_number(column, value) for value in values], read


def _side(net: int | None) -> float:
    return math.nan if net is None else SIDES["tie" if not net else "a" if net > 0 else "b"]
