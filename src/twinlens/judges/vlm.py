"""Judges that are vision-language models: their prompts, and the verdict that a completion comes to.

A model is shown a view of the pair (`judges.model_view`) between the words of a prompt (`language.prompt`),
with or without the measured evidence as a table. What it writes is read by `language.parse` only: the last
answer of the text decides, a text without one is a failure that keeps the text, and nothing is guessed.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twinlens.core import catalog
from twinlens.core.types import Call, Choice, Claim, Failure, Pair, Side, Verdict
from twinlens.judgement.evidence import Measurement, measure
from twinlens.judgement.explanation import shown
from twinlens.judges.model_view import LEAST_PIXELS, Layout, view
from twinlens.language.lexicon import Lexicon, open_lexicon
from twinlens.language.parse import read
from twinlens.language.prompt import Template, open_template, prompt

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
class VisionPrompt:
    """What is put to a model: its role, then text and images (height, width, 3; uint8, RGB) in order.

    `measured` is the evidence that the text holds, where it does.
    """

    system: str
    content: tuple[str | NDArray[np.uint8], ...]
    measured: Measurement | None = None

    @property
    def images(self) -> tuple[NDArray[np.uint8], ...]:
        """The images, in order."""
        return tuple(part for part in self.content if not isinstance(part, str))

    @property
    def sizes(self) -> tuple[tuple[int, int], ...]:
        """Width and height of each image."""
        return tuple((image.shape[1], image.shape[0]) for image in self.images)


@dataclass(frozen=True)
class Completion:
    """What a model wrote: its text, what each call cost, and the probability of the answer A where known.

    `truncated` means that the text ends where the tokens allowed did; `notes` are for people.
    """

    text: str
    calls: tuple[Call, ...]
    p_first: float | None = None
    truncated: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class VisionLanguageJudge(ABC):
    """What every judge that is a model has: how the pair is shown, and the words of its prompt.

    `layout`, `crops` and `max_pixels` are those of `judges.model_view`; `prompt` names a template or its
    file; `evidence` puts what was measured into the prompt; without `reasons` only the answer is wanted.
    `lexicon` is a file of words and forms of answers to read by, beside the built-in ones.
    """

    model: str
    _: KW_ONLY
    layout: Layout = "split"
    crops: int = 1
    max_pixels: int = 1_048_576
    prompt: str = "expert"
    evidence: bool = False
    reasons: bool = True
    lexicon: str = ""

    def __post_init__(self) -> None:
        if not self.model:
            raise ValueError("found an empty model; expected its name")
        if self.crops < 0 or self.max_pixels < LEAST_PIXELS:
            given = f"crops={self.crops}, max_pixels={self.max_pixels}"
            raise ValueError(f"found {given}; expected crops from 0, max_pixels from {LEAST_PIXELS}")

    @property
    def version(self) -> str:
        """What the answers depend on beside the spec: the text of the prompt, and the words of a lexicon."""
        words = f" lexicon:{self.words.sha256}" if self.lexicon else ""
        return f"prompt:{self._template.sha256}{words}"

    @cached_property
    def words(self) -> Lexicon:
        """The words that answers are read by."""
        return open_lexicon(self.lexicon)

    @cached_property
    def _template(self) -> Template:
        """The prompt's template, read once, so that all prompts of one judge have the same words."""
        return open_template(self.prompt)

    def prompt_for(
        self, pair: Pair, choice: Side | None = None, contradicted: Sequence[Claim] = ()
    ) -> VisionPrompt:
        """The prompt that shows a pair; with a `choice`, for the reasons of one that is settled."""
        measured = measure(pair) if self.evidence else None
        return self._filled(
            pair, self._template, measured, choice=choice, reasons=self.reasons or bool(choice),
            evidence="" if measured is None else evidence_table(measured),
            contradicted=[_refuted(claim) for claim in contradicted],
        )  # fmt: skip

    def rating_prompt(
        self, pair: Pair, rationale: str, reference: str = "", template: str = "rater"
    ) -> VisionPrompt:
        """The prompt to rate a text about a pair, beside an expert's text where there is one."""
        return self._filled(pair, template, rationale=rationale, reference=reference)

    def _filled(
        self, pair: Pair, template: str | Template, measured: Measurement | None = None, **words: Any
    ) -> VisionPrompt:
        """A template filled in for a pair: captions, images and text in the order in which they are shown."""
        images = view(pair, self.layout, self.crops, self.max_pixels)
        names = [image.name for image in images]
        filled = prompt(template, kind=pair.kind, images=names, layout=self.layout, **words)
        content = filled.interleaved([image.pixels for image in images])
        return VisionPrompt(filled.system, content, measured)

    @abstractmethod
    def complete(self, pair: Pair, prompt: VisionPrompt) -> Completion | Failure:
        """What the model writes to a prompt; `pair` is only named in a failure."""

    def judge(self, pair: Pair) -> Verdict | Failure:
        """The verdict on a pair."""
        return self._outcome(pair, self.prompt_for(pair))

    def explain(self, pair: Pair, choice: Side, contradicted: Sequence[Claim] = ()) -> Verdict | Failure:
        """The verdict with a settled choice and the model's reasons for it."""
        return self._outcome(pair, self.prompt_for(pair, choice, contradicted), choice)

    def _outcome(self, pair: Pair, prompt: VisionPrompt, choice: Side | None = None) -> Verdict | Failure:
        made = self.complete(pair, prompt)
        return made if isinstance(made, Failure) else verdict(self, pair, prompt, made, choice)


