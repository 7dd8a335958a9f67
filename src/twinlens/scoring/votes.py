"""Votes on versions, from a file: CSV, TSV, Parquet or JSONL with the columns a, b and winner."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from twinlens.core.contracts import clean
from twinlens.core.errors import BadInput
from twinlens.readers.files import Unusable, decoded, json_lines, read_bytes
from twinlens.readers.table import csv_lines, parquet_lines
from twinlens.scoring.labels import SIDES
from twinlens.scoring.table import TIE, VERSIONS, Table

NEEDED = ("a", "b", "winner")
WEIGHTS = ("count", "weight")
EXPECTED = "a table of votes with the columns a, b (names of versions) and winner (a, b, tie or a name)"
WEIGHT = "weight"
"""The number of a row that says how many comparisons it stands for."""


class _Codes:
    """The words of a column as numbers, in the order they come."""

    def __init__(self) -> None:
        self.codes, self.known = array("i"), dict[str, int]()

    def add(self, word: str) -> None:
        """Takes the next word."""
        self.codes.append(self.known.setdefault(word, len(self.known)))

    @property
    def column(self) -> tuple[np.ndarray[Any, np.dtype[np.int32]], tuple[str, ...]]:
        """The codes, and the word of each."""
        return np.array(self.codes, np.int32), tuple(self.known)


def read_votes(file: Path, columns: Iterable[str] = ()) -> Table:
    """The votes of a file as rows of versions a and b with a choice and a weight; BadInput names a wrong line.

    `winner` is a, b, tie (or same), or the name of the version that won. Optional: scene; count or weight, how many
    comparisons a row stands for. `columns` are read too. Without scenes a row is a scene of its own.
    """
    names = dict.fromkeys((*VERSIONS, "scene", *columns))
    words, choices, weights = {name: _Codes() for name in names}, array("b"), array("d")
    others = [(name, words[name]) for name in ("scene", *columns)]
    a_codes, b_codes = (words[name] for name in VERSIONS)
    for line, row in _lines(file):
        try:
            if isinstance(row, Unusable):
                raise row
            a, b = _text(row.get("a")), _text(row.get("b"))
            choices.append(_choice(a, b, _text(row.get("winner"))))
            weights.append(_weight(row))
        except Unusable as error:
            raise BadInput(f"{file}:{line}: {error}") from None
        a_codes.add(a)
        b_codes.add(b)
        for name, codes in others:
            codes.add(_text(row.get(name)))
    if not choices:
        raise BadInput(f"{str(file)!r}: found no vote; expected {EXPECTED}")
    scenes, known = words.pop("scene").column
    if len(known) > 1 and "" in known:
        line = int(np.flatnonzero(scenes == known.index(""))[0]) + 1
        raise BadInput(f"{str(file)!r}: vote {line} has no scene, others have; expected one of each or of none")
    ids = np.arange(len(choices))
    return Table(
        ids=ids,
        scenes=scenes.astype(np.int64) if known != ("",) else ids,
        numbers={"choice": np.array(choices, np.float64), WEIGHT: np.array(weights)},
        words={name: codes.column for name, codes in words.items()},
    )


def _lines(file: Path) -> Iterable[tuple[int, Mapping[str, Any] | Unusable]]:
    """The rows of a file with their lines."""
    name, data = str(file), read_bytes(str(file), EXPECTED)
    if data.startswith(b"PAR1"):
        return parquet_lines(data, name, NEEDED)
    if data.lstrip()[:1] == b"{":
        return json_lines(decoded(data, name), f"expected an object a line: {EXPECTED}")
    return csv_lines(decoded(data, name), name, NEEDED)


def _text(cell: object) -> str:
    return cell.strip() if type(cell) is str else "" if cell is None or cell != cell else clean(str(cell)).strip()


def _choice(a: str, b: str, winner: str) -> int:
    """The side that won, 0, 1, or 2 for a tie."""
    if not a or not b or a == b:
        raise Unusable(f"found the versions {a!r} and {b!r}; expected two different names")
    word = winner.lower()
    side = SIDES.get("tie" if word == "same" else word)
    named = 0 if winner == a else 1 if winner == b else None
    if side is None and named is None:
        raise Unusable(f"found the winner {winner!r}; expected a, b, tie, {a!r} or {b!r}")
    if side is not None and named is not None and side != named:
        raise Unusable(f"found the winner {winner!r}, a side and a version's name; give the versions other names")
    return TIE if side == TIE else int(named if side is None else side)  # type: ignore[arg-type]


def _weight(row: Mapping[str, Any]) -> float:
    """How many comparisons a row stands for."""
    given = [name for name in WEIGHTS if name in row]
    if not given:
        return 1.0
    if len(given) > 1:
        raise Unusable("found the columns count and weight; expected one of them")
    try:
        weight = float(row[given[0]])
    except (TypeError, ValueError):
        weight = math.nan
    if not 0 < weight <= 1e9:
        raise Unusable(f"found the {given[0]} {row[given[0]]!r}; expected a number above 0, at most 1e9")
    return weight
