"""The rows of a run as arrays: what scores are computed from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twinlens.stats.interval import deal

Floats = NDArray[np.float64]
TIE = 2
VERSIONS = ("version_a", "version_b")
"""Columns that name the versions that a and b are of."""
CONFIDENT = "confident"
"""The number that is 1 for verdicts that are sure enough and else 0; there where a level is given."""
CHOICE_NUMBERS = ("choice", "p_a", "label", "share", "swap", "shown", "first", "both")
"""The numbers of every row: sides are a 0, b 1, tie 2; a failure, and what is unknown, is not-a-number.

`share` is that of the people who agree with the label; `swap` 1 where both orders gave one choice;
`shown` counts the orders that chose a side, `first` those that chose the photo shown first; `both` is 1 where
both orders chose.
"""


@dataclass(frozen=True, eq=False)
class Table:
    """The rows of a run, as arrays of one length."""

    ids: NDArray[np.int64]
    scenes: NDArray[np.int64]
    numbers: dict[str, Floats]
    words: dict[str, tuple[NDArray[np.int32], tuple[str, ...]]]
    labels_hash: str = ""
    notes: tuple[str, ...] = ()
    blocks: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """The scenes, numbered from 0; dealt into blocks where there are very many."""
    size: int = 0
    """How many blocks there are."""

    def __post_init__(self) -> None:
        if not self.size:
            blocks = deal(self.scenes)
            object.__setattr__(self, "blocks", blocks)
            object.__setattr__(self, "size", int(blocks.max(initial=-1)) + 1)

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, name: str) -> Floats:
        """A number of every row."""
        return self.numbers[name]

    @property
    def labelled(self) -> NDArray[np.bool_]:
        """Which rows have a label that names a side."""
        return self["label"] < TIE

    @property
    def failed(self) -> NDArray[np.bool_]:
        """Which rows are failures."""
        return np.isnan(self["choice"])

    @cached_property
    def versions(self) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
        """The versions that a and b of each row are of, "" where it names none."""
        a, b = (np.array(self.words[name][1], object)[self.words[name][0]] for name in VERSIONS)
        return a, b

    def take(self, rows: NDArray[Any], *, whole: bool = False) -> Table:
        """Some of the rows, by mask or by index; `whole` keeps the blocks of all rows."""
        return replace(
            self,
            ids=self.ids[rows],
            scenes=self.scenes[rows],
            numbers={name: values[rows] for name, values in self.numbers.items()},
            words={name: (codes[rows], values) for name, (codes, values) in self.words.items()},
            blocks=self.blocks[rows],
            size=self.size if whole else 0,
        )

    def groups(self, column: str, *, whole: bool = False) -> Iterator[tuple[str, Table]]:
        """The rows of each value of a column, sorted by value; rows without one are left out."""
        codes, values = self.words[column]
        for value in sorted(values):
            mask = codes == values.index(value)
            if value and mask.any():
                yield value, self.take(mask, whole=whole)
