"""What a submission is scored against: the items with their answers and texts, and the settings."""

from __future__ import annotations

import json
import math
import os
from typing import Any, NamedTuple

from .bleu import Counts, ngram_counts
from .rationale import body, item_name
from .rouge import Places, word_places

METRICS = ("accuracy", "bleu4", "rouge_l")
SETTINGS_SCHEMA = "twinlens.challenge-settings/1"


class Unscorable(Exception):
    """A submission, or a reference, that cannot be scored; `str` is one plain line."""

    def __str__(self) -> str:
        return " ".join(super().__str__().split())


class Problem(NamedTuple):
    """What is wrong with a line of a submission; line 0: with no line of it."""

    line: int
    text: str


class Limits(NamedTuple):
    """The most of a submission: bytes of its file, lines, characters of a solution."""

    bytes: int
    lines: int
    characters: int


class Item(NamedTuple):
    """One item: its id, images, right answer and the expert's text, counted."""

    id: str
    images: tuple[str, ...]
    answer: str
    ngrams: Counts
    places: Places


class Reference(NamedTuple):
    """All items and settings of a phase; read once, for any number of submissions.

    `by_images` and `by_name` give the number of an item by its images, and by what their names share.
    """

    title: str
    weights: dict[str, float]
    answers: tuple[str, ...]
    limits: Limits
    items: tuple[Item, ...]
    by_images: dict[tuple[str, ...], int]
    by_name: dict[str, int]

    @classmethod
    def read(cls, folder: str | os.PathLike[str]) -> Reference:
        """The reference in a folder with reference.jsonl and settings.json, or Unscorable."""
        title, weights, answers, limits = _settings(os.path.join(folder, "settings.json"))
        items = _items(os.path.join(folder, "reference.jsonl"), answers)
        by_images = {item.images: at for at, item in enumerate(items)}
        names = [item_name(item.images[0]) for item in items]
        by_name = {name: at for at, name in enumerate(names) if names.count(name) == 1}
        return cls(title, weights, answers, limits, items, by_images, by_name)


def _settings(file: str) -> tuple[str, dict[str, float], tuple[str, ...], Limits]:
    settings = _object(_text(file), file)
    if settings.get("schema") != SETTINGS_SCHEMA:
        raise Unscorable(f"{file}: expected the schema {SETTINGS_SCHEMA}")
    try:
        weights = {str(one["key"]): float(one["weight"]) for one in settings["metrics"]}
        limits = Limits(*(int(settings["limits"][name]) for name in Limits._fields))
        answers = tuple(map(str, settings["answers"]))
    except (KeyError, TypeError, ValueError):
        raise Unscorable(f"{file}: expected metrics, answers and limits") from None
    good = all(0 <= weight < math.inf for weight in weights.values()) and 0 < sum(weights.values()) < math.inf
    if not good or not set(weights) <= set(METRICS):
        expected = "each with a weight from 0, not all 0"
        raise Unscorable("{}: expected metrics of {}, {}".format(file, ", ".join(METRICS), expected))
    return str(settings.get("title", "")), weights, answers, limits


def _items(file: str, answers: tuple[str, ...]) -> tuple[Item, ...]:
    items = []
    for line, content in enumerate(_text(file).split("\n"), 1):
        if content.strip():
            where = f"{file}:{line}"
            one = _object(content, where)
            images = one.get("images")
            if not isinstance(images, list) or not images or one.get("answer") not in answers:
                raise Unscorable(f"{where}: expected id, images and an answer of {answers}")
            text = body(str(one.get("rationale", "")))
            items.append(
                Item(str(one["id"]), tuple(images), one["answer"], ngram_counts(text), word_places(text))
            )
    if not items:
        raise Unscorable(f"{file}: found no item")
    return tuple(items)


def _text(file: str) -> str:
    try:
        with open(file, encoding="utf-8-sig") as stream:
            return stream.read()
    except OSError as error:
        raise Unscorable(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Unscorable(f"{file}: not UTF-8") from None


def _object(text: str, where: str) -> dict[str, Any]:
    try:
        made = json.loads(text)
    except (ValueError, RecursionError):
        made = None
    if not isinstance(made, dict):
        raise Unscorable(f"{where}: expected one JSON object")
    return made
