"""The rows of a run as its page sorts and filters them: columns, words by number, a few bytes a row."""

from __future__ import annotations

from array import array
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from twinlens.core.run_records import FailureRow, Row
from twinlens.report.pairs import about, alike, confidence_of, place_of, state_of, versions_of
from twinlens.scoring.exif_columns import exif_words

MOST_COLUMNS, LONGEST = 40, 120
"""Columns of the pairs' table that the page filters by, and characters of a value that it holds for that."""
TOGETHER = 1000
"""Rows that are put into columns together."""
UNKNOWN = -1
"""The number where a row has none."""
WORDS = ("scene", "kind", "choice", "label", "state", "orders", "failure", "version_a", "version_b", "about")
NUMBERS = (
    "confidence", "place", "supported", "contradicted", "opinions", "claims", "rating", "alike", "a", "b",
)  # fmt: skip
"""`confidence` in 1/10,000; `alike` is 1 of a tie of equal photos; `a` and `b` count photos from 0."""
_ORDERS = {None: "", True: "same", False: "changed"}


class Words:
    """A column of words: each different one once, and a row's by its number."""

    def __init__(self, rows: int = 0) -> None:
        self.known: dict[str, int] = {"": 0}
        self.codes = array("i", bytes(4 * rows))

    def add(self, words: Iterable[str]) -> None:
        """The words of the next rows; "" where one has none."""
        known = self.known
        self.codes.extend([known.setdefault(word, len(known)) for word in words])

    @property
    def counts(self) -> Counter[str]:
        """How many rows have each word; "" left out."""
        many = np.bincount(np.frombuffer(self.codes, np.int32), minlength=len(self.known))
        return Counter({word: int(many[at]) for word, at in self.known.items() if word and many[at]})

    def record(self, rows: Sequence[int] | None) -> dict[str, Any]:
        """The words of these rows (None: of all), and the numbers of each row's word."""
        if rows is None:
            return {"words": list(self.known), **packed(self.codes)}
        words, made = list(self.known), Words()
        made.add(words[self.codes[at]] for at in rows)
        return made.record(None)


class Index:
    """The short form of every row, in the order of the run."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.words = {name: Words() for name in WORDS}
        self.numbers = {name: array("i") for name in NUMBERS}
        self.columns: dict[str, Words] = {}
        self._waiting: list[tuple[Any, ...]] = []
        self._tables: list[Mapping[str, Any]] = []

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, row: Row, rating: int | None, photos: tuple[int, int]) -> None:
        """Add the next row; `photos` are the numbers of a and b, `UNKNOWN` where the run holds none."""
        verdict = None if isinstance(row, FailureRow) else row
        claims = verdict.claims if verdict else ()
        grounded: list[str] = [claim.grounding for claim in claims]
        a, b = versions_of(row) or ("", "")
        state = state_of(row)
        words = (
            row.scene if row.scene != row.id else "", row.kind, verdict.choice if verdict else "",
            row.label or "", state, _ORDERS[row.consistent],
            row.failure if isinstance(row, FailureRow) else "", a, b, about(claims),
        )  # fmt: skip
        counts = (*map(grounded.count, ("supported", "contradicted", "opinion")), len(claims))
        same = int(verdict is not None and verdict.choice == "tie" and alike(verdict))
        confidence = confidence_of(verdict) if verdict else UNKNOWN
        numbers = (
            confidence,
            place_of(row, state),
            *counts,
            UNKNOWN if rating is None else rating,
            same,
            *photos,
        )
        self.ids.append(row.id)
        self._waiting.append((*words, *numbers))
        self._tables.append({**exif, **row.columns} if (exif := exif_words(row)) else row.columns)
        if len(self._waiting) == TOGETHER:
            self.settle()

    def settle(self) -> None:
        """Put the rows that wait into their columns, which takes less time for many at once."""
        fields = zip(*self._waiting, strict=True)
        for column, words in zip(self.words.values(), fields, strict=False):
            column.add(words)
        for numbers, field in zip(self.numbers.values(), fields, strict=False):
            numbers.extend(field)
        for name in dict.fromkeys(chain.from_iterable(self._tables)):
            if name not in self.columns and len(self.columns) < MOST_COLUMNS:
                self.columns[name] = Words(len(self) - len(self._tables))
        for name, column in self.columns.items():
            values = (table.get(name) for table in self._tables)
            column.add("" if value is None else str(value)[:LONGEST] for value in values)
        self._waiting.clear()
        self._tables.clear()

    def record(self, rows: Sequence[int] | None = None) -> dict[str, Any]:
        """The index of these rows (None: of all) as the page reads it."""
        numbers = self.numbers
        if rows is not None:
            numbers = {name: array("i", [column[at] for at in rows]) for name, column in numbers.items()}
        return {
            "ids": self.ids if rows is None else [self.ids[at] for at in rows],
            "words": {name: column.record(rows) for name, column in self.words.items()},
            "numbers": {name: packed(column) for name, column in numbers.items()},
            "columns": {name: column.record(rows) for name, column in self.columns.items()},
        }

    def release(self) -> None:
        """Free what only the page needs; the words that plots count by stay."""
        self.ids, self.numbers = [], {}
        for name in ("scene", "about"):
            del self.words[name]


def packed(numbers: array[int]) -> dict[str, Any]:
    """Whole numbers from -1 on as base64 of 1, 2 or 4 bytes each, little-endian, one added to each.

    >>> packed(array("i", [-1, 0, 299]))
    {'bytes': 2, 'base64': 'AAABACwB'}
    """
    shifted = np.frombuffer(numbers, np.int32).astype(np.int64) + 1
    size = next(size for size in (1, 2, 4) if shifted.max(initial=0) < 256**size)
    return {"bytes": size, "base64": b64encode(shifted.astype(f"<u{size}").tobytes()).decode("ascii")}
