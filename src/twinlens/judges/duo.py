"""One judge decides, another explains: the challenge winner's design, with its reasons checked."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from twinlens.core import catalog
from twinlens.core.errors import BadSpec
from twinlens.core.types import Choice, Claim, Explainer, Failure, Judge, Pair, Side, Verdict
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

    @property
    def sends_to(self) -> tuple[str, ...]:
        """The hosts that get the photos."""
        return ensemble.sends_to((self._decider(), self._explainer()))

    def judge(self, pair: Pair) -> Outcome:
        """The verdict on a pair: the one's choice, the other's reasons."""
        return self.judge_many((pair,))[0]

    def judge_many(self, pairs: Sequence[Pair]) -> list[Outcome]:
        """The verdicts on pairs; each member is called in batches or from threads."""
        explainer = self._explainer()
        rows = [(decided, list[Outcome]()) for decided in ensemble.judge_all(self._decider(), pairs)]
        for _ in range(self.retry + 1):
            unfinished = [row for row in rows if not _finished(*row)]
            written = list(ensemble.explain_all(explainer, [_settled(*row) for row in unfinished]))
            for (decided, attempts), reasons in zip(unfinished, written, strict=True):
                attempts.append(_grounded(decided, attempts, reasons))
        return [self._outcome(pair, *row) for pair, row in zip(pairs, rows, strict=True)]

    def _decider(self) -> Judge:
        return ensemble.member(self.decides, "duo")

    def _explainer(self) -> Explainer:
        return cast(Explainer, ensemble.member(self.explains, "duo"))

    def _outcome(self, pair: Pair, decided: Outcome, attempts: list[Outcome]) -> Outcome:
        """The decided verdict with the best of the reasons that were written for it."""
        spec = catalog.spec(self)
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


def _finished(decided: Outcome, attempts: list[Outcome]) -> bool:
    """Whether no reasons are wanted, or none after these: the last failed, has no fault, or repeats one."""
    if isinstance(decided, Failure) or decided.choice == "tie":
        return True
    if not attempts or isinstance(attempts[-1], Failure):
        return bool(attempts)
    texts = [one.rationale for one in attempts if isinstance(one, Verdict)]
    return texts[-1] in texts[:-1] or not _faults(attempts[-1], decided.choice)


def _settled(decided: Outcome, attempts: list[Outcome]) -> ensemble.Settled:
    """What the explainer is given next: the pair, the choice, what the last attempt said wrongly."""
    decided = cast(Verdict, decided)
    wrong = _contradicted(cast(Verdict, attempts[-1])) if attempts else ()
    return decided.pair, cast(Side, decided.choice), wrong


def _grounded(decided: Outcome, attempts: list[Outcome], reasons: Outcome) -> Outcome:
    """Reasons checked against the evidence that the decider or an explainer gave, else what is measured."""
    if isinstance(reasons, Failure):
        return reasons
    verdicts = [one for one in (decided, *attempts, reasons) if isinstance(one, Verdict)]
    evidence, notes = next((one.evidence for one in verdicts if one.evidence), ()), reasons.notes
    if not evidence:
        measured = measure(verdicts[0].pair)
        evidence, notes = measured.evidence, (*notes, *measured.notes)
    return replace(reasons, claims=ground(reasons.claims, evidence), evidence=evidence, notes=notes)


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
