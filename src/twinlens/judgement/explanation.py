"""Evidence becomes claims: what differs noticeably, where it does, in the experts' words, most telling first.

Only causes are claimed, not their consequences (`preference.explained` and `BRINGS`). Where the photos differ
in one place only, claims are about the region that holds it; where they differ all over, about the whole,
with the region that matters most to people named beside it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from twinlens.core.types import Box, Choice, Claim, Favours
from twinlens.features.segmentation import Region
from twinlens.judgement.evidence import Measurement, metrics
from twinlens.judgement.grounding import argues_against
from twinlens.judgement.preference import by_metric, explained, signed
from twinlens.language import render

CLAIMED = ("artifacts", "sharpness", "noise", "texture", "exposure", "color", "contrast")
"""Aspects that claims are made of, in the order in which ties are broken."""
MOST_LINES = 6
DETAIL = frozenset({"sharpness", "texture", "smearing"})
GRAIN = frozenset({"noise", "chroma_noise"})
"""Noise lies all over a photo; what only a face or a fabric seems to have of it is texture."""
TONE = frozenset({"clipping", "exposure", "contrast", "local_contrast", "light_seam"})
COLOUR = frozenset({"cast", "saturation", "chroma_noise", "color_bleeding", "skin_tone", "color_seam"})
GRID = frozenset({"blocking", "banding"})
MIMICS = {"halo": DETAIL | {"clipping", "exposure"}, "noise": DETAIL | {"clipping"}}
"""What causes pass for, however much of it they make."""
BRIGHTER = 5.0
"""Difference of mean lightness from which a change of colour or detail may be that of exposure alone."""
BRINGS: tuple[tuple[str, frozenset[str]], ...] = (
    ("banding", DETAIL | TONE | COLOUR | {"blocking", "noise", "halo"}),
    ("halo", DETAIL | TONE | COLOUR | GRID | {"noise"}),
    ("blocking", DETAIL | TONE | COLOUR | {"noise"}),
    ("noise", DETAIL | TONE | COLOUR | GRID),
    ("clipping", DETAIL | COLOUR | GRID | {"noise", "halo", "exposure", "contrast", "local_contrast"}),
    ("light_seam", COLOUR | DETAIL | GRID | {"noise", "halo"}),
    ("color_seam", DETAIL | TONE | GRID | {"noise", "halo"}),
    ("cast", DETAIL | TONE | GRID | {"saturation", "skin_tone", "chroma_noise", "color_bleeding", "noise"}),
    ("saturation", DETAIL | TONE | GRID | {"cast", "skin_tone", "chroma_noise", "color_bleeding", "noise"}),
    ("skin_tone", DETAIL | TONE | GRID | {"cast", "saturation", "chroma_noise", "color_bleeding", "noise"}),
    ("sharpness", TONE | COLOUR | GRID | {"noise"}),
    ("texture", TONE | COLOUR | GRID | {"noise", "halo"}),
    ("local_contrast", DETAIL | COLOUR | GRID | {"noise", "contrast"}),
)
"""What each cause brings along, to either side, as long as it is smaller; in this order."""
IMPORTANCE = {"face": 2.0, "text": 1.6, "global": 1.5, "hair": 1.3, "skin": 1.3, "clothing": 1.2}
"""How much a region's differences count beside those of others, when claims are put in order."""
NAMED = {"text": 4.0, "face": 1.5, "hair": 1.4, "clothing": 1.2, "background": 0.6, "shadows": 0.4}
"""Where one changed place lies in several regions: how fitting each name is."""
BROAD = frozenset({"background", "shadows"})
"""Regions too wide to be singled out where the photos differ all over."""
LIT = frozenset({"global", "face", "skin"})
"""Where brightness is a matter of exposure rather than of what is there: dark clothes are dark."""
LOCAL_LEAST = {
    "cast": math.inf, "saturation": 4.0, "skin_tone": 2.0, "contrast": math.inf, "local_contrast": math.inf,
    "noise": 2.0, "chroma_noise": 3.0,
}  # fmt: skip
"""Steps that a change of one place alone needs, as its surroundings do not tell which side is right."""
FINE_GRAINED = {"face": 3.3, "skin": 3.3, "hair": 3.3, "clothing": 3.3, "text": math.inf}
"""Steps of noise that these places alone need: their texture is as fine and as even as grain, and lettering
has no flats."""
PALE, RICH = 45.0, 95.0
"""Saturations between which one photograph is as natural as another: a pair does not tell which is right."""
CONTRARY = 3.0
"""Steps from which something is said for the photo that was not chosen."""
CLEAR = 2.0
"""Steps from which a region differs by itself where the photos do not as a whole."""


