"""Evidence becomes claims: what differs noticeably, where it does, in experts' words, weightiest first.

Only causes are claimed, not their consequences (`judgement.causes`). Where the photos differ in one place
only, claims are about the region that holds it; where they differ all over, about the whole, with the region
that matters most to people named beside it.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from twinlens.core.types import Choice, Claim, Evidence
from twinlens.judgement.causes import by_metric, without_confounds, without_consequences
from twinlens.judgement.evidence import Measurement, naming
from twinlens.judgement.grounding import argues_against
from twinlens.judgement.preference import exposure_gain
from twinlens.language import render
from twinlens.metrics import metrics

CLAIMED = ("artifacts", "sharpness", "noise", "texture", "exposure", "color", "contrast")
"""Aspects that claims are made of, in the order in which ties are broken."""
MOST_LINES = 6
IMPORTANCE = {"face": 2.0, "text": 1.6, "global": 1.5, "hair": 1.3, "skin": 1.3, "clothing": 1.2}
"""How much a region's differences count beside those of others, when claims are put in order."""
BROAD = frozenset({"background", "shadows"})
"""Regions too wide to be singled out where the photos differ all over."""
CONTRARY = 3.0
"""JNDs from which something is said for the photo that was not chosen."""
CLEAR = 2.0
"""JNDs from which a region differs by itself where the photos do not as a whole."""


@dataclass(frozen=True)
class Reason:
    """A noticeable difference of one metric in one region, in signed JNDs: positive where a is better."""

    piece: Evidence
    steps: float

    @property
    def weight(self) -> float:
        """How much it matters to people."""
        return min(abs(self.steps), 10.0) * IMPORTANCE.get(self.piece.region, 1.0)


def reasons(measured: Measurement) -> list[Reason]:
    """The noticeable differences of a pair, the weightiest first."""
    causes = _causes(measured)
    every = [reason for aspect in CLAIMED for reason in _of_aspect(aspect, causes, measured)]
    return sorted(every, key=lambda r: (-r.weight, CLAIMED.index(r.piece.aspect), r.piece.region))


def _causes(measured: Measurement) -> dict[str, dict[str, float]]:
    """The signed JNDs by region and metric, without what a cause there, or in the whole, brings along."""
    evidence, one_place = measured.evidence, measured.place != "global"
    pervasive = {name for name, metric in metrics().items() if metric.pervasive}
    whole = by_metric(evidence)
    everywhere = one_place or any(abs(whole.get(name, 0.0)) >= 1 for name in pervasive)
    regions = dict.fromkeys(piece.region for piece in evidence)
    left = {region: _own(region, evidence, set() if everywhere else pervasive) for region in regions}
    return without_confounds(left, evidence, "" if one_place else "global")


def _own(region: str, evidence: Sequence[Evidence], ignored: Collection[str]) -> dict[str, float]:
    """The differences of a region that are reasons, of amplitudes what is beyond the gain of all tones."""
    here = [piece for piece in evidence if piece.region == region and piece.metric not in ignored]
    own = without_consequences(by_metric(here, region))
    gain = exposure_gain(evidence, region)
    for piece in here:
        metric, size = metrics()[piece.metric], own[piece.metric]
        beyond = size - gain / math.log1p(metric.jnd)
        scaled = metric.follows_exposure and not (size * beyond > 0 and abs(beyond) >= 1)
        if scaled or not metric.claimable(piece.a, piece.b):
            own[piece.metric] = 0.0
    return own


def balance(reasons: list[Reason]) -> float:
    """What the reasons come to, one an aspect, each at most one: positive for a."""
    first = {reason.piece.aspect: reason for reason in reversed(reasons)}
    return math.fsum(math.tanh(reason.steps / 3) for reason in first.values())


