"""Evidence becomes claims: what differs noticeably, where it does, in experts' words, weightiest first.

A difference is claimed where `claim_model` finds it probable enough to be a true reason, whatever else
differs, and a metric notices it on that side. Where the photos differ in one place only, claims are about the
region that holds it; where they differ all over, about the whole, with one region named beside it. What a
metric says that the model was never fitted on is claimed from one JND on, consequences of others apart.
"""

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from msgspec import UNSET

from twinlens.core.types import Choice, Claim, Evidence, Side
from twinlens.judgement.causes import by_metric, without_consequences
from twinlens.judgement.claim_model import claim_model, probabilities
from twinlens.judgement.evidence import Measurement, naming
from twinlens.judgement.grounding import argues_against
from twinlens.language import render
from twinlens.metrics import metrics

PRECISION = 0.95
"""How many of the claims are to be true."""
CLAIMED = ("artifacts", "sharpness", "noise", "texture", "exposure", "color", "contrast")
"""Aspects that claims are made of, in the order in which ties are broken."""
MOST_LINES = 6
IMPORTANCE = {"face": 2.0, "text": 1.6, "global": 1.5, "hair": 1.3, "skin": 1.3, "clothing": 1.2}
"""How much a region's differences count beside those of others, when claims are put in order."""
UNEXPLAINED = "No reason is sure enough to be stated for"
NOTHING_NOTICED = "Nothing that could be one and that people notice is measured for it."
MOST_UNSURE = 2
BROAD = frozenset({"background", "shadows"})
"""Regions too wide to be singled out where the photos differ all over."""


@dataclass(frozen=True)
class Reason:
    """A noticeable difference of one metric in one region, in signed JNDs: positive where a is better.

    `probability` is that of a true reason, None where it was never fitted.
    """

    piece: Evidence
    steps: float
    probability: float | None = None

    @property
    def weight(self) -> float:
        """How much it matters to people."""
        return min(abs(self.steps), 10.0) * IMPORTANCE.get(self.piece.region, 1.0)


def reasons(measured: Measurement, precision: float = PRECISION) -> list[Reason]:
    """The differences of a pair that are true reasons as surely as `precision` asks, the weightiest first."""
    model = claim_model()
    noticed = candidates(measured, probabilities(measured, model), model.metrics)
    return stated(measured, noticed, model.least(precision))


def candidates(
    measured: Measurement, sure: Mapping[tuple[str, str, Side], float], fitted: Collection[str]
) -> list[Reason]:
    """What is noticed in the places where the photos may differ: the largest of each region, aspect and side.

    `sure` are the probabilities by which `fitted` metrics may be claimed.
    """
    places = set(measured.statistics)
    left = {
        region: without_consequences(by_metric(measured.evidence, region)) for region in places | {"global"}
    }
    beside = {region: _beside(by_metric(measured.evidence, region), fitted) for region in left}
    leads: dict[tuple[str, ...], Reason] = {}
    for piece in measured.evidence:
        if piece.says == "same" or piece.aspect not in CLAIMED or piece.region not in (places or {"global"}):
            continue
        steps = piece.steps if piece.says == "a" else -piece.steps
        known = sure.get((piece.region, piece.aspect, piece.says)) if piece.metric in fitted else None
        if not (left if known is None else beside)[piece.region][piece.metric]:
            continue
        one = Reason(piece, steps, known)
        key = (piece.region, piece.aspect, piece.says, "" if known is not None else piece.metric)
        leads[key] = max(one, leads.get(key, one), key=lambda r: (abs(r.steps), r.piece.metric))
    return list(leads.values())


def _beside(sizes: Mapping[str, float], fitted: Collection[str]) -> dict[str, float]:
    """What is left of the differences when those that were never fitted have explained theirs away."""
    others = {name: size for name, size in sizes.items() if name not in fitted}
    if not any(abs(size) >= 1 for size in others.values()):
        return dict(sizes)
    return {name: without_consequences({**others, name: size})[name] for name, size in sizes.items()}


def stated(measured: Measurement, noticed: list[Reason], least: float) -> list[Reason]:
    """Of candidates those that are probable enough, of each aspect the best, the weightiest first."""
    enough = [one for one in noticed if one.probability is None or one.probability >= least]
    every = [one for aspect in CLAIMED for one in _of_aspect(measured, aspect, enough)]
    return sorted(every, key=lambda r: (-r.weight, CLAIMED.index(r.piece.aspect), r.piece.region))


