"""Labelled pairs as data sets that other programs train multimodal LLMs on: TRL, ms-swift, LLaMA-Factory.

A row is the prompt that a judge shows of a pair (`judges.training_example`), its images as files, and what
the model should write to it; for GRPO the expert's text, or the answer, is what rewards compare with. Beside
the rows stand a card and `train.yaml`, which the program takes as it is.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from numpy.typing import NDArray

from twinlens.core import catalog
from twinlens.core.contracts import clean, line
from twinlens.core.errors import BadInput
from twinlens.core.outputs import new_folder
from twinlens.core.types import Pair, Side
from twinlens.core.version import __version__
from twinlens.interop.huggingface import Exported, Progress, copies, exported
from twinlens.interop.question import image_files
from twinlens.judges.checkpoint import ANSWER
from twinlens.judges.local import Local
from twinlens.judges.training_example import training_example
from twinlens.language.render import ANSWERS
from twinlens.readers import Row, Rows
from twinlens.runs.row_photos import Photos

Target = Literal["trl", "ms-swift", "llama-factory"]
Form = Literal["answer", "explain", "full", "grpo"]
IMAGE = "<image>"
"""Where an image stands in the text, in ms-swift and LLaMA-Factory."""
RESERVED = re.compile(r"<(?:image|video|audio|bbox|ref-object|cot-process|start-image)>|<\|[^<>|]{1,40}\|>")
"""What these programs or the models' tokenizers read as something else than text."""
Stage = Literal["sft", "grpo"]
Content = Sequence[str | NDArray[np.uint8]]
LEARNS: Mapping[Form, str] = {
    "answer": "the answer and nothing else, such as `<answer>A</answer>`.",
    "explain": "the expert's reasons for the choice, which the prompt gives as settled, and the answer.",
    "full": "the expert's reasons, and the answer.",
    "grpo": "by reward: `solution` is the expert's text, or only the answer, which rewards compare with.",
}


@dataclass(frozen=True)
class Program:
    """A program that trains: its name, the version that the export was read back by, and its commands.

    `adapter` is where it puts what it trained.
    """

    name: str
    version: str
    command: Mapping[Stage, str]
    on_eight: Mapping[Stage, str]
    adapter: str = "output"


PROGRAMS: Mapping[Target, Program] = {
    "trl": Program(
        "TRL", "1.16",
        {"sft": "trl sft --config train.yaml", "grpo": "trl grpo --config train.yaml"},
        {"sft": "trl sft --config train.yaml --accelerate_config multi_gpu --num_processes 8",
         "grpo": "trl grpo --config train.yaml --accelerate_config zero2 --num_processes 8"},
    ),
    "ms-swift": Program(
        "ms-swift", "4.6.0",
        {"sft": "swift sft train.yaml", "grpo": "swift rlhf train.yaml"},
        {"sft": "NPROC_PER_NODE=8 swift sft train.yaml", "grpo": "NPROC_PER_NODE=8 swift rlhf train.yaml"},
        "output/VERSION/checkpoint-N",
    ),
    "llama-factory": Program(
        "LLaMA-Factory", "0.9.5",
        {"sft": "llamafactory-cli train train.yaml"},
        {"sft": "NPROC_PER_NODE=8 llamafactory-cli train train.yaml"},
    ),
}  # fmt: skip


@dataclass(frozen=True)
class TrainingSet:
    """What was written, and how many rows were left out for which reason."""

    exported: Exported
    left_out: Counter[str]


