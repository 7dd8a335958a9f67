"""The scores of one submission, item by item and over all."""

from __future__ import annotations

import math
import os
from typing import NamedTuple

from .answers import predictions_file, read_predictions
from .reference import Problem, Reference


class Row(NamedTuple):
    """An item of a submission: its line and answer (0 and "" where it failed), scores (0 to 1), reasons."""

    id: str
    line: int
    answer: str
    correct: bool
    bleu4: float
    rouge_l: float
    rationale: str


class Evaluation(NamedTuple):
    """The scores by key, "score" the weighted mean; a row for each item; the problems by line."""

    scores: dict[str, float]
    rows: list[Row]
    problems: list[Problem]


def evaluate(reference: Reference, path: str | os.PathLike[str]) -> Evaluation:
    """Score the submission in a file or folder; what cannot be scored at all is Unscorable.

    An item without a usable line fails: no answer is right, and its texts score 0.
    """
    predictions, problems = read_predictions(reference, predictions_file(path))
    rows = []
    for at, item in enumerate(reference.items):
        given = predictions.get(at)
        if given is None:
            rows.append(Row(item.id, 0, "", False, 0.0, 0.0, ""))
            continue
        text = given.rationale
        right = given.answer == item.answer
        rows.append(Row(item.id, given.line, given.answer, right, *item.overlap(text), text))
    return Evaluation(_scores(reference, rows), rows, problems)


def _scores(reference: Reference, rows: list[Row]) -> dict[str, float]:
    """The mean of each metric over all items, and their weighted mean."""
    columns = {
        "accuracy": [float(row.correct) for row in rows],
        "bleu4": [row.bleu4 for row in rows],
        "rouge_l": [row.rouge_l for row in rows],
    }
    scores = {key: math.fsum(columns[key]) / len(rows) for key in reference.weights}
    weighted = [weight * scores[key] for key, weight in reference.weights.items()]
    scores["score"] = math.fsum(weighted) / math.fsum(reference.weights.values())
    return scores
