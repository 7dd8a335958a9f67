"""What a reader of scores must not miss, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol


class Score(Protocol):
    """The value and interval that remarks look at."""

    @property
    def value(self) -> float | None: ...

    @property
    def low(self) -> float | None: ...

    @property
    def high(self) -> float | None: ...

    @property
    def n(self) -> int: ...

    @property
    def failed(self) -> int: ...


Scores = Mapping[str, Score]
FEW_SCENES = 10
TEXTS = {
    "rouge_l": "ROUGE-L",
    "bleu4": "BLEU-4",
    "semantic": "Semantic similarity",
    "claim_f1": "The F1 of claims",
}
"""Scores of texts that a fixed text has too."""


def remarks(
    scores: Scores, controls: Mapping[str, Scores], scenes: int, symmetric: bool = False
) -> Iterator[str]:
    """One sentence for each thing that a bare number would hide."""
    yield from _of_choices(scores, controls)
    yield from _of_texts(scores, controls)
    if symmetric:
        yield "The judge is symmetric by construction: swap consistency and first-position rate are no test."
    if scenes < FEW_SCENES:
        there = "is only 1 scene" if scenes == 1 else f"are only {scenes} scenes"
        yield f"There {there}: the intervals are rough."


def _of_choices(scores: Scores, controls: Mapping[str, Scores]) -> Iterator[str]:
    first = scores.get("first_position_rate")
    if first and first.value is not None and (_above(first, 0.6) or _below(first, 0.4)):
        yield (
            f"The photo shown first is chosen in {_percent(first.value)} of the views: "
            "its place decides, not its pixels."
        )
    swap = scores.get("swap_consistency")
    if swap and swap.value is not None and swap.value < 0.8:
        yield f"{_percent(1 - swap.value)} of the pairs are judged otherwise when the photos change places."
    accuracy = scores.get("accuracy")
    if accuracy is None or accuracy.value is None:
        return
    if accuracy.low is not None and not _above(accuracy, 0.5) and not _below(accuracy, 0.5):
        yield "The accuracy cannot be told from chance (0.500)."
    majority = controls.get("majority_side", {}).get("accuracy")
    if (
        majority
        and majority.value is not None
        and majority.value >= 0.6
        and not _above(accuracy, majority.value)
    ):
        yield f"The accuracy is not above that of always answering one side ({majority.value:.3f})."
    if accuracy.failed:
        yield f"{accuracy.failed} of {accuracy.n} pairs failed and count as wrong."


def _of_texts(scores: Scores, controls: Mapping[str, Scores]) -> Iterator[str]:
    distinct = scores.get("distinct_rationales")
    if distinct and distinct.value is not None and distinct.value < 0.5 and distinct.n > 1:
        yield f"Only {_percent(distinct.value)} of the rationales are distinct: they are a template's."
    blind = controls.get("template_right", {})
    for name, told in TEXTS.items():
        mine, control = scores.get(name), blind.get(name)
        if mine and control and control.value is not None and not _above(mine, control.value):
            yield f"{told} is not above that of one fixed text that never looks ({control.value:.3f})."


def _above(score: Score, value: float) -> bool:
    return score.low is not None and score.low > value


def _below(score: Score, value: float) -> bool:
    return score.high is not None and score.high < value


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
