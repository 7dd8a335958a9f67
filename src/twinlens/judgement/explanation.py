"""Evidence becomes claims: what differs noticeably, where it does, in the experts' words, most telling first.

Only causes are claimed, not their consequences (`judgement.causes`). Where the photos differ in one place
only, claims are about the region that holds it; where they differ all over, about the whole, with the region
that matters most to people named beside it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from twinlens.core.types import Box, Choice, Claim, Evidence, Favours
from twinlens.judgement.causes import by_metric, without_confounds, without_consequences
from twinlens.judgement.evidence import Measurement, naming
from twinlens.judgement.grounding import argues_against
from twinlens.judgement.preference import lightness
from twinlens.language import render
from twinlens.metrics import Metric, metrics

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
    """A noticeable difference: where, of what aspect, by which metric, in signed JNDs (positive: for a)."""

    region: str
    aspect: str
    metric: str
    steps: float
    box: Box | None


def reasons(measured: Measurement) -> list[Reason]:
    """The noticeable differences of a pair, most telling first."""
    left = _causes(measured)
    found = [reason for aspect in CLAIMED for reason in _of_aspect(aspect, left, measured)]
    return sorted(found, key=lambda r: (-weight(r), CLAIMED.index(r.aspect), r.region))


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
    found = without_consequences(by_metric(here, region))
    light = lightness(evidence, region) or (1.0, 1.0)
    gain = math.log((light[0] + 1) / (light[1] + 1))
    for piece in here:
        metric, size = metrics()[piece.metric], found[piece.metric]
        beyond = size - gain / math.log1p(metric.jnd)
        scaled = metric.follows_exposure and not (size * beyond > 0 and abs(beyond) >= 1)
        if scaled or not metric.claimable(piece.a, piece.b):
            found[piece.metric] = 0.0
    return found


def weight(reason: Reason) -> float:
    """How telling a reason is."""
    return min(abs(reason.steps), 10.0) * IMPORTANCE.get(reason.region, 1.0)


def balance(found: list[Reason]) -> float:
    """What the reasons come to, one an aspect, each at most one: positive for a."""
    first = {reason.aspect: reason for reason in reversed(found)}
    return math.fsum(math.tanh(reason.steps / 3) for reason in first.values())


def _of_aspect(aspect: str, left: dict[str, dict[str, float]], measured: Measurement) -> list[Reason]:
    """The reasons of one aspect, the best first."""
    leads: dict[str, Reason] = {}
    local = {region.name: naming(region) for region in measured.regions if region.local}
    for region, differences in left.items():
        own = [
            (abs(size), name, size)
            for name, size in differences.items()
            if metrics()[name].aspect == aspect and _noticed(metrics()[name], size, region, region in local)
        ]
        if own:
            _, name, size = max(own)
            box = next((e.box for e in measured.evidence if e.region == region), None)
            leads[region] = Reason(region, aspect, name, size, box)
    if local:
        here = [r for r in leads.values() if r.region in local]
        return sorted(here, key=lambda r: (-local[r.region], r.region))[:1]
    whole = leads.pop("global", None)
    narrow = (r for r in leads.values() if r.region not in BROAD)
    ranked = sorted(narrow, key=lambda r: (-weight(r), r.region))
    if whole:
        return [whole, *[r for r in ranked if r.steps * whole.steps > 0][:1]]
    return [r for r in ranked if abs(r.steps) >= CLEAR][:1]


def _noticed(metric: Metric, size: float, region: str, local: bool) -> bool:
    """Whether a difference of so many JNDs is a reason there, where `local` one place alone differs."""
    told_there = metric.claimed_in is None or region in metric.claimed_in
    return told_there and abs(size) >= (metric.noticed_from(region) if local else 1.0)


def claims(
    found: list[Reason], choice: Choice, measured: Measurement, close: bool = False
) -> tuple[Claim, ...]:
    """The claims of a rationale: the reasons, global ones last; where it is close, none is better overall.

    A choice that is not close is told also where no single reason is plain.
    """
    shown = [reason for reason in found if _worth_saying(reason, choice)][: MOST_LINES - 1]
    shown.sort(key=lambda reason: reason.region == "global")
    made = tuple(_claim(reason, measured) for reason in shown)
    told = "tie" if close and not argues_against(made, choice) else choice
    return (*made, closing(told, measured.identical))


def _worth_saying(reason: Reason, choice: Choice) -> bool:
    """Whether a reason is said: what speaks for the other photo only where it is plain."""
    for_it = choice == "tie" or (reason.steps > 0) == (choice == "a")
    return for_it or abs(reason.steps) >= CONTRARY or metrics()[reason.metric].always_said


def _claim(reason: Reason, measured: Measurement) -> Claim:
    piece = next(e for e in measured.evidence if (e.region, e.metric) == (reason.region, reason.metric))
    metric = metrics()[reason.metric]
    of_a, of_b = (
        f"{metric.describe(own, other)} ({shown(own)} {metric.unit})"
        for own, other in ((piece.a, piece.b), (piece.b, piece.a))
    )
    favours: Favours = "a" if reason.steps > 0 else "b"
    text = render.line(reason.region, reason.aspect, of_a, of_b)
    return Claim(text, reason.region, reason.aspect, favours, reason.box)


def shown(value: float) -> str:
    """A measured number for people: two significant digits below 10, whole above."""
    return f"{value:.0f}" if abs(value) >= 9.95 else f"{value:.2g}"


def closing(choice: Choice, identical: bool) -> Claim:
    """The last line: the whole of it; no side where nothing is claimed of any."""
    if choice == "tie":
        alike = "shows no visible difference" if identical else "looks about as good"
        return Claim(render.line("global", "quality", alike, alike), "global", "quality", "same")
    better, worse = "is better overall", "is weaker overall"
    words = (better, worse) if choice == "a" else (worse, better)
    return Claim(render.line("global", "quality", *words), "global", "quality", choice)
