"""Rows of pairs before a photo is opened, what is wrong with them, and where their files are."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from twinlens.core.contracts import clean
from twinlens.core.errors import BadInput
from twinlens.core.types import Choice, Kind
from twinlens.imaging.remote import is_address

Half = Literal["whole", "left", "right"]
ProblemKind = Literal["row", "id", "missing", "photo", "size", "duplicate", "answer", "claims", "balance"]
KINDS: tuple[Kind, ...] = ("person", "scene", "other")
SHOWN = 20
"""Bad rows that a message tells one by one."""
DEEPEST = 50
"""Lists in lists that a column may hold."""
T = TypeVar("T")


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
        found = {name: hashlib.sha256() for name in ("ids", "photos", "labels", "columns")}
        for row in self.rows:
            shots = [[_from(folder, shot.path), shot.half] for shot in (*row.a, *row.b)]
            told = {
                "ids": row.id,
                "photos": shots,
                "labels": row.label,
                "columns": [row.scene, row.kind, row.reference, dict(row.columns)],
            }
            for name, value in told.items():
                found[name].update(json.dumps(value, sort_keys=True).encode() + b"\n")
        return {name: each.hexdigest()[:16] for name, each in found.items()}


def _from(folder: str, path: str) -> str:
    """A path as seen from a folder; an address as it is."""
    return path if is_address(path) else os.path.relpath(path, folder)


class BadRows(BadInput):
    """Rows that cannot be used: `lines` tells each with its file and line, the first 20 and how many more."""

    def __init__(self, path: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        more = len(problems) - SHOWN
        self.lines = tuple(map(str, problems[:SHOWN])) + ((f"and {more:,} more",) if more > 0 else ())
        count = f"{len(problems):,} bad row{'s' if len(problems) > 1 else ''}"
        super().__init__(f"{path}: {count}; {'; '.join(self.lines)}")


class Unusable(ValueError):
    """A row that cannot be read; `str` says what was found and what was expected."""


def collect(found: Iterable[tuple[int, T]], make: Callable[[T], Row], file: str) -> tuple[Any, ...]:
    """The rows and the problems of a file's lines: a line that `make` finds unusable is a problem."""
    rows: list[Row] = []
    problems: list[Problem] = []
    for line, content in found:
        try:
            if isinstance(content, Unusable):
                raise content
            rows.append(make(content))
        except Unusable as error:
            problems.append(Problem("row", f"{file}:{line}", "", str(error)))
    return tuple(rows), tuple(problems)


def located(path: str, folder: Path, images: str | None) -> str:
    """Where a file is: beside the table, in the working folder, or under `images`; as written where nowhere.

    Under `images` the path may lose leading folders: data/1536/images/x.jpg is also found as images/x.jpg
    or x.jpg. An address such as s3://bucket/x.jpg is where it says.
    """
    if is_address(path):
        return path
    if "\0" in path:
        raise Unusable(f"found {path!r}; expected the path of a photo")
    parts = Path(path).parts
    tails = ["/".join(parts[at:]) for at in range(len(parts))] if images is not None else []
    nearby = [str(folder / path), path, *(str(Path(images or "") / tail) for tail in tails)]
    return next((place for place in nearby if os.path.exists(place)), path)


def checked_images(images: str | None) -> None:
    """BadInput where the folder of --images is none."""
    if images is not None and not os.path.isdir(images):
        raise BadInput(f"--images {images!r}: no such folder; expected the folder that holds the photos")


def kind_of(word: str) -> Kind:
    """The kind that a word names."""
    found = word.strip().lower() or "other"
    if found not in KINDS:
        raise Unusable(f"found the kind {word!r}; expected {', '.join(KINDS)}")
    return found


def read_bytes(path: str, what: str) -> bytes:
    """The bytes of a file, or BadInput."""
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no name of a file"
        raise BadInput(f"{path!r}: cannot be read: {why}; expected {what}") from error


def decoded(data: bytes, path: str) -> str:
    """The text of a file in UTF-8, or BadInput that names the line."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput(f"{path}:{line}: byte {error.start} is not UTF-8; expected text in UTF-8") from None


def as_json(value: Any, depth: int = 0) -> Any:
    """A cell as JSON holds it: a number that is not finite is null, a date is text."""
    if depth > DEEPEST:
        raise Unusable(f"found lists in lists, {DEEPEST} deep; expected plain values")
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list | tuple):
        return [as_json(item, depth + 1) for item in value]
    if isinstance(value, Mapping):
        return {clean(str(key)): as_json(item, depth + 1) for key, item in value.items()}
    return clean(str(value))
