"""One judge decides, another explains: the challenge winner's design, with its reasons checked."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from twinlens.core import catalog
from twinlens.core.errors import BadSpec
from twinlens.core.types import Choice, Claim, Explainer, Failure, Judge, Pair, Side, Verdict
from twinlens.evidence import measure
from twinlens.grounding import argues_against, ground
from twinlens.judges import members
from twinlens.judges.reasons import closing
from twinlens.language.write import ANSWERS, rationale


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
        decider, explainer = self._decider(), members.member(self.explains, "duo")
        if not isinstance(explainer, Explainer):
            raise BadSpec(
                f"duo: {self.explains} cannot explain a choice that is not its own; "
                "expected a judge that writes reasons, such as measured, chat or local"
            )
        if self.retry < 0:
            raise BadSpec(f"duo: found retry={self.retry}; expected 0 or more")
        object.__setattr__(self, "decides", catalog.spec(decider))
        object.__setattr__(self, "explains", catalog.spec(explainer))
        members.adopt(self, (decider, explainer))

    @property
    def symmetric(self) -> bool:
        """Whether the choice does not depend on the order; the reasons kept are those of the first order."""
        return bool(getattr(self._decider(), "symmetric", False))

    @property
    def version(self) -> str:
        """What the answers depend on beside the spec."""
        return members.version((self._decider(), self._explainer()))

    def judge(self, pair: Pair) -> Verdict | Failure:
        """The verdict on a pair: the one's choice, the other's reasons."""
        return self.judge_many((pair,))[0]

    def judge_many(self, pairs: Sequence[Pair]) -> list[Verdict | Failure]:
        """The verdicts on pairs; both members are asked as they like to be."""
        explainer = self._explainer()
        decided = members.ask(self._decider(), pairs)
        both = list(zip(pairs, decided, strict=True))
        return members.spread(explainer, lambda one: self._explained(explainer, *one), both)

    def _decider(self) -> Judge:
        return members.member(self.decides, "duo")

    def _explainer(self) -> Explainer:
        return cast(Explainer, members.member(self.explains, "duo"))

    def _explained(self, explainer: Explainer, pair: Pair, decided: Verdict | Failure) -> Verdict | Failure:
        """The decided verdict with reasons for it."""
        spec = catalog.spec(self)
        if isinstance(decided, Failure):
            return replace(decided, detail=f"no choice: {decided.detail}", judge=spec)
        notes = members.told(self.decides, decided)
        if decided.choice == "tie":
            last = closing("tie", np.array_equal(pair.a.pixels, pair.b.pixels))
            text = rationale([last], "tie")
            return replace(decided, judge=spec, claims=(last,), rationale=text, notes=tuple(notes))
        attempts = [*self._attempts(explainer, decided)]
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

    def _attempts(self, explainer: Explainer, decided: Verdict) -> Iterator[Verdict | Failure]:
        """Explanations, grounded, until one is without fault, repeats an earlier one, or is the last."""
        pair, choice = decided.pair, cast(Side, decided.choice)
        evidence, texts, wrong = decided.evidence, set[str](), tuple[Claim, ...]()
        for _ in range(self.retry + 1):
            explain = functools.partial(explainer.explain, choice=choice, contradicted=wrong)
            said = members.kept(explainer, pair, explain)
            if isinstance(said, Failure):
                yield said
                return
            if not (evidence or said.evidence):
                with members.ALONE:
                    measured = measure(pair)
                evidence, said = measured.evidence, replace(said, notes=(*said.notes, *measured.notes))
            evidence = evidence or said.evidence
            said = replace(said, claims=ground(said.claims, evidence), evidence=evidence)
            yield said
            if not _faults(said, choice) or said.rationale in texts:
                return
            texts.add(said.rationale)
            wrong = _contradicted(said)


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
