"""Raters of tests, named by their path: one that looks, one that does not, and one that babbles."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from twinlens.core.types import Call, Failure, Pair
from twinlens.judges.vlm import Completion, VisionLanguageJudge, VisionPrompt


def rater(name: str) -> str:
    """The spec of one of these raters."""
    return f'{Path(__file__)}:{name}(model="m")'


def fine(pixels: np.ndarray) -> float:
    """How much fine detail an image has."""
    return float(cv2.Laplacian(pixels, cv2.CV_64F).var())


@dataclass(frozen=True)
class Looking(VisionLanguageJudge):
    """Rates high what calls the sharper image sharper."""

    in_flight = 3

    def complete(self, pair: Pair, prompt: VisionPrompt) -> Completion | Failure:
        images = [part for part in prompt.content if not isinstance(part, str)]
        sharper = "A (Left)" if fine(images[0]) > fine(images[len(images) // 2]) else "B (Right)"
        text = str(prompt.content[-1]).partition("What an expert")[0]
        true = f"Image {sharper} is sharper" in text
        told = f"<think><rating>5</rating></think>It is {true}. <rating>{9 if true else 2}</rating>"
        return Completion(told, (Call(self.model, 0.1, prompt.sizes),))


@dataclass(frozen=True)
class Blind(VisionLanguageJudge):
    """Finds every text good."""

    def complete(self, pair: Pair, prompt: VisionPrompt) -> Completion | Failure:
        return Completion("Good. <rating>8</rating>", (Call(self.model, 0.1),))


@dataclass(frozen=True)
class Odd(VisionLanguageJudge):
    """Babbles, fails or breaks on some pairs."""

    def complete(self, pair: Pair, prompt: VisionPrompt) -> Completion | Failure:
        if pair.id == "0":
            return Completion("Nine of ten.", (Call(self.model, 0.1),))
        if pair.id == "1":
            return Failure("timeout", "too late", "<rating>", calls=(Call(self.model, 9.0, outcome="late"),))
        if pair.id == "2":
            raise ZeroDivisionError("by nothing")
        return Completion("<rating>10</rating>", ())
