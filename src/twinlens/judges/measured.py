"""The measured judge: no model, no network; what differs is measured, and weighed as people weigh it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf, log, log1p

from twinlens.core import catalog
from twinlens.core.types import Choice, Claim, Failure, Pair, Side, Verdict
from twinlens.judgement.evidence import Measurement, measure, metrics
from twinlens.judgement.explanation import Reason, balance, claims, reasons, where
from twinlens.judgement.preference import DECISIVE, Steps, by_metric, chance, score
from twinlens.judgement.weights import Weighing, read_weights
from twinlens.language.render import rationale

MIDDLE = 52.0
"""Mean lightness L* up to which a brighter photo is liked for it: of fused exposures people preferred the
brighter one in four of five pairs below it, and in half of them above."""
TASTE = frozenset({"exposure", "contrast", "local_contrast", "color_contrast"})
"""What is liked in a rendering as a whole: in one place alone it may as well have been put there."""
UNALIGNED = 0.25
"""What the log odds are worth where the photos could not be aligned: they may not even show one scene."""


@dataclass(frozen=True)
class Measured:
    """Measures both photos, region by region, picks the better one and says why; the default.

    Exactly antisymmetric and deterministic. Photos that do not differ noticeably, or are identical, get "no
    visible difference" and no one-sided claim; identical ones are a tie. `weights` is a file that
    `twinlens train measured` wrote; the reasons are the same by all weights.
    """

    weights: str | None = None

    symmetric = True
    """Swapping the photos mirrors the verdict, so one order is enough."""

    def __post_init__(self) -> None:
        _ = self._weighing  # a file that is not there stops the command before any photo is opened

    @cached_property
    def _weighing(self) -> Weighing | None:
        """What the file holds, read once, so that one judge has one mind."""
        return None if self.weights is None else read_weights(self.weights)

    @property
    def version(self) -> str:
        """The hash of the file of weights, "" where those of the package are taken."""
        return "" if self._weighing is None else f"weights {self._weighing.sha256[:16]}"

    def judge(self, pair: Pair) -> Verdict | Failure:
        """The verdict on a pair."""
        measured = measure(pair)
        found = reasons(measured)
        values = None if self._weighing is None else self._weighing.values
        odds = score(overall(measured, found), values) * (UNALIGNED if measured.grid is None else 1.0)
        p_a = chance(odds)
        choice: Choice = "tie" if p_a == 0.5 else "a" if p_a > 0.5 else "b"
        said = claims(found, choice, measured, close=abs(odds) < DECISIVE)
        return Verdict(
            pair=pair, judge=catalog.spec(self), choice=choice, p_a=p_a, claims=said,
            rationale=rationale(said, choice), evidence=measured.evidence, notes=measured.notes,
        )  # fmt: skip

    def explain(self, pair: Pair, choice: Side, contradicted: Sequence[Claim] = ()) -> Verdict | Failure:
        """What is measured to speak for a side that somebody else has chosen; a note says what does not.

        Nothing is made up: where nothing measured speaks for that side, no reason is given but the closing
        line. `contradicted` changes nothing, for what is claimed was measured.
        """
        measured = measure(pair)
        found = reasons(measured)
        for_it = [reason for reason in found if (reason.steps > 0) == (choice == "a")]
        said = claims(for_it, choice, measured, close=not for_it)
        against = [f"{reason.region} {reason.aspect}" for reason in found if reason not in for_it]
        told = (f"measured for the other photo: {', '.join(against)}",) if against else ()
        return Verdict(
            pair=pair, judge=catalog.spec(self), choice=choice, p_a=1.0 if choice == "a" else 0.0,
            claims=said, rationale=rationale(said, choice), evidence=measured.evidence,
            notes=(*measured.notes, *told),
        )  # fmt: skip


def overall(measured: Measurement, found: list[Reason]) -> Steps:
    """What is weighed: steps on the whole or on the one place that differs, and the reasons' balance.

    Contrast that comes of light beyond a middle exposure counts for nothing: people like a dark photo's
    brighter version, not a bright one's.
    """
    place = where(measured)
    steps = by_metric(measured.evidence, place)
    if place != "global":
        steps |= dict.fromkeys(TASTE & steps.keys(), 0.0)
    light = next(((e.a, e.b) for e in measured.evidence if (e.region, e.metric) == (place, "exposure")), None)
    if light is not None and "local_contrast" in steps:
        gain, useful = (log((min(light[0], top) + 1) / (min(light[1], top) + 1)) for top in (inf, MIDDLE))
        size = steps["local_contrast"]
        rest = size - (gain - useful) / log1p(metrics()["local_contrast"].jnd)
        steps["local_contrast"] = rest if rest * size > 0 else 0.0
    return {**steps, "reasons": balance(found)}
