"""The scores of one submission, item by item and over all."""

from __future__ import annotations

import math
import os

from .answers import Prediction, predictions_file, read_predictions
from .reference import Item, Problem, Reference


class Row:
    """An item of a submission: id; line, answer and reasons (0 and "" where it failed); scores, 0 to 1."""

    def __init__(self, item: Item, given: Prediction | None) -> None:
        self.id, self.line, self.answer, self.rationale = item.id, 0, "", ""
        self.correct, self.bleu4, self.rouge_l = False, 0.0, 0.0
        if given is not None:
            self.line, self.answer, self.rationale = given.line, given.answer, given.rationale
            self.correct = given.answer == item.answer
            self.bleu4, self.rouge_l = item.overlap(given.rationale)


class Evaluation:
    """The scores by key, "score" the weighted mean; a row for each item; the problems by line."""

    def __init__(self, weights: dict[str, float], rows: list[Row], problems: list[Problem]) -> None:
        self.rows, self.problems = rows, problems
        columns = {
            "accuracy": [float(row.correct) for row in rows],
            "bleu4": [row.bleu4 for row in rows],
            "rouge_l": [row.rouge_l for row in rows],
        }
        self.scores = {key: math.fsum(columns[key]) / len(rows) for key in weights}
        weighted = [weight * self.scores[key] for key, weight in weights.items()]
        self.scores["score"] = math.fsum(weighted) / math.fsum(weights.values())


def evaluate(reference: Reference, path: str | os.PathLike[str]) -> Evaluation:
    """Score the submission in a file or folder; what cannot be scored at all is Unscorable.

    An item without a usable line fails: its answer is not right, and its text scores 0.
    """
    predictions, problems = read_predictions(reference, predictions_file(path))
    rows = [Row(item, predictions.get(at)) for at, item in enumerate(reference.items)]
    return Evaluation(reference.weights, rows, problems)
