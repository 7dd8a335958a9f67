"""What people said of pairs, from a file: CSV or JSONL with id and label, or the challenge's JSONL."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec

from twinlens.core.errors import BadInput
from twinlens.language.answer import last_answer
from twinlens.readers.files import decoded, read_bytes

SIDES: dict[object, int] = {"a": 0, "b": 1, "tie": 2}
_WRITTEN = {"a": "a", "b": "b", "tie": "tie", "same": "tie"}
_TEXTS = ("solution", "reference", "rationale")


@dataclass(frozen=True, slots=True)
class Label:
    """What people said of one pair: the side, the share of them who agree (0 to 1), an expert's text."""

    side: str | None
    share: float = math.nan
    text: str | None = None
    scene: str = ""
    columns: Mapping[str, object] = field(default_factory=dict)


def key(id: str) -> int:
    """An id as a number, the same wherever and whenever it is made."""
    return int.from_bytes(blake2b(id.encode("utf-8", "replace"), digest_size=8).digest(), signed=True)


def read_labels(file: Path) -> dict[int, Label]:
    """The labels of a file by `key` of their id; an error names the line that is none."""
    labels: dict[int, Label] = {}
    for where, id, label in _labels(file):
        if key(id) in labels:
            raise BadInput(f"{where}: the id {id!r} stands twice; expected one label a pair")
        labels[key(id)] = label
    if not labels:
        raise BadInput(f"{str(file)!r}: found no label; expected id and label, or the challenge's JSONL")
    return labels


def side_of(written: object, where: str) -> str | None:
    """The side a label names: a, b, tie, or None where it is empty."""
    if written is None or written == "":
        return None
    side = _WRITTEN.get(str(written).strip().lower())
    if side is None:
        raise BadInput(f"{where}: found the label {written!r}; expected a, b or tie")
    return side


def share_of(written: object, where: str) -> float:
    """The share of people who agree with the label, 0 to 1; not-a-number where it is not known."""
    if written is None or written == "":
        return math.nan
    try:
        share = float(str(written))
    except ValueError:
        share = math.nan
    if not 0 <= share <= 1:
        raise BadInput(f"{where}: found the share {written!r}; expected a number from 0 to 1")
    return share


def _labels(file: Path) -> Iterator[tuple[str, str, Label]]:
    text = decoded(read_bytes(str(file), "a file of labels"), str(file))
    if file.suffix.lower() in (".csv", ".tsv"):
        rows = _table(text, file)
    elif '"images"' in text.partition("\n")[0]:
        yield from _challenge(file)
        return
    else:
        rows = _objects(text, file)
    for where, row in rows:
        id = row.get("id")
        if id is None or id == "":
            raise BadInput(f"{where}: found no id; expected id and label")
        yield where, str(id), _label(row, where)


def _label(row: Mapping[str, Any], where: str) -> Label:
    text = next((str(row[name]) for name in _TEXTS if row.get(name)), None)
    side = side_of(row.get("label"), where)
    if side is None and text is not None:
        side = side_of(last_answer(text), where)
    if side is None and "label" not in row:
        raise BadInput(f"{where}: found neither a label nor an answer; expected a, b or tie")
    others = {name: value for name, value in row.items() if name not in (*_TEXTS, "id", "label")}
    return Label(side, share_of(row.get("share"), where), text, str(row.get("scene") or ""), others)


def _challenge(file: Path) -> Iterator[tuple[str, str, Label]]:
    """The challenge's items, by the reader that runs use, so that ids are the same."""
    from twinlens.readers.raim import Raim

    read = Raim().read(str(file))
    if read.problems:
        raise BadInput(str(read.problems[0]))
    for row in read.rows:
        others = {**row.columns, "kind": row.kind}
        share = share_of(row.columns.get("share"), row.where)
        yield row.where, row.id, Label(row.label, share, row.reference or None, row.scene, others)


def _table(text: str, file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    header = text.partition("\n")[0]
    reader = csv.reader(text.splitlines(), delimiter=next((mark for mark in ",;\t" if mark in header), ","))
    names = [name.strip() for name in next(reader, [])]
    if not {"id", "label"} <= set(names):
        raise BadInput(f"{file}:1: found the columns {', '.join(names)}; expected id and label among them")
    for cells in reader:
        where = f"{file}:{reader.line_num}"
        if len(cells) not in (0, len(names)):
            raise BadInput(f"{where}: found {len(cells)} cells; expected {len(names)}: {', '.join(names)}")
        if cells:
            yield where, dict(zip(names, (cell.strip() for cell in cells), strict=True))


def _objects(text: str, file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for count, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            yield f"{file}:{count}", msgspec.json.decode(line, type=dict[str, Any])
        except (msgspec.DecodeError, RecursionError):
            raise BadInput(
                f"{file}:{count}: found no JSON object; expected id and label in one a line"
            ) from None