def write(
    rows: Rows, folder: str | os.PathLike[str], target: Target, judge: Local,
    form: Form = "full", progress: Progress | None = None,
) -> TrainingSet:  # fmt: skip
    """Write labelled pairs as a data set for training into a new folder; all of it or nothing.

    `form` is that of `training_example`, or "grpo". Rows without a label, and where reasons are wanted
    without an expert's text, are left out. BadInput where none is left, where LLaMA-Factory is to do GRPO, or
    where a text holds what the program reads as an image; BadPhoto where a photo cannot be read.
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
                progress(at + left_out.total(), 0)
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
        expected = "pairs with the label a or b, for the forms explain and full with an expert's text"
        raise BadInput(f"{rows.path}: found {why}; expected {expected}")
    return usable, left_out


def _written(
    at: int, row: Row, folder: Path, target: Target, judge: Local, form: Form
) -> tuple[dict[str, Any], list[bool]]:
    """A row's line of the table, and of its images, which are written, whether they are copies."""
    photos = Photos(row)
    side: Side = "a" if row.label == "a" else "b"
    system, content, text = _texts(judge, photos.pair, side, row.reference, form)
    for part in (system, text, *content):
        if isinstance(part, str) and (match := RESERVED.search(part)):
            why = "is not read as text; expected text without it"
            raise BadInput(f"{row.where}: found {match[0]!r} in a text, which {why}")
    made = image_files(photos, [part for part in content if not isinstance(part, str)])
    names = [f"photos/{at:06}_{k}{one.suffix}" for k, one in enumerate(made, 1)]
    for name, one in zip(names, made, strict=True):
        (folder / name).write_bytes(one.data)
    shape = _trl if target == "trl" else _messages
    return {**shape(system, content, text, names, form), "id": row.id, "scene": row.scene}, copies(made)


def _texts(judge: Local, pair: Pair, side: Side, reference: str, form: Form) -> tuple[str, Content, str]:
    """The role, what the model is shown, and what it should write; for GRPO what rewards compare with."""
    if form == "grpo" and not reference:
        prompt = replace(judge, reasons=True).prompt_for(pair)
        return prompt.system, prompt.content, ANSWER.format(ANSWERS[side])
    example = training_example(judge, pair, side, reference, form="full" if form == "grpo" else form)
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


def stage_of(form: Form) -> Stage:
    """How a form is trained: by reward, or on what should be written."""
    return "grpo" if form == "grpo" else "sft"


def _beside(
    folder: Path, name: str, target: Target, judge: Local, form: Form, made: Exported, left_out: Counter[str]
) -> None:
    """The files beside the rows: how to train with them, and the card."""
    stage = stage_of(form)
    program = PROGRAMS[target]
    dataset = re.sub(r"\W+", "_", name.lower())
    fields = {
        "target": target, "stage": stage, "form": form, "name": clean(name), "dataset": dataset,
        "pairs": f"{made.pairs:,}", "images": f"{made.photos:,}", "copied": f"{made.copied:,}",
        "judge": catalog.spec(judge), "model": json.dumps(judge.model), "pixels": judge.max_pixels,
        "left_out": ", ".join(f"{count:,} {reason}" for reason, count in left_out.items()) or "none",
        "learns": LEARNS[form], "program": program.name, "pinned": program.version,
        "command": program.command[stage], "command_8": program.on_eight[stage],
        "trained": _trained(judge, form, program.adapter), "version": __version__,
    }  # fmt: skip
    texts = {"README.md": "training_set.md.j2", "train.yaml": f"{target}_{stage}.yaml.j2"}
    if (target, stage) == ("ms-swift", "grpo"):
        texts["rewards.py"] = "rewards.py.j2"
    for file, template in texts.items():
        text = _templates().get_template(template).render(**fields)
        (folder / file).write_text(text.strip() + "\n", "utf-8")
    if target == "llama-factory":
        columns = {"messages": "messages", "images": "images"}
        tags = {"role_tag": "role", "content_tag": "content", "user_tag": "user",
                "assistant_tag": "assistant", "system_tag": "system"}  # fmt: skip
        entry = {"file_name": "train.jsonl", "formatting": "sharegpt", "columns": columns, "tags": tags}
        (folder / "dataset_info.json").write_text(json.dumps({dataset: entry}, indent=2) + "\n", "utf-8")


def _trained(judge: Local, form: Form, adapter: str) -> str:
    """The spec of the judge that training makes."""
    made = catalog.spec(replace(judge, adapter=adapter, reasons=form != "answer"))
    return shlex.quote(f"duo(decides='expert', explains={made!r})" if form == "explain" else made)


@cache
def _templates() -> Environment:
    """The templates beside this module; Markdown, YAML and Python, so nothing is escaped."""
    return Environment(loader=PackageLoader("twinlens.interop"), undefined=StrictUndefined)
