"""A run's rows as a table of numbers: they are streamed, and only what scores need is held.

Ids and scenes become hashes, words of other columns codes, so a million rows take about 0.2 GB.
"""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from msgspec import UNSET

from twinlens.core.errors import BadInput
from twinlens.core.run_records import Row, VerdictRow
from twinlens.scoring.labels import SIDES, Label, key, share_of
from twinlens.scoring.table import CHOICE_NUMBERS, Floats, Table

if TYPE_CHECKING:
    from twinlens.runs.store import RunFolder

RowReader = tuple[Sequence[str], Callable[[Row, Label | None], Sequence[float]]]
"""Further numbers of a row, such as those of its text: their names, and what reads them (() of none)."""
OWN_WORDS = ("kind", "scene", "judge", "choice", "label", "failure", "consistent")
"""Fields of a row that may group rows as columns do."""
MOST_VALUES = 500
"""Different values a column may have to be scored by."""


class _Words:
    """A column of words, as codes."""

    def __init__(self, name: str) -> None:
        self.name, self.codes, self.values = name, array("q"), dict[str, int]()

    def add(self, value: object, where: str) -> None:
        word = "" if value is None else value if isinstance(value, str) else json.dumps(value)
        code = self.values.setdefault(word, len(self.values))
        if code >= MOST_VALUES:
            raise BadInput(
                f"{where}: the column {self.name!r} has more than {MOST_VALUES} different values; "
                "expected a column that groups pairs, such as kind"
            )
        self.codes.append(code)


class _Numbers:
    """Numbers that some rows have: their values, and which rows those are."""

    def __init__(self, reader: RowReader) -> None:
        self.names, self.read = reader
        self.values, self.rows = array("d"), array("q")

    def add(self, at: int, row: Row, label: Label | None) -> None:
        numbers = self.read(row, label)
        if numbers:
            self.values.extend(numbers)
            self.rows.append(at)

    def columns(self, rows: int) -> Iterator[tuple[str, Floats]]:
        """Each as a column of so many rows, not-a-number where a row has none; nothing where no row has."""
        values = np.array(self.values).reshape(-1, len(self.names)) if self.rows else np.zeros((0, 0))
        for name, column in zip(self.names, values.T, strict=False):
            filled = np.full(rows, np.nan)
            filled[np.array(self.rows)] = column
            yield name, filled


class _Builder:
    """Rows on their way into a table: numbers one after the other, words as codes."""

    def __init__(self, columns: Iterable[str], readers: Iterable[RowReader]) -> None:
        names = dict.fromkeys(("kind", *columns, "version_a", "version_b"))
        self.words = {name: _Words(name) for name in names}
        self.further = [_Numbers(reader) for reader in readers]
        self.choices, self.ids, self.scenes = array("d"), array("q"), array("q")
        self.digest = 0

    def add(self, row: Row, label: Label | None, where: str) -> None:
        """Takes one row."""
        self.choices.extend(_choice_numbers(row, label))
        if label is not None and label.side is not None:
            self.digest = (self.digest + key(f"{row.id}\0{label.side}")) % 2**64
        for numbers in self.further:
            numbers.add(len(self.ids), row, label)
        self.ids.append(key(row.id))
        scene = row.scene or (label.scene if label is not None else "")
        self.scenes.append(key(scene) if scene else self.ids[-1])
        for name, column in self.words.items():
            column.add(_word(name, row, label), where)

    def table(self, notes: Sequence[str]) -> Table:
        """The table of all rows; numbers that no row has are left out."""
        rows = len(self.ids)
        choices = np.array(self.choices).reshape(rows, len(CHOICE_NUMBERS))
        numbers = {name: choices[:, at].copy() for at, name in enumerate(CHOICE_NUMBERS)}
        for further in self.further:
            numbers.update(further.columns(rows))
        words = {
            name: (np.array(made.codes, np.int32), tuple(made.values)) for name, made in self.words.items()
        }
        ids, scenes = np.array(self.ids, np.int64), np.array(self.scenes, np.int64)
        return Table(ids, scenes, numbers, words, f"{self.digest:016x}", tuple(notes))


def read_rows(
    run: RunFolder,
    columns: Iterable[str] = (),
    labels: dict[int, Label] | None = None,
    readers: Iterable[RowReader] = (),
) -> Table:
    """The rows of a run; labels of a file go before those of the rows. BadInput names a row that is none."""
    made, matched = _Builder(columns, readers), 0
    for where, row in run.rows():
        label = label_of(row, labels, where)
        matched += label is not None
        made.add(row, label, where)
    rows, notes = len(made.ids), list(run.notes)
    if not rows:
        raise BadInput(f"{str(run.folder)!r}: found no row; expected the rows of a run")
    if labels is not None and not matched:
        raise BadInput(f"{str(run.folder)!r}: none of its {rows} ids is in the labels; expected the same ids")
    if labels is not None and matched < rows:
        notes.append(f"{rows - matched} of {rows} rows have no label in the file of labels.")
    table = made.table(notes)
    _refuse_doubles(table, run)
    return table


def label_of(row: Row, labels: dict[int, Label] | None, where: str = "") -> Label | None:
    """What people said of a row: by a file of labels, else by the row itself."""
    if labels is not None:
        return labels.get(key(row.id))
    columns = row.columns
    text = row.reference or columns.get("solution") or columns.get("reference")
    if row.label is None and not text and not columns:
        return None
    return Label(row.label, share_of(columns.get("share"), where), str(text) if text else None)


def _choice_numbers(row: Row, label: Label | None) -> tuple[float, ...]:
    """The numbers of `CHOICE_NUMBERS`."""
    chosen = (SIDES[row.choice], row.p_a) if isinstance(row, VerdictRow) else (math.nan, math.nan)
    side = math.nan if label is None or label.side is None else SIDES[label.side]
    return (*chosen, side, math.nan if label is None else label.share, *_order_numbers(row))


def _order_numbers(row: Row) -> tuple[float, float, float, float]:
    """swap, shown, first, both."""
    shown = first = chosen = 0
    for outcome in row.orders.values():
        chosen += outcome.choice is not UNSET
        if outcome.choice in ("a", "b"):
            shown += 1
            first += outcome.choice == outcome.first
    return (math.nan if row.consistent is None else float(row.consistent), shown, first, float(chosen == 2))


def _word(name: str, row: Row, label: Label | None) -> object:
    """What a row, or else its label, has in a column."""
    value = row.columns.get(name)
    if value is None and name in OWN_WORDS:
        value = getattr(row, name, None)
    return label.columns.get(name) if value is None and label is not None else value


def _refuse_doubles(table: Table, run: RunFolder) -> None:
    values, counts = np.unique(table.ids, return_counts=True)
    doubled = set(values[counts > 1].tolist())
    if doubled:
        name = next(row.id for _, row in run.rows() if key(row.id) in doubled)
        raise BadInput(
            f"{str(run.folder)!r}: the id {name!r} stands in more than one row; expected each pair once"
        )
