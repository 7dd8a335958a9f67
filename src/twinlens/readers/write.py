"""Rows written as a table that every command reads: its paths of photos hold as seen from its folder."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from twinlens.core.errors import BadInput
from twinlens.imaging.remote import is_address
from twinlens.readers.files import located
from twinlens.readers.pairs import Row, Rows, Shot
from twinlens.readers.raim import items, with_images
from twinlens.readers.table import KNOWN, PAIR

Cells = Mapping[str, Any]


def beside(path: str, folder: Path) -> str:
    """A photo's path as a table in a folder names it; an address, and a path on another drive, as it is."""
    if is_address(path):
        return path
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # no way from one drive of Windows to another
        return os.path.abspath(path)


def cells(row: Row, folder: Path) -> dict[str, Any]:
    """A row as the cells of a table in a folder; BadInput where its photos are halves, or have details."""
    if len(row.a) > 1 or row.a[0].half != "whole":
        raise BadInput(
            f"{row.where}: found a composite or details; expected one file for each photo of a pair"
        )

    def name(shots: Sequence[Shot]) -> str:
        return beside(shots[0].path, folder)

    own = {"scene": row.scene, "kind": row.kind, "label": row.label, "reference": row.reference}
    return {"id": row.id, "a": name(row.a), "b": name(row.b), **own, **row.columns}


def write_table(lines: Sequence[Cells], file: Path) -> None:
    """Write cells as a CSV, the columns of ours that any row has first; BadInput where that fails."""
    present = {name for line in lines for name, cell in line.items() if cell not in (None, "")}
    names = dict.fromkeys((*PAIR, *(name for name in KNOWN if name in present)))
    names |= dict.fromkeys(name for line in lines for name in line if name not in KNOWN)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows([_cell(line.get(name)) for name in names] for line in lines)
    replace_file(file, text.getvalue())


def write_lines(lines: Sequence[Cells], file: Path) -> None:
    """Write objects as JSON lines; BadInput where that fails."""
    replace_file(file, "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines))


def write_rows(chosen: Sequence[Row], rows: Rows, file: Path, images: str | None = None) -> None:
    """Write some of the rows of a file in its own form: those of a RAIM JSONL as its lines, others as CSV.

    `images` is the further folder in which the rows' photos were looked for.
    """
    if not rows.reader.startswith("raim"):
        write_table([cells(row, file.parent) for row in chosen], file)
        return
    places, by_line = (Path(rows.path).parent, images), items(rows.path)

    def moved(name: str) -> str:
        return beside(located(name, *places), file.parent)

    write_lines([with_images(by_line[row.line], moved) for row in chosen], file)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it where they are not there; BadInput where that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{str(folder)!r}: cannot be made: {error.strerror}; choose another place") from error


def replace_file(file: Path, text: str) -> None:
    """Write a text in place of a file: all of it or nothing; BadInput where that fails."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        draft.write_text(text, "utf-8", newline="")
        os.replace(draft, file)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise BadInput(f"{str(file)!r}: cannot be written: {error.strerror}; choose another place") from error


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)
