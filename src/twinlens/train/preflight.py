"""What is wrong with a set of rows for training an MLLM, before any step: one line for each fault.

A row is TRL's: `images` in order, `prompt` (messages) and `completion` (one message of the assistant), and of
ours `id`, `where` (file and line), `scene` and `label`. Each row goes through the model's own processor as
the trainer will put it, for what goes wrong later goes wrong without a word: a completion that is cut away
trains on at a loss of 0, and a prompt padded on the right puts GRPO's texts beside other images.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from os.path import commonprefix
from typing import Any, Literal

import numpy as np

from twinlens.language.answer import strict_answer

Goal = Literal["sft", "grpo"]
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row, or with the whole set: what is there, what is expected, what to do."""

    where: str
    what: str
    expected: str
    do: str

    def __str__(self) -> str:
        return " ".join(f"{self.where}: {self.what}; expected {self.expected}; {self.do}".split())


@dataclass(frozen=True)
class Limits:
    """Tokens: what a row is cut to (None: nothing is), what GRPO's texts may have, what the model takes."""

    max_length: int | None = None
    new_tokens: int = 0
    context: int | None = None


def preflight(
    rows: Iterable[Row],
    processor: Any,
    goal: Goal,
    limits: Limits | None = None,
    held_out: Iterable[Row] = (),
) -> list[Fault]:
    """The faults of a set to train on: of the processor, of each row, of rows that are also `held_out`.

    `processor` is the one of transformers that comes with a checkpoint. Whoever calls shows all faults and
    stops where there are any.
    """
    faults = list(_of_processor(processor, goal))
    known = {key: name(row) for row in held_out for key in _contents(row)}
    each = [_of_row(row, processor, goal, limits or Limits(), known) for row in rows]
    if not each:
        faults.append(Fault("the set", "0 rows", "1 or more", "give pairs with a label"))
    return [*faults, *chain.from_iterable(each)]


def name(row: Row) -> str:
    """Where a row stands, and its id, for messages."""
    where, id = row.get("where", ""), repr(row.get("id", "?"))
    return f"{where}: {id}" if where else id


def _of_processor(processor: Any, goal: Goal) -> Iterator[Fault]:
    side = processor.tokenizer.padding_side
    if goal == "grpo" and side != "left":
        do = "set processor.tokenizer.padding_side = 'left'"
        yield Fault("the processor", f"pads on the {side}", "left, or images and text are misaligned", do)
    if processor.tokenizer.pad_token_id is None:
        yield Fault("the processor", "no pad token", "one", "set processor.tokenizer.pad_token")


def _of_row(row: Row, processor: Any, goal: Goal, limits: Limits, known: Mapping[str, str]) -> list[Fault]:
    """The faults of one row; in tokens it is looked at where its images and messages are in order."""
    plain = [*_of_label(row, goal), *_of_images(row)]
    if plain:
        return plain
    try:
        return [*_also_held_out(row, known), *_of_tokens(row, processor, goal, limits)]
    except Exception as error:  # noqa: BLE001  what a checkpoint brings may break in any way
        what = f"the processor breaks: {type(error).__name__}: {error}"
        return [Fault(name(row), what, "a row it takes", "look at its images and at the chat template")]


def _of_label(row: Row, goal: Goal) -> Iterator[Fault]:
    """The answer, which rewards need; and whether the completion gives that one."""
    label = row.get("label")
    if label not in ("a", "b"):
        yield Fault(name(row), f"the label {label!r}", "a or b", "label it, or leave it out")
    elif goal == "sft" and (given := strict_answer(_text(row["completion"]))) != label:
        what = f"answers {given.upper()}" if given else "does not end in one <answer>A|B</answer>"
        do = "write it as its label says"
        yield Fault(name(row), f"the completion {what}", f"{label.upper()}, its label", do)


def _of_images(row: Row) -> Iterator[Fault]:
    """Images that cannot be decoded, and places in the messages for more or fewer of them."""
    for at, image in enumerate(row["images"], 1):
        try:
            shape = np.asarray(image).shape
        except (OSError, ValueError, SyntaxError) as error:
            yield Fault(name(row), f"image {at} cannot be decoded ({error})", "a photo", "replace the file")
            continue
        if len(shape) != 3 or shape[2] != 3 or not all(shape):
            do = "convert it to RGB"
            yield Fault(name(row), f"image {at} has the shape {shape}", "(height, width, 3)", do)
    filled = any(m["role"] == "user" and isinstance(m["content"], str) for m in row["prompt"])
    parts = [part for m in row["prompt"] if not isinstance(m["content"], str) for part in m["content"]]
    places = sum(part["type"] == "image" for part in parts) + filled * len(row["images"])
    if places != len(row["images"]) or not places:
        what = f"{places} places for {len(row['images'])} images"
        yield Fault(name(row), what, "one for each", "give each image its part in the prompt")


