"""What is wrong with a set of rows for training an MLLM, before any step: one line for each fault.

A row is TRL's: `images` in order, `prompt` (messages) and `completion` (one message of the assistant), and of
ours `id`, `where` (file and line), `scene` and `label`. Each row goes through the model's own processor as
the trainer will put it, for what goes wrong later goes wrong without a word: a completion that is cut away
trains on at a loss of 0, and a prompt padded on the right puts GRPO's texts beside other images.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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
    count = 0
    for row in rows:
        count += 1
        faults += _of_row(row, processor, goal, limits or Limits(), known)
    if not count:
        faults.append(Fault("the set", "0 rows", "1 or more", "give pairs with a label"))
    return faults


def without_signal(rewards: Sequence[Sequence[float | None]]) -> str:
    """What to say of a batch in which no prompt has completions of different rewards, "" where one has.

    `rewards` are the weighted sums, a sequence for each prompt. Completions of one reward have no advantage,
    so such a batch teaches nothing.

    >>> without_signal([[1.0, 1.0], [0.0, 0.0]])
    'no signal: the completions of each of 2 prompts have one reward (0 to 1): nothing is learnt of it'
    >>> without_signal([[1.0, 0.5]])
    ''
    """
    known = [[one for one in group if one is not None] for group in rewards]
    if any(max(group) > min(group) for group in known if group):
        return ""
    every = [one for group in known for one in group]
    values = f"{min(every):g} to {max(every):g}" if every else "none applies"
    each = f"the completions of each of {len(known)} prompts have one reward ({values})"
    return f"no signal: {each}: nothing is learnt of it"


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
        answer = (
            f"ends in the answer {given.upper()}" if given else "does not end in one <answer>A|B</answer>"
        )
        do = "write it as its label says"
        yield Fault(name(row), f"the completion {answer}", f"{label.upper()}, its label", do)


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
        found = f"{places} places for {len(row['images'])} images"
        yield Fault(name(row), found, "one for each", "give each image its part in the prompt")


def _of_tokens(row: Row, processor: Any, goal: Goal, limits: Limits) -> Iterator[Fault]:
    """What is left of a row once it is tokens, every limit applied."""
    where, prompt = name(row), _structured(row["prompt"], len(row["images"]))
    question = processor.apply_chat_template(prompt, tokenize=False, add_generation_prompt=True)
    mark = getattr(processor, "image_token", None)
    if mark and question.count(mark) != len(row["images"]):
        found = f"the prompt as text has {question.count(mark)} marks {mark} for {len(row['images'])} images"
        yield Fault(where, found, "one for each", "mend the chat template, or the text that holds one")
        return
    given = processor(images=[list(row["images"])], text=[question], add_special_tokens=False)
    shown = len(given["input_ids"][0])
    sizes = ", ".join("{1} × {0}".format(*np.asarray(image).shape) for image in row["images"])
    if goal == "grpo":
        yield from _too_long(where, shown, limits.new_tokens, limits.context, sizes)
        return
    text = _text(row["completion"])
    written = processor.apply_chat_template(
        [*prompt, *_structured(row["completion"], 0)], tokenize=False
    ).removeprefix(question)
    if text.strip() not in written:
        yield Fault(
            where, "the chat template drops a part of the completion", "all of it", "mend the template"
        )
        return
    marks = {mark, *processor.tokenizer.all_special_tokens}
    if special := sorted(token for token in marks if token and token in text):
        do = "take it out"
        yield Fault(where, f"the completion holds {special[0]}", "no special token of the model", do)
        return
    labels = len(processor.tokenizer(written, add_special_tokens=False)["input_ids"])
    left = labels if limits.max_length is None else min(labels, max(0, limits.max_length - shown))
    if left < labels:
        found = f"{left} of {labels} label tokens left (the prompt has {shown}; images {sizes})"
        expected = f"all, within max_length {limits.max_length}"
        do = f"give max_length {shown + labels} or none, or smaller images"
        yield Fault(where, found, expected, do)
    yield from _too_long(where, shown, labels, limits.context, sizes)


def _too_long(where: str, shown: int, new: int, context: int | None, sizes: str) -> Iterator[Fault]:
    if context is not None and shown + new > context:
        found = f"{shown} tokens of a prompt with images {sizes} and {new} of a completion"
        yield Fault(where, found, f"{context} together at most", "give smaller images or fewer tokens")


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
