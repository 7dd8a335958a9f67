"""The items of a phase: pairs with their secret labels, and the photos that are published of them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from twinlens.challenge.config import Challenge, Phase
from twinlens.core.errors import BadInput
from twinlens.distortions.distortion import Pixels
from twinlens.imaging.open import open_photo
from twinlens.language.answer import last_answer
from twinlens.language.render import ANSWERS
from twinlens.readers import Row, open_pairs
from twinlens.readers.check import check
from twinlens.scoring.labels import Label, key, read_labels

IMAGES = "images"
"""The folder of the published photos, in their names too."""
_OF_PHOTOS = frozenset({"photo", "size", "duplicate"})
_CELL = 8


@dataclass(frozen=True)
class Item:
    """One pair of a phase: its id, the published names of its photos, the right answer, the reasons.

    `files` are published as they are; without any, composites are made of the row's photos.
    """

    id: str
    images: tuple[str, ...]
    files: tuple[str, ...]
    answer: str
    rationale: str
    row: Row


def items_of(challenge: Challenge, phase: Phase, folder: Path) -> list[Item]:
    """The items of a phase, every photo decoded once; BadInput names the row of what cannot be published."""
    rows = open_pairs(folder / phase.pairs)
    refused = _OF_PHOTOS - ({"size"} if challenge.photos == "as-given" else set())
    problem = next((one for one in check(rows).problems if one.kind in refused), None)
    if problem is not None:
        raise BadInput(str(problem))
    labels = read_labels(folder / phase.labels) if phase.labels else {}
    needs_text = any(metric.key != "accuracy" and metric.weight for metric in challenge.metrics)
    items: list[Item] = []
    owners: dict[str, str] = {}
    for row in rows:
        label = labels.get(key(row.id)) if phase.labels else Label(row.label, text=row.reference or None)
        images, files = _published(row, challenge.photos)
        for image in images:
            if owners.setdefault(image, row.id) != row.id:
                what = f"its photo would be published as {image!r}, as that of {owners[image]!r}"
                raise BadInput(f"{row.where}: {what}; expected ids and files with names of their own")
        items.append(Item(row.id, images, files, *_truth(row, label, phase, needs_text), row))
    return items


def _truth(row: Row, label: Label | None, phase: Phase, needs_text: bool) -> tuple[str, str]:
    """The right answer, A or B, and the expert's reasons."""
    where = f"{row.where}: the pair {row.id!r}"
    place = f"expected one in {phase.labels or phase.pairs}"
    if label is None or label.side is None:
        raise BadInput(f"{where} has no label; {place}, a or b")
    if label.side not in ("a", "b"):
        raise BadInput(f"{where} is labelled a {label.side}; expected a or b: the challenge knows no tie")
    text = (label.text or "").strip()
    if needs_text and not text:
        raise BadInput(f"{where} has no reasons (reference), which bleu4 and rouge_l need; {place}")
    if (last_answer(text) if text else None) not in (label.side, None):
        raise BadInput(f"{where} is labelled {label.side}, its text answers otherwise; expected the same")
    return ANSWERS["a" if label.side == "a" else "b"], text


def _published(row: Row, photos: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names under which a row's photos are published, and the files where they are published as given.

    What is a composite already stays as it is.
    """
    shots = (*row.a, *row.b)
    if all(shot.half != "whole" for shot in shots):
        return tuple(f"{IMAGES}/{Path(file).name}" for file in row.files), tuple(row.files)
    stem = re.sub(r"[^\w.-]+", "-", row.id)
    if photos == "composites":
        return tuple(f"{IMAGES}/{stem}_merged_{view}.png" for view in ("c0", "c1")), ()
    sides = (("a", row.a), ("b", row.b))
    crop = ("", "_crop")
    views = [(f"{crop[at]}_{side}", shot.path) for side, of in sides for at, shot in enumerate(of[:2])]
    names = (f"{IMAGES}/{stem}{view}{Path(file).suffix.lower()}" for view, file in views)
    return tuple(names), tuple(file for _, file in views)


def write_photos(items: Sequence[Item], target: Path) -> None:
    """Write the photos of items under a folder, by their published names."""
    (target / IMAGES).mkdir(parents=True)
    for item in items:
        for file, name in zip(item.files, item.images, strict=bool(item.files)):
            shutil.copyfile(file, target / name)
        if not item.files:
            for content, name in zip(composites(item.row), item.images, strict=True):
                (target / name).write_bytes(content)


def composites(row: Row) -> tuple[bytes, bytes]:
    """Both whole photos side by side, and a detail of both, as PNG.

    The detail is the row's own crop, else the square of half the shorter side, at 100 %, in which the photos
    differ most.
    """
    a, b = (open_photo(shots[0].path).pixels for shots in (row.a, row.b))
    if len(row.a) > 1:
        crop_a, crop_b = (open_photo(shots[1].path).pixels for shots in (row.a, row.b))
    else:
        x, y, side = detail(a, b)
        crop_a, crop_b = (photo[y : y + side, x : x + side] for photo in (a, b))
    return _png(np.hstack((a, b))), _png(np.hstack((crop_a, crop_b)))


def detail(a: Pixels, b: Pixels) -> tuple[int, int, int]:
    """x, y and side in pixels of the square, half as large as the shorter side, where two photos (height,
    width, 3) of one size differ most by the mean absolute difference of their code values."""
    height, width = a.shape[:2]
    side = max(1, min(height, width) // 2)
    cell = max(1, min(_CELL, side // 4))
    rows, columns = height // cell, width // cell
    apart = np.abs(a.astype(np.int16) - b).sum(2)[: rows * cell, : columns * cell]
    cells = apart.reshape(rows, cell, columns, cell).sum((1, 3), dtype=np.int64)
    sums = np.zeros((rows + 1, columns + 1), np.int64)
    sums[1:, 1:] = cells.cumsum(0).cumsum(1)
    span = side // cell
    boxes = sums[span:, span:] - sums[:-span, span:] - sums[span:, :-span] + sums[:-span, :-span]
    y, x = np.unravel_index(int(boxes.argmax()), boxes.shape)
    return int(x) * cell, int(y) * cell, side


def _png(pixels: Pixels) -> bytes:
    stream = BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(stream, "PNG")
    return stream.getvalue()
