"""What overlap is worth: the scores of a text that never looked at a photo, and of one that argues wrongly.

For each kind of pair one expert's text stands for all: the one that overlaps most, by ROUGE-L, with the
others of its kind, chosen without the pair it is scored on. It is written to favour the side the label names
(`template_right`), then mirrored to favour the other (`template_wrong`). A judge whose ROUGE-L is not above
these has shown nothing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from twinlens.language.side_mentions import mirror
from twinlens.scoring.choice_scores import Tally
from twinlens.scoring.semantic import Semantic, semantic
from twinlens.scoring.table import Table
from twinlens.scoring.text_scores import CLAIMS, COUNTS, Overlap, against, body, claims_of, overlap

CANDIDATES = 200
"""Experts' texts of a kind that are tried as its template, evenly spaced."""
SCORED = 1000
"""Pairs the controls are scored on at most, evenly spaced."""
Reference = tuple[int, str, str, str]


def controls(
    table: Table, references: list[Reference], measured: Overlap, meaning: Semantic | None = None
) -> dict[str, list[Tally]]:
    """The measures of both controls on the rows with an expert's text; none where a kind has only one."""
    ours = [one for one in references if one[2] in ("a", "b")]
    picked = [ours[at] for at in _spaced(len(ours), SCORED)]
    template = _templates(picked)
    scored = [(one, template[at]) for at, one in enumerate(picked) if template[at]]
    if not scored:
        return {}
    made: dict[str, list[Tally]] = {}
    rows = table.take(np.array([one[0] for one, _ in scored]))
    for name in ("template_right", "template_wrong"):
        said = [_written(one, text, name == "template_wrong") for one, text in scored]
        numbers = [
            against(one[3], text, claims_of(text), measured)
            for (one, _), text in zip(scored, said, strict=True)
        ]
        columns = dict(zip((*CLAIMS, "bleu", "rouge", *COUNTS), np.array(numbers).T, strict=True))
        columns["choice"] = np.zeros(len(scored))  # a control never fails
        if meaning is not None:
            pairs = [(body(text), body(one[3])) for (one, _), text in zip(scored, said, strict=True)]
            columns["semantic"] = meaning.cosines(pairs)
        told = replace(rows, numbers={**rows.numbers, **columns})
        made[name] = [*overlap(told), *semantic(told)]
    return made


def _written(one: Reference, text: str, wrong: bool) -> str:
    """A template that favours a, written to favour the side the label names, or the other one."""
    return mirror(text) if (one[2] == "b") != wrong else text


def _templates(references: list[Reference]) -> list[str]:
    """For each text, the template of its kind chosen among the others, written so that a is favoured."""
    found = [""] * len(references)
    for kind in sorted({kind for _, kind, _, _ in references}):
        members = [at for at, one in enumerate(references) if one[1] == kind]
        tried = [members[at] for at in _spaced(len(members), CANDIDATES)]
        texts = [_favouring_a(references[at]) for at in tried]
        likeness = _likeness(texts)
        totals = likeness.sum(axis=1)
        for at in members:
            merit = totals.copy()
            if at in tried:
                own = tried.index(at)
                merit = totals - likeness[:, own]
                merit[own] = -1.0
            if len(tried) > 1:
                found[at] = texts[int(np.argmax(merit))]
    return found


def _favouring_a(one: Reference) -> str:
    return body(one[3]) if one[2] == "a" else mirror(body(one[3]))


def _likeness(texts: list[str]) -> NDArray[np.float64]:
    """ROUGE-L of each two texts, 0 on the diagonal."""
    from rouge_score.tokenize import tokenize  # type: ignore[import-untyped, unused-ignore]

    words = [tokenize(text, None) for text in texts]
    found = np.zeros((len(texts), len(texts)))
    for at, mine in enumerate(words):
        places: dict[str, int] = {}
        for place, word in enumerate(mine):
            places[word] = places.get(word, 0) | 1 << place
        for other in range(at):
            both = len(mine) + len(words[other])
            same = longest_common(places, len(mine), words[other])
            found[at, other] = found[other, at] = 2 * same / both if both else 0.0
    return found


def longest_common(places: dict[str, int], length: int, other: list[str]) -> int:
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


def _spaced(count: int, most: int) -> list[int]:
    """The numbers below a count, at most so many and evenly spaced."""
    return [at * count // most for at in range(most)] if count > most else list(range(count))
