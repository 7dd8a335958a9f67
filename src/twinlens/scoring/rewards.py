"""What a text about a pair is worth for training, by the functions that the scores are made of.

Each reward is a number from 0 to 1, or None where it does not apply. None of them pays for what needs no
look at the photos but two, which say so: the form, and reasons that argue for the answer. A text that is
longer than an expert's could ever be earns nothing.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import get_args

import numpy as np

from twinlens.core.types import ASPECTS, OPINION, Claim, Evidence, Failure, Favours, Grounding, Side
from twinlens.judgement.evidence import mirrored
from twinlens.judgement.grounding import NEAREST, favoured, ground
from twinlens.language.answer import strict_answer, strict_form
from twinlens.language.parse import read
from twinlens.language.side_mentions import mirror
from twinlens.scoring.choice_scores import earned
from twinlens.scoring.claim_scores import Key, both_ways, claim_key, claims_of, f1, matches
from twinlens.scoring.labels import SIDES

LONGEST = 10_000
"""Characters from which on a text earns nothing."""
PLACES = 2
"""Places of which one difference is worth saying: the whole and one of its regions, or two regions."""
ENOUGH = 6
"""True statements that say enough of a pair: the lines of the longest expert's rationale."""


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of a pair, in the order in which the text's model saw it.

    `reference` is an expert's text, "" where there is none; `evidence` all that was measured (`measure` of
    `judgement.evidence`); `other` what the model wrote of the same photos the other way round.
    """

    label: Side | None = None
    reference: str = ""
    evidence: tuple[Evidence, ...] = ()
    other: str = ""

    def swapped(self) -> "Known":
        """The same of the photos exchanged."""
        label: Side | None = None if self.label is None else "b" if self.label == "a" else "a"
        pieces = tuple(map(mirrored, self.evidence))
        return replace(
            self, label=label, reference=mirror(self.reference), evidence=pieces, other=mirror(self.other)
        )


def answer_reward(text: str, label: Side) -> float:
    """1 where the text ends in the label's answer, given once and strictly; what `accuracy` counts.

    >>> answer_reward("<answer>A</answer>", "a"), answer_reward("<answer>A</answer> <answer>A</answer>", "a")
    (1.0, 0.0)
    """
    answer = _answer(text)
    return 0.0 if answer is None else float(earned(np.array(SIDES[answer]), np.array(SIDES[label])))


def format_reward(text: str) -> float:
    """1 where the text is reasons in <thinking> or <think>, then the answer, and nothing else."""
    return float(len(text) <= LONGEST and strict_form(text) is not None)


def claim_reward(text: str, reference: str) -> float | None:
    """F1 of the text's claims beside an expert's (region, aspect, side), as `claim_f1`; None without his."""
    expected = claims_of(reference)
    return f1(*matches(map(claim_key, _claims(text)), expected)[:3]) if expected else None


def grounding_reward(text: str, evidence: tuple[Evidence, ...]) -> float | None:
    """How much of what the pixels bear out is said, and how little else; None where they bear out nothing.

    Precision, of what may be checked the share that is supported less that which is contradicted (from 0
    on), times recall, of what is supported of the pair by `ground` the share that is said, each weighed by
    tanh(JNDs / 3). A difference counts in `PLACES` at most, and `ENOUGH` of them are all. A claim for one
    side counts as false where it is also made for the other; one of no difference only where it is false;
    an opinion not at all; and what is not measured, as of a region that is not there, lowers the precision.
    """
    facts = _facts(evidence)
    borne_out = {key: weight for key, (how, weight) in facts.items() if how == "supported" and weight}
    if not borne_out:
        return None
    said = {(NEAREST.get(one.region, one.region), one.aspect, one.favours) for one in _checkable(text)}
    opposed = both_ways(said)
    hows = {key: "contradicted" if key[:2] in opposed else facts.get(key, ("", 0.0))[0] for key in said}
    true = _weights(
        {key: borne_out[key] for key, how in hows.items() if how == "supported" and key in borne_out}
    )
    false = sum(how == "contradicted" for how in hows.values())
    unclear = sum(how in ("", "unmeasured") and key[2] != "same" for key, how in hows.items())
    if len(true) <= false:
        return 0.0
    precision = (len(true) - false) / (len(true) + false + unclear)
    recall = math.fsum(true) / math.fsum(sorted(_weights(borne_out), reverse=True)[:ENOUGH])
    return precision * min(1.0, recall)


def consistency_reward(text: str) -> float:
    """1 where the claims favour the answer on the whole, and none is made for both sides.

    0 too where nothing is claimed but an opinion. `self_contradiction` counts what argues against its answer.
    """
    answer, claims = _answer(text), _checkable(text)
    if answer is None or both_ways(map(claim_key, claims)):
        return 0.0
    for_a, for_b = favoured(claims)
    opinions = favoured(one for one in _claims(text) if one.aspect == OPINION)
    sign = 1 if answer == "a" else -1
    return float(sign * (for_a - for_b) > 0 and sign * (opinions[0] - opinions[1]) >= 0)


def order_reward(text: str, other: str) -> float:
    """Half for the same choice in both orders of the photos, half for the F1 of both orders' claims.

    `other` is what was written of the photos the other way round; 0 where the choices differ, or either is
    none. `swap_consistency` counts the choices.
    """
    back = mirror(other[: LONGEST + 1])
    if _answer(text) is None or _answer(text) != _answer(back):
        return 0.0
    return 0.5 + 0.5 * f1(*matches(*(map(claim_key, _checkable(one)) for one in (text, back)))[:3])


REWARDS: Mapping[str, Callable[[str, Known], float | None]] = {
    "answer": lambda text, known: None if known.label is None else answer_reward(text, known.label),
    "format": lambda text, known: format_reward(text),
    "claims": lambda text, known: claim_reward(text, known.reference),
    "grounding": lambda text, known: grounding_reward(text, known.evidence),
    "consistency": lambda text, known: consistency_reward(text),
    "order": lambda text, known: order_reward(text, known.other) if known.other else None,
}
"""The rewards by name, of a text and what is known of its pair."""


def _answer(text: str) -> Side | None:
    return strict_answer(text) if len(text) <= LONGEST else None


@lru_cache(maxsize=1024)
def _claims(text: str) -> tuple[Claim, ...]:
    """What a text claims; nothing where it is too long."""
    reading = read(text) if len(text) <= LONGEST else None
    return () if reading is None or isinstance(reading, Failure) else reading.claims


def _checkable(text: str) -> list[Claim]:
    return [claim for claim in _claims(text) if claim.aspect != OPINION]


@lru_cache(maxsize=1024)
def _facts(evidence: tuple[Evidence, ...]) -> Mapping[Key, tuple[Grounding, float]]:
    """What the evidence says of every claim there may be, and the weight of those for a side it supports."""
    regions = dict.fromkeys(piece.region for piece in evidence)
    every = product(regions, (one for one in ASPECTS if one != OPINION), get_args(Favours))
    claims = ground((Claim("", *key) for key in every), evidence)
    return {claim_key(claim): (claim.grounding, _weight(claim)) for claim in claims}


def _weight(claim: Claim) -> float:
    """What a claim for a side is worth: how plain the plainest difference is that speaks for it."""
    steps = [piece.steps for piece in claim.evidence if piece.says == claim.favours != "same"]
    return math.tanh(max(steps, default=0.0) / 3)


def _weights(statements: Mapping[Key, float]) -> list[float]:
    """The weights of statements, of each aspect and side those of its plainest places."""
    by_difference: dict[tuple[str, str], list[float]] = {}
    for (_, aspect, side), weight in statements.items():
        by_difference.setdefault((aspect, side), []).append(weight)
    return [weight for each in by_difference.values() for weight in sorted(each, reverse=True)[:PLACES]]
