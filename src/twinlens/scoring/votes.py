"""Votes on versions, from a file: CSV, TSV, Parquet or JSONL with the columns a, b and winner."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twinlens.core.contracts import clean
from twinlens.core.errors import BadInput
from twinlens.core.files import read_bytes
from twinlens.readers.files import Unusable, decoded, json_lines
from twinlens.readers.table import csv_lines, parquet_lines
from twinlens.scoring.labels import SIDES
from twinlens.scoring.table import TIE, VERSIONS, Floats, Table
from twinlens.stats.interval import MOST_GROUPS, deal

NEEDED = ("a", "b", "winner")
WEIGHTS = ("count", "weight")
EXPECTED = "a table of votes with the columns a, b (names of versions) and winner (a, b, tie or a name)"
WEIGHT = "weight"
"""The number of a row that says how many comparisons it stands for."""
MOST_WEIGHT = 1e9
NO_WORD = (list, tuple, dict, bytes)
"""What a cell of JSON or Parquet may be that is neither a name nor a number."""
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
AT_ONCE = 10_000
"""Rows whose cells are made codes at once."""


class _Column:
    """The cells of a column as codes, in the order they come; blanks around a word go."""

    def __init__(self) -> None:
        self.codes, self._cells, self._words = array("i"), dict[object, int](), dict[str, int]()

    def extend(self, cells: Iterable[object]) -> None:
        """Takes the next cells."""
        texts = [cell if type(cell) is str else _text(cell) for cell in cells]
        for cell in dict.fromkeys(texts):
            if cell not in self._cells:
                self._cells[cell] = self._words.setdefault(cell.strip(), len(self._words))
        self.codes.extend(map(self._cells.__getitem__, texts))

    def skip(self, rows: int) -> None:
        """Takes as many empty cells."""
        self.codes.extend(array("i", [self._words.setdefault("", len(self._words))]) * rows)

    @property
    def words(self) -> tuple[str, ...]:
        """The word of each code."""
        return tuple(self._words)

    @property
    def column(self) -> tuple[NDArray[np.int32], tuple[str, ...]]:
        """The codes, and the word of each."""
        return np.array(self.codes, np.int32), self.words


def read_votes(file: Path, columns: Iterable[str] = ()) -> Table:
    """The votes of a file: rows of versions a and b, a choice and a weight; BadInput names a wrong line.

    `winner` is a, b, tie (or same), or the name of the version that won. Optional: scene; count or weight,
    how many comparisons a row stands for. `columns` are read too. Without scenes a row is a scene of its
    own, and all are in one block.
    """
    read = {name: _Column() for name in (*NEEDED, "scene", *WEIGHTS, *columns)}
    lines = array("q")
    rows = _rows(file, lines, read)
    while chunk := list(islice(rows, AT_ONCE)):
        there = set[str]().union(*chunk)
        for name, column in read.items():
            if name in there:
                column.extend([row.get(name, "") for row in chunk])
            else:
                column.skip(len(chunk))
    if not lines:
        raise BadInput(f"{str(file)!r}: found no vote; expected {EXPECTED}")
    try:
        choices, weights, scenes = _choices(read), _weights(read), _scenes(read)
    except _Wrong as error:
        raise BadInput(f"{file}:{lines[error.row]}: {error}") from None
    ids = np.arange(len(lines))
    return Table(
        ids=ids,
        scenes=ids if scenes is None else scenes,
        blocks=np.zeros_like(ids) if scenes is None else deal(scenes),
        size=1 if scenes is None else min(len(read["scene"].words), MOST_GROUPS),
        numbers={"choice": choices, WEIGHT: weights},
        words={VERSIONS[0]: read["a"].column, VERSIONS[1]: read["b"].column,
               **{name: read[name].column for name in columns}},
    )  # fmt: skip


class _Wrong(Unusable):
    """A row, by its place, that is no vote."""

    def __init__(self, row: int, message: str) -> None:
        self.row = row
        super().__init__(message)


def _rows(file: Path, lines: array[int], read: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """The rows of a file, of which the columns `read` are looked at; their lines go into `lines`."""
    name, data = str(file), read_bytes(str(file), EXPECTED)
    if data.startswith(b"PAR1"):
        made: Iterable[tuple[int, Any]] = parquet_lines(data, name, NEEDED)
    elif data.lstrip()[:1] == b"{":
        made = json_lines(decoded(data, name), f"expected an object a line: {EXPECTED}")
    else:
        made, read = csv_lines(decoded(data, name), name, NEEDED), ()  # all cells are words
    for line, row in made:
        if isinstance(row, Unusable):
            raise BadInput(f"{name}:{line}: {row}")
        for key in read:
            if isinstance(cell := row.get(key), NO_WORD):
                raise BadInput(f"{name}:{line}: {key}: found {str(cell)[:40]!r}; expected a name or a number")
        lines.append(line)
        yield row


def _text(cell: object) -> str:
    return "" if cell is None or cell != cell else clean(str(cell))


def _choices(read: Mapping[str, _Column]) -> Floats:
    """The side that won, 0, 1, or 2 for a tie."""
    places: dict[str, int] = {"": -1}
    a, b, winner = (
        np.array([places.setdefault(word, len(places)) for word in read[name].words])[read[name].codes]
        for name in NEEDED
    )
    if (wrong := np.flatnonzero((a < 0) | (b < 0) | (a == b))).size:
        names = (read[side].words[read[side].codes[wrong[0]]] for side in "ab")
        raise _Wrong(
            int(wrong[0]), "found the versions {!r} and {!r}; expected two different names".format(*names)
        )
    sides = [SIDES.get({"same": "tie"}.get(word.lower(), word.lower()), -1) for word in read["winner"].words]
    side = np.array(sides)[read["winner"].codes]
    named = np.where(winner == a, 0, np.where(winner == b, 1, -1))
    wrong = np.flatnonzero((np.maximum(side, named) < 0) | ((side >= 0) & (named >= 0) & (side != named)))
    if wrong.size:
        row = int(wrong[0])
        one, other, word = (read[name].words[read[name].codes[row]] for name in NEEDED)
        if side[row] >= 0:
            raise _Wrong(
                row, f"found the winner {word!r}, a side and another version's name; expected other names"
            )
        raise _Wrong(row, f"found the winner {word!r}; expected a, b, tie, {one!r} or {other!r}")
    return np.where(side == TIE, TIE, np.maximum(side, named)).astype(np.float64)


def _weights(read: Mapping[str, _Column]) -> Floats:
    """How many comparisons each row stands for: 1 where no column says."""
    given = [name for name in WEIGHTS if read[name].words != ("",)]
    if len(given) > 1:
        raise _Wrong(0, "found the columns count and weight; expected one of them")
    if not given:
        return np.ones(len(read["a"].codes))
    values = np.array([_number(word) for word in read[given[0]].words])[read[given[0]].codes]
    if (wrong := np.flatnonzero(~((values > 0) & (values <= MOST_WEIGHT)))).size:
        word = read[given[0]].words[read[given[0]].codes[wrong[0]]]
        expected = f"expected a number above 0, at most {MOST_WEIGHT:g}"
        raise _Wrong(int(wrong[0]), f"found the {given[0]} {word!r}; {expected}")
    return values


def _number(word: str) -> float:
    return float(word) if _NUMBER.fullmatch(word) else np.nan


def _scenes(read: Mapping[str, _Column]) -> NDArray[np.int64] | None:
    """The scene of each row, by number; None where no row has one."""
    codes, words = read["scene"].column
    if words == ("",):
        return None
    if "" in words:
        row = int(np.flatnonzero(codes == words.index(""))[0])
        raise _Wrong(row, "found no scene, other votes have one; expected one of each vote or of none")
    return codes.astype(np.int64)
