"""Labelled pairs as data sets that other programs train multimodal LLMs on: TRL, ms-swift, LLaMA-Factory.

A row is the prompt that a judge shows of a pair (`judges.training_example`), its images as files, and what
the model should write to it; for GRPO the expert's text, or the answer, is what rewards compare with. Beside
the rows stand a card and `train.yaml`, which the program takes as it is.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from twinlens.core import catalog
from twinlens.core.contracts import clean, line
from twinlens.core.errors import BadInput
from twinlens.core.outputs import new_folder
from twinlens.core.types import Pair, Side
from twinlens.core.version import __version__
from twinlens.interop.huggingface import Exported, Progress, copies, exported
from twinlens.interop.question import image_files
from twinlens.judges.training_example import training_example
from twinlens.judges.vlm import VisionLanguageJudge
from twinlens.language.render import ANSWERS
from twinlens.readers import Row, Rows
from twinlens.runs.row_photos import Photos

Target = Literal["trl", "ms-swift", "llama-factory"]
Form = Literal["answer", "explain", "full", "grpo"]
IMAGE = "<image>"
"""Where an image stands in the text, in ms-swift and LLaMA-Factory."""
RESERVED = re.compile(r"<(?:image|video|audio|bbox|ref-object|cot-process|start-image)>|<\|[^<>|]{1,40}\|>")
"""What these programs or the models' tokenizers read as something else than text."""
MODEL = "Qwen/Qwen3-VL-8B-Instruct"
Content = Sequence[str | NDArray[np.uint8]]


@dataclass(frozen=True)
class TrainingSet:
    """What was written, and how many rows were left out for which reason."""

    exported: Exported
    left_out: Counter[str]


def write(
    rows: Rows, folder: str | os.PathLike[str], target: Target, judge: VisionLanguageJudge,
    form: Form = "full", progress: Progress | None = None,
) -> TrainingSet:  # fmt: skip
    """Write labelled pairs as a data set for training into a new folder; all of it or nothing.

    `form` is that of `training_example`, or "grpo". Rows without a label, and where reasons are wanted without
    an expert's text, are left out. BadInput where none is left, where LLaMA-Factory is to do GRPO, or where a
    text holds what the program reads as an image; BadPhoto where a photo cannot be read.
    """
    if (target, form) == ("llama-factory", "grpo"):
        raise BadInput("--form grpo: LLaMA-Factory has no GRPO; expected --to trl or ms-swift")
    usable, left_out = _usable(rows, form)
    out = Path(folder)
    with new_folder(out, "--out") as draft:
        data = draft / "train" if target == "trl" else draft
        (data / "photos").mkdir(parents=True)
        lines, written = [], []
        for at, row in enumerate(usable, 1):
            item, of_pair = _written(at, row, data, target, judge, form)
            lines.append(line(item) + "\n")
            written.append(of_pair)
            if progress is not None:
                progress(at, 0)
        table = data / ("metadata.jsonl" if target == "trl" else "train.jsonl")
        table.write_text("".join(lines), "utf-8")
        made = exported(written)
        _beside(draft, out.name, target, judge, form, made, left_out)
    return TrainingSet(made, left_out)


def _usable(rows: Rows, form: Form) -> tuple[list[Row], Counter[str]]:
    """The rows that can be used, and the others by what they lack."""
    usable, left_out = [], Counter[str]()
    for row in rows:
        if row.label not in ("a", "b"):
            left_out["called alike" if row.label else "without a label"] += 1
        elif form in ("explain", "full") and not row.reference:
            left_out["without an expert's text"] += 1
        else:
            usable.append(row)
    if not usable:
        why = ", ".join(f"{count:,} {reason}" for reason, count in left_out.items()) or "no rows"
        raise BadInput(f"{rows.path}: found {why}; expected pairs with the label a or b, for the forms explain "
                       "and full with an expert's text")  # fmt: skip
    return usable, left_out


def _written(
    at: int, row: Row, folder: Path, target: Target, judge: VisionLanguageJudge, form: Form
) -> tuple[dict[str, Any], list[bool]]:
    """A row's line of the table, and of its images, which are written, whether they are copies."""
    photos = Photos(row)
    side: Side = "a" if row.label == "a" else "b"
    system, content, text = _texts(judge, photos.pair, side, row.reference, form)
    for part in (system, text, *content):
        if isinstance(part, str) and (found := RESERVED.search(part)):
            raise BadInput(f"{row.where}: found {found[0]!r} in a text, which is read as a place for something "
                           "else; expected text without it")  # fmt: skip
    made = image_files(photos, [part for part in content if not isinstance(part, str)])
    names = [f"photos/{at:06}_{k}{one.suffix}" for k, one in enumerate(made, 1)]
    for name, one in zip(names, made, strict=True):
        (folder / name).write_bytes(one.data)
    shape = _trl if target == "trl" else _messages
    return {**shape(system, content, text, names, form), "id": row.id, "scene": row.scene}, copies(made)


def _texts(
    judge: VisionLanguageJudge, pair: Pair, side: Side, reference: str, form: Form
) -> tuple[str, Content, str]:
    """The role, what the model is shown, and what it should write; for GRPO what rewards compare with."""
    if form == "grpo":
        prompt = replace(judge, reasons=True).prompt_for(pair)
        return prompt.system, prompt.content, reference or f"<answer>{ANSWERS[side]}</answer>"
    example = training_example(judge, pair, side, reference, form=form)
    return example.system, example.content, example.completion


def _trl(system: str, content: Content, text: str, names: list[str], form: Form) -> dict[str, Any]:
    """A row of an imagefolder, in which `file_names` becomes the column images."""
    user = [_part(part) if isinstance(part, str) else {"type": "image"} for part in content]
    prompt = [{"role": "system", "content": [_part(system)]}, {"role": "user", "content": user}]
    written = {"solution": text} if form == "grpo" else {"completion": [_assistant([_part(text)])]}
    return {"file_names": names, "prompt": prompt, **written}


def _messages(system: str, content: Content, text: str, names: list[str], form: Form) -> dict[str, Any]:
    """A row as ms-swift and LLaMA-Factory take it."""
    user = "".join(part if isinstance(part, str) else IMAGE for part in content)
    messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
    if form == "grpo":
        return {"images": names, "messages": messages, "solution": text}
    return {"images": names, "messages": [*messages, _assistant(text)]}


def _part(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def _assistant(content: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content}


def _beside(
    folder: Path, name: str, target: Target, judge: VisionLanguageJudge, form: Form, made: Exported,
    left_out: Counter[str],
) -> None:  # fmt: skip
    """The files beside the rows: how to train with them, and the card."""
    stage = "grpo" if form == "grpo" else "sft"
    fields = {
        "name": clean(name), "pairs": f"{made.pairs:,}", "photos": f"{made.photos:,}", "form": form,
        "judge": catalog.spec(judge), "model": judge.model, "pixels": judge.max_pixels, "version": __version__,
        "left_out": "; ".join(f"{count:,} {reason}" for reason, count in left_out.items()) or "none",
        "what": _card("forms")[form],
    }  # fmt: skip
    texts = files("twinlens.interop") / "training_cards"
    ...
