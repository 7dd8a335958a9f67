"""Several judges of one pair: their mean probability, or their votes, decide."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from twinlens.core import catalog
from twinlens.core.errors import BadSpec
from twinlens.core.types import Choice, Claim, Failure, Judge, Pair, Verdict
from twinlens.judgement.grounding import argues_against
from twinlens.judges import ensemble
from twinlens.judges.ensemble import Outcome
from twinlens.language.render import rationale


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Several judges, given by their specs; the mean of their probabilities, or of their votes, decides.

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
            expected = "a number above 0 for each judge"
            raise BadSpec(f"panel: found the weights {self.weights}; expected {expected}")
        if not 0 <= self.quorum <= len(specs):
            raise BadSpec(f"panel: found quorum={self.quorum}; expected 0 (all judges) to {len(specs)}")
        object.__setattr__(self, "judges", specs)
        ensemble.set_concurrency(self, made)

    @property
    def symmetric(self) -> bool:
        """Whether the order of the photos changes nothing: where it changes nothing for any judge."""
        return all(getattr(judge, "symmetric", False) for judge in self._members())

    @property
    def version(self) -> str:
        """What the answers depend on beside the spec."""
        return ensemble.version(self._members())

    @property
    def sends_to(self) -> tuple[str, ...]:
        """The hosts that get the photos."""
        return ensemble.sends_to(self._members())

    def judge(self, pair: Pair) -> Outcome:
        """The panel's verdict on a pair."""
        return self.judge_many((pair,))[0]

    def judge_many(self, pairs: Sequence[Pair]) -> list[Outcome]:
        """The panel's verdicts on pairs; each judge is called in batches or from threads."""
        outcomes = [list(ensemble.judge_all(judge, pairs)) for judge in self._members()]
        return [self._outcome(pair, of_pair) for pair, *of_pair in zip(pairs, *outcomes, strict=True)]

    def _members(self) -> list[Judge]:
        return [ensemble.member(spec, "panel") for spec in self.judges]

    def _outcome(self, pair: Pair, outcomes: Sequence[Outcome]) -> Outcome:
        """What the outcomes of all judges on one pair come to."""
        spec, count = catalog.spec(self), len(outcomes)
        calls = tuple(call for outcome in outcomes for call in outcome.calls)
        members = zip(self.judges, outcomes, strict=True)
        notes = [note for name, one in members for note in ensemble.notes_on(name, one)]
        failures = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
        if failures and count - len(failures) < max(1, self.quorum or count):
            detail = f"{len(failures)} of {count} judges gave no verdict: {'; '.join(notes)}"
            raw = "\n\n".join(failure.raw for failure in failures if failure.raw)
            return Failure(failures[0].kind, detail, raw, spec, pair.id, calls)
        weights = zip(self.weights or (1.0,) * count, outcomes, strict=True)
        weighted = [(weight, one) for weight, one in weights if isinstance(one, Verdict)]
        p_a = _mean(weighted, self.how)
        choice: Choice = "tie" if p_a == 0.5 else "a" if p_a > 0.5 else "b"
        agreeing = [one for _, one in weighted if one.choice == choice]
        claims = _distinct(claim for one in agreeing for claim in one.claims)
        evidence = next((one.evidence for _, one in weighted if one.evidence), ())
        split = [f"{len(agreeing)} of {count} judges chose so"] if len(agreeing) < count else []
        known = [one.familiar for _, one in weighted if one.familiar is not None]
        familiar = math.fsum(known) / len(known) if known else None
        return Verdict(
            pair, spec, choice, p_a, claims, rationale(claims, choice), evidence, tuple(split + notes),
            argues_against(claims, choice), calls=calls, familiar=familiar,
        )  # fmt: skip


def _mean(weighted: Sequence[tuple[float, Verdict]], how: str) -> float:
    """The mean probability of a, or share of votes for it; p(b, a) is exactly 1 - p(a, b)."""
    vote = {"a": 0.5, "b": -0.5, "tie": 0.0}
    margins = [weight * (vote[one.choice] if how == "votes" else one.p_a - 0.5) for weight, one in weighted]
    mean = math.fsum(margins) / math.fsum(weight for weight, _ in weighted)
    likelier = min(1.0, 0.5 + abs(mean))
    return likelier if mean > 0 else 1.0 - likelier


def _distinct(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """The claims, of those that say the same of one region, aspect and side the first; of the whole last."""
    first: dict[tuple[str, str, str], Claim] = {}
    for claim in claims:
        first.setdefault((claim.region, claim.aspect, claim.favours), claim)
    return tuple(sorted(first.values(), key=lambda claim: claim.region == "global"))
