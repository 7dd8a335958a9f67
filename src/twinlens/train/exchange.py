"""Pairs with their photos exchanged, and all that speaks of them: label, answer, reasons, columns of a side.

Twice gives the pairs back. A table names the other photo. A RAIM file gives the sides by the halves of a
composite or by files' names, so its photos are written anew beside it: composites as PNG with their halves
exchanged, single photos byte for byte under each other's names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from twinlens.core.errors import BadInput
from twinlens.core.outputs import Forms, check_file, check_folder
from twinlens.core.types import Choice
from twinlens.imaging.open import halves, open_photo, read_photo
from twinlens.language.side_mentions import mirror
from twinlens.readers import Row, Rows
from twinlens.readers.raim import Item, items, text_parts
from twinlens.readers.write import beside, cells, make_folder, write_lines, write_table

TABLE: Forms = {".csv": rb"id,a,b"}
LINES: Forms = {".jsonl": rb"\s*\{"}
OTHER: dict[Choice | None, Choice | None] = {"a": "b", "b": "a", "tie": "tie", None: None}
ANSWERS = ("label", "answer", "winner", "choice")
"""Other columns that name a side, where they hold nothing but its name."""
SIDES = {"a": "b", "A": "B", "left": "right", "Left": "Right"}
SIDES |= {there: here for here, there in SIDES.items()}
_OF_A = re.compile(r"(?:(.*)_a|a_(.*))", re.DOTALL)


def exchange(rows: Rows, out: Path, progress: Callable[[int, int], None] | None = None) -> None:
    """Write pairs with their photos exchanged; BadInput or BadPhoto where that cannot be.

    `progress` is called with the numbers of pairs done and failed.
    """
    if not rows.reader.startswith("raim"):
        check_file(out, "--out", TABLE, [rows.path])
        write_table([cells(exchanged(row), out.parent) for row in rows], out)
        return
    check_file(out, "--out", LINES, [rows.path])
    photos = out.with_suffix("")
    planned = [(row, {photos / name: work for name, work in _photos(row).items()}) for row in rows]
    owners: dict[Path, Row] = {}
    for row, target in ((row, target) for row, targets in planned for target in targets):
        if owners.setdefault(target, row) is not row:
            what = f"two photos of the name {target.name!r}, here and at {owners[target].where}"
            raise BadInput(f"{row.where}: found {what}; expected names that differ")
    check_folder(photos, "--out", ours={target.relative_to(photos).parts[0] for target in owners})
    lines, by_line = [], items(rows.path)
    for at, (row, targets) in enumerate(planned, 1):
        for target, work in targets.items():
            make_folder(target.parent)
            try:
                work(target)
            except OSError as error:
                raise BadInput(f"{str(target)!r}: cannot be written: {error.strerror}") from error
        names = [beside(str(target), out.parent) for target in targets]
        lines.append({**exchanged_item(by_line[row.line]), "images": names})
        if progress is not None:
            progress(at, 0)
    write_lines(lines, out)


def exchanged(row: Row) -> Row:
    """A row with its photos exchanged."""
    columns = exchanged_columns(row.columns)
    label = OTHER[row.label]
    return replace(row, a=row.b, b=row.a, label=label, reference=mirror(row.reference), columns=columns)


def exchanged_columns(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Columns with x_a and x_b, a_x and b_x exchanged, and answers that are nothing but a side's name.

    >>> exchanged_columns({"version_a": 1, "version_b": 2, "label": "A", "note": "a"})
    {'version_a': 2, 'version_b': 1, 'label': 'B', 'note': 'a'}
    """
    made = dict(columns)
    for name in columns:
        if (side := _OF_A.fullmatch(name)) is None:
            continue
        other = f"b_{side[2]}" if side[1] is None else f"{side[1]}_b"
        if other in columns:
            made[name], made[other] = columns[other], columns[name]
    return made | {
        name: SIDES.get(made[name], made[name]) for name in ANSWERS if isinstance(made.get(name), str)
    }


def exchanged_item(item: Item) -> Item:
    """An object of a RAIM file with its texts exchanged: the solution and what the assistant says."""
    made = exchanged_columns(item)
    if isinstance(made.get("solution"), str):
        made["solution"] = mirror(made["solution"])
    if "messages" in made:
        made["messages"] = [
            text_parts(one, mirror) if one.get("role") == "assistant" else one for one in made["messages"]
        ]
    return made


def _photos(row: Row) -> dict[str, Callable[[Path], None]]:
    """By the folder and name that a photo will have, what writes it."""
    made: dict[str, Callable[[Path], None]] = {}
    for a, b in zip(row.a, row.b, strict=True):
        if a.half == "whole":
            for here, there in ((a, b), (b, a)):
                made[_name(here.path, Path(there.path).suffix)] = partial(_copied, there.path)
        else:
            made[_name(a.path, ".png")] = partial(_recomposed, a.path)
    return made


def _name(path: str, suffix: str) -> str:
    """The last folder of a path, which may say the side, and the file's name."""
    return "/".join(Path(path).with_suffix(suffix).parts[-2:])


def _copied(path: str, target: Path) -> None:
    target.write_bytes(read_photo(path).data)


def _recomposed(path: str, target: Path) -> None:
    """Write a composite with its halves exchanged."""
    left, right = halves(open_photo(path))
    both = np.concatenate([right.pixels, left.pixels], axis=1)
    Image.fromarray(both).save(target, "PNG", compress_level=4)
