"""Rows of pairs before a photo is opened, what is wrong with them, and where their files are."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from twinlens.core.errors import BadInput
from twinlens.core.types import Choice, Kind
from twinlens.imaging.remote import is_address

Half = Literal["whole", "left", "right"]
ProblemKind = Literal["row", "id", "missing", "photo", "size", "duplicate", "answer", "claims", "balance"]
SHOWN = 20
"""Bad rows that a message lists one by one."""


@dataclass(frozen=True, slots=True)
class Shot:
    """Where one picture is: a file, or one half of a composite."""

    path: str
    half: Half = "whole"


@dataclass(frozen=True, slots=True)
class Row:
    """One pair of a file: the photos' places, and what people said of them.

    `a` and `b` hold the whole view first, then detail crops where there are any. `reference` is an expert's
    text as published, "" where there is none. `columns` are the file's other columns, as JSON holds them.
    """

    id: str
    a: tuple[Shot, ...]
    b: tuple[Shot, ...]
    scene: str = ""
    kind: Kind = "other"
    label: Choice | None = None
    reference: str = ""
    columns: Mapping[str, Any] = field(default_factory=dict)
    file: str = ""
    line: int = 0

    @property
    def where(self) -> str:
        """The file and line, for messages."""
        return f"{self.file}:{self.line}" if self.line else self.file

    @property
    def files(self) -> list[str]:
        """The files of its photos, each once."""
        return list(dict.fromkeys(shot.path for shot in (*self.a, *self.b)))

    def problem(self, kind: ProblemKind, what: str) -> "Problem":
        """Something that is wrong with this row."""
        return Problem(kind, self.where, self.id, what)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the rows, where it stands, and of which row."""

    kind: ProblemKind
    where: str
    id: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a file or folder in its order, and what is wrong with them; `reader` is a reader's spec."""

    path: str
    reader: str
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...] = ()

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def digest(self) -> dict[str, str]:
        """Hashes of what the rows say: ids, photos, labels, the rest; photos by their path from the table."""
        folder = (self.path if os.path.isdir(self.path) else os.path.dirname(self.path)) or "."
        hashes = {name: hashlib.sha256() for name in ("ids", "photos", "labels", "columns")}
        for row in self.rows:
            content = {
                "ids": row.id,
                "photos": [[_from(folder, shot.path), shot.half] for shot in (*row.a, *row.b)],
                "labels": row.label,
                "columns": [row.scene, row.kind, row.reference, dict(row.columns)],
            }
            for name, value in content.items():
                hashes[name].update(json.dumps(value, sort_keys=True).encode() + b"\n")
        return {name: each.hexdigest()[:16] for name, each in hashes.items()}


def _from(folder: str, path: str) -> str:
    """A path as seen from a folder; an address as it is."""
    return path if is_address(path) else os.path.relpath(path, folder)


def shown(problems: Sequence[Problem]) -> tuple[str, ...]:
    """The first problems, a line each, and how many more there are."""
    more = len(problems) - SHOWN
    return (*map(str, problems[:SHOWN]), *((f"and {more:,} more",) if more > 0 else ()))


class BadRows(BadInput):
    """Rows that cannot be used: `lines` has each with its file and line, the first 20 and how many more."""

    def __init__(self, path: str, problems: Sequence[Problem]) -> None:
        self.problems, self.lines = tuple(problems), shown(problems)
        count = f"{len(problems):,} bad row{'s' if len(problems) > 1 else ''}"
        super().__init__(f"{path}: {count}; {'; '.join(self.lines)}")
