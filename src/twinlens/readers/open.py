"""The right reader for a file or folder, by its name or else by what it holds."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from twinlens.core import catalog
from twinlens.core.errors import BadInput
from twinlens.core.files import AnyPath, read_bytes
from twinlens.core.spec import write
from twinlens.imaging.remote import is_address
from twinlens.readers.pairs import BadRows, Problem, Row, Rows

BY_NAME = dict.fromkeys((".csv", ".tsv", ".parquet", ".pq"), "table")
BY_NAME |= dict.fromkeys((".jsonl", ".ndjson"), "raim")
EXPECTED = "a RAIM JSONL, a CSV or Parquet table with the columns id, a, b, or a folder of versions"


def open_pairs(
    path: AnyPath, images: AnyPath | None = None, reference: str | None = None, *, skip_missing: bool = False
) -> Rows:
    """The rows of a file or folder; BadRows lists every row that cannot be used, BadInput where none can.

    `images` is one more folder to look for photos in; `reference` the version that a folder's others are
    compared with. With `skip_missing`, rows that lack a photo are left out, and `problems` says which.
    """
    rows = scan_pairs(path, images, reference)
    bad = [one for one in rows.problems if not (skip_missing and one.kind == "missing")]
    if bad:
        raise BadRows(rows.path, bad)
    missing = {(one.where, one.id) for one in rows.problems}
    whole = tuple(row for row in rows if (row.where, row.id) not in missing)
    if not whole:
        lacking = f", {len(missing):,} that lack photos" if missing else ""
        raise BadInput(f"{rows.path}: found no pair{lacking}; expected {EXPECTED}")
    return replace(rows, rows=whole)


def scan_pairs(path: AnyPath, images: AnyPath | None = None, reference: str | None = None) -> Rows:
    """The rows of a file or folder that can be read, and its problems: also repeated ids and absent files."""
    file = os.fspath(path)
    reader = _reader(file, None if images is None else os.fspath(images), reference)
    rows: Rows = reader.read(file)
    problems = (*rows.problems, *_repeated(rows.rows), *_absent(rows.rows))
    order = {row.where: at for at, row in enumerate(rows.rows)}

    def place(problem: Problem) -> tuple[int, int]:
        line = problem.where.rpartition(":")[2]
        return (int(line), 0) if line.isdigit() else (0, order.get(problem.where, -1))

    return Rows(rows.path, catalog.spec(reader), rows.rows, tuple(sorted(problems, key=place)))


def _reader(path: str, images: str | None, reference: str | None) -> Any:
    if images is not None and not os.path.isdir(images):
        raise BadInput(f"--images {images!r}: no such folder; expected the folder that holds the photos")
    name = _reader_name(path)
    if reference is not None and name != "folder":
        raise BadInput(f"--reference: found {path!r}, a file; expected a folder of versions to compare")
    if images is not None and name == "folder":
        raise BadInput(f"--images: found {path!r}, a folder of photos; expected a table that names photos")
    given = {"images": images, "reference": reference}
    return catalog.part("readers", write(name, {key: to for key, to in given.items() if to is not None}))


def _reader_name(path: str) -> str:
    if os.path.isdir(path):
        return "folder"
    start = read_bytes(path, EXPECTED, 4096)
    if start.startswith(b"PAR1"):
        return "table"
    if known := BY_NAME.get(Path(path).suffix.lower()):
        return known
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        return "raim"
    header = text.split(b"\n", 1)[0].lower().replace(b'"', b"").strip()
    if any({b"id", b"a", b"b"} <= set(header.split(mark)) for mark in (b",", b";", b"\t")):
        return "table"
    raise BadInput(f"{path!r}: found another kind of file; expected {EXPECTED}")


def _repeated(rows: Iterable[Row]) -> Iterator[Problem]:
    """Rows whose id an earlier row has."""
    first: dict[str, Row] = {}
    for row in rows:
        earlier = first.setdefault(row.id, row)
        if earlier is not row:
            what = f"the id {row.id!r} stands already at {earlier.where}"
            yield row.problem("id", f"{what}; expected one row an id")


def _absent(rows: Iterable[Row]) -> Iterator[Problem]:
    """Files that do not exist, each once a row; what an address names is seen when it is opened."""
    exists = cache(lambda file: is_address(file) or os.path.exists(file))
    folders = "the file's folder, the working folder or that of --images"
    for row in rows:
        for file in row.files:
            if not exists(file):
                yield row.problem("missing", f"no such file {file!r}; expected it in {folders}")