@dataclass(frozen=True)
class Reason:
    """A noticeable difference: where, of what aspect, by which metric, in signed steps (positive: for a)."""

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
    """The signed steps by region and metric, without what a cause there, or in the whole, brings along."""
    regions = list(dict.fromkeys(piece.region for piece in measured.evidence))
    grain = any(abs(signed(e)) >= 1 for e in measured.evidence if e.region == "global" and e.metric in GRAIN)
    one_place = where(measured) != "global"
    ignored = frozenset() if grain or one_place else GRAIN
    left = {region: _beyond_exposure(region, measured, ignored) for region in regions}
    for cause, brought in BRINGS:
        whole = 0.0 if one_place else left["global"].get(cause, 0.0)
        for steps in left.values():
            size = max(abs(steps.get(cause, 0.0)), abs(whole))
            if size >= 1:
                for metric in brought & steps.keys():
                    if abs(steps[metric]) < size or metric in MIMICS.get(cause, ()):
                        steps[metric] = 0.0
    return left


def _beyond_exposure(region: str, measured: Measurement, ignored: frozenset[str]) -> dict[str, float]:
    """The explained steps of a region, without contrast and colour that a brighter rendering brings along."""
    every = by_metric(measured.evidence, region)
    steps = explained({metric: size for metric, size in every.items() if metric not in ignored})
    exposure = (e for e in measured.evidence if (e.region, e.metric) == (region, "exposure"))
    light = next(((e.a, e.b) for e in exposure), (1.0, 1.0))
    gain = math.log((light[0] + 1) / (light[1] + 1))
    colour = next((e for e in measured.evidence if (e.region, e.metric) == (region, "saturation")), None)
    if colour is not None and all(PALE < value < RICH for value in (colour.a, colour.b)):
        steps["saturation"] = 0.0
    for metric in ("local_contrast", "contrast", "texture"):
        size = steps.get(metric, 0.0)
        beyond = size - gain / math.log1p(metrics()[metric].jnd)
        steps[metric] = size if size * beyond > 0 and abs(beyond) >= 1 else 0.0
    if abs(light[0] - light[1]) >= BRIGHTER:
        steps |= dict.fromkeys(COLOUR | {"sharpness", "smearing", "noise", "halo"}, 0.0)
    return steps


def weight(reason: Reason) -> float:
    """How telling a reason is."""
    return min(abs(reason.steps), 10.0) * IMPORTANCE.get(reason.region, 1.0)


def where(measured: Measurement) -> str:
    """The region that holds the one place that differs; "global" where the photos differ all over."""
    local = [region for region in measured.regions if region.local]
    return max(local, key=_fitting).name if local else "global"


def _fitting(region: Region) -> float:
    return region.local * NAMED.get(region.name, 1.0)


def balance(found: list[Reason]) -> float:
    """What the reasons come to, one an aspect, each at most one: positive for a."""
    first = {reason.aspect: reason for reason in reversed(found)}
    return math.fsum(math.tanh(reason.steps / 3) for reason in first.values())


def _of_aspect(aspect: str, left: dict[str, dict[str, float]], measured: Measurement) -> list[Reason]:
    """The reasons of one aspect, the best first."""
    leads: dict[str, Reason] = {}
    local = {region.name: region.local for region in measured.regions if region.local}
    for region, steps in left.items():
        grain = FINE_GRAINED.get(region, LOCAL_LEAST["noise"])
        least = LOCAL_LEAST | {"noise": grain} if region in local else {}
        of_aspect = ((m, s) for m, s in steps.items() if metrics()[m].aspect == aspect)
        own = [(abs(s), m, s) for m, s in of_aspect if abs(s) >= least.get(m, 1.0)]
        if region not in LIT:
            own = [lead for lead in own if lead[1] != "exposure"]
        if own:
            _, metric, size = max(own)
            box = next((e.box for e in measured.evidence if e.region == region), None)
            leads[region] = Reason(region, aspect, metric, size, box)
    if local:
        here = [r for r in leads.values() if r.region in local]
        return sorted(here, key=lambda r: (-local[r.region] * NAMED.get(r.region, 1.0), r.region))[:1]
    whole = leads.pop("global", None)
    narrow = (r for r in leads.values() if r.region not in BROAD)
    ranked = sorted(narrow, key=lambda r: (-weight(r), r.region))
    if whole:
        return [whole, *[r for r in ranked if r.steps * whole.steps > 0][:1]]
    return [r for r in ranked if abs(r.steps) >= CLEAR][:1]


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
    return for_it or abs(reason.steps) >= CONTRARY or reason.metric == "clipping"


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
