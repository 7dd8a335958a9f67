"""The right reader for a file or folder, told by its name or else by what it holds."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from twinlens.core import catalog
from twinlens.core.errors import BadInput
from twinlens.core.spec import write
from twinlens.imaging.remote import is_address
from twinlens.readers.pairs import BadRows, Problem, Row, Rows, checked_images

AnyPath = str | os.PathLike[str]
BY_NAME = {
    ".csv": "table", ".tsv": "table", ".parquet": "table", ".pq": "table",
    ".jsonl": "raim", ".ndjson": "raim",
}  # fmt: skip
EXPECTED = "a RAIM JSONL, a CSV or Parquet table with the columns id, a, b, or a folder of versions"


def open_pairs(path: AnyPath, images: AnyPath | None = None, reference: str | None = None) -> Rows:
    """The rows of a file or folder; BadRows lists every row that cannot be used, BadInput where none can.

    `images` is one more folder to look for photos in; `reference` the version that a folder's others are
    compared with.
    """
    found = look(path, images, reference)
    if found.problems:
        raise BadRows(found.path, found.problems)
    if not found.rows:
        raise BadInput(f"{found.path}: found no pair; expected {EXPECTED}")
    return found


def look(path: AnyPath, images: AnyPath | None = None, reference: str | None = None) -> Rows:
    """The rows of a file or folder that can be read, and what is wrong with it: also ids and absent files."""
    place = os.fspath(path)
    folder = None if images is None else os.fspath(images)
    checked_images(folder)
    reader = _reader(place, folder, reference)
    found: Rows = reader.read(place)
    problems = (*found.problems, *_twice(found.rows), *_absent(found.rows))
    order = {row.where: at for at, row in enumerate(found.rows)}
    lines = sorted(problems, key=lambda problem: _place(problem, order))
    return Rows(found.path, catalog.spec(reader), found.rows, tuple(lines))


def _place(problem: Problem, order: dict[str, int]) -> tuple[int, int]:
    line = problem.where.rpartition(":")[2]
    return (int(line), 0) if line.isdigit() else (0, order.get(problem.where, -1))


def _reader(path: str, images: str | None, reference: str | None) -> Any:
    name = _form(path)
    if reference is not None and name != "folder":
        raise BadInput(
            f"--reference: found {path!r}, a file; expected a folder of versions to compare with it"
        )
    if images is not None and name == "folder":
        raise BadInput(f"--images: found {path!r}, a folder of photos; expected a table that names photos")
    arguments = {"images": images} if images is not None else {}
    if reference is not None:
        arguments["reference"] = reference
    return catalog.part("readers", write(name, arguments))


def _form(path: str) -> str:
    if os.path.isdir(path):
        return "folder"
    known = BY_NAME.get(Path(path).suffix.lower())
    try:
        with open(path, "rb") as stream:
            start = stream.read(4096)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no name of a file"
        raise BadInput(f"{path!r}: cannot be read: {why}; expected {EXPECTED}") from error
    if start.startswith(b"PAR1"):
        return "table"
    if known is not None:
        return known
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        return "raim"
    header = text.split(b"\n", 1)[0].lower().replace(b'"', b"").strip()
    if any({b"id", b"a", b"b"} <= set(header.split(mark)) for mark in (b",", b";", b"\t")):
        return "table"
    raise BadInput(f"{path!r}: found another kind of file; expected {EXPECTED}")


def _twice(rows: Iterable[Row]) -> Iterator[Problem]:
    """Ids that stand in two rows, told at the second."""
    first: dict[str, Row] = {}
    for row in rows:
        earlier = first.setdefault(row.id, row)
        if earlier is not row:
            what = f"the id {row.id!r} stands already at {earlier.where}; expected one row an id"
            yield Problem("id", row.where, row.id, what)


def _absent(rows: Iterable[Row]) -> Iterator[Problem]:
    """Files that are not there, each once a row; what an address names is seen when it is opened."""
    there: dict[str, bool] = {}
    for row in rows:
        for file in dict.fromkeys(shot.path for shot in (*row.a, *row.b)):
            if file not in there:
                there[file] = is_address(file) or os.path.exists(file)
            if not there[file]:
                places = "the file's folder, the working folder or that of --images"
                yield Problem("missing", row.where, row.id, f"no such file {file!r}; expected it in {places}")
