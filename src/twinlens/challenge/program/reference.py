"""What a submission is scored against: the items with their answers and texts, and the settings."""

from __future__ import annotations

import json
import math
import os
from typing import Any, NamedTuple

from .bleu import bleu
from .rationale import body, item_name
from .rouge import rouge_l
from .tokens import places, split

METRIC_NAMES = {"accuracy": "accuracy", "bleu4": "BLEU-4", "rouge_l": "ROUGE-L", "score": "score"}
METRICS = ("accuracy", "bleu4", "rouge_l")
LIMITS = ("bytes", "lines", "characters")
REFERENCE, SETTINGS, SETTINGS_SCHEMA = "reference.jsonl", "settings.json", "twinlens.challenge-settings/1"


class Unscorable(Exception):
    """A submission, or a reference, that cannot be scored; `str` is one plain line."""

    def __str__(self) -> str:
        return " ".join(super().__str__().split())


class Problem(NamedTuple):
    """What is wrong with a line of a submission; line 0: with no line of it."""

    line: int
    text: str


class Settings(NamedTuple):
    """The settings of a phase: its title, the metrics' weights, the possible answers, the limits.

    The limits are the most "bytes" of the predictions, "lines" of them, "characters" of a solution.
    """

    title: str
    weights: dict[str, float]
    answers: tuple[str, ...]
    limits: dict[str, int]


class Item:
    """One item: its id, images, right answer, and where the expert's tokens and words stand."""

    def __init__(self, id: str, images: list[str], answer: str = "", text: str = "") -> None:
        tokens, words = split(text)
        self.id, self.images, self.answer = id, tuple(images), answer
        self._tokens, self._words = (places(tokens), len(tokens)), (places(words), len(words))

    def overlap(self, text: str) -> tuple[float, float]:
        """BLEU-4 and ROUGE-L of a text with the expert's, 0 to 1."""
        tokens, words = split(text)
        return bleu(tokens, *self._tokens), rouge_l(words, *self._words)


class Reference:
    """All items and settings of a phase; read once, for any number of submissions.

    `by_images` and `by_name` give the number of an item by its images, and by what their names share.
    """

    def __init__(self, settings: Settings, items: list[Item]) -> None:
        self.title, self.weights, self.answers, self.limits = settings
        self.items = tuple(items)
        self.by_images = {item.images: at for at, item in enumerate(items)}
        names = [item_name(item.images[0]) for item in items]
        last = {name: at for at, name in enumerate(names)}
        shared = {name for at, name in enumerate(names) if last[name] != at}
        self.by_name = {name: at for name, at in last.items() if name not in shared}

    @classmethod
    def read(cls, folder: str | os.PathLike[str]) -> Reference:
        """The reference in a folder with reference.jsonl and settings.json, or Unscorable."""
        settings = read_settings(os.path.join(folder, SETTINGS))
        return cls(settings, _items(os.path.join(folder, REFERENCE), settings.answers))


def read_settings(file: str | os.PathLike[str]) -> Settings:
    """The settings in a file, or Unscorable."""
    settings = _object(_text(file), file)
    if settings.get("schema") != SETTINGS_SCHEMA:
        raise Unscorable(f"{file}: expected the schema {SETTINGS_SCHEMA}")
    try:
        weights = {str(one["key"]): float(one["weight"]) for one in settings["metrics"]}
        limits = {name: int(settings["limits"][name]) for name in LIMITS}
        answers = tuple(map(str, settings["answers"]))
    except (KeyError, TypeError, ValueError):
        raise Unscorable(f"{file}: expected metrics, answers and limits") from None
    good = all(0 <= weight < math.inf for weight in weights.values()) and 0 < sum(weights.values()) < math.inf
    if not good or not set(weights) <= set(METRICS):
        known = ", ".join(METRICS)
        raise Unscorable(f"{file}: expected metrics of {known}, each with a weight from 0, not all 0")
    return Settings(str(settings.get("title", "")), weights, answers, limits)


def _items(file: str, answers: tuple[str, ...]) -> list[Item]:
    items = []
    for line, content in enumerate(_text(file).split("\n"), 1):
        if content.strip():
            where = f"{file}:{line}"
            one = _object(content, where)
            images, answer = one.get("images"), one.get("answer")
            if not isinstance(images, list) or not images or answer not in answers or "id" not in one:
                expected = "id, images and one answer of " + ", ".join(answers)
                raise Unscorable(f"{where}: expected {expected}")
            text = body(str(one.get("rationale", "")))
            items.append(Item(str(one["id"]), [str(image) for image in images], answer, text))
    if not items or len({item.id for item in items}) < len(items):
        raise Unscorable(f"{file}: found {len(items)} items; expected some, each id once")
    return items


def _text(file: str | os.PathLike[str]) -> str:
    try:
        with open(file, "rb") as stream:
            return stream.read().decode("utf-8").lstrip("\ufeff")
    except OSError as error:
        raise Unscorable(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Unscorable(f"{file}: not UTF-8") from None


def _object(text: str, where: object) -> dict[str, Any]:
    try:
        made = json.loads(text)
    except (ValueError, RecursionError):
        made = None
    if not isinstance(made, dict):
        raise Unscorable(f"{where}: expected one JSON object")
    return made
