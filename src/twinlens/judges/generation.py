"""A model's turns: which answer it favours, and what it writes, for several questions at once.

Where a model lets images be seen apart from the text, questions go side by side (`judges.kv_cache`). For all
others each question is asked alone, by the model's own `forward` and `generate`, with nothing shared.
"""

from __future__ import annotations

import importlib
import inspect
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from twinlens.judges.checkpoint import ANSWERED, Loaded, opened
from twinlens.judges.image_features import LEAST_SEEN, Asked, ask, messages, prepared, sizes
from twinlens.judges.vlm import Question

if TYPE_CHECKING:
    from twinlens.judges.kv_cache import Conversation

WINDOW = 16
"""Tokens at the end of a text in which the words that end it are looked for."""


@dataclass(frozen=True)
class Favoured:
    """The chance of A before a word is written (NaN: no number), what the model saw and read."""

    p_first: float
    images: tuple[tuple[int, int], ...]
    tokens: int
    reduced: bool


@dataclass(frozen=True)
class Written:
    """What the model wrote, whether it ends where the tokens allowed did, what it saw and read."""

    text: str
    tokens: int
    cut: bool
    images: tuple[tuple[int, int], ...]
    read: int


class Talk:
    """Questions put to a model, several at once; what a second round shares with the first is kept."""

    def __init__(self, checkpoint: Loaded) -> None:
        self.checkpoint = checkpoint
        self.conversation: Conversation | None = None

    def favoured(self, questions: Sequence[Question]) -> list[Favoured]:
        """The answer each question's letters favour, nothing written."""
        asked = self._asked(questions, None)
        if asked is None:
            return [self._favoured_alone(question) for question in questions]
        scores = self._read(asked)
        letters = list(self.checkpoint.letters)
        return [
            Favoured(_chance(*scores[row, letters].tolist()), _images(one), len(one.tokens), _reduced(one))
            for row, one in enumerate(asked)
        ]

    def written(self, questions: Sequence[Question], begun: str, most: int, until: str = "") -> list[Written]:
        """What the model writes to each question after `begun`, greedily; `until` are words that end it."""
        asked = self._asked(questions, begun)
        if asked is None:
            return [self._written_alone(question, begun, most, until) for question in questions]
        scores = self._read(asked)
        assert self.conversation is not None
        texts = self.conversation.write(scores, most, lambda text: self._done(text, until))
        return [
            self._told(text, most, until, _images(one), len(one.tokens))
            for text, one in zip(texts, asked, strict=True)
        ]

    def _asked(self, questions: Sequence[Question], begun: str | None) -> list[Asked] | None:
        asked = [ask(self.checkpoint, one.system, one.content, begun) for one in questions]
        return [one for one in asked if one is not None] if None not in asked else None

    def _read(self, asked: list[Asked]) -> Any:
        from twinlens.judges.kv_cache import Conversation

        if self.conversation is None or len(self.conversation.rows) != len(asked):
            self.conversation = Conversation(self.checkpoint, asked)
        return self.conversation.read(asked)

    def _done(self, text: list[int], until: str) -> bool:
        if text[-1] in self.checkpoint.ends:
            return True
        return bool(until) and until in self.checkpoint.processor.tokenizer.decode(text[-WINDOW:])

    def _told(
        self, text: list[int], most: int, until: str, images: tuple[tuple[int, int], ...], read: int
    ) -> Written:
        said = self.checkpoint.processor.tokenizer.decode(text, skip_special_tokens=True)
        whole = bool(until) and until in said
        cut = len(text) >= most and text[-1] not in self.checkpoint.ends and not whole
        return Written(said.partition(until)[0] if whole else said, len(text), cut, images, read)

    def _favoured_alone(self, question: Question) -> Favoured:
        inputs = self._prepared(question, ANSWERED.format("A"))
        whole = inputs["input_ids"].shape
        cut = {
            key: value[:, : -self.checkpoint.tail] for key, value in inputs.items() if value.shape == whole
        }
        model = self.checkpoint.model
        last = (
            {"logits_to_keep": 1} if "logits_to_keep" in inspect.signature(model.forward).parameters else {}
        )
        scores = model(**{**inputs, **cut}, **last).logits[0, -1].float()
        images = sizes(self.checkpoint.processor, inputs)
        p_first = _chance(*scores[list(self.checkpoint.letters)].tolist())
        seen, shown = (sum(width * height for width, height in many) for many in (images, question.sizes))
        return Favoured(p_first, images, whole[1] - self.checkpoint.tail, seen < LEAST_SEEN * shown)

    def _written_alone(self, question: Question, begun: str, most: int, until: str) -> Written:
        inputs = self._prepared(question, begun)
        start = inputs["input_ids"].shape[1]
        more = {"stop_strings": [until], "tokenizer": self.checkpoint.processor.tokenizer} if until else {}
        text = self.checkpoint.model.generate(
            **inputs,
            do_sample=False,
            num_beams=1,
            temperature=None,
            top_p=None,
            top_k=None,
            max_new_tokens=most,
            **more,
        )[0, start:].tolist()
        return self._told(text, most, until, sizes(self.checkpoint.processor, inputs), start)

    def _prepared(self, question: Question, begun: str) -> dict[str, Any]:
        processor = self.checkpoint.processor
        text = opened(processor, messages(processor, question.system, question.content)) + begun
        images = [part for part in question.content if not isinstance(part, str)]
        inputs = prepared(self.checkpoint, text, images)
        kind = self.checkpoint.model.dtype
        return {
            key: value.to(self.checkpoint.device, kind if value.is_floating_point() else None)
            for key, value in inputs.items()
        }


def _chance(first: float, second: float) -> float:
    """The chance of the first of two answers, by their scores; NaN where they are no numbers."""
    if not (math.isfinite(first) and math.isfinite(second)):
        return math.nan
    return float(1 / (1 + np.exp(np.clip(second - first, -700, 700))))


def _images(asked: Asked) -> tuple[tuple[int, int], ...]:
    return tuple(size for image in asked.images for size in image.sizes)


def _reduced(asked: Asked) -> bool:
    return any(image.reduced for image in asked.images)


def out_of_memory(error: BaseException) -> bool:
    """Whether a device had too little memory."""
    torch = importlib.import_module("torch")
    text = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError) or (
        isinstance(error, RuntimeError) and ("out of memory" in text or "can't allocate memory" in text)
    )
