"""The measured judge: no model, no network; what differs is measured, and weighed as people weigh it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from twinlens.core import catalog
from twinlens.core.types import Choice, Claim, Failure, Pair, Side, Verdict
from twinlens.judgement.balance import balance
from twinlens.judgement.evidence import measure
from twinlens.judgement.explanation import claims, reasons
from twinlens.judgement.preference import CLOSE, differences, probability, score
from twinlens.judgement.weights import FittedWeights, read_weights
from twinlens.language.render import rationale

UNALIGNED = 0.25
"""What the log-odds are worth where the photos could not be aligned: they may not even show one scene."""


@dataclass(frozen=True)
class Measured:
    """Measures both photos, region by region, picks the better one and says why.

    Exactly antisymmetric and deterministic. Photos that do not differ noticeably, or are identical, get "no
    visible difference" and no one-sided claim; identical ones are a tie. `weights` is a file that
    `twinlens train measured` wrote; the reasons are the same by all weights.
    """

    weights: str | None = None

    symmetric = True
    """Swapping the photos mirrors the verdict, so one order is enough."""

    def __post_init__(self) -> None:
        _ = self._fitted  # a file that is not there stops the command before any photo is opened

    @cached_property
    def _fitted(self) -> FittedWeights | None:
        """What the file holds, read once, so that one judge has one mind."""
        return None if self.weights is None else read_weights(self.weights)

    @property
    def version(self) -> str:
        """The hash of the file of weights, "" where those of the package are taken."""
        return "" if self._fitted is None else f"weights {self._fitted.sha256[:16]}"

    def judge(self, pair: Pair) -> Verdict | Failure:
        """The verdict on a pair."""
        measured = measure(pair)
        causes = reasons(measured)
        values = None if self._fitted is None else self._fitted.values
        log_odds = score(differences(measured, balance(measured)), values)
        log_odds *= 1.0 if measured.aligned else UNALIGNED
        p_a = probability(log_odds)
        choice: Choice = "tie" if p_a == 0.5 else "a" if p_a > 0.5 else "b"
        said = claims(causes, choice, measured, close=abs(log_odds) < CLOSE)
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
        causes = reasons(measured)
        for_it = [reason for reason in causes if (reason.steps > 0) == (choice == "a")]
        said = claims(for_it, choice, measured, close=not for_it)
        against = [
            f"{reason.piece.region} {reason.piece.aspect}" for reason in causes if reason not in for_it
        ]
        notes = (f"measured for the other photo: {', '.join(against)}",) if against else ()
        return Verdict(
            pair=pair, judge=catalog.spec(self), choice=choice, p_a=1.0 if choice == "a" else 0.0,
            claims=said, rationale=rationale(said, choice), evidence=measured.evidence,
            notes=(*measured.notes, *notes),
        )  # fmt: skip
