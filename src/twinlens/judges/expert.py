"""The expert: what people prefer is learned and decides; what is measured explains, for and against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from twinlens.core import catalog
from twinlens.core.errors import BadSpec
from twinlens.core.types import Claim, Failure, Pair, Side, Verdict
from twinlens.judgement.evidence import Measurement, measure
from twinlens.judgement.explanation import PRECISION, closing, for_and_against, reasons, unexplained
from twinlens.judges.answer import Answer
from twinlens.language.render import rationale

MAPPED = "The preference map (key M in the report) shows what decided."
CLOSE = 0.6
"""Confidence below which two photos are about as good."""
LOCAL = 2.0
"""How many times its share of the picture's area a place must hold of the preference, to come first."""


@dataclass(frozen=True)
class Expert:
    """Decides by what people prefer, as learned, and explains by what is measured; the default.

    Reasons for the choice come first, then what plainly speaks against it. Where nothing measured explains
    the choice, a note says so. `checkpoint` is a folder that `twinlens train answer` wrote; without it the
    shipped weights decide. `precision` is how many of the claims are to be true, above 0 and below 1. Exactly
    antisymmetric and deterministic.
    """

    checkpoint: str | None = None
    precision: float = PRECISION

    symmetric = True
    """Swapping the photos mirrors the verdict, so one order is enough."""

    def __post_init__(self) -> None:
        if not 0 < self.precision < 1:
            raise BadSpec(f"expert: found precision={self.precision}; expected a number between 0 and 1")
        _ = self._answer.version  # a folder that is not there stops the command before any photo is opened

    @cached_property
    def _answer(self) -> Answer:
        return Answer(self.checkpoint)

    @property
    def version(self) -> str:
        """The hash of the network."""
        return self._answer.version

    def judge(self, pair: Pair) -> Verdict | Failure:
        """The verdict on a pair."""
        decided = self._answer.judge(pair)
        if isinstance(decided, Failure):
            return replace(decided, judge=catalog.spec(self))
        return self._explained(decided, decided.confidence < CLOSE)

    def explain(self, pair: Pair, choice: Side, contradicted: Sequence[Claim] = ()) -> Verdict | Failure:
        """What is measured for, and plainly against, a side that somebody else has chosen."""
        p_a = 1.0 if choice == "a" else 0.0
        return self._explained(Verdict(pair, "", choice, p_a, (), ""), close=False)

    def _explained(self, decided: Verdict, close: bool) -> Verdict:
        """The verdict with its reasons."""
        measured = measure(decided.pair)
        said = for_and_against(
            reasons(measured, self.precision), decided.choice, measured, _first(decided, measured)
        )
        notes = list(measured.notes)
        if decided.choice != "tie" and not any(claim.favours == decided.choice for claim in said):
            notes += [unexplained(measured, decided.choice), *[MAPPED] * (decided.map is not None)]
            if close:
                said = (*said, closing("tie", measured.identical))
        return replace(
            decided, judge=catalog.spec(self), claims=said, rationale=rationale(said, decided.choice),
            evidence=measured.evidence, notes=(*decided.notes, *notes),
        )  # fmt: skip


def _first(decided: Verdict, measured: Measurement) -> frozenset[str]:
    """The regions that hold much more of the preference than of the picture."""
    if decided.map is None or decided.choice == "tie":
        return frozenset()
    way = 1.0 if decided.choice == "a" else -1.0
    towards = np.maximum(way * np.array(decided.map), 0)
    places = {region.name: region.weight for region in measured.regions if region.name != "global"}
    total = float(towards.sum()) or 1.0
    chosen = set()
    for name, weight in places.items():
        rows, columns = (np.arange(n) * m // n for n, m in zip(towards.shape, weight.shape, strict=True))
        inside = np.clip(weight[np.ix_(rows, columns)], 0, 1)
        if float((towards * inside).sum()) / total > LOCAL * float(inside.mean()):
            chosen.add(name)
    return frozenset(chosen)
