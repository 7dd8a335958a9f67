"""What overlap is worth: the scores of a text written without the photos, and of one that argues wrongly.

For each kind of pair one expert's text stands for all: the one that overlaps most, by ROUGE-L, with the
others of its kind, chosen without the pair it is scored on. It is written to favour the side the label names
(`template_right`), then mirrored to favour the other (`template_wrong`). A judge whose ROUGE-L is not above
these has shown nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from twinlens.language.side_mentions import mirror
from twinlens.scoring.claim_scores import MATCHED, claims_of, expert_agreement, matches
from twinlens.scoring.estimator import Estimator
from twinlens.scoring.semantic import Semantic, semantic_estimators
from twinlens.scoring.table import Table
from twinlens.scoring.text_scores import OVERLAP, Overlap, Reference, body, overlap_estimators
from twinlens.stats.interval import Array

CONTROLS = {
    "majority_side": "always the side that is right more often",
    "template_right": "one fixed text a kind, the right side named",
    "template_wrong": "the same text, arguing for the wrong side",
    "mirrored": "the judge’s own texts, rated with the sides mirrored",
}
"""The controls of a run's scores, in words."""
CANDIDATES = 200
"""Experts' texts of a kind that are tried as its template, evenly spaced."""
SCORED = 1000
"""Pairs the controls are scored on at most, evenly spaced."""
_WORD = re.compile(r"[a-z0-9]+")


def controls(
    table: Table, references: Sequence[Reference], overlap: Overlap, semantic: Semantic | None = None
) -> dict[str, list[Estimator]]:
    """The scores of both controls on experts' texts for a side; none where each kind has only one."""
    scored = [(one, text) for one, text in zip(references, templates(references), strict=True) if text]
    if not scored:
        return {}
    rows = table.take(np.array([one.row for one, _ in scored]))
    made = {}
    for name, as_written in (("template_right", "a"), ("template_wrong", "b")):
        pairs = [(text if one.side == as_written else mirror(text), one.text) for one, text in scored]
        made[name] = _estimators(rows, pairs, overlap, semantic)
    return made


def _estimators(
    rows: Table, pairs: Sequence[tuple[str, str]], overlap: Overlap, semantic: Semantic | None
) -> list[Estimator]:
    """The scores of texts, each with the expected one; a control never fails."""
    made = [(*matches(claims_of(text), claims_of(other)), *overlap(text, other)) for text, other in pairs]
    columns = dict(zip((*MATCHED, *OVERLAP), np.array(made).T, strict=True))
    columns["choice"] = np.zeros(len(pairs))
    if semantic is not None:
        columns["semantic"] = semantic.cosines([(body(text), body(other)) for text, other in pairs])
    table = replace(rows, numbers={**rows.numbers, **columns})
    return [*overlap_estimators(table), *expert_agreement(table), *semantic_estimators(table)]


def templates(references: Sequence[Reference]) -> list[str]:
    """For each text, the template of its kind: the most like the others, chosen without it, favouring a.

    Empty where a kind has only one text.
    """
    templates = [""] * len(references)
    for kind in sorted({one.kind for one in references}):
        members = [at for at, one in enumerate(references) if one.kind == kind]
        tried = np.array(members)[spaced(len(members), CANDIDATES)]
        texts = [favouring_a(references[at]) for at in tried]
        likeness = _likeness(texts)
        for at in members if len(tried) > 1 else ():
            merit = np.where(tried == at, -1.0, likeness.sum(axis=1) - likeness @ (tried == at))
            templates[at] = texts[int(np.argmax(merit))]
    return templates


def favouring_a(one: Reference) -> str:
    """The reasons of a text, mirrored where they are for b."""
    return body(one.text) if one.side == "a" else mirror(body(one.text))


def _likeness(texts: Sequence[str]) -> Array:
    """ROUGE-L of each two texts, 0 on the diagonal; words as rouge-score splits them."""
    words = [_WORD.findall(text.lower()) for text in texts]
    rouge = np.zeros((len(texts), len(texts)))
    for at, mine in enumerate(words):
        places: dict[str, int] = {}
        for place, word in enumerate(mine):
            places[word] = places.get(word, 0) | 1 << place
        for other in range(at):
            both = len(mine) + len(words[other])
            same = longest_common(places, len(mine), words[other])
            rouge[at, other] = rouge[other, at] = 2 * same / both if both else 0.0
    return rouge


def longest_common(places: dict[str, int], length: int, other: Sequence[str]) -> int:
    """The length of the longest common subsequence, by bits (Hyyrö 2004).

    `places` are the places of each word of the one text, as bits; `length` is its number of words.

    >>> longest_common({"the": 0b101, "cat": 0b10}, 3, ["cat", "the"])
    2
    """
    every = (1 << length) - 1
    left = every
    for word in other:
        hit = left & places.get(word, 0)
        left = ((left + hit) | (left - hit)) & every
    return length - left.bit_count()


def spaced(count: int, most: int) -> list[int]:
    """The numbers below a count, at most so many and evenly spaced."""
    return [at * count // most for at in range(most)] if count > most else list(range(count))
