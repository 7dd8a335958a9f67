"""The answer judge: a network that has learned what people prefer decides; it gives no reasons."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from twinlens.core import catalog
from twinlens.core.types import Box, Choice, Failure, Pair, Verdict
from twinlens.judgement.balance import balance
from twinlens.judgement.evidence import features, measure
from twinlens.judgement.preference import differences, prior, probability, weighed
from twinlens.language.render import rationale
from twinlens.networks.backbone import Pixels
from twinlens.networks.preference_net import SMALL, Preference, PreferenceNet, crops

UNFAMILIAR = 0.05
"""Familiarity below which the verdict says so."""
LOOKED_AT = frozenset({"face", "text"})
UNFAMILIAR_NOTE = (
    "Unfamiliar processing: what was learned from is unlike this pair, so the choice is less sure."
)


@dataclass(frozen=True)
class Answer:
    """Chooses as people would, as learned from their choices; gives no reasons.

    `checkpoint` is a folder that `twinlens train answer` wrote; without it the shipped weights decide.
    Exactly antisymmetric and deterministic. The verdict says how familiar the processing is and where in the
    picture the preference comes from.
    """

    checkpoint: str | None = None

    symmetric = True
    """Swapping the photos mirrors the verdict, so one order is enough."""

    def __post_init__(self) -> None:
        _ = self._net  # a folder that is not there stops the command before any photo is opened

    @cached_property
    def _net(self) -> PreferenceNet:
        return PreferenceNet.open(self.checkpoint)

    @property
    def version(self) -> str:
        """The hash of the network."""
        return f"net {self._net.sha256[:16]}"

    def judge(self, pair: Pair) -> Verdict | Failure:
        """The verdict on a pair."""
        shared = features(pair)
        learned = pair.cached(("answer", self._net.sha256), self._preference)
        way = -1.0 if pair.mirrored else 1.0
        p_a = 0.5 if shared.identical else probability(way * learned.log_odds)
        choice: Choice = "tie" if p_a == 0.5 else "a" if p_a > 0.5 else "b"
        notes = (UNFAMILIAR_NOTE,) if learned.familiar < UNFAMILIAR and choice != "tie" else ()
        return Verdict(
            pair=pair, judge=catalog.spec(self), choice=choice, p_a=p_a, claims=(),
            rationale=rationale((), choice), notes=notes, familiar=learned.familiar,
            map=tuple(tuple(round(way * cell, 5) for cell in row) for row in learned.map.tolist()),
        )  # fmt: skip

    def _preference(self, canonical: Pair) -> Preference:
        """The preference between the photos in canonical order."""
        measured, (a, b) = measure(canonical), views(canonical)
        evidence = weighed(differences(measured, balance(measured)))
        looks = (self._net.look(*a), self._net.look(*b))
        likely = prior()
        others = sorted(evidence.keys() - {*self._net.evidence})
        never_fitted = math.fsum(likely[name] * evidence[name] for name in others)
        return self._net.preference(*looks, evidence, never_fitted, ((a[0].shape, a[1]), (b[0].shape, b[1])))


def views(canonical: Pair) -> tuple[tuple[Pixels, list[Box]], tuple[Pixels, list[Box]]]:
    """The pixels of both photos, in one frame where there is one, and the boxes looked at at 100 %."""
    shared = features(canonical)
    a, b = shared.frame.a, shared.frame.b
    if not shared.aligned:
        return (a, crops(a, a)), (b, crops(b, b))
    large = a.shape[0] * a.shape[1] > SMALL
    wanted = [region.box for region in shared.regions if region.name in LOOKED_AT] if large else []
    boxes = crops(a, b, wanted)
    return (a, boxes), (b, boxes)
