"""What one answer earns: the numbers of which `twinlens score` makes its scores of a run.

So the task of another program and our own run of the same answers come to the same scores.
"""

import math
from functools import cache
from typing import NamedTuple

import numpy as np

from twinlens.core.types import Claim, Failure, Reading
from twinlens.language.parse import read_answer
from twinlens.scoring.choice_scores import earned
from twinlens.scoring.claim_scores import claim_key, claims_of, matches
from twinlens.scoring.labels import SIDES
from twinlens.scoring.text_scores import Overlap

CHOICES = {"a": "a", "b": "b", "same": "tie"}


class Earned(NamedTuple):
    """The scores of one answer; not-a-number where there is no label or expert's text to score beside.

    A text without an answer earns 0 everywhere, as a failure in a run does. `claims` are the numbers matched,
    made and expected, whose sums over all answers give the F1.
    """

    reading: Reading | Failure
    accuracy: float = math.nan
    bleu4: float = math.nan
    rouge_l: float = math.nan
    claims: tuple[float, float, float] | None = None


def score_answer(text: str, label: str | None, reference: str | None) -> Earned:
    """The scores of a text beside a label (a, b; others are not scored) and an expert's text."""
    reading = read_answer(text)
    made = Earned(reading)
    if label in ("a", "b"):
        made = made._replace(accuracy=_accuracy(reading, label))
    if reference:
        own, claims = ("", ()) if isinstance(reading, Failure) else (text, reading.claims)
        bleu4, rouge_l = _overlap()(own, reference)[:2]
        made = made._replace(bleu4=bleu4, rouge_l=rouge_l, claims=_matches(claims, reference))
    return made


def f1(claims: list[tuple[float, float, float]]) -> float:
    """The F1 of claims beside the experts', of all answers together; not-a-number where there are none.

    >>> f1([(1, 2, 2), (0, 0, 1)])
    0.4
    """
    matched, made, expected = (sum(numbers) for numbers in zip(*claims, strict=True)) if claims else (0, 0, 0)
    return 2 * matched / (made + expected) if made + expected else math.nan


def _accuracy(reading: Reading | Failure, label: str) -> float:
    answer = None if isinstance(reading, Failure) else reading.answer
    choice = math.nan if answer is None else SIDES[CHOICES[answer]]
    return float(earned(np.array(choice), np.array(float(SIDES[label]))))


def _matches(claims: tuple[Claim, ...], reference: str) -> tuple[float, float, float]:
    matched, made, expected, *_ = matches(map(claim_key, claims), claims_of(reference))
    return matched, made, expected


@cache
def _overlap() -> Overlap:
    return Overlap()
