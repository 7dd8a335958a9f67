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
from twinlens.language.render import ANSWERS, rationale


@dataclass(frozen=True, kw_only=True)
class Duo:
    """One judge picks the better photo, another writes the reasons of that choice; they are checked.

    `decides` and `explains` are specs; the second must be able to explain a choice that is not its own.
    Reasons that the pixels contradict, or that argue for the other photo, are told in the notes; with `retry`
    they are written again at most so many times, the contradicted ones shown, and the attempt with the fewest
    is kept. Where no reasons come, that is a failure: reasons were asked for.
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
        ensemble.adopt(self, (decider, explainer))

    @property
    def symmetric(self) -> bool:
        """Whether the choice does not depend on the order; the reasons kept are those of the first order."""
        return bool(getattr(self._decider(), "symmetric", False))

    @property
    def version(self) -> str:
        """What the answers depend on beside the spec."""
        return ensemble.version((self._decider(), self._explainer()))

    def judge(self, pair: Pair) -> Verdict | Failure:
        """The verdict on a pair: the one's choice, the other's reasons."""
        return self.judge_many((pair,))[0]

    def judge_many(self, pairs: Sequence[Pair]) -> list[Verdict | Failure]:
        """The verdicts on pairs; both members are asked as they like to be."""
        explainer = self._explainer()
        tries = [_Tries(one) for one in ensemble.ask(self._decider(), pairs)]
        for _ in range(self.retry + 1):
            asked = [one for one in tries if not one.done]
            written = ensemble.explain(explainer, [one.settled for one in asked])
            for one, said in zip(asked, written, strict=True):
                one.add(said)
        return [self._explained(pair, one) for pair, one in zip(pairs, tries, strict=True)]

    def _decider(self) -> Judge:
        return ensemble.member(self.decides, "duo")

    def _explainer(self) -> Explainer:
        return cast(Explainer, ensemble.member(self.explains, "duo"))

    def _explained(self, pair: Pair, tries: _Tries) -> Verdict | Failure:
        """The decided verdict with the best of the reasons that were written for it."""
        spec, decided, attempts = catalog.spec(self), tries.decided, tries.attempts
        if isinstance(decided, Failure):
            return replace(decided, detail=f"no choice: {decided.detail}", judge=spec)
        notes = ensemble.told(self.decides, decided)
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
        notes += [*best.notes, *_told(attempts, best, decided.choice)]
        return replace(
            best, pair=pair, judge=spec, choice=decided.choice, p_a=decided.p_a, calls=calls,
            notes=tuple(dict.fromkeys(notes)), self_contradicting=argues_against(best.claims, decided.choice),
        )  # fmt: skip


@dataclass(eq=False)
class _Tries:
    """A decided verdict and the reasons written for it so far, each set against the pixels."""

    decided: Verdict | Failure
    attempts: list[Verdict | Failure] = field(default_factory=list)
    done: bool = False
    _evidence: tuple[Evidence, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.decided, Failure) or self.decided.choice == "tie":
            self.done = True
        else:
            self._evidence = self.decided.evidence

    @property
    def settled(self) -> ensemble.Settled:
        """What the explainer is asked next: the pair, the choice, what the last attempt said wrongly."""
        decided = cast(Verdict, self.decided)
        last = self.attempts[-1] if self.attempts else None
        wrong = _contradicted(last) if isinstance(last, Verdict) else ()
        return decided.pair, cast(Side, decided.choice), wrong

    def add(self, said: Verdict | Failure) -> None:
        """One more attempt; the last one where it fails, is without fault, or repeats an earlier one."""
        pair, choice, _ = self.settled
        if isinstance(said, Failure):
            self.attempts.append(said)
            self.done = True
            return
        if not (self._evidence or said.evidence):
            measured = measure(pair)
            self._evidence, said = measured.evidence, replace(said, notes=(*said.notes, *measured.notes))
        self._evidence = self._evidence or said.evidence
        said = replace(said, claims=ground(said.claims, self._evidence), evidence=self._evidence)
        texts = [one.rationale for one in self.attempts if isinstance(one, Verdict)]
        self.done = not _faults(said, choice) or said.rationale in texts
        self.attempts.append(said)


def _contradicted(said: Verdict) -> tuple[Claim, ...]:
    return tuple(claim for claim in said.claims if claim.grounding == "contradicted")


def _faults(said: Verdict, choice: Choice) -> float:
    """How many claims the pixels contradict; more than any number where no reason for the choice is given."""
    if not any(claim.favours == choice for claim in said.claims):
        return math.inf
    against = argues_against(said.claims, choice) or said.choice != choice
    return len(_contradicted(said)) + against


def _told(attempts: Sequence[Verdict | Failure], best: Verdict, choice: Choice) -> Iterator[str]:
    """What is wrong with the reasons that are kept, and the texts of those that are not."""
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
            lost = f"{len(_contradicted(one))} of {len(one.claims)} claims contradicted"
            yield f"attempt {number} at reasons, not kept, {lost}: {one.rationale}"
