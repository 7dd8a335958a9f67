"""How well a judge's claims stand: beside the experts' claims, and beside the pixels.

Two claims agree where region, aspect and favoured side do. What the pixels say of a claim is its grounding.
An overall judgement ("better overall") is an opinion, which no pixel can bear out: `supported` and
`contradicted` are shares of the other claims, and `opinion` is a score of its own.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np

from twinlens.core.run_records import Row, VerdictRow
from twinlens.core.types import Failure
from twinlens.language.parse import read
from twinlens.scoring.estimator import Estimator, mean, ratio_of
from twinlens.scoring.labels import Label
from twinlens.scoring.table import Table

Key = tuple[str, str, str]
"""A claim as it is compared: region, aspect, the side it favours."""
GROUNDED = ("claims", "opinions", "supported", "contradicted", "self_contradicting")
MATCHED = ("matched", "made", "expected", "matched_relaxed", "made_relaxed", "expected_relaxed")
FIELDS = (*GROUNDED, *MATCHED)
"""The numbers of a row's claims; not-a-number where there is no verdict, or no expert's text."""


def claim_numbers(row: Row, label: Label | None) -> tuple[float, ...]:
    """The numbers of `FIELDS` of one row; none where it has no claims and no expert's text."""
    claims = row.claims if isinstance(row, VerdictRow) else ()
    if label is not None and label.text:
        made = [(claim.region, claim.aspect, claim.favours) for claim in claims]
        matched = matches(made, claims_of(label.text))
    elif claims:
        matched = (math.nan,) * len(MATCHED)
    else:
        return ()
    if not isinstance(row, VerdictRow):
        return (*(math.nan,) * len(GROUNDED), *matched)
    count = Counter(claim.grounding for claim in claims)
    grounded = len(claims), count["opinion"], count["supported"], count["contradicted"]
    return (*grounded, float(row.self_contradicting), *matched)


def matches(made: Iterable[Key], expected: Iterable[Key]) -> tuple[float, ...]:
    """The numbers of `MATCHED`: on region, aspect and side, then without the region; each claim once.

    >>> matches([("face", "noise", "a"), ("hair", "noise", "a")], [("face", "noise", "a")])
    (1.0, 2.0, 1.0, 1.0, 1.0, 1.0)
    """
    strict = set(made), set(expected)
    relaxed = tuple({claim[1:] for claim in claims} for claims in strict)
    return tuple(
        float(len(part)) for mine, theirs in (strict, relaxed) for part in (mine & theirs, mine, theirs)
    )


@lru_cache(maxsize=4096)
def claims_of(text: str) -> frozenset[Key]:
    """The claims of a text."""
    reading = read(text)
    claims = () if isinstance(reading, Failure) else reading.claims
    return frozenset((claim.region, claim.aspect, claim.favours) for claim in claims)


def claim_estimators(table: Table) -> Iterator[Estimator]:
    """The scores of claims that the rows allow, in the order they are shown."""
    if "claims" not in table.numbers:
        return
    yield from expert_agreement(table)
    claims, opinions = table.numbers["claims"], table.numbers["opinions"]
    claiming = ~table.failed & (claims > 0)
    checkable = claiming & (claims > opinions)
    if checkable.any():
        for name in ("supported", "contradicted"):
            yield ratio_of(table, name, table.numbers[name], claims - opinions, checkable, verdicts=True)
    if claiming.any():
        yield ratio_of(table, "opinion", opinions, claims, claiming, verdicts=True)
        contradicting = table.numbers["self_contradicting"]
        yield mean(table, "self_contradiction", contradicting, claiming, verdicts=True)


def expert_agreement(table: Table) -> Iterator[Estimator]:
    """Precision, recall and F1 of the experts' claims; F1 also without the region."""
    numbers = table.numbers
    rows = ~np.isnan(numbers["expected"])
    if not rows.any():
        return
    matched, made, expected = (numbers[name] for name in MATCHED[:3])
    yield ratio_of(table, "claim_precision", matched, made, rows)
    yield ratio_of(table, "claim_recall", matched, expected, rows)
    yield ratio_of(table, "claim_f1", 2 * matched, made + expected, rows)
    relaxed, made, expected = (numbers[name] for name in MATCHED[3:])
    yield ratio_of(table, "claim_f1_relaxed", 2 * relaxed, made + expected, rows)
