"""A judge asked of pairs in both orders, and its answers brought together into a row.

A judge sees a pair in an order: "ab" shows a first, "ba" shows b first. What it says of the photo shown first
and second is mapped back to the pair's a and b here, and nowhere else.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TypeVar, cast

from msgspec import UNSET, Struct
from msgspec.structs import asdict, replace

from twinlens.core.contracts import ClaimRecord, PhotoRecord, claim_from, claim_records, record, sound
from twinlens.core.errors import BadPhoto, TwinlensError
from twinlens.core.run_records import FailureRow, Order, OrderCallRecord, OrderRecord, Row, VerdictRow
from twinlens.core.types import Batched, Call, Choice, Failure, FailureKind, Judge, Pair, Verdict
from twinlens.core.version import __version__
from twinlens.judgement.grounding import argues_against
from twinlens.readers import Row as PairRow
from twinlens.readers import Shot
from twinlens.runs.compare import grounded

MIRRORED: dict[str, Choice] = {"a": "b", "b": "a", "tie": "tie"}
Outcome = Verdict | Failure
Result = TypeVar("Result")


class Answer(Struct):
    """What a judge said of a pair in one order.

    `p_first` is the probability of the photo shown first, as it was said; claims are of the order "ab" only,
    whose text names the pair's own sides. `calls` are of this asking, so the cache keeps none.
    """

    said: OrderRecord
    p_first: float = 0.5
    claims: tuple[ClaimRecord, ...] = ()
    familiar: float | None = None
    calls: tuple[OrderCallRecord, ...] = ()


def ask(
    judge: Judge,
    questions: Sequence[tuple[Pair, Order]],
    slot: AbstractContextManager[object] | None = None,
) -> Iterator[Answer]:
    """What a judge says of pairs, each in an order, as it comes: claims grounded where a is shown first.

    A judge with `judge_many` is asked of all at once; where that breaks, of each by itself, so that only the
    bad one fails. A judge that breaks is a failure of the kind "broken"; a TwinlensError is raised. `slot` is
    held while it is asked of one, and free while its claims are checked.
    """
    shown = [pair if order == "ab" else pair.swapped() for pair, order in questions]
    outcomes = _batch(judge, shown) or (_single(judge, pair, slot or nullcontext()) for pair in shown)
    for (_, order), outcome in zip(questions, outcomes, strict=True):
        yield _answer(outcome, order)


def _batch(judge: Judge, pairs: list[Pair]) -> list[Outcome] | None:
    """The outcomes of one call for all pairs; None where there is no such call or it breaks."""
    if not isinstance(judge, Batched) or judge.batch < 2 or not pairs:
        return None
    outcomes = _attempt(lambda: judge.judge_many(pairs))
    if isinstance(outcomes, Failure) or len(outcomes) != len(pairs):
        return None
    return list(outcomes)


def _single(judge: Judge, pair: Pair, slot: AbstractContextManager[object]) -> Outcome:
    with slot:
        return _attempt(partial(judge.judge, pair))


def _attempt(work: Callable[[], Result]) -> Result | Failure:
    """What comes of the work, or the failure that it ended in."""
    try:
        return work()
    except BadPhoto as error:
        return Failure("bad-photo", str(error))
    except TwinlensError:
        raise
    except Exception as error:  # noqa: BLE001  a judge may break in any way, and the run goes on
        raw = "".join(traceback.format_exception(error))
        return Failure("broken", " ".join(f"{type(error).__name__}: {error}".split()), raw)


def _answer(outcome: Outcome, order: Order) -> Answer:
    """The answer an outcome is; whatever in it breaks the contract makes it a failure."""
    if not isinstance(outcome, Outcome):
        outcome = Failure("broken", f"the judge gave {type(outcome).__name__}; expected a verdict")
    calls = _attempt(lambda: tuple(_call(call, order) for call in outcome.calls))
    if isinstance(calls, Failure):
        outcome, calls = calls, ()
    answer = _attempt(lambda: _mapped(outcome, order))
    if isinstance(answer, Failure):
        answer = _mapped(answer, order)
    images = calls[0].images if calls and calls[0].images else UNSET
    return replace(answer, said=replace(answer.said, images=images), calls=calls)


def _call(call: Call, order: Order) -> OrderCallRecord:
    fields = {name: getattr(call, name) for name in Call.__dataclass_fields__}
    return record(OrderCallRecord, **fields | {"seconds": round(float(call.seconds), 4), "order": order})


def _mapped(outcome: Outcome, order: Order) -> Answer:
    """What an outcome says of the pair's own a and b, its claims grounded where they name these."""
    outcome = sound(outcome)
    first, swapped = order[0], order == "ba"
    if isinstance(outcome, Failure):
        failure = {"failure": outcome.kind, "detail": outcome.detail, "raw": outcome.raw}
        return Answer(record(OrderRecord, first=first, **failure))
    verdict = outcome if swapped else grounded(outcome, sparing=True)
    p_first = float(verdict.p_a)
    said = record(
        OrderRecord,
        first=first,
        choice=MIRRORED[verdict.choice] if swapped else verdict.choice,
        p_a=1.0 - p_first if swapped else p_first,
        rationale=verdict.rationale,
        notes=verdict.notes,
    )
    return Answer(said, p_first, () if swapped else claim_records(verdict.claims), verdict.familiar)


