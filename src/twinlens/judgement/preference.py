"""Evidence becomes a preference: what people make of the differences, taken together.

Consequences of other differences are taken away (`causes`), and what is left is added up on a scale of
just-noticeable differences that saturates, each metric with one weight that is never negative.
`twinlens.train.measured` fits the weights; `preference.json` holds them, and a metric that was never fitted
counts by its prior. Everything is odd in the differences: exchanging the photos gives exactly the opposite.
"""

import json
import math
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files

from twinlens.core.types import Evidence
from twinlens.judgement.causes import Differences, by_metric, without_consequences
from twinlens.judgement.evidence import Measurement
from twinlens.metrics import metrics

BALANCE, BALANCE_SATURATION = "reasons", 1.5
"""The name of the one feature that is no metric, the balance of what is claimed, and where it saturates."""
PRIOR_SLOPE = 0.4
"""Log-odds that a just-noticeable difference is worth before any label is seen."""
OF_TASTE, OF_FIDELITY = 0.4, 0.8
"""How sure a sum of features makes where none of it is of fidelity, and where all is: chosen for the
calibration on people's pairs of scenes and sets not fitted on."""
CLOSE = 0.8
"""Log-odds below which two photos are about as good."""


@cache
def saturations() -> dict[str, float]:
    """JNDs beyond which each feature adds little, by its name: all metrics that count, and the balance."""
    scales = {name: one.saturation for name, one in metrics().items() if one.saturation is not None}
    return {**scales, BALANCE: BALANCE_SATURATION}


@cache
def prior() -> dict[str, float]:
    """The weight of each feature before any label is seen."""
    times = {name: metric.prior for name, metric in metrics().items()} | {BALANCE: 4.0}
    return {name: PRIOR_SLOPE * scale * times[name] for name, scale in saturations().items()}


@cache
def weights() -> dict[str, float]:
    """The fitted weight of each feature, its prior where it was never fitted."""
    fitted = json.loads((files("twinlens.judgement") / "preference.json").read_text("utf-8"))["weights"]
    return {name: float(fitted.get(name, weight)) for name, weight in prior().items()}


def differences(measured: Measurement, balance: float) -> dict[str, float]:
    """What is weighed: signed JNDs on the whole or on the one place that differs, and the reasons' balance.

    Of an amplitude that grows with light, only what comes of light up to `credited_lightness` counts: people
    like a dark photo's brighter version, not a bright one's.
    """
    place = measured.place
    sizes = by_metric(measured.evidence, place)
    for name, size in sizes.items():
        metric = metrics()[name]
        if place != "global" and metric.rendering:
            sizes[name] = 0.0
        elif metric.credited_lightness < math.inf:
            useful = exposure_gain(measured.evidence, place, metric.credited_lightness)
            useless = exposure_gain(measured.evidence, place) - useful
            rest = size - useless / math.log1p(metric.jnd)
            sizes[name] = rest if rest * size > 0 else 0.0
    return {**sizes, BALANCE: balance}


def exposure_gain(evidence: Iterable[Evidence], region: str, top: float = math.inf) -> float:
    """The logarithm of how much lighter a is than b, counting L* up to `top`; 0 where it was not measured."""
    light = ((e.a, e.b) for e in evidence if (e.region, e.metric) == (region, "exposure"))
    a, b = next(light, (0.0, 0.0))
    return math.log(min(a, top) + 1) - math.log(min(b, top) + 1)


def features(differences: Differences) -> list[float]:
    """What the weights apply to, in the order of `saturations`: each difference left, saturating at 1."""
    left = without_consequences(differences)
    return [math.tanh(left.get(name, 0.0) / scale) for name, scale in saturations().items()]


def weighed(differences: Differences) -> dict[str, float]:
    """The features by name, for a judge that gives them weights of its own."""
    return dict(zip(saturations(), features(differences), strict=True))


def score(differences: Differences, values: Iterable[float] | None = None) -> float:
    """The preference for a as log-odds, above 0 for a; by the fitted weights or by other values."""
    by = weights().values() if values is None else values
    return log_odds([weight * feature for weight, feature in zip(by, features(differences), strict=True)])


def log_odds(weighted: Sequence[float]) -> float:
    """The log-odds that weighted features, in the order of `saturations`, are worth together."""
    faithful = [name in metrics() and metrics()[name].fidelity for name in saturations()]
    of_all = math.fsum(map(abs, weighted))
    of_fidelity = math.fsum(abs(value) for value, one in zip(weighted, faithful, strict=True) if one)
    share = of_fidelity / of_all if of_all else 0.0
    return (OF_TASTE + (OF_FIDELITY - OF_TASTE) * share) * math.fsum(weighted)


def probability(log_odds: float) -> float:
    """The probability that people prefer a (0 to 1); exactly 1 - probability(-log_odds).

    >>> probability(math.log(3))
    0.75
    """
    p = 1 / (1 + math.exp(-abs(log_odds)))
    return p if log_odds >= 0 else 1 - p