def _of_tokens(row: Row, processor: Any, goal: Goal, limits: Limits) -> Iterator[Fault]:
    """What is left of a row once it is tokens, every limit applied."""
    where, count = name(row), len(row["images"])
    prompt = _structured(row["prompt"], count)
    question = processor.apply_chat_template(prompt, tokenize=False, add_generation_prompt=True)
    mark = getattr(processor, "image_token", None)
    if mark and question.count(mark) != count:
        what = f"the prompt as text has {question.count(mark)} marks {mark} for {count} images"
        yield Fault(where, what, "one for each", "mend the chat template, or the text that holds one")
        return
    labels = limits.new_tokens
    if goal == "sft":
        messages = [*prompt, *_structured(row["completion"], 0)]
        whole = processor.apply_chat_template(messages, tokenize=False)
        question = commonprefix((question, whole))  # noqa: RUF071  as TRL parts them
        special = [*processor.tokenizer.all_special_tokens, *([mark] if mark else ())]
        if faults := list(_of_completion(row, whole[len(question) :], special)):
            yield from faults
            return
        labels = len(processor.tokenizer(whole[len(question) :], add_special_tokens=False)["input_ids"])
    given = processor(images=[list(row["images"])], text=[question], add_special_tokens=False)
    shown = len(given["input_ids"][0])
    sizes = ", ".join("{1} × {0}".format(*np.asarray(image).shape) for image in row["images"])
    of_prompt = f"the prompt with images {sizes} has {shown}"
    room = limits.max_length - shown if goal == "sft" and limits.max_length is not None else labels
    if room < labels:
        what = f"{max(0, room)} of {labels} label tokens left ({of_prompt})"
        do = f"give max_length {shown + labels} or none, or smaller images"
        yield Fault(where, what, f"all, within max_length {limits.max_length}", do)
    if limits.context is not None and shown + labels > limits.context:
        what, do = f"{of_prompt} tokens, the completion {labels}", "give smaller images or fewer tokens"
        yield Fault(where, what, f"{limits.context} together, the model's places, at most", do)


def _of_completion(row: Row, written: str, marks: Collection[str]) -> Iterator[Fault]:
    """What the chat template makes of a completion."""
    text = _text(row["completion"])
    if text.strip() not in written:
        what, do = (
            "the labels lack a part of the completion",
            "mend the chat template, or what it begins with",
        )
        yield Fault(name(row), what, "all of it", do)
    for mark in sorted({mark for mark in marks if mark in text}):
        yield Fault(name(row), f"the completion holds {mark}", "no special token of the model", "take it out")


def _also_held_out(row: Row, known: Mapping[str, str]) -> Iterator[Fault]:
    twin = next((known[key] for key in _contents(row) if key in known), None)
    if twin is not None:
        do = "split by scene: twinlens data split"
        yield Fault(name(row), f"its scene or its photos are also those of {twin}", "none held out", do)


def _contents(row: Row) -> Iterator[str]:
    """What a row shares with another that shows the same: its scene, and its images in any order."""
    if row.get("scene"):
        yield f"scene {row['scene']}"
    pixels = (np.asarray(image) for image in row["images"])
    yield "images " + "".join(sorted({hashlib.sha256(one.tobytes()).hexdigest() for one in pixels}))


def _structured(messages: Iterable[Mapping[str, Any]], images: int) -> list[dict[str, Any]]:
    """Messages in parts, the images of a prompt in one piece before its first text, as TRL puts them."""
    made = list[dict[str, Any]]()
    for message in messages:
        parts = message["content"]
        if isinstance(parts, str):
            before = images if message["role"] == "user" else 0
            parts = [*[{"type": "image"}] * before, {"type": "text", "text": parts}]
            images -= before
        made.append({**message, "content": parts})
    return made


def _text(messages: Iterable[Mapping[str, Any]]) -> str:
    """The text of messages."""
    contents = [message["content"] for message in messages]
    return "".join(
        one if isinstance(one, str) else "".join(part.get("text", "") for part in one) for one in contents
    )
