"""Rationales that were copied are pointed out, and those of two experts are not."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest

from twinlens.challenge.near_duplicates import ALIKE, copies, distinct, resemblance
from twinlens.scoring.text_scores import body

LINES = (
    "Face Sharpness: Image A (Left) shows clear lashes, while Image B (Right) is soft.",
    "Hair Texture: Image A (Left) keeps single strands, while Image B (Right) smears them.",
    "Background Noise: Image B (Right) is cleaner in the wall behind, while Image A (Left) has grain.",
    "Global Color: both images have the same warm tone, and neither shows a cast.",
)


def reworded(text: str, share: float, seed: int = 0) -> str:
    """The text with a share of its words replaced."""
    rng = random.Random(seed)
    return " ".join(f"w{rng.random()}" if rng.random() < share else word for word in text.split())


def test_resemblance_is_that_of_sets_of_three_words() -> None:
    one, other = "a b c d e", "a b c d f"
    assert resemblance([one, other])[0, 1] == pytest.approx(2 / 4)
    assert resemblance(["same", "same", "other"]).tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 1]]
    assert resemblance(["", "!?"]).tolist() == [[0, 0], [0, 0]]


def test_a_word_that_comes_again_and_again_counts_once() -> None:
    assert resemblance(["x " * 100, "x x x"])[0, 1] == 1


def test_slightly_changed_texts_are_nearly_the_same_and_others_are_not() -> None:
    text = "\n".join(LINES)
    assert resemblance([text, reworded(text, 0.06)])[0, 1] >= ALIKE
    assert resemblance([text, "\n".join(LINES[::-1])])[0, 1] >= ALIKE
    assert resemblance([text, reworded(text, 0.4)])[0, 1] < ALIKE


def test_texts_of_experts_are_not_taken_for_copies(data: Path) -> None:
    lines = (data / "raim" / "train_grpo_1536.jsonl").read_text("utf-8").splitlines()
    texts = [body(json.loads(line)["solution"]) for line in lines]
    made = resemblance(texts)
    assert made[np.triu_indices(len(texts), 1)].max() < 0.2
    assert distinct(texts) == 1


def test_a_fixed_text_for_every_item_shows() -> None:
    assert distinct([LINES[0]] * 10) == pytest.approx(0.1)
    assert distinct(["", " "]) == 0


def test_a_copied_submission_is_named_with_what_it_shares() -> None:
    mine = [f"{line} Number {at} word{at} other{at}." for at, line in enumerate(LINES)]
    copy = [mine[0], mine[1], mine[2], "Something else was written about this one here."]
    own = ["Nothing of this is alike at all to others."] * 4
    (pair,) = copies([mine, own, copy], [list("AABB"), list("BBAA"), list("AABA")])
    assert (pair.first, pair.second, pair.texts, pair.answers) == (0, 2, 0.75, 0.75)


def test_items_without_a_text_are_no_copies() -> None:
    assert copies([["", ""], ["", ""]], [["A", "B"], ["A", "B"]]) == []
