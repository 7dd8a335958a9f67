"""A run's rows as a table of numbers: `rows.jsonl` is streamed, and only what scores need is kept.

A row is a `twinlens.verdict/1` or `twinlens.failure/1` object with `id`, `scene`, `kind`, `label`, `columns`,
`orders` and `consistent`. Ids and scenes are kept as hashes, words of other columns as codes, so a million
rows take about 0.2 GB.
"""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from twinlens.core.errors import BadInput
from twinlens.scoring.labels import SIDES, Label, key, share_of, side_of
from twinlens.scoring.table import CHOICE_NUMBERS, Floats, Table

Row = dict[str, Any]
RowReader = tuple[Sequence[str], Callable[[Row, Label | None], Sequence[float]]]
"""Further numbers of a row, such as those of its text: their names, and what reads them (() of none)."""
VERDICTS = frozenset({"twinlens.verdict/1", "twinlens.verdict/2"})
FAILURES = frozenset({"twinlens.failure/1", "twinlens.failure/2"})

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

    def add(self, row: Row, label: Label | None, id: str, where: str) -> None:
        """Takes one row."""
        self.choices.extend(_choice_numbers(row, label, where))
        if label is not None and label.side is not None:
            self.digest = (self.digest + key(f"{id}\0{label.side}")) % 2**64
        for numbers in self.further:
            numbers.add(len(self.ids), row, label)
        self.ids.append(key(id))
        scene = row.get("scene") or (label.scene if label is not None else "")
        self.scenes.append(key(str(scene)) if scene else self.ids[-1])
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
    folder: Path,
    columns: Iterable[str] = (),
    labels: dict[int, Label] | None = None,
    readers: Iterable[RowReader] = (),
) -> Table:
    """The rows of a run folder; labels of a file go before those of the rows.

    A last line that was cut short, as by a run that was killed or still goes on, is left out and noted. Any
    other line that is no row is an error that names it.
    """
    file = folder / "rows.jsonl"
    made, notes, matched = _Builder(columns, readers), list[str](), 0
    for where, row in lines(file, notes):
        try:
            label = label_of(row, labels, where)
            matched += label is not None
            made.add(row, label, _id(row, where), where)
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
            raise BadInput(f"{where}: found {error!r}; expected a row that `twinlens run` wrote") from None
    rows = len(made.ids)
    if not rows:
        raise BadInput(f"{str(file)!r}: found no row; expected the rows of a run")
    if labels is not None and not matched:
        raise BadInput(f"{str(file)!r}: none of its {rows} ids is in the labels; expected the same ids")
    if labels is not None and matched < rows:
        notes.append(f"{rows - matched} of {rows} rows have no label in the file of labels.")
    table = made.table(notes)
    _refuse_doubles(table, file)
    return table


def read_run(folder: Path) -> Row:
    """The object in `run.json` of a run folder."""
    file = folder / "run.json"
    try:
        made = json.loads(file.read_bytes())
    except OSError as error:
        raise BadInput(
            f"{str(folder)!r}: run.json cannot be read: {error.strerror}; expected the folder of a run"
        ) from None
    except (ValueError, RecursionError):
        raise BadInput(f"{str(file)!r}: found no JSON; expected what `twinlens run` wrote") from None
    if not isinstance(made, dict):
        raise BadInput(f"{str(file)!r}: found {type(made).__name__}; expected one JSON object")
    return made


def judge_of(run: Row) -> tuple[str, bool]:
    """The judge's spec, and whether it is symmetric by construction."""
    judge = run.get("judge")
    if isinstance(judge, dict):
        return str(judge.get("spec")), bool(judge.get("symmetric"))
    return str(judge), False


