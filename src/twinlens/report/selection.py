"""Which pairs of a run its page shows: all, those where the judge disagrees with people, or so many."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from twinlens.core.errors import BadInput
from twinlens.core.run_records import Row
from twinlens.report.index import Index
from twinlens.report.pairs import place_of, state_of

ALL, DISAGREEMENTS = "all", "disagreements"


@dataclass
class Selection:
    """The pairs shown, `pairs` as --pairs has it; a number is that of the first ones as the page sorts them.

    `rows` reads the rows of the run, which a number takes once more; `shown` are the rows so far, from 0.
    """

    pairs: str
    rows: Callable[[], Iterator[Row]]
    shown: list[int] = field(default_factory=list)
    _first: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if self.pairs in (ALL, DISAGREEMENTS):
            return
        if not self.pairs.isdecimal() or not int(self.pairs):
            raise BadInput(
                f"--pairs: found {self.pairs!r}; expected {DISAGREEMENTS}, {ALL} or a number of pairs"
            )
        places = ((place_of(row, state_of(row)), at) for at, row in enumerate(self.rows()))
        self._first = frozenset(at for _, at in heapq.nsmallest(int(self.pairs), places))

    def shows(self, at: int, row: Row) -> bool:
        """Whether the page shows a row; call it once for each, in order."""
        is_shown = at in self._first if self._first else self.pairs == ALL or state_of(row) == "wrong"
        if is_shown:
            self.shown.append(at)
        return is_shown

    def check(self, index: Index) -> None:
        """BadInput where disagreements are to be shown of a run that nobody labelled."""
        if self.pairs == DISAGREEMENTS and not index.words["label"].counts:
            raise BadInput(
                f"--pairs {DISAGREEMENTS}: found no pair with a label; expected labels in the run's rows, or "
                "of a file (--labels)"
            )

    def left_out(self, rows: int) -> str:
        """What a reader must know of the pairs that are not shown; "" where there are none."""
        many = len(self.shown)
        if many == rows:
            return ""
        which = (
            "the pairs where the judge disagrees with people" if not self._first else "those to look at first"
        )
        return (
            f"This page shows {many:,} of {rows:,} pairs: {which}. {rows - many:,} are left out "
            f"(--pairs {self.pairs}); scores and plots are of all."
        )
