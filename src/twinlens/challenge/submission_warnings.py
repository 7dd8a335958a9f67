"""What a reader of a submission's rationales would hold against them, a line each."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from twinlens.challenge.program.reference import Item, Problem
from twinlens.core.types import OPINION, Choice, Claim, Failure
from twinlens.judgement.grounding import argues_against
from twinlens.language.parse import read
from twinlens.readers.raim import PREFIXES
from twinlens.scoring.controls import favouring_a, templates
from twinlens.scoring.text_scores import Reference

TEMPLATE = 0.75
"""ROUGE-L from which a text is its kind's template; of the 100 experts' texts of RAIM none is above 0.40."""
SIDES: tuple[Choice, ...] = ("a", "b", "tie")


class Text(NamedTuple):
    """The reasons of a line, and the number of its answer: 0 for A, 1 for B."""

    line: int
    id: str
    answer: int
    rationale: str


def warnings(texts: Sequence[Text]) -> Iterator[Problem]:
    """Rationales that repeat, oppose their own answer, argue for both sides, or read as a template's."""
    repeated = _repeated(texts)
    for text, first in repeated:
        yield Problem(text.line, f"{text.id}: the same rationale as on line {first}")
    for text in texts:
        reading = read(text.rationale)
        claims = () if isinstance(reading, Failure) else reading.claims
        if argues_against(claims, SIDES[min(text.answer, 2)]):
            yield Problem(text.line, f"{text.id}: the reasons, taken together, are for the other answer")
        if both := _for_both(claims):
            yield Problem(text.line, f"{text.id}: argues for both sides: {both}")
        if text.rationale and not claims:
            yield Problem(text.line, f"{text.id}: no claim about Image A and Image B can be read")
    yield from _blind([text for text in texts if text not in {again for again, _ in repeated}])


def _repeated(texts: Sequence[Text]) -> list[tuple[Text, int]]:
    """Texts that stand in an earlier line, capitals and blanks apart, each with that line."""
    first = dict[str, int]()
    lines = [(text, " ".join(text.rationale.split()).lower()) for text in texts]
    places = [(text, first.setdefault(words, text.line)) for text, words in lines if words]
    return [(text, earlier) for text, earlier in places if text.line != earlier]


def _for_both(claims: Sequence[Claim]) -> str:
    """What is claimed of both sides: an aspect of a region, or the overall judgement; empty where nothing."""
    favoured = defaultdict[tuple[str, str], set[str]](set)
    for claim in claims:
        favoured[claim.region, claim.aspect].add(claim.favours)
    named = (key for key, sides in favoured.items() if {"a", "b"} <= sides)
    return ", ".join("overall" if aspect == OPINION else f"{region} {aspect}" for region, aspect in named)


def _blind(texts: Sequence[Text]) -> Iterator[Problem]:
    """Texts near the one that is most like the others of their kind: it was written without the photos."""
    sided = [text for text in texts if text.answer < 2]
    references = [
        Reference(text.line, PREFIXES.get(text.id.split("_")[0], "other"), SIDES[text.answer], text.rationale)
        for text in sided
    ]
    for text, reference, template in zip(sided, references, templates(references), strict=True):
        likeness = Item("", [], text=template).overlap(favouring_a(reference))[1]
        if likeness >= TEMPLATE:
            said = "says what one fixed text says without looking"
            yield Problem(text.line, f"{text.id}: {said} (ROUGE-L {likeness:.2f} to it)")
