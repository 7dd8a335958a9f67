"""What the plain differences of a pair come to, one an aspect: a feature that the weighing was fitted with.

A difference counts here from one JND on, or from what its metric asks of one place alone, where no cause or
confound of the graph (`causes`) explains it away. Reasons are given by `claim_model` instead, which is right
more often; the weights of `preference` were fitted with this balance.
"""

import math
from collections.abc import Collection, Sequence

from twinlens.core.types import Evidence
from twinlens.judgement.causes import by_metric, without_confounds, without_consequences
from twinlens.judgement.evidence import Measurement, naming
from twinlens.judgement.explanation import BROAD, CLAIMED, Reason
from twinlens.judgement.preference import exposure_gain
from twinlens.metrics import metrics

CLEAR = 2.0
"""JNDs from which a region differs by itself where the photos do not as a whole."""


def balance(measured: Measurement) -> float:
    """The plain differences, the weightiest of each aspect, each at most one: positive for a."""
    causes = _causes(measured)
    noticed = [_of_aspect(aspect, causes, measured) for aspect in CLAIMED]
    first = [min(one, key=lambda r: (-r.weight, r.piece.region)) for one in noticed if one]
    return math.fsum(math.tanh(reason.steps / 3) for reason in first)


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
