"""How judges that are models are asked, and what becomes of what they say.

A model is shown a view of the pair (`judges.model_view`) between the words of a prompt (`language.prompt`),
with or without the measured evidence as a table. What it says is read by `language.parse` alone: the last
answer of the text decides, a text without one is a failure that keeps the text, and nothing is guessed.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from twinlens.core import catalog
from twinlens.core.types import Call, Choice, Claim, Evidence, Failure, Pair, Side, Verdict
from twinlens.judgement.evidence import Measurement, measure
from twinlens.judgement.explanation import shown
from twinlens.judges.model_view import LEAST_PIXELS, Layout, view
from twinlens.language.parse import read
from twinlens.language.prompt import Prompt, Template, open_template, prompt

MOST_ROWS = 40
"""Rows of the evidence table."""
LONGEST_RAW = 100_000
"""Characters kept of a text; of a longer one the start and the end are."""
NO_PROBABILITIES = "the model gives no probabilities: p_a is 1 or 0 by its answer"
UNLIKELY = "the answer is not the one the model's probabilities favour"
EXPECTED = "<answer>A</answer> or <answer>B</answer>"
ALIKE = "the model calls both alike"
_THINK = re.compile(r"</?think(?:ing)?\s{0,3}>", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Question:
    """What a model is asked: the role it has, then text and images (height, width, 3; uint8, RGB) in order.

    `measured` is what was measured for it, where it holds the evidence; `names` are those of the images.
    """

    system: str
    content: tuple[str | NDArray[np.uint8], ...]
    measured: Measurement | None = None
    names: tuple[str, ...] = ()

    @property
    def images(self) -> tuple[NDArray[np.uint8], ...]:
        """The images, in order."""
        return tuple(part for part in self.content if not isinstance(part, str))

    @property
    def sizes(self) -> tuple[tuple[int, int], ...]:
        """Width and height of each image."""
        return tuple((image.shape[1], image.shape[0]) for image in self.images)


@dataclass(frozen=True)
class Said:
    """What a model said: its text, what each call cost, and the chance of the answer A where it is known.

    `cut` tells that the text ends where the tokens allowed did; `notes` are what people should know of it.
    """

    text: str
    calls: tuple[Call, ...]
    p_first: float | None = None
    cut: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asker(ABC):
    """What every judge that is a model has: how the pair is shown, and in what words it is asked.

    `layout`, `crops` and `max_pixels` are those of `judges.model_view`; `prompt` names a template or its
    file; `evidence` puts what was measured into the prompt; without `reasons` only the answer is asked for.
    """

    model: str
    _: KW_ONLY
    layout: Layout = "split"
    crops: int = 1
    max_pixels: int = 1_048_576
    prompt: str = "expert"
    evidence: bool = False
    reasons: bool = True

    def __post_init__(self) -> None:
        if not self.model:
            raise ValueError("found an empty model; expected its name")
        if self.crops < 0 or self.max_pixels < LEAST_PIXELS:
            found = f"crops={self.crops}, max_pixels={self.max_pixels}"
            raise ValueError(f"found {found}; expected crops from 0, max_pixels from {LEAST_PIXELS}")

    @property
    def version(self) -> str:
        """What the answers depend on beside the spec: the text of the prompt."""
        return f"prompt:{self._template.sha256}"

    @cached_property
    def _template(self) -> Template:
        """The prompt's template, read once, so that one judge asks in one way."""
        return open_template(self.prompt)

    def question(
        self,
        pair: Pair,
        choice: Side | None = None,
        contradicted: Sequence[Claim] = (),
        before: Question | None = None,
    ) -> Question:
        """What the model is asked of a pair; with a `choice`, for the reasons of one that is settled.

        `before` is a question about the same pair: its images are shown again, the very same arrays.
        """
        if before is None:
            measured = measure(pair) if self.evidence else None
            images = view(pair, self.layout, self.crops, self.max_pixels)
            names, pixels = tuple(image.name for image in images), tuple(image.pixels for image in images)
        else:
            measured, names, pixels = before.measured, before.names, before.images
        words = prompt(
            self._template, kind=pair.kind, choice=choice, images=names, layout=self.layout,
            evidence="" if measured is None else evidence_table(measured),
            contradicted=[_refuted(claim) for claim in contradicted], reasons=self.reasons or bool(choice),
        )  # fmt: skip
        return Question(words.system, _content(words, pixels), measured, names)

    def rating(self, pair: Pair, rationale: str, reference: str = "", template: str = "rater") -> Question:
        """What the model is asked to rate a text about a pair, beside an expert's text where there is one."""
        images = view(pair, self.layout, self.crops, self.max_pixels)
        words = prompt(
            template, kind=pair.kind, rationale=rationale, reference=reference,
            images=[image.name for image in images], layout=self.layout,
        )  # fmt: skip
        return Question(words.system, _content(words, [image.pixels for image in images]))

    @abstractmethod
    def say(self, pair: Pair, question: Question) -> Said | Failure:
        """What the model says to a question; `pair` is only named in a failure."""

    def judge(self, pair: Pair) -> Verdict | Failure:
        """The verdict on a pair."""
        return self._asked(pair, self.question(pair))

    def explain(self, pair: Pair, choice: Side, contradicted: Sequence[Claim] = ()) -> Verdict | Failure:
        """The verdict with a settled choice and the model's reasons for it."""
        return self._asked(pair, self.question(pair, choice, contradicted), choice)

    def _asked(self, pair: Pair, question: Question, choice: Side | None = None) -> Verdict | Failure:
        said = self.say(pair, question)
        return said if isinstance(said, Failure) else verdict(self, pair, question, said, choice)


