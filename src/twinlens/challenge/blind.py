"""Image-blind controls: entries that nobody made who had looked at a photo.

The first is a whole entry: on every item the side that is right more often, with one expert's text for each
kind of pair (`scoring.controls`), written for that side. The others are such a text without an answer, for
the right side and for the wrong one: what overlap with the experts is worth.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from twinlens.challenge.program.reference import METRICS, Item, Reference, Unscorable
from twinlens.challenge.standings import Competitor, Scored
from twinlens.core.errors import BadInput
from twinlens.language.side_mentions import mirror
from twinlens.readers.raim import PREFIXES
from twinlens.scoring.controls import templates
from twinlens.scoring.text_scores import Reference as Text

BLIND, RIGHT, WRONG = "image-blind entry", "image-blind text, right side", "image-blind text, wrong side"
CONTROLS = {
    BLIND: "always the side that is right more often, with one fixed text a kind for that side",
    RIGHT: "one fixed text a kind, the right side named; no answer",
    WRONG: "the same text, arguing for the wrong side; no answer",
}
"""The controls by name, in words."""
SIDES = {"A": "a", "B": "b"}


class Truth:
    """The truth of a phase: its reference, and scene, kind and expert's text of each item.

    A line of reference.jsonl may name its `scene` and `kind`; else the id is the scene, of all phases that
    have it, and the kind is that of p_ or s_. BadInput where the folder is no reference.
    """

    def __init__(self, folder: Path) -> None:
        try:
            self.reference = Reference.read(folder)
        except Unscorable as error:
            raise BadInput(f"{error}; run: twinlens challenge build") from None
        text = (folder / "reference.jsonl").read_text("utf-8-sig")
        lines = [json.loads(line) for line in text.split("\n") if line.strip()]
        self.scenes = [str(line.get("scene") or line["id"]) for line in lines]
        self.kinds = [
            str(line.get("kind") or PREFIXES.get(str(line["id"]).split("_")[0], "")) for line in lines
        ]
        self.texts = [str(line.get("rationale", "")) for line in lines]

    def numbers(self, item: Item, answer: str, text: str) -> list[float]:
        """The metrics of an answer and a text, in the order of the weights; without an answer it has none."""
        right = float(answer == item.answer) if answer else float("nan")
        made = dict(zip(METRICS, (right, *item.overlap(text)), strict=True))
        return [made[key] for key in self.reference.weights]


def controls(phases: Sequence[Truth]) -> list[Competitor]:
    """The controls of a challenge whose answers are A and B; none of another."""
    if not all(set(one.reference.answers) == set(SIDES) for one in phases):
        return []
    made = [_of_phase(one) for one in phases]
    return [Competitor(name, [one[name] for one in made], notes=(words,)) for name, words in CONTROLS.items()]


def _of_phase(truth: Truth) -> dict[str, Scored]:
    items = truth.reference.items
    sides = [SIDES[item.answer] for item in items]
    references = [
        Text(at, kind, side, text)
        for at, (kind, side, text) in enumerate(zip(truth.kinds, sides, truth.texts, strict=True))
    ]
    for_a = templates(references)
    majority = Counter(item.answer for item in items).most_common(1)[0][0]
    other = {"A": "B", "B": "A"}
    argued = {
        BLIND: [(majority, majority)] * len(items),
        RIGHT: [("", item.answer) for item in items],
        WRONG: [("", other[item.answer]) for item in items],
    }
    return {name: _scored(truth, for_a, choices) for name, choices in argued.items()}


def _scored(truth: Truth, for_a: Sequence[str], choices: Sequence[tuple[str, str]]) -> Scored:
    """A control of the templates, by what it answers and the side its text argues for on each item."""
    texts = [text if side == "A" else mirror(text) for text, (_, side) in zip(for_a, choices, strict=True)]
    answers = [answer for answer, _ in choices]
    rows = [truth.numbers(*one) for one in zip(truth.reference.items, answers, texts, strict=True)]
    return Scored(np.array(rows), answers, texts)