def lines(file: Path, notes: list[str]) -> Iterator[tuple[str, Row]]:
    """The rows of a file, each with where it stands; of a last line that was cut short a note is made."""
    try:
        with file.open("rb") as stream:
            for count, line in enumerate(stream, 1):
                try:
                    row = json.loads(line)
                except (ValueError, RecursionError):
                    if not line.endswith(b"\n"):
                        notes.append(
                            f"The last line of {file.name} is cut short and left out; resume the run."
                        )
                        return
                    if line.isspace():
                        continue
                    raise BadInput(
                        f"{file}:{count}: found no JSON; expected one row of a run a line"
                    ) from None
                if not isinstance(row, dict):
                    raise BadInput(
                        f"{file}:{count}: found {type(row).__name__}; expected one JSON object a line"
                    )
                yield f"{file}:{count}", row
    except OSError as error:
        raise BadInput(
            f"{str(file)!r}: cannot be read: {error.strerror}; expected the rows of a run"
        ) from None


def _id(row: Row, where: str) -> str:
    id = row["id"] if "id" in row else (row.get("pair") or {}).get("id")
    if not isinstance(id, str | int) or isinstance(id, bool):
        raise BadInput(f"{where}: found no id; expected the rows that `twinlens run` writes")
    return str(id)


def label_of(row: Row, labels: dict[int, Label] | None, where: str = "") -> Label | None:
    """What people said of a row: by a file of labels, else by the row itself."""
    return _own_label(row, where) if labels is None else labels.get(key(_id(row, where)))


def _own_label(row: Row, where: str) -> Label | None:
    columns = row.get("columns") or {}
    side = row.get("label")
    text = row.get("reference") or columns.get("solution") or columns.get("reference")
    if side is None and not text and not columns:
        return None
    return Label(side_of(side, where), share_of(columns.get("share"), where), str(text) if text else None)


def is_verdict(row: Row) -> bool:
    """Whether a row holds a verdict, and no failure."""
    return row.get("schema") in VERDICTS


def _choice_numbers(row: Row, label: Label | None, where: str) -> tuple[float, ...]:
    """The numbers of `CHOICE_NUMBERS`."""
    choice, p_a = row.get("choice"), row.get("p_a")
    side, share = (None, math.nan) if label is None else (label.side, label.share)
    if is_verdict(row):
        if choice not in SIDES or not (p_a is None or (isinstance(p_a, int | float) and 0 <= p_a <= 1)):
            raise BadInput(
                f"{where}: found choice {choice!r}, p_a {p_a!r}; expected a side and a probability"
            )
    elif row.get("schema") in FAILURES:
        choice = p_a = None
    else:
        expected = "twinlens.verdict/2 or twinlens.failure/2"
        raise BadInput(f"{where}: found the schema {row.get('schema')!r}; expected {expected}")
    return (_code(choice), math.nan if p_a is None else p_a, _code(side), share, *_orders(row))


def _code(side: object) -> float:
    return math.nan if side is None else SIDES[side]


def _orders(row: Row) -> tuple[float, float, float, float]:
    """swap, shown, first, both."""
    consistent = row.get("consistent")
    shown = first = chosen = 0
    for outcome in (row.get("orders") or {}).values():
        choice = outcome.get("choice") if outcome else None
        chosen += choice is not None
        if choice in ("a", "b"):
            shown += 1
            first += choice == outcome.get("first")
    return (math.nan if consistent is None else float(consistent), shown, first, float(chosen == 2))


def _word(name: str, row: Row, label: Label | None) -> object:
    """What a row, or else its label, has in a column."""
    value = (row.get("columns") or {}).get(name)
    if value is None:
        value = row.get(name)
    if value is None and name == "kind":
        value = (row.get("pair") or {}).get("kind")
    return label.columns.get(name) if value is None and label is not None else value


def _refuse_doubles(table: Table, file: Path) -> None:
    values, counts = np.unique(table.ids, return_counts=True)
    doubled = set(values[counts > 1].tolist())
    if not doubled:
        return
    name = next(id for where, row in lines(file, []) if key(id := _id(row, where)) in doubled)
    raise BadInput(f"{str(file)!r}: the id {name!r} stands in more than one row; expected each pair once")
