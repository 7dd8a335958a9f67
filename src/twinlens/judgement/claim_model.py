"""Which photo is better in which aspect, and how surely: learnt from damage that was put in on purpose.

A photo with halos also measures sharper, one with noise holds more "texture"; a colour that differs in one
place may be wrong in either photo. What explains what, and from how much on something may be said, was fitted
on pairs whose damage is known (`python -m benchmarks causes`). Small networks see a region and the whole with
one photo first and give, for each aspect, the probability that the photo that comes first is truly better in
it; asked once with each photo first, they are exactly antisymmetric. `claim_model.npz` holds their numbers
and where they come from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from twinlens.core.types import Evidence, Side
from twinlens.judgement.causes import signed
from twinlens.judgement.evidence import Measurement

SCHEMA = "twinlens.claim_model/1"
Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ClaimModel:
    """What was fitted: the metrics, regions and aspects it knows, the networks, and the precision they reach.

    A network is two matrices with two vectors of offsets: inputs to hidden units (rectified), and these to
    the log-odds of the aspects. `precisions` rises with `probabilities`: the share of claims of at least so
    high a probability that were true on photographs and ways of damage not fitted on.
    """

    metrics: tuple[str, ...]
    regions: tuple[str, ...]
    aspects: tuple[str, ...]
    networks: tuple[tuple[Numbers, Numbers, Numbers, Numbers], ...]
    precisions: Numbers
    probabilities: Numbers

    def probability(self, inputs: Numbers) -> Numbers:
        """The probabilities (aspects) for the photo that comes first in the inputs."""
        logits = [_layer(np.maximum(_layer(inputs, w, b), 0), v, c) for w, b, v, c in self.networks]
        return np.asarray(1 / (1 + np.exp(-np.mean(logits, axis=0))))

    def least(self, precision: float) -> float:
        """The probability from which on claims are true as often as `precision` asks; 1 where none are."""
        enough = self.probabilities[self.precisions >= precision]
        return float(enough[0]) if enough.size else 1.0

    def inputs(self, measured: Measurement, region: str, first: Side) -> Numbers:
        """What the networks see of a region: all is of the photo that comes first, less the other's."""
        sign, here = 1.0 if first == "a" else -1.0, measured.statistics[region]
        steps, values = self._evidence(measured.evidence, region)
        whole, _ = self._evidence(measured.evidence, "global")
        local = next(one.local for one in measured.regions if one.name == region)
        return np.concatenate(
            [
                np.tanh(sign * steps / 2), np.tanh(sign * whole / 2),
                sign * np.sign(steps) * np.log1p(abs(steps)) / 2,
                [float(local > 0), local], [float(region == one) for one in self.regions],
                sign * (here.a - here.b), (here.a + here.b) / 2, here.both, values,
            ]
        )  # fmt: skip

    def _evidence(self, evidence: tuple[Evidence, ...], region: str) -> tuple[Numbers, Numbers]:
        """The signed JNDs of each metric in a region, and the size of its two numbers; 0 where unknown."""
        pieces = {piece.metric: piece for piece in evidence if piece.region == region}
        known = [pieces.get(name) for name in self.metrics]
        steps = [0.0 if one is None else signed(one) for one in known]
        values = [0.0 if one is None else (_logarithm(one.a) + _logarithm(one.b)) / 2 for one in known]
        return np.array(steps), np.array(values)


def _logarithm(value: float) -> float:
    return float(np.sign(value) * np.log1p(abs(value)) / 3)


def _layer(inputs: Numbers, weights: Numbers, offsets: Numbers) -> Numbers:
    """A product summed in one order on every machine and by any number of threads."""
    return np.asarray((inputs[:, None] * weights).sum(axis=0) + offsets)


@cache
def claim_model() -> ClaimModel:
    """The model that ships."""
    with (files("twinlens.judgement") / "claim_model.npz").open("rb") as stream:
        stored = {name: np.asarray(numbers) for name, numbers in np.load(stream).items()}
    about = json.loads(str(stored["about"]))
    if about["schema"] != SCHEMA:
        raise ValueError(f"claim_model.npz: found schema {about['schema']!r}; expected {SCHEMA!r}")
    layers = [stored[name].astype(np.float64) for name in ("weights", "offsets", "out", "out_offsets")]
    metrics, regions, aspects = (tuple(about[name]) for name in ("metrics", "regions", "aspects"))
    networks = tuple(zip(*layers, strict=True))
    reached = stored["precisions"], stored["probabilities"]
    return ClaimModel(metrics, regions, aspects, networks, *reached)


def probabilities(measured: Measurement, model: ClaimModel) -> Mapping[tuple[str, str, Side], float]:
    """By region, aspect and side, the probability that this side is truly better there."""
    return {
        (region, aspect, side): float(p)
        for region in measured.statistics
        for side in ("a", "b")
        for aspect, p in zip(
            model.aspects, model.probability(model.inputs(measured, region, side)), strict=True
        )
    }
