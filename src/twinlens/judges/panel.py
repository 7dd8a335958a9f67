"""Several judges of one pair: their mean chance, or their votes, decide."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from twinlens.core import catalog
from twinlens.core.errors import BadSpec
from twinlens.core.types import Choice, Claim, Failure, Judge, Pair, Verdict
from twinlens.judgement.grounding import argues_against
from twinlens.judges import ensemble
from twinlens.language.render import rationale


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Several judges, given by their specs; the mean of their chances, or of their votes, decides.

    `how` is "probability" or "votes": with votes a choice counts 1 for its side and a tie half, and `p_a` is
    the share of votes. `weights` has a number for each judge; without them all count the same. The reasons
    are those of the judges that chose the panel's side, each once. `quorum` is how many judges have to give a
    verdict, 0 for all of them; with fewer the pair is a failure.
    """

    judges: tuple[str, ...]
    how: Literal["probability", "votes"] = "probability"
    weights: tuple[float, ...] = ()
    quorum: int = 0

    def __post_init__(self) -> None:
        made = self._members()
        specs = tuple(map(catalog.spec, made))
        if not specs or len(set(specs)) < len(specs):
            raise BadSpec(f"panel: found the judges {self.judges}; expected one or more, each once")
        weights = self.weights or (1.0,) * len(specs)
        if len(weights) != len(specs) or not all(0 < weight < math.inf for weight in weights):
            raise BadSpec(
                f"panel: found the weights {self.weights}; expected a number above 0 for each judge"
            )
        if not 0 <= self.quorum <= len(specs):
            raise BadSpec(f"panel: found quorum={self.quorum}; expected 0 (all judges) to {len(specs)}")
        object.__setattr__(self, "judges", specs)
        ensemble.adopt(self, made)

    @property
    def symmetric(self) -> bool:
        """Whether the order of the photos changes nothing: where it changes nothing for any judge."""
        return all(getattr(judge, "symmetric", False) for judge in self._members())

    @property
    def version(self) -> str:
        """What the answers depend on beside the spec."""
        return ensemble.version(self._members())

    def judge(self, pair: Pair) -> Verdict | Failure:
        """The panel's verdict on a pair."""
        return self.judge_many((pair,))[0]

    def judge_many(self, pairs: Sequence[Pair]) -> list[Verdict | Failure]:
        """The panel's verdicts on pairs; each judge is asked as it likes to be."""
        said = [ensemble.ask(judge, pairs) for judge in self._members()]
        return [self._together(pair, outcomes) for pair, *outcomes in zip(pairs, *said, strict=True)]

    def _members(self) -> list[Judge]:
        return [ensemble.member(spec, "panel") for spec in self.judges]

    def _together(self, pair: Pair, outcomes: Sequence[Verdict | Failure]) -> Verdict | Failure:
        """What the outcomes of all judges on one pair come to."""
        spec = catalog.spec(self)
        calls = tuple(call for outcome in outcomes for call in outcome.calls)
        notes = [
            note for name, one in zip(self.judges, outcomes, strict=True) for note in ensemble.told(name, one)
        ]
        lost = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
        if lost and len(outcomes) - len(lost) < max(1, self.quorum or len(outcomes)):
            detail = f"{len(lost)} of {len(outcomes)} judges gave no verdict: {'; '.join(notes)}"
            raw = "\n\n".join(failure.raw for failure in lost if failure.raw)
            return Failure(lost[0].kind, detail, raw, spec, pair.id, calls)
        weights = self.weights or (1.0,) * len(outcomes)
        heard = [
            (weight, one) for weight, one in zip(weights, outcomes, strict=True) if isinstance(one, Verdict)
        ]
        p_a = _mean(heard, self.how)
        choice: Choice = "tie" if p_a == 0.5 else "a" if p_a > 0.5 else "b"
        agreeing = [one for _, one in heard if one.choice == choice]
        claims = _once(claim for one in agreeing for claim in one.claims)
        evidence = next((one.evidence for _, one in heard if one.evidence), ())
        split = (
            [f"{len(agreeing)} of {len(outcomes)} judges chose so"] if len(agreeing) < len(outcomes) else []
        )
        return Verdict(
            pair, spec, choice, p_a, claims, rationale(claims, choice), evidence, tuple(split + notes),
            argues_against(claims, choice), calls=calls,
        )  # fmt: skip


def _mean(heard: Sequence[tuple[float, Verdict]], how: str) -> float:
    """The mean chance of a, or share of votes for it; exactly one less it where the photos are exchanged."""
    vote = {"a": 0.5, "b": -0.5, "tie": 0.0}
    beyond = [weight * (vote[one.choice] if how == "votes" else one.p_a - 0.5) for weight, one in heard]
    mean = math.fsum(beyond) / math.fsum(weight for weight, _ in heard)
    likelier = min(1.0, 0.5 + abs(mean))
    return likelier if mean > 0 else 1.0 - likelier


def _once(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """The claims, of those that say the same of one place, quality and side the first; of the whole last."""
    found: dict[tuple[str, str, str], Claim] = {}
    for claim in claims:
        found.setdefault((claim.region, claim.aspect, claim.favours), claim)
    return tuple(sorted(found.values(), key=lambda claim: claim.region == "global"))