def _of_aspect(aspect: str, causes: dict[str, dict[str, float]], measured: Measurement) -> list[Reason]:
    """The reasons of one aspect, the best first."""
    local = {region.name: naming(region) for region in measured.regions if region.local}
    leads: dict[str, Reason] = {}
    for piece in measured.evidence:
        one = Reason(piece, causes[piece.region].get(piece.metric, 0.0))
        lead = leads.get(piece.region)
        if piece.aspect == aspect and _noticed(one, piece.region in local):
            leads[piece.region] = max(one, lead or one, key=lambda r: (abs(r.steps), r.piece.metric))
    if local:
        here = sorted(leads.keys() & local, key=lambda name: (-local[name], name))
        return [leads[name] for name in here[:1]]
    whole = leads.pop("global", None)
    ranked = [leads[name] for name in sorted(leads, key=lambda name: (-leads[name].weight, name))]
    ranked = [reason for reason in ranked if reason.piece.region not in BROAD]
    if whole:
        return [whole, *[r for r in ranked if r.steps * whole.steps > 0][:1]]
    return [r for r in ranked if abs(r.steps) >= CLEAR][:1]


def _noticed(reason: Reason, local: bool) -> bool:
    """Whether a difference is a reason there, where `local` one place alone differs."""
    metric, region = metrics()[reason.piece.metric], reason.piece.region
    claimed_there = metric.claimed_in is None or region in metric.claimed_in
    least = metric.local_jnds_in.get(region, metric.local_jnds) if local else 1.0
    return claimed_there and abs(reason.steps) >= least


def claims(
    reasons: list[Reason], choice: Choice, measured: Measurement, close: bool = False
) -> tuple[Claim, ...]:
    """The claims of a rationale: the reasons, global ones last; where it is close, none is better overall.

    A choice that is not close is stated also where no single reason is plain.
    """
    stated = [reason for reason in reasons if _worth_stating(reason, choice)][: MOST_LINES - 1]
    made = tuple(map(_claim, sorted(stated, key=lambda reason: reason.piece.region == "global")))
    overall = "tie" if close and not argues_against(made, choice) else choice
    return (*made, closing(overall, measured.identical))


def for_and_against(
    reasons: list[Reason], choice: Choice, measured: Measurement, first: Collection[str] = ()
) -> tuple[Claim, ...]:
    """The claims for a choice that was made, those of the regions `first` before others; then those against.

    What speaks against it is stated where it is plain. Without a difference anywhere the closing line says
    so.
    """
    if choice == "tie":
        return (closing("tie", measured.identical),)
    stated = [reason for reason in reasons if _worth_stating(reason, choice)]
    stated.sort(key=lambda r: ((r.steps > 0) != (choice == "a"), r.piece.region not in first))
    return tuple(map(_claim, stated[:MOST_LINES]))


def _worth_stating(reason: Reason, choice: Choice) -> bool:
    """Whether a reason is stated: what speaks for the other photo only where it is plain."""
    for_it = choice == "tie" or (reason.steps > 0) == (choice == "a")
    return for_it or abs(reason.steps) >= CONTRARY or metrics()[reason.piece.metric].always_said


def _claim(reason: Reason) -> Claim:
    piece, metric = reason.piece, metrics()[reason.piece.metric]
    of_a, of_b = (
        f"{metric.describe(own, other)} ({shown(own)} {metric.unit})"
        for own, other in ((piece.a, piece.b), (piece.b, piece.a))
    )
    text = render.line(piece.region, piece.aspect, of_a, of_b)
    return Claim(text, piece.region, piece.aspect, "a" if reason.steps > 0 else "b", piece.box)


def shown(value: float) -> str:
    """A measured number for people: two significant digits below 10, whole above."""
    return f"{value:.0f}" if abs(value) >= 9.95 else f"{value:.2g}"


def closing(choice: Choice, identical: bool) -> Claim:
    """The last line: the whole of it; no side where nothing is claimed of any."""
    alike = "shows no visible difference" if identical else "looks about as good"
    better, worse = "is better overall", "is weaker overall"
    words = {"a": (better, worse), "b": (worse, better), "tie": (alike, alike)}[choice]
    text = render.line("global", "quality", *words)
    return Claim(text, "global", "quality", "same" if choice == "tie" else choice)
