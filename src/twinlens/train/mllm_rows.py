"""Rows to train a multimodal LLM on, as TRL takes them: texts in memory, images in files until they are used.

A pair gives a row for each form and order. What it gives is written once, its images without loss and each
only once; a command that was stopped goes on behind the pairs that are written.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture

from twinlens.core.errors import BadInput, BadPhoto
from twinlens.core.types import Side
from twinlens.judges.measured import Measured
from twinlens.judges.training_example import Form, TrainingExample, training_example
from twinlens.judges.vlm import VisionLanguageJudge
from twinlens.readers import Row
from twinlens.runs.process_pool import Pool, usual_workers
from twinlens.runs.row_photos import Photos

if TYPE_CHECKING:
    from datasets import Dataset

Record = dict[str, Any]
Made = list[Record] | str
"""The rows of a pair, or what is wrong with it."""


def write_rows(
    rows: Sequence[Row], judge: VisionLanguageJudge, forms: Sequence[Form], both_orders: bool, folder: Path,
    progress: Callable[[int, int], None] | None = None,
) -> list[str]:  # fmt: skip
    """Write what labelled pairs give into a folder; what is wrong with those that give nothing, a line each.

    Forms with reasons are left out of pairs that have no rationale. `progress` is called with the numbers of
    pairs done and failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    make = partial(_maker, judge, tuple(forms), both_orders, folder)
    workers = usual_workers(Measured(), len(rows))
    many = Pool(make, workers, lambda row, why: f"{row.where}: {why}").map(rows) if workers > 1 else None
    faults: list[str] = []
    for done, made in enumerate(many or map(make(), rows), 1):
        faults += [made] if isinstance(made, str) else []
        if progress is not None:
            progress(done, len(faults))
    return faults


def read_rows(rows: Sequence[Row], folder: Path, processor: Any) -> Dataset:
    """The rows that pairs gave, in their order, as a processor may be given them.

    Columns: id, where, scene, label (of the order shown), form, swapped, images, prompt and completion
    (messages).
    """
    from datasets import Dataset, Features, Image, List, Value

    from twinlens.judges.image_features import without_special  # not needed where rows are written

    records = [record for row in rows for record in json.loads(_file(folder, row).read_text("utf-8"))]
    messages = [one for record in records for name in ("prompt", "completion") for one in record[name]]
    for part in (part for message in messages for part in message["content"]):
        part["text"] = without_special(processor, part["text"]) if part["type"] == "text" else None
    for record in records:
        record["images"] = [str(folder / name) for name in record["images"]]
    text = Value("string")
    said = List({"role": text, "content": List({"type": text, "text": text})})
    features = dict.fromkeys(("id", "where", "scene", "label", "form"), text)
    features |= {"swapped": Value("bool"), "images": List(Image()), "prompt": said, "completion": said}
    return Dataset.from_list(records, features=Features(features))


def _maker(
    judge: VisionLanguageJudge, forms: tuple[Form, ...], both_orders: bool, folder: Path
) -> Callable[[Row], Made]:
    return partial(_made, judge, forms, both_orders, folder)


def _made(
    judge: VisionLanguageJudge, forms: tuple[Form, ...], both_orders: bool, folder: Path, row: Row
) -> Made:
    """What a pair gives, from its file or else made and written."""
    file = _file(folder, row)
    if file.exists():
        read: list[Record] = json.loads(file.read_text("utf-8"))
        return read
    try:
        made = list(_records(judge, forms, both_orders, folder, row))
    except (BadPhoto, BadInput) as error:
        return f"{row.where}: {error}"
    _replaced(file, json.dumps(made, ensure_ascii=False).encode())
    return made


def _records(
    judge: VisionLanguageJudge, forms: tuple[Form, ...], both_orders: bool, folder: Path, row: Row
) -> Iterator[Record]:
    pair = Photos(row).pair
    for form in (form for form in forms if form == "answer" or row.reference.strip()):
        for swapped in (False, True)[: 1 + both_orders]:
            label: Side = "a" if row.label == "a" else "b"
            shown = training_example(judge, pair, label, row.reference, form=form, swapped=swapped)
            yield {
                "id": row.id, "where": row.where, "scene": row.scene, "label": shown.label, "form": form,
                "swapped": swapped,
                "images": [_written(part, folder) for part in shown.content if not isinstance(part, str)],
                "prompt": _prompt(shown), "completion": [_message("assistant", shown.completion)],
            }  # fmt: skip


def _prompt(shown: TrainingExample) -> list[Record]:
    system = [_message("system", shown.system)] if shown.system else []
    return [*system, _message("user", *shown.content)]


def _message(role: str, *content: str | NDArray[np.uint8]) -> Record:
    parts = [
        {"type": "text", "text": part} if isinstance(part, str) else {"type": "image"} for part in content
    ]
    return {"role": role, "content": parts}


def _written(pixels: NDArray[np.uint8], folder: Path) -> str:
    """The name of an image's file, written where it is not there; both orders share it."""
    name = f"{hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()[:32]}.png"
    if not (folder / name).exists():
        draft = folder / f"{name}.{os.getpid()}"
        Picture.fromarray(pixels).save(draft, "PNG", compress_level=1)
        os.replace(draft, folder / name)
    return name


def _file(folder: Path, row: Row) -> Path:
    return folder / f"{hashlib.sha256(row.id.encode()).hexdigest()[:32]}.json"


def _replaced(file: Path, content: bytes) -> None:
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.write_bytes(content)
    os.replace(draft, file)
