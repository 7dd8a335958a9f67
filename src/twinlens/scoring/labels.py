"""What people said of pairs, from a file: CSV or JSONL with id and label, or the challenge's JSONL."""

import math
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Any

import msgspec

from twinlens.core.errors import BadInput
from twinlens.language.answer import last_answer
from twinlens.readers.files import Unusable, json_lines, read_text
from twinlens.readers.raim import Raim
from twinlens.readers.table import csv_lines

SIDES: dict[object, int] = {"a": 0, "b": 1, "tie": 2}
_NEEDED = ("id", "label")
_TEXTS = ("solution", "reference", "rationale")
_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Label(msgspec.Struct, frozen=True, gc=False):
    """What people said of one pair: the side, the share of them who agree (0 to 1), an expert's text."""

    side: str | None
    share: float = math.nan
    text: str | None = None
    scene: str = ""
    columns: Mapping[str, object] = {}


def key(id: str) -> int:
    """An id as a number, the same wherever and whenever it is made."""
    return int.from_bytes(blake2b(id.encode("utf-8", "replace"), digest_size=8).digest(), signed=True)


def read_labels(file: Path) -> dict[int, Label]:
    """The labels of a file by `key` of their id; BadInput names the line that is none."""
    text = read_text(str(file), "a file of labels")
    is_table = file.suffix.lower() in (".csv", ".tsv")
    of_challenge = not is_table and '"images"' in text.partition("\n")[0]
    labels: dict[int, Label] = {}
    for where, id, label in _challenge(file) if of_challenge else _labels(file, text, is_table):
        if (number := key(id)) in labels:
            raise BadInput(f"{where}: the id {id!r} stands twice; expected one label a pair")
        labels[number] = label
    if not labels:
        raise BadInput(f"{str(file)!r}: found no label; expected id and label, or the challenge's JSONL")
    return labels


def side_of(written: object, where: str) -> str | None:
    """The side a label names: a, b, tie, or None where it is empty."""
    if written in (None, ""):
        return None
    word = str(written).strip().lower()
    side = "tie" if word == "same" else word
    if side not in SIDES:
        raise BadInput(f"{where}: found the label {written!r}; expected a, b or tie")
    return side


def share_of(written: object, where: str) -> float:
    """The share of people who agree with the label, 0 to 1; not-a-number where it is not known."""
    if written in (None, ""):
        return math.nan
    try:
        share: float = msgspec.convert(written, _Share, strict=False)
        return share
    except msgspec.ValidationError:
        raise BadInput(f"{where}: found the share {written!r}; expected a number from 0 to 1") from None


def _labels(file: Path, text: str, is_table: bool) -> Iterator[tuple[str, str, Label]]:
    name, expected = str(file), "expected an object of id and label a line"
    for line, row in csv_lines(text, name, _NEEDED) if is_table else json_lines(text, expected):
        where = f"{name}:{line}"
        if isinstance(row, Unusable):
            raise BadInput(f"{where}: {row}")
        row = {name: cell.strip() if is_table else cell for name, cell in row.items()}
        if row.get("id") in (None, ""):
            raise BadInput(f"{where}: found no id; expected id and label")
        yield where, str(row["id"]), _label(row, where)


def _label(row: Mapping[str, Any], where: str) -> Label:
    text = next((str(row[name]) for name in _TEXTS if row.get(name)), None)
    label = row.get("label")
    side = side_of(last_answer(text or "") if label in (None, "") else label, where)
    if side is None and "label" not in row:
        raise BadInput(f"{where}: found neither a label nor an answer; expected a, b or tie")
    others = {name: value for name, value in row.items() if name not in (*_TEXTS, *_NEEDED)}
    return Label(side, share_of(row.get("share"), where), text, str(row.get("scene") or ""), others)


def _challenge(file: Path) -> Iterator[tuple[str, str, Label]]:
    """The challenge's items, by the reader that runs use, so that ids are the same."""
    items = Raim().read(str(file))
    if items.problems:
        raise BadInput(str(items.problems[0]))
    for row in items.rows:
        share = share_of(row.columns.get("share"), row.where)
        others = {**row.columns, "kind": row.kind}
        yield row.where, row.id, Label(row.label, share, row.reference or None, row.scene, others)
