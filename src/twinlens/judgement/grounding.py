"""Claims meet evidence: each is supported by the pixels, contradicted, not measured, or an opinion."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from twinlens.core.types import OPINION, Choice, Claim, Evidence, Grounding, Wanted
from twinlens.judgement.causes import by_metric, upstream, without_consequences
from twinlens.metrics import metrics

NEAREST = {"eyes": "face", "neck": "skin", "body": "clothing"}
"""Where a region that is not measured by itself lies."""
OPEN = frozenset({"artifacts", "realism"})
"""Aspects that mean more than is measured: finding no difference there does not contradict a claim of one."""
NEGLIGIBLE = 0.5
"""JNDs below which a difference is not there rather than not certain."""


def ground(claims: Iterable[Claim], evidence: Sequence[Evidence]) -> tuple[Claim, ...]:
    """The claims with what the evidence says of each.

    A claim for one side is supported where all that its metrics notice, consequences of other differences
    apart, speaks for that side, and contradicted where all of it speaks for the other or where nothing
    differs by half a just-noticeable difference; where metrics disagree it is unmeasured. One that names the
    metric it was made from rests on that one, which comes first; what others of its aspect say stands beside
    it. A claim of no difference is supported where no metric notices one, else contradicted. A claim of
    overall quality is an opinion.
    """
    return tuple(_grounded(claim, evidence) for claim in claims)


def wanted(claims: Iterable[Claim]) -> Wanted:
    """The evidence that these claims can rest on, with all that may explain it away."""
    return frozenset((_region(one), name) for one in claims for name in upstream(metrics_of(one.aspect)))


def metrics_of(aspect: str) -> list[str]:
    """The metrics that bear on a statement about an aspect; none on an opinion."""
    return [name for name, metric in metrics().items() if aspect in metric.aspects]


def _region(claim: Claim) -> str:
    """Where what a claim says is measured."""
    return NEAREST.get(claim.region, claim.region)


def _grounded(claim: Claim, evidence: Sequence[Evidence]) -> Claim:
    if claim.aspect == OPINION:
        return replace(claim, grounding="opinion", evidence=())
    bearing = _bearing(claim, evidence)
    rests_on = [piece for piece in bearing if piece.metric == claim.metric] or bearing
    boxes = (piece.box for piece in bearing if piece.box is not None and claim.region != "global")
    box = claim.box or next(boxes, None)
    return replace(claim, box=box, grounding=_judged(claim, rests_on), evidence=tuple(bearing))


def _bearing(claim: Claim, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The evidence on a claim, the largest difference first; no consequences that speak against the rest."""
    region, names = _region(claim), metrics_of(claim.aspect)
    every = [piece for piece in evidence if piece.region == region and piece.metric in names]
    every.sort(key=lambda piece: (piece.metric != claim.metric, -piece.steps, piece.metric))
    left = without_consequences(by_metric(evidence, region))
    own = {piece.says for piece in every if piece.says != "same" and left[piece.metric]}
    return [piece for piece in every if not own or piece.says in {*own, "same"}]


def _judged(claim: Claim, bearing: Sequence[Evidence]) -> Grounding:
    says = {piece.says for piece in bearing} - {"same"}
    if not bearing or len(says) > 1:
        return "unmeasured"
    if claim.favours == "same":
        return "contradicted" if says else "supported"
    if says:
        return "supported" if says == {claim.favours} else "contradicted"
    unclear = claim.aspect in OPEN or max(piece.steps for piece in bearing) >= NEGLIGIBLE
    return "unmeasured" if unclear else "contradicted"


def opposes(piece: Evidence, claim: Claim) -> bool:
    """Whether a piece of evidence speaks against a claim."""
    return piece.says not in ("same", claim.favours)


def favoured(claims: Iterable[Claim]) -> tuple[int, int]:
    """How many lines of a rationale speak for a, and for b."""
    lines = Counter(favours for _, favours in {(claim.text, claim.favours) for claim in claims})
    return lines["a"], lines["b"]


def argues_against(claims: Iterable[Claim], choice: Choice) -> bool:
    """Whether a rationale's claims, taken together, favour the side that its answer does not choose."""
    for_a, for_b = favoured(claims)
    return for_a < for_b if choice == "a" else for_b < for_a if choice == "b" else False
