"""Claims meet evidence: each is supported by the pixels, contradicted by them, or not measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from twinlens.core.types import Choice, Claim, Evidence, Grounding

NEAREST = {"eyes": "face", "neck": "skin", "body": "clothing"}
"""Where a region that is not measured by itself lies."""
MEASURED_BY: dict[str, frozenset[str]] = {
    "sharpness": frozenset({"sharpness"}),
    "texture": frozenset({"texture", "smearing"}),
    "noise": frozenset({"noise", "chroma_noise"}),
    "artifacts": frozenset({"halo", "blocking", "banding", "smearing"}),
    "realism": frozenset({"halo", "smearing", "color_contrast", "cast", "saturation"}),
    "exposure": frozenset({"exposure", "clipping"}),
    "contrast": frozenset({"contrast", "local_contrast"}),
    "color": frozenset({"cast", "saturation"}),
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
    and otherwise unmeasured. A claim of no difference is supported where no metric notices one.
    """
    return tuple(_grounded(claim, evidence) for claim in claims)


def relevant(claim: Claim, evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """The evidence on the claim's region and aspect, most steps first."""
    region = NEAREST.get(claim.region, claim.region)
    found = [e for e in evidence if e.region == region and _bears_on(e.metric, claim.aspect)]
    return tuple(sorted(found, key=lambda e: (-e.steps, e.metric)))


def _bears_on(metric: str, aspect: str) -> bool:
    return aspect == "quality" or metric in MEASURED_BY.get(aspect, frozenset())


def _grounded(claim: Claim, evidence: Sequence[Evidence]) -> Claim:
    found = relevant(claim, evidence)
    boxes = [e.box for e in found if e.box is not None]
    box = claim.box or (boxes[0] if boxes else None)
    return replace(claim, box=box, grounding=_judged(claim, found), evidence=found)


def _judged(claim: Claim, found: Sequence[Evidence]) -> Grounding:
    if not found:
        return "unmeasured"
    noticed = [e for e in found if e.says != "same"]
    if claim.favours == "same":
        return "contradicted" if noticed else "supported"
    if noticed:
        balance = sum(e.steps if e.says == claim.favours else -e.steps for e in noticed)
        return "supported" if balance > 0 else "contradicted"
    if claim.aspect in OPEN or max(e.steps for e in found) >= NEGLIGIBLE:
        return "unmeasured"
    return "contradicted"


def argues_against(claims: Iterable[Claim], choice: Choice) -> bool:
    """Whether a rationale's claims, taken together, favour the side that its answer does not choose."""
    lines = {(claim.text, claim.favours) for claim in claims}
    for_a, for_b = (sum(side == favours for _, favours in lines) for side in ("a", "b"))
    return for_a < for_b if choice == "a" else for_b < for_a if choice == "b" else False
