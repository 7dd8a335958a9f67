"""How well a judge's claims stand: beside the experts' claims, and beside the pixels.

Two claims agree where region, aspect and favoured side do. What the pixels say of a claim is its grounding.
An overall judgement ("better overall") is an opinion, which no pixel can bear out: `supported` and
`contradicted` are shares of the other claims, and `opinion` is a score of its own.
"""

import math
from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np

from twinlens.core.run_records import FailureRow
from twinlens.core.types import Claim, Failure
from twinlens.language.parse import read
from twinlens.scoring.estimator import Estimator, mean
from twinlens.scoring.labels import Label
from twinlens.scoring.rows import ScoredClaim, ScoredRow
from twinlens.scoring.table import Table

Key = tuple[str, str, str]
"""A claim as it is compared: region, aspect, the side it favours."""
GROUNDED = ("claims", "opinions", "supported", "contradicted", "self_contradicting")
MATCHED = ("matched", "made", "expected", "matched_relaxed", "made_relaxed", "expected_relaxed")
FIELDS = (*GROUNDED, *MATCHED)
"""The numbers of a row's claims; not-a-number where there is no verdict, or no expert's text."""


def claim_numbers(row: ScoredRow, label: Label | None) -> tuple[float, ...]:
    """The numbers of `FIELDS` of one row; none where it has no claims and no expert's text."""
    grounded: tuple[float, ...] = (math.nan,) * len(GROUNDED)
    matched: tuple[float, ...] = (math.nan,) * len(MATCHED)
    claims = () if isinstance(row, FailureRow) else row.claims
    if label is not None and label.text:
        matched = matches(map(claim_key, claims), claims_of(label.text))
    elif not claims:
        return ()
    if not isinstance(row, FailureRow):
        said = [claim.grounding for claim in claims]
        counts = len(claims), said.count("opinion"), said.count("supported"), said.count("contradicted")
        grounded = (*counts, row.self_contradicting)
    return (*grounded, *matched)


def matches(made: Iterable[Key], expected: Iterable[Key]) -> tuple[float, ...]:
    """The numbers of `MATCHED`: on region, aspect and side, then without the region; each claim once.

    What is claimed for both sides says nothing, and matches nothing.

    >>> matches([("face", "noise", "a"), ("hair", "noise", "a")], [("face", "noise", "a")])
    (1, 2, 1, 1, 1, 1)
    >>> matches([("face", "noise", "a"), ("face", "noise", "b")], [("face", "noise", "a")])
    (0, 2, 1, 0, 2, 1)
    """
    mine, theirs = set(made), set(expected)
    opposed = both_ways(mine)
    said = {claim for claim in mine if claim[:2] not in opposed}
    relaxed, theirs_relaxed, said_relaxed = ({claim[1:] for claim in each} for each in (mine, theirs, said))
    strict = len(said & theirs), len(mine), len(theirs)
    return (*strict, len(said_relaxed & theirs_relaxed), len(relaxed), len(theirs_relaxed))


def both_ways(claims: Iterable[Key]) -> frozenset[tuple[str, str]]:
    """The regions and aspects of which claims are made for both sides."""
    sides: dict[tuple[str, str], set[str]] = {}
    for region, aspect, side in claims:
        sides.setdefault((region, aspect), set()).add(side)
    return frozenset(topic for topic, favours in sides.items() if {"a", "b"} <= favours)


def f1(matched: float, made: float, expected: float) -> float:
    """The harmonic mean of precision and recall, 0 where there is nothing to match."""
    return 2 * matched / (made + expected) if made + expected else 0.0


def claim_key(claim: Claim | ScoredClaim) -> Key:
    """The claim as it is compared with others."""
    return claim.region, claim.aspect, claim.favours


@lru_cache(maxsize=4096)
def claims_of(text: str) -> frozenset[Key]:
    """The claims of a text."""
    reading = read(text)
    return frozenset() if isinstance(reading, Failure) else frozenset(map(claim_key, reading.claims))


def claim_estimators(table: Table) -> Iterator[Estimator]:
    """The scores of claims that the rows allow, in the order they are shown."""
    if "claims" not in table.numbers:
        return
    yield from expert_agreement(table)
    claims, opinions = table["claims"], table["opinions"]
    claiming = ~table.failed & (claims > 0)
    checkable = claiming & (claims > opinions)
    if checkable.any():
        for name in ("supported", "contradicted"):
            yield mean(table, name, table[name], checkable, claims - opinions, verdicts=True)
    if claiming.any():
        yield mean(table, "opinion", opinions, claiming, claims, verdicts=True)
        yield mean(table, "self_contradiction", table["self_contradicting"], claiming, verdicts=True)


def expert_agreement(table: Table) -> Iterator[Estimator]:
    """Precision, recall and F1 of the experts' claims; F1 also without the region."""
    rows = ~np.isnan(table["expected"])
    if rows.any():
        matched, made, expected, relaxed, made_relaxed, expected_relaxed = map(table.__getitem__, MATCHED)
        yield mean(table, "claim_precision", matched, rows, made)
        yield mean(table, "claim_recall", matched, rows, expected)
        yield mean(table, "claim_f1", 2 * matched, rows, made + expected)
        yield mean(table, "claim_f1_relaxed", 2 * relaxed, rows, made_relaxed + expected_relaxed)
