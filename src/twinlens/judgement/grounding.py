"""Claims meet evidence: each is supported by the pixels, contradicted by them, or not measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from twinlens.core.types import Choice, Claim, Evidence, Grounding, Wanted
from twinlens.judgement.preference import DECISIVE, SATURATION, by_metric, explained, score, signed

NEAREST = {"eyes": "face", "neck": "skin", "body": "clothing"}
"""Where a region that is not measured by itself lies."""
MEASURED_BY: dict[str, frozenset[str]] = {
    "sharpness": frozenset({"sharpness"}),
    "texture": frozenset({"texture", "smearing"}),
    "noise": frozenset({"noise", "chroma_noise"}),
    "artifacts": frozenset({"halo", "blocking", "banding", "smearing", "color_bleeding"}),
    "realism": frozenset(
        {"halo", "smearing", "color_contrast", "cast", "saturation", "skin_tone", "color_seam"}
    ),
    "exposure": frozenset({"exposure", "clipping", "light_seam"}),
    "contrast": frozenset({"contrast", "local_contrast"}),
    "color": frozenset({"cast", "saturation", "skin_tone", "color_seam"}),
}
"""The metrics that bear on a statement about an aspect; quality in general is borne on by all."""
OPEN = frozenset({"artifacts", "realism", "quality"})
"""Aspects that mean more than is measured: finding no difference there does not contradict a claim of one."""
NEGLIGIBLE = 0.5
"""Steps below which a difference is not there rather than not certain."""


def ground(claims: Iterable[Claim], evidence: Sequence[Evidence]) -> tuple[Claim, ...]:
    """The claims with what the evidence says of each.

    A claim for one side is supported where its metrics' noticeable differences, added up in just-noticeable
    steps, favour that side, contradicted where they favour the other or where nothing differs by half a step,
    and otherwise unmeasured. A claim of no difference is supported where no metric notices one;
    one of equal quality also where what is noticed weighs little.
    """
    return tuple(_grounded(claim, evidence) for claim in claims)


def wanted(claims: Iterable[Claim]) -> Wanted | None:
    """The evidence that these claims can rest on; None where that may be any, as for quality in general."""
    listed = list(claims)
    if any(claim.aspect == "quality" for claim in listed):
        return None
    return frozenset(
        (NEAREST.get(claim.region, claim.region), metric)
        for claim in listed
        for metric in MEASURED_BY.get(claim.aspect, ())
    )


def _grounded(claim: Claim, evidence: Sequence[Evidence]) -> Claim:
    found = _of_quality(claim, evidence) if claim.aspect == "quality" else _of_aspect(claim, evidence)
    found = tuple(sorted(found, key=lambda e: (-e.steps, e.metric, e.region)))
    boxes = [e.box for e in found if e.box is not None]
    box = claim.box or (boxes[0] if boxes and claim.region != "global" else None)
    return replace(claim, box=box, grounding=_judged(claim, found), evidence=found)


def _of_aspect(claim: Claim, evidence: Iterable[Evidence]) -> Iterable[Evidence]:
    region = NEAREST.get(claim.region, claim.region)
    return [e for e in evidence if e.region == region and e.metric in MEASURED_BY.get(claim.aspect, ())]


def _of_quality(claim: Claim, evidence: Sequence[Evidence]) -> Iterable[Evidence]:
    """What bears on quality in general: causes alone; those of any region where the whole has none."""
    region = NEAREST.get(claim.region, claim.region)
    found = _causes(region, evidence)
    if region != "global" or claim.favours == "same" or any(e.says != "same" for e in found):
        return found
    regions = dict.fromkeys(e.region for e in evidence)
    return [cause for name in regions for cause in _causes(name, evidence) if cause.says != "same"] or found


def _causes(region: str, evidence: Sequence[Evidence]) -> list[Evidence]:
    steps = by_metric(evidence, region)
    left = explained(steps)
    causes = {metric for metric in SATURATION if metric in steps and left[metric] == steps[metric]}
    return [e for e in evidence if e.region == region and e.metric in causes]


def _judged(claim: Claim, found: Sequence[Evidence]) -> Grounding:
    if not found:
        return "unmeasured"
    noticed = [e for e in found if e.says != "same"]
    if claim.favours == "same":
        even = abs(_weighed(noticed)) < DECISIVE if claim.aspect == "quality" else not noticed
        return "supported" if even else "contradicted"
    if noticed:
        for_a = _weighed(noticed) if claim.aspect == "quality" else sum(map(signed, noticed))
        return "supported" if (for_a > 0) == (claim.favours == "a") and for_a else "contradicted"
    if claim.aspect in OPEN or max(e.steps for e in found) >= NEGLIGIBLE:
        return "unmeasured"
    return "contradicted"


def _weighed(noticed: Sequence[Evidence]) -> float:
    """Differences as people weigh them together: log odds for a."""
    return sum(score(by_metric(noticed, region)) for region in dict.fromkeys(e.region for e in noticed))


def argues_against(claims: Iterable[Claim], choice: Choice) -> bool:
    """Whether a rationale's claims, taken together, favour the side that its answer does not choose."""
    lines = {(claim.text, claim.favours) for claim in claims}
    for_a, for_b = (sum(side == favours for _, favours in lines) for side in ("a", "b"))
    return for_a < for_b if choice == "a" else for_b < for_a if choice == "b" else False
