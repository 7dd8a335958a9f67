"""Raters of tests, named by their path: one that looks, one that does not, and one that babbles."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from twinlens.core.types import Call, Failure, Pair
from twinlens.judges.vlm import Asker, Question, Said


def rater(name: str) -> str:
    """The spec of one of these raters."""
    return f'{Path(__file__)}:{name}(model="m")'


def fine(pixels: np.ndarray) -> float:
    """How much fine detail an image has."""
    return float(cv2.Laplacian(pixels, cv2.CV_64F).var())


@dataclass(frozen=True)
class Looking(Asker):
    """Rates high what calls the sharper image sharper."""

    in_flight = 3

    def say(self, pair: Pair, question: Question) -> Said | Failure:
        images = [part for part in question.content if not isinstance(part, str)]
        sharper = "A (Left)" if fine(images[0]) > fine(images[len(images) // 2]) else "B (Right)"
        text = str(question.content[-1]).partition("What an expert")[0]
        true = f"Image {sharper} is sharper" in text
        told = f"<think><rating>5</rating></think>It is {true}. <rating>{9 if true else 2}</rating>"
        return Said(told, (Call(self.model, 0.1, question.sizes),))


@dataclass(frozen=True)
class Blind(Asker):
    """Finds every text good."""

    def say(self, pair: Pair, question: Question) -> Said | Failure:
        return Said("Good. <rating>8</rating>", (Call(self.model, 0.1),))


@dataclass(frozen=True)
class Odd(Asker):
    """Babbles, fails or breaks on some pairs."""

    def say(self, pair: Pair, question: Question) -> Said | Failure:
        if pair.id == "0":
            return Said("Nine of ten.", (Call(self.model, 0.1),))
        if pair.id == "1":
            return Failure("timeout", "too late", "<rating>", calls=(Call(self.model, 9.0, outcome="late"),))
        if pair.id == "2":
            raise ZeroDivisionError("by nothing")
        return Said("<rating>10</rating>", ())