def derived(answer: Answer) -> Answer:
    """What a symmetric judge says where b is shown first: the same of the same photos."""
    said = answer.said
    if said.failure:
        other = OrderRecord(first="b", failure=said.failure, detail=said.detail, raw="", derived=True)
    else:
        other = OrderRecord(first="b", choice=said.choice, p_a=said.p_a, derived=True)
    return replace(answer, said=other, calls=())


def unanswered(kind: FailureKind, detail: str) -> Answer:
    """The answer where the judge could not be asked."""
    return Answer(record(OrderRecord, first="a", failure=kind, detail=detail, raw=""))


def row_record(
    row: PairRow, spec: str, photos: Mapping[str, PhotoRecord] | None, answers: Sequence[Answer]
) -> Row:
    """The row of a pair: a verdict or a failure, the pair's own columns, and what each order gave.

    `photos` is None where they cannot be read; `answers` has that of the order "ab" first. `p_a` is the mean
    of the orders. Where they choose the same side, that is the choice; else the side that the mean favours,
    and at exactly one half "tie". A row of which one order failed is a failure. Claims and rationale are
    those of the order "ab". `seconds` is null: times differ from run to run, so they stand in times.jsonl.
    """
    said = [answer.said for answer in answers]
    shown = {side: {**(asdict(photos[side]) if photos else {}), "file": _file(shots[0])}
             for side, shots in (("a", row.a), ("b", row.b))}  # fmt: skip
    common = {
        "judge": spec, "version": __version__, "id": row.id, "scene": row.scene, "kind": row.kind,
        "label": row.label, "reference": row.reference or None, "columns": dict(row.columns),
        "orders": {} if photos is None else {"ab" if one.first == "a" else "ba": one for one in said},
    }  # fmt: skip
    for one in said:
        if one.failure:
            return record(
                FailureRow, failure=one.failure, detail=one.detail, raw=one.raw, pair={"id": row.id},
                photos=shown, **common,
            )  # fmt: skip
    p_a, choice = _combined(answers)
    claims = answers[0].claims
    return record(
        VerdictRow,
        pair={"id": row.id, "kind": row.kind, **shown},
        choice=choice,
        confidence=max(p_a, 1.0 - p_a),
        p_a=p_a,
        familiar=answers[0].familiar,
        claims=claims,
        rationale=said[0].rationale,
        self_contradicting=argues_against(map(claim_from, claims), choice),
        notes=said[0].notes,
        seconds=None,
        consistent=len({one.choice for one in said}) == 1 if len(said) > 1 else None,
        **common,
    )


def _combined(answers: Sequence[Answer]) -> tuple[float, Choice]:
    """The probability of a and the choice that the orders come to, none of which failed."""
    first, *others = answers
    p_a, choice = cast(float, first.said.p_a), cast(Choice, first.said.choice)
    for other in others:
        if not other.said.derived:
            p_a = 0.5 + (first.p_first - other.p_first) / 2  # exact where both orders are as sure
            if choice != other.said.choice:
                choice = "a" if p_a > 0.5 else "b" if p_a < 0.5 else "tie"
    return p_a, choice


def _file(shot: Shot) -> str:
    """A photo's name: its path, and which half of that file it is."""
    return shot.path if shot.half == "whole" else f"{shot.path}#{shot.half}"