def verdict(
    judge: VisionLanguageJudge, pair: Pair, prompt: VisionPrompt, completion: Completion,
    choice: Side | None = None,
) -> Verdict | Failure:  # fmt: skip
    """What a completion comes to: the verdict it gives, or the failure to give one, with the text.

    The answer of the text decides, and `p_a` is the probability the model gave to A where it is known. With a
    settled `choice` that is the verdict's, and the text has to give reasons.
    """
    text, spec, calls = shortened(completion.text), catalog.spec(judge), completion.calls
    failed = Failure("unreadable", "", text, spec, pair.id, calls)
    outcomes = [call.outcome for call in calls if call.outcome != "ok"]
    cause = f" ({outcomes[-1]})" if outcomes else ""
    reading = read(completion.text, lexicon=judge.words)
    if isinstance(reading, Failure):
        return replace(failed, kind=reading.kind, detail=f"{reading.detail}{cause}")
    answer = None if completion.truncated and _still_thinking(completion.text) else reading.answer
    if choice is None and answer is None:
        claims = f"{len(reading.claims)} claims and no answer" if reading.claims else "an answer in a thought"
        return replace(failed, detail=f"{claims}; expected {EXPECTED}{cause}")
    if choice is not None and not reading.claims:
        return replace(failed, detail=f"no reasons; expected statements about both images{cause}")
    if choice is not None:
        other = f"asked for the reasons of {choice.upper()}, the model answered otherwise"
        decided: Choice = choice
        p_a, notes = float(choice == "a"), () if answer in (None, choice) else (other,)
    elif answer == "same":
        decided, p_a, notes = "tie", 0.5, (ALIKE,)
    else:
        decided, p_a, notes = answer or "tie", float(answer == "a"), (NO_PROBABILITIES,)
        if completion.p_first is not None:
            p_a = completion.p_first
            notes = (UNLIKELY,) if (p_a < 0.5 if answer == "a" else p_a > 0.5) else ()
    evidence, measured_notes = (
        (prompt.measured.evidence, prompt.measured.notes) if prompt.measured else ((), ())
    )
    return Verdict(
        pair=pair, judge=spec, choice=decided, p_a=p_a, claims=reading.claims, rationale=text,
        evidence=evidence, calls=calls, notes=(*completion.notes, *notes, *measured_notes),
    )  # fmt: skip


def _still_thinking(text: str) -> bool:
    """Whether the last tag of thinking opens it."""
    tags = _THINK.findall(text)
    return bool(tags) and not tags[-1].startswith("</")


def shortened(text: str, longest: int = LONGEST_RAW) -> str:
    """The text; of one that is too long its start and its end, and how much is left out between.

    >>> shortened("abcdefgh", 4)
    'ab\\n[4 characters left out]\\ngh'
    """
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half]}\n[{len(text) - 2 * half} characters left out]\n{text[-half:]}"


def evidence_table(measured: Measurement) -> str:
    """What was measured, as a table for a prompt: the whole photos, then the places that differ most.

    Columns: region, metric, the values of A and of B, their unit, the difference in just-noticeable steps,
    and which is better. Of regions only noticeable differences are given.
    """
    wholes = [piece for piece in measured.evidence if piece.region == "global"]
    places = [piece for piece in measured.evidence if piece.region != "global" and piece.says != "same"]
    places.sort(key=lambda piece: (-piece.steps, piece.region, piece.metric))
    better = {"a": "A", "b": "B", "same": "no visible difference"}
    rows = [
        f"{piece.region} | {piece.metric.replace('_', ' ')} | {shown(piece.a)} | {shown(piece.b)} | "
        f"{piece.unit} | {piece.steps:.1f} | {better[piece.says]}"
        for piece in (*wholes, *places)[:MOST_ROWS]
    ]
    head = "region | metric | A | B | unit | noticeable steps | better"
    return "\n".join((*measured.notes, head, *rows))


def _refuted(claim: Claim) -> str:
    """A claim that the pixels contradict, and what they say."""
    measured = [
        f"{piece.metric.replace('_', ' ')} of {piece.region}: "
        f"A {shown(piece.a)}, B {shown(piece.b)} {piece.unit}"
        for piece in claim.evidence
        if piece.says not in ("same", claim.favours)
    ]
    text = " ".join(claim.text.split())
    return f"{text} (measured: {'; '.join(measured[:2])})" if measured else text
