"""The heads of a preference network: antisymmetric logistic regressions on what two photos differ in.

No intercept, so the order of the photos cannot matter. Statistics are pulled towards the weights one starts
from, none where nothing was learned before; evidence towards the weights of the measured judge. Kinds of
processing weigh alike however many pairs they hold. Each head is fitted on a bootstrap sample of scenes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twinlens.networks.backbone import Floats
from twinlens.networks.preference_net import apart, calibrated, directions, familiarity

Some = NDArray[np.bool_]

HEADS = 12
STATISTICS, EVIDENCE = 0.02, 2.0
"""How strongly the weights of statistics and of evidence are pulled to where they start."""
SIMULATED = {"damage": 0.02, "restoration": 0.1}
"""What the simulated examples of each way weigh, beside all of people's pairs."""
AXES = 24
STEPS = 200
MEASURED = 0.6
"""What the weights of the measured judge are worth where evidence starts: it says 0.4 to 0.8 of them."""


@dataclass(frozen=True, eq=False)
class Examples:
    """Pairs as differences, a less b: statistics (n, k), evidence (n, m); `sign` is 1 for a preferred a."""

    statistics: Floats
    evidence: Floats
    sign: Floats
    weight: Floats
    scene: NDArray[np.str_]
    kind: NDArray[np.str_]

    def __getitem__(self, which: Any) -> Examples:
        return Examples(*(getattr(self, name)[which] for name in self.__dataclass_fields__))

    def __len__(self) -> int:
        return len(self.sign)

    def balanced(self) -> Examples:
        """The same, each kind of the same weight, all together of one a pair."""
        kinds, of = np.unique(self.kind, return_inverse=True)
        counts = np.bincount(of)
        return replace(self, weight=len(self) / len(kinds) / counts[of])


@dataclass(frozen=True, eq=False)
class Seen:
    """Pairs as one backbone sees them: people's, simulated ones by way, and what heads start from."""

    people: Examples
    simulated: list[Examples]
    start: Floats
    backbone: str = ""
    """The hash of a backbone that was tuned; "" of the one that all others start from."""


def joined(parts: list[Examples]) -> Examples:
    """All examples of several parts."""
    names = Examples.__dataclass_fields__
    return Examples(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def fit(examples: Examples, start: Floats, scale: Floats) -> Floats:
    """The weights of one head (k + m,), from `start`; `scale` is what each of the k statistics varies by."""
    from scipy.optimize import minimize  # type: ignore[import-untyped]

    width = examples.statistics.shape[1]
    unit = np.concatenate([scale * np.sqrt(width), np.ones(examples.evidence.shape[1])])
    known = np.hstack([examples.statistics, examples.evidence]).astype(np.float32) / unit.astype(np.float32)
    known *= examples.sign[:, None].astype(np.float32)
    pull = np.where(np.arange(len(unit)) < width, STATISTICS, EVIDENCE)
    first = start * unit

    def loss(values: Floats) -> tuple[float, Floats]:
        margin = (known @ values.astype(np.float32)).astype(np.float64)
        slope = examples.weight / (1 + np.exp(np.clip(margin, -50, 50)))
        away = values - first
        cost = examples.weight @ np.logaddexp(0, -margin) + pull @ (away * away) / 2
        return float(cost), np.asarray(-(slope.astype(np.float32) @ known).astype(np.float64) + pull * away)

    fitted = minimize(loss, first, jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    return np.asarray(fitted.x / unit)


@dataclass(frozen=True, eq=False)
class Fitted:
    """Heads, and what familiarity is measured by, as `networks.preference_net` stores them."""

    heads: Floats
    axes: Floats
    known: Floats
    distances: Floats

    def predicted(self, examples: Examples) -> tuple[Floats, Floats, Floats]:
        """Mean and spread of the heads' log-odds for a, and familiarity; each (n,)."""
        each = np.hstack([examples.statistics, examples.evidence]) @ self.heads.T
        places = examples.statistics @ self.axes.T
        return each.mean(1), each.std(1), familiarity(places, self.known, self.distances)


def fit_heads(people: Examples, simulated: list[Examples], start: Floats, heads: int = HEADS) -> Fitted:
    """Heads fitted on people's pairs and simulated ones, each on a bootstrap sample of scenes."""
    people = people.balanced()
    parts = [
        replace(part, weight=np.full(len(part), SIMULATED[str(part.kind[0])] * len(people) / len(part)))
        for part in simulated
    ]
    scale = people.statistics.std(axis=0) + 1e-6
    made = []
    for number in range(heads):
        random = np.random.default_rng(number)
        made.append(fit(joined([_sampled(part, random) for part in (people, *parts)]), start, scale))
    return Fitted(np.array(made), *_familiar(people, scale))


def _sampled(examples: Examples, random: np.random.Generator) -> Examples:
    """The examples of a bootstrap sample of scenes, each as often as it was drawn."""
    scenes, of = np.unique(examples.scene, return_inverse=True)
    drawn = np.bincount(random.integers(0, len(scenes), len(scenes)), minlength=len(scenes))[of]
    return replace(examples[drawn > 0], weight=(examples.weight * drawn)[drawn > 0])


def _familiar(people: Examples, scale: Floats) -> tuple[Floats, Floats, Floats]:
    """Axes in which differences vary most, the directions of those known, and distances to other scenes'."""
    _, _, axes = np.linalg.svd(people.statistics / scale, full_matrices=False)
    axes = axes[:AXES] / scale
    known = directions(people.statistics @ axes.T)
    distances = apart(known, known)
    distances[people.scene[:, None] == people.scene[None]] = np.inf
    nearest = distances.min(axis=1)
    return axes, known, np.sort(nearest[np.isfinite(nearest)])


def calibrate(
    mean: Floats, spread: Floats, familiar: Floats, sign: Floats, weight: Floats
) -> tuple[float, float, float]:
    """Slope where nothing and where all is familiar, and what spread takes away, by what was left out."""
    from scipy.optimize import minimize

    def loss(values: Floats) -> float:
        unknown, more, shrinkage = np.exp(values)
        by = unknown, unknown + more, shrinkage
        p = zip(mean, spread, familiar, strict=True)
        margin = sign * np.array([calibrated(*one, by) for one in p])
        return float(weight @ np.logaddexp(0, -margin) / weight.sum())

    fitted = minimize(loss, np.log([0.5, 0.2, 0.1]), method="Nelder-Mead", options={"maxiter": 300})
    unknown, more, shrinkage = map(float, np.exp(fitted.x))
    return unknown, unknown + more, shrinkage
