"""A judge asked of pairs in both orders, and its answers brought together into a row.

A judge sees a pair in an order: "ab" shows a first, "ba" shows b first. What it says of the photo shown first
and second is mapped back to the pair's a and b here, and nowhere else.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from typing import cast

from msgspec import UNSET, Struct, structs, to_builtins

from twinlens.core.contracts import PhotoRecord, record
from twinlens.core.run_records import FailureRow, Order, OrderCall, OrderRecord, Row, VerdictRow
from twinlens.core.types import Choice, Claim, Failure, FailureKind, Judge, Pair, Side
from twinlens.core.version import __version__
from twinlens.judgement.grounding import argues_against
from twinlens.judges.ensemble import Outcome, attempt
from twinlens.readers import Row as PairRow
from twinlens.readers import Shot
from twinlens.runs.compare import grounded
from twinlens.runs.pair_check import judge_pairs

MIRRORED: dict[str, Choice] = {"a": "b", "b": "a", "tie": "tie"}


class Answer(Struct):
    """What a judge said of a pair in one order.

    `p_first` is the probability of the photo shown first, as it was said; claims and map are of the order
    "ab" only, where text names the pair's own sides. `calls` are of this asking, so the cache keeps none.
    """

    said: OrderRecord
    p_first: float = 0.5
    claims: tuple[Claim, ...] = ()
    familiar: float | None = None
    map: tuple[tuple[float, ...], ...] | None = None
    forced: str = ""
    calls: tuple[OrderCall, ...] = ()


def ask(
    judge: Judge,
    questions: Sequence[tuple[Pair, Order]],
    slot: AbstractContextManager[object] | None = None,
    force: bool = False,
) -> Iterator[Answer]:
    """What a judge says of pairs, each in an order, as it comes: claims grounded where a is shown first.

    `slot` is held while the judge works on one pair, and free while the claims are checked; `force` is
    that of `judge_pairs`.
    """
    outcomes = judge_pairs(judge, questions, force, slot or nullcontext())
    for (_, order), outcome in zip(questions, outcomes, strict=True):
        yield _answer(outcome, order)


def _answer(outcome: Outcome, order: Order) -> Answer:
    """The answer an outcome is; a failure where its claims cannot be checked."""
    calls = tuple(
        OrderCall(**asdict(call) | {"seconds": round(call.seconds or 0.0, 4)}, order=order)
        for call in outcome.calls
    )
    answer = attempt(lambda: _mapped(outcome, order))
    if isinstance(answer, Failure):
        answer = _mapped(answer, order)
    answer.said.images = calls[0].images if calls and calls[0].images else UNSET
    answer.calls = calls
    return answer


def _mapped(outcome: Outcome, order: Order) -> Answer:
    """What an outcome says of the pair's own a and b, its claims grounded where they name these."""
    swapped = order == "ba"
    first: Side = "b" if swapped else "a"
    if isinstance(outcome, Failure):
        return unanswered(outcome.kind, outcome.detail, outcome.raw, first)
    verdict = outcome if swapped else grounded(outcome, sparing=True)
    p_first = float(verdict.p_a)
    said = OrderRecord(
        first=first,
        choice=MIRRORED[verdict.choice] if swapped else verdict.choice,
        p_a=1.0 - p_first if swapped else p_first,
        rationale=verdict.rationale,
        notes=verdict.notes,
    )
    claims = () if swapped else verdict.claims
    rows = () if swapped else verdict.map or ()
    where = tuple(tuple(round(cell, 3) for cell in row) for row in rows) or None
    return Answer(said, p_first, claims, verdict.familiar, where, verdict.forced)


def derived(answer: Answer) -> Answer:
    """What a symmetric judge says where b is shown first: the same of the same photos."""
    said = answer.said
    raw, gone = "" if said.failure else UNSET, UNSET
    other = structs.replace(said, first="b", raw=raw, rationale=gone, notes=gone, images=gone, derived=True)
    return structs.replace(answer, said=other, calls=())


def unanswered(kind: FailureKind, detail: str, raw: str = "", first: Side = "a") -> Answer:
    """The answer where there is none."""
    return Answer(OrderRecord(first=first, failure=kind, detail=detail, raw=raw))


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
    shown = {
        side: {**(to_builtins(photos[side]) if photos else {}), "file": _file(shots[0])}
        for side, shots in (("a", row.a), ("b", row.b))
    }
    common = {
        "judge": spec, "version": __version__, "id": row.id, "scene": row.scene, "kind": row.kind,
        "label": row.label, "reference": row.reference or None, "columns": dict(row.columns),
        "orders": {} if photos is None else {"ab" if one.first == "a" else "ba": one for one in said},
    }  # fmt: skip
    for one in said:
        if one.failure:
            failure = {"failure": one.failure, "detail": one.detail, "raw": one.raw, "photos": shown}
            return record(FailureRow, pair={"id": row.id}, **failure, **common)
    p_a, choice = _combined(answers)
    return record(
        VerdictRow,
        pair={"id": row.id, "kind": row.kind, **shown},
        choice=choice,
        confidence=max(p_a, 1.0 - p_a),
        p_a=p_a,
        familiar=answers[0].familiar,
        map=answers[0].map or UNSET,
        forced=answers[0].forced or UNSET,
        claims=answers[0].claims,
        rationale=said[0].rationale,
        self_contradicting=argues_against(answers[0].claims, choice),
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