def verdict(
    judge: Asker, pair: Pair, question: Question, said: Said, choice: Side | None = None
) -> Verdict | Failure:
    """What a text comes to: the verdict it gives, or the failure to give one, with the text.

    The answer of the text decides, and `p_a` is the chance the model gave to A where it is known. With a
    settled `choice` that is the verdict's, and the text has to give reasons.
    """
    failed = Failure("unreadable", "", clipped(said.text), catalog.spec(judge), pair.id, said.calls)
    reading = read(said.text)
    if isinstance(reading, Failure):
        return replace(failed, kind=reading.kind, detail=_detail(reading.detail, said))
    answer = None if said.cut and _still_thinking(said.text) else reading.answer
    if choice is None and answer is None:
        found = f"{len(reading.claims)} claims and no answer" if reading.claims else "an answer in a thought"
        return replace(failed, detail=_detail(f"{found}; expected {EXPECTED}", said))
    if choice is not None and not reading.claims:
        return replace(failed, detail=_detail("no reasons; expected statements about both images", said))
    decided: Choice = choice or ("tie" if answer == "same" else answer or "tie")
    p_a, notes = _chance(decided, None if choice else said.p_first, explained=choice is not None)
    if choice is not None and answer not in (None, choice):
        notes = (*notes, f"asked for the reasons of {choice.upper()}, the model answered otherwise")
    measured = question.measured
    return Verdict(
        pair=pair, judge=failed.judge, choice=decided, p_a=p_a, claims=reading.claims,
        rationale=clipped(said.text), evidence=measured.evidence if measured else (),
        notes=(*said.notes, *notes, *(measured.notes if measured else ())), calls=said.calls,
    )  # fmt: skip


def _chance(choice: Choice, p_first: float | None, explained: bool) -> tuple[float, tuple[str, ...]]:
    """The chance of a, and what is to be said of it."""
    if choice == "tie":
        return 0.5, (ALIKE,)
    if p_first is None:
        return float(choice == "a"), () if explained else (NO_PROBABILITIES,)
    return p_first, (UNLIKELY,) if (p_first - 0.5) * (1 if choice == "a" else -1) < 0 else ()


def _still_thinking(text: str) -> bool:
    """Whether the last tag of thinking opens it."""
    tags = _THINK.findall(text)
    return bool(tags) and not tags[-1].startswith("</")


def _detail(detail: str, said: Said) -> str:
    told = [call.outcome for call in said.calls if call.outcome != "ok"]
    return f"{detail} ({told[-1]})" if told else detail


def clipped(text: str, longest: int = LONGEST_RAW) -> str:
    """The text; of one that is too long its start and its end, and how much is left out between.

    >>> clipped("abcdefgh", 4)
    'ab\\n[4 characters left out]\\ngh'
    """
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half]}\n[{len(text) - 2 * half} characters left out]\n{text[-half:]}"


def evidence_table(measured: Measurement) -> str:
    """What was measured, as a table for a prompt: the whole photos, then the places that differ most.

    Columns: region, metric, the numbers of A and of B, their unit, the just-noticeable steps between them,
    and which is better. Of regions only noticeable differences are told.
    """
    wholes = [piece for piece in measured.evidence if piece.region == "global"]
    places = [piece for piece in measured.evidence if piece.region != "global" and piece.says != "same"]
    places.sort(key=lambda piece: (-piece.steps, piece.region, piece.metric))
    rows = [_row(piece) for piece in (*wholes, *places)[:MOST_ROWS]]
    head = "region | metric | A | B | unit | noticeable steps | better"
    return "\n".join((*measured.notes, head, *rows))


def _row(piece: Evidence) -> str:
    better = {"a": "A", "b": "B", "same": "no visible difference"}[piece.says]
    numbers = f"{shown(piece.a)} | {shown(piece.b)} | {piece.unit} | {piece.steps:.1f}"
    return f"{piece.region} | {_name(piece)} | {numbers} | {better}"


def _name(piece: Evidence) -> str:
    return piece.metric.replace("_", " ")


def _refuted(claim: Claim) -> str:
    """A claim the pixels contradict, and what they say."""
    measured = [
        f"{_name(piece)} of {piece.region}: A {shown(piece.a)}, B {shown(piece.b)} {piece.unit}"
        for piece in claim.evidence
        if piece.says not in ("same", claim.favours)
    ]
    text = " ".join(claim.text.split())
    return f"{text} (measured: {'; '.join(measured[:2])})" if measured else text


def _content(words: Prompt, images: Sequence[NDArray[np.uint8]]) -> tuple[str | NDArray[np.uint8], ...]:
    """Captions, images and text in the order in which they are shown."""
    content: list[str | NDArray[np.uint8]] = []
    for caption, pixels in zip(words.captions, images, strict=True):
        if caption:
            content.append(f"\n{caption}\n" if content else f"{caption}\n")
        content.append(pixels)
    gap = "\n\n" if any(words.captions) else "\n"
    return (*content, f"{gap}{words.user}")
