"""One judge decides, another explains: the challenge winner's design, with its reasons checked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np

from twinlens.core import catalog
from twinlens.core.errors import BadSpec
from twinlens.core.types import Choice, Claim, Evidence, Explainer, Failure, Judge, Pair, Side, Verdict
from twinlens.judgement.evidence import measure
from twinlens.judgement.explanation import closing
from twinlens.judgement.grounding import argues_against, ground
from twinlens.judges import ensemble
from twinlens.judges.ensemble import Outcome
from twinlens.language.render import ANSWERS, rationale


@dataclass(frozen=True, kw_only=True)
class Duo:
    """One judge picks the better photo, another writes the reasons of that choice; they are checked.

    `decides` and `explains` are specs; the second must be able to explain a choice that is not its own.
    Notes say where reasons are contradicted by the pixels or argue for the other photo; with `retry` they are
    written again at most so many times, the contradicted ones shown, and the attempt with the fewest counts.
    Where no reasons come, that is a failure: reasons were asked for.
    """

    decides: str = "measured"
    explains: str
    retry: int = 0

    def __post_init__(self) -> None:
        decider, explainer = self._decider(), ensemble.member(self.explains, "duo")
        if not isinstance(explainer, Explainer):
            raise BadSpec(
                f"duo: {self.explains} cannot explain a choice that is not its own; "
                "expected a judge that writes reasons, such as measured, chat or local"
            )
        if self.retry < 0:
            raise BadSpec(f"duo: found retry={self.retry}; expected 0 or more")
        object.__setattr__(self, "decides", catalog.spec(decider))
        object.__setattr__(self, "explains", catalog.spec(explainer))
        ensemble.set_concurrency(self, (decider, explainer))

    @property
    def symmetric(self) -> bool:
        """Whether the choice does not depend on the order; the reasons are those of the first order."""
        return bool(getattr(self._decider(), "symmetric", False))

    @property
    def version(self) -> str:
        """What the answers depend on beside the spec."""
        return ensemble.version((self._decider(), self._explainer()))

    def judge(self, pair: Pair) -> Outcome:
        """The verdict on a pair: the one's choice, the other's reasons."""
        return self.judge_many((pair,))[0]

    def judge_many(self, pairs: Sequence[Pair]) -> list[Outcome]:
        """The verdicts on pairs; each member is called in batches or from threads."""
        explainer = self._explainer()
        explanations = [_Explanation(one) for one in ensemble.judge_all(self._decider(), pairs)]
        for _ in range(self.retry + 1):
            open_ones = [one for one in explanations if not one.done]
            written = ensemble.explain_all(explainer, [one.settled for one in open_ones])
            for one, reasons in zip(open_ones, written, strict=True):
                one.add(reasons)
        return [self._outcome(pair, one) for pair, one in zip(pairs, explanations, strict=True)]

    def _decider(self) -> Judge:
        return ensemble.member(self.decides, "duo")

    def _explainer(self) -> Explainer:
        return cast(Explainer, ensemble.member(self.explains, "duo"))

    def _outcome(self, pair: Pair, explanation: _Explanation) -> Outcome:
        """The decided verdict with the best of the reasons that were written for it."""
        spec, decided, attempts = catalog.spec(self), explanation.decided, explanation.attempts
        if isinstance(decided, Failure):
            return replace(decided, detail=f"no choice: {decided.detail}", judge=spec)
        notes = ensemble.notes_on(self.decides, decided)
        if decided.choice == "tie":
            last = closing("tie", np.array_equal(pair.a.pixels, pair.b.pixels))
            text = rationale([last], "tie")
            return replace(decided, judge=spec, claims=(last,), rationale=text, notes=tuple(notes))
        calls = (*decided.calls, *(call for one in attempts for call in one.calls))
        written = [one for one in attempts if isinstance(one, Verdict)]
        if not written:
            failure = cast(Failure, attempts[0])
            detail = f"{notes[0]}; but no reasons came: {failure.detail}"
            return replace(failure, detail=detail, judge=spec, pair_id=pair.id, calls=calls)
        best = min(written, key=lambda one: _faults(one, decided.choice))
        notes += [*best.notes, *_notes(attempts, best, decided.choice)]
        return replace(
            best, pair=pair, judge=spec, choice=decided.choice, p_a=decided.p_a, familiar=decided.familiar,
            calls=calls, notes=tuple(dict.fromkeys(notes)),
            self_contradicting=argues_against(best.claims, decided.choice),
        )  # fmt: skip


@dataclass(eq=False)
class _Explanation:
    """A decided verdict and the reasons written for it so far, each grounded in the pixels."""

    decided: Outcome
    attempts: list[Outcome] = field(default_factory=list)
    done: bool = False
    evidence: tuple[Evidence, ...] = ()

    def __post_init__(self) -> None:
        self.done = isinstance(self.decided, Failure) or self.decided.choice == "tie"
        if isinstance(self.decided, Verdict):
            self.evidence = self.decided.evidence

    @property
    def settled(self) -> ensemble.Settled:
        """What the explainer is given next: the pair, the choice, what the last attempt said wrongly."""
        decided = cast(Verdict, self.decided)
        last = self.attempts[-1] if self.attempts else None
        wrong = _contradicted(last) if isinstance(last, Verdict) else ()
        return decided.pair, cast(Side, decided.choice), wrong

    def add(self, reasons: Outcome) -> None:
        """One more attempt; the last one where it fails, is without fault, or repeats an earlier one."""
        pair, choice, _ = self.settled
        if isinstance(reasons, Verdict):
            if not (self.evidence or reasons.evidence):
                measured = measure(pair)
                reasons = replace(reasons, notes=(*reasons.notes, *measured.notes))
                self.evidence = measured.evidence
            self.evidence = self.evidence or reasons.evidence
            claims = ground(reasons.claims, self.evidence)
            reasons = replace(reasons, claims=claims, evidence=self.evidence)
        texts = [one.rationale for one in self.attempts if isinstance(one, Verdict)]
        self.done = isinstance(reasons, Failure) or not _faults(reasons, choice) or reasons.rationale in texts
        self.attempts.append(reasons)


def _contradicted(reasons: Verdict) -> tuple[Claim, ...]:
    return tuple(claim for claim in reasons.claims if claim.grounding == "contradicted")


def _faults(reasons: Verdict, choice: Choice) -> float:
    """How many claims the pixels contradict; more than any number where no reason for the choice is given."""
    if not any(claim.favours == choice for claim in reasons.claims):
        return math.inf
    against = argues_against(reasons.claims, choice) or reasons.choice != choice
    return len(_contradicted(reasons)) + against


def _notes(attempts: Sequence[Outcome], best: Verdict, choice: Choice) -> Iterator[str]:
    """What is wrong with the best reasons, and the texts of the other attempts."""
    wrong, count = len(_contradicted(best)), len(best.claims)
    if wrong:
        yield f"{wrong} of {count} claims are contradicted by the pixels"
    other = sum(claim.favours not in (choice, "same") for claim in best.claims)
    if other:
        yield f"{other} of {count} claims speak for the photo that was not chosen"
    if not any(claim.favours == choice for claim in best.claims):
        yield "no reason for the choice is given"
    if best.choice != choice:
        yield f"the reasons were written for the answer {ANSWERS[best.choice]}"
    for number, one in enumerate(attempts, 1):
        if isinstance(one, Failure):
            yield f"attempt {number} at reasons failed, {one.kind}: {one.detail}: {one.raw}"
        elif one.rationale != best.rationale:
            share = f"{len(_contradicted(one))} of {len(one.claims)} claims contradicted"
            yield f"attempt {number} at reasons, discarded, {share}: {one.rationale}"