def _of_aspect(measured: Measurement, aspect: str, noticed: list[Reason]) -> Iterator[Reason]:
    """The reasons of one aspect: of the best named place, or of the whole and one region beside it."""
    local = {region.name: naming(region) for region in measured.regions if region.local}
    here = [one for one in noticed if one.piece.aspect == aspect and (local or one.piece.region not in BROAD)]

    def fitting(one: Reason) -> tuple[object, ...]:
        region = one.piece.region
        return local.get(region, 0.0), region == "global", one.probability or 0.0, one.weight, region

    of_metric: dict[str, list[Reason]] = {}
    for one in here:
        if one.probability is None:
            of_metric.setdefault(one.piece.metric, []).append(one)
    for every in of_metric.values():  # never fitted: the whole, and the one place where it is plainest
        ranked = sorted(every, key=lambda one: (one.piece.region != "global", -one.weight, one.piece.region))
        yield from ranked[: 2 if ranked[0].piece.region == "global" else 1]
    here = sorted((one for one in here if one.probability is not None), key=fitting, reverse=True)
    yield from here[:1]
    if here and here[0].piece.region == "global":
        beside = (one for one in here[1:] if one.steps * here[0].steps > 0)
        yield from sorted(beside, key=lambda one: (-one.weight, one.piece.region))[:1]


def claims(
    reasons: list[Reason], choice: Choice, measured: Measurement, close: bool = False
) -> tuple[Claim, ...]:
    """The claims of a rationale: the reasons, global ones last; where it is close, none is better overall.

    A choice that is not close is stated also where no single reason is plain.
    """
    first = reasons[: MOST_LINES - 1]
    made = tuple(map(_claim, sorted(first, key=lambda reason: reason.piece.region == "global")))
    overall = "tie" if close and not argues_against(made, choice) else choice
    return (*made, closing(overall, measured.identical))


def for_and_against(
    reasons: list[Reason], choice: Choice, measured: Measurement, first: Collection[str] = ()
) -> tuple[Claim, ...]:
    """The claims for a choice that was made, those of the regions `first` before others; then those against.

    Of a tie nothing is claimed but that.
    """
    if choice == "tie":
        return (closing("tie", measured.identical),)
    in_order = sorted(reasons, key=lambda r: ((r.steps > 0) != (choice == "a"), r.piece.region not in first))
    return tuple(map(_claim, in_order[:MOST_LINES]))


def unexplained(measured: Measurement, choice: Choice) -> str:
    """Why no reason is stated for a side: what is noticed there is not surely one, or nothing is noticed."""
    way = 1 if choice == "a" else -1
    for_it = (one for one in candidates(measured, {}, ()) if one.steps * way > 0)
    plainest: dict[str, Evidence] = {}
    for one in sorted(for_it, key=lambda r: (-r.weight, r.piece.region, r.piece.metric)):
        plainest.setdefault(one.piece.metric, one.piece)
    seen = [f"in the {one.region} " * (one.region != "global") + in_words(one) for one in plainest.values()]
    said = f"What is measured for it, less surely: {'; '.join(seen[:MOST_UNSURE])}."
    return f"{UNEXPLAINED} {choice.upper()}. {said if seen else NOTHING_NOTICED}"


def _claim(reason: Reason) -> Claim:
    piece, metric = reason.piece, metrics()[reason.piece.metric]
    words = metric.describe(piece.a, piece.b), metric.describe(piece.b, piece.a)
    text = render.line(piece.region, piece.aspect, *words)
    probability = UNSET if reason.probability is None else reason.probability
    side: Side = "a" if reason.steps > 0 else "b"
    return Claim(
        text, piece.region, piece.aspect, side, piece.box, probability=probability, metric=piece.metric
    )


def in_words(piece: Evidence) -> str:
    """What a piece of evidence says, for people.

    >>> in_words(Evidence("noise", "face", "noise", 1.5, 3.0, "code values", "lower", "a", 1.2))
    'B shows more noise (2 times as much grain)'
    """
    name, metric = piece.metric.replace("_", " "), metrics().get(piece.metric)
    if piece.says == "same":
        return f"no visible difference in {name}"
    if metric is None or not math.isfinite(piece.a - piece.b):
        return f"{piece.says.upper()} is better in {name}"
    worse, numbers = ("B", (piece.b, piece.a)) if piece.says == "a" else ("A", (piece.a, piece.b))
    return f"{worse} {metric.describe(*numbers)}"


def closing(choice: Choice, identical: bool) -> Claim:
    """The last line: the whole of it; no side where nothing is claimed of any."""
    if choice == "tie":
        alike = "show no visible difference" if identical else "look about as good"
        return Claim(render.of_both("global", "quality", alike), "global", "quality", "same")
    better, worse = "is better overall", "is weaker overall"
    words = (better, worse) if choice == "a" else (worse, better)
    return Claim(render.line("global", "quality", *words), "global", "quality", choice)
