"""A judge asked of pairs in both orders, and its answers brought together into a row.

A judge sees a pair in an order: "ab" shows a first, "ba" shows b first. What it says of the photo shown first
and second is mapped back to the pair's a and b here. What a judge said travels as JSON from here on, so a
verdict out of the cache and a fresh one make the same row to the last byte.
"""

from __future__ import annotations

import math
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, TypeVar

from twinlens.core.contracts import Record, claim_from_json, clean, sound, to_json
from twinlens.core.errors import BadPhoto, TwinlensError
from twinlens.core.types import Batched, Call, Choice, Failure, Judge, Pair, Verdict
from twinlens.core.version import __version__
from twinlens.judgement.grounding import argues_against
from twinlens.readers import Row, Shot
from twinlens.runs.compare import grounded
from twinlens.runs.row_photos import Photos

Order = Literal["ab", "ba"]
OTHER: dict[str, Choice] = {"a": "b", "b": "a", "tie": "tie"}
Outcome = Verdict | Failure
Found = TypeVar("Found")


@dataclass(frozen=True)
class Answer:
    """What a judge said of a pair in one order, as JSON, and what the calls to its models cost."""

    said: Record
    calls: tuple[Record, ...] = ()


def open_row(row: Row) -> Pair:
    """The photos of a row, its details as crops; BadPhoto where one cannot be read."""
    return Photos(row).pair


def ask(
    judge: Judge,
    spec: str,
    questions: Sequence[tuple[Pair, Order]],
    slot: AbstractContextManager[object] | None = None,
) -> Iterator[Answer]:
    """What a judge says of pairs, each in an order, as it comes: claims grounded where a is shown first.

    A judge with `judge_many` is asked of all at once; where that breaks, of each by itself, so that only the
    bad one fails. A judge that breaks is a failure of the kind "broken"; a TwinlensError is raised. `slot` is
    held while it is asked of one, and free while its claims are checked.
    """
    shown = [_shown(pair, order) for pair, order in questions]
    outcomes = _together(judge, shown) or (_alone(judge, pair, slot or nullcontext()) for pair in shown)
    for (_, order), outcome in zip(questions, outcomes, strict=True):
        yield _answer(outcome, order, spec)


def _shown(pair: Pair, order: Order) -> Pair:
    return pair if order == "ab" else pair.swapped()


def _together(judge: Judge, pairs: list[Pair]) -> list[Outcome] | None:
    """The outcomes of one call for all pairs; None where there is no such call or it breaks."""
    if not isinstance(judge, Batched) or judge.batch < 2 or not pairs:
        return None
    outcomes = _attempt(lambda: judge.judge_many(pairs))
    if isinstance(outcomes, Failure) or len(outcomes) != len(pairs):
        return None
    return list(outcomes)


def _alone(judge: Judge, pair: Pair, slot: AbstractContextManager[object]) -> Outcome:
    with slot:
        return _attempt(partial(judge.judge, pair))


def _attempt(work: Callable[[], Found]) -> Found | Failure:
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


def _answer(outcome: Outcome, order: Order, spec: str) -> Answer:
    """An outcome as JSON."""
    if not isinstance(outcome, Outcome):
        outcome = Failure("broken", f"the judge gave {type(outcome).__name__}; expected a verdict")
    calls = _attempt(lambda: tuple(_call(call, order) for call in outcome.calls))
    if isinstance(calls, Failure):
        outcome, calls = calls, ()
    said = _attempt(lambda: _said(outcome, order, spec))
    if isinstance(said, Failure):
        said = _said(said, order, spec)
    seen = calls[0]["images"] if calls else []
    return Answer(said | {"images": seen} if seen else said, calls)


def _call(call: Call, order: Order) -> Record:
    """A call to a model as times.jsonl tells it."""
    return {
        "order": order,
        "model": clean(call.model),
        "seconds": round(float(call.seconds), 4) if math.isfinite(call.seconds) else None,
        "images": [[int(width), int(height)] for width, height in call.images],
        "prompt_tokens": None if call.prompt_tokens is None else int(call.prompt_tokens),
        "answer_tokens": None if call.answer_tokens is None else int(call.answer_tokens),
        "outcome": clean(call.outcome),
    }


def _said(outcome: Outcome, order: Order, spec: str) -> Record:
    """What an outcome says of the pair, its claims grounded where they name the pair's own sides."""
    first, swapped = order[0], order == "ba"
    outcome = sound(outcome)
    if isinstance(outcome, Failure):
        return {
            "first": first,
            "failure": outcome.kind,
            "detail": clean(outcome.detail),
            "raw": clean(outcome.raw),
        }
    checked = outcome if swapped else grounded(outcome, sparing=True)
    told = to_json(replace(checked, judge=spec, seconds=0.0), __version__)
    said = {
        "first": first,
        "choice": OTHER[outcome.choice] if swapped else outcome.choice,
        "p_a": 1.0 - told["p_a"] if swapped else told["p_a"],
        "p_first": told["p_a"],
        "rationale": told["rationale"],
        "notes": told["notes"],
    }
    return said if swapped else said | {"claims": told["claims"]}


def derived(said: Record) -> Record:
    """What a symmetric judge says where b is shown first: the same of the same photos."""
    if "failure" in said:
        return {
            "first": "b",
            "failure": said["failure"],
            "detail": said["detail"],
            "raw": "",
            "derived": True,
        }
    return {"first": "b", "choice": said["choice"], "p_a": said["p_a"], "derived": True}


def unreadable(error: BadPhoto) -> Record:
    """What is said of a pair whose photos cannot be read."""
    return {"first": "a", "failure": "bad-photo", "detail": clean(str(error)), "raw": ""}


def row_record(row: Row, spec: str, facts: Mapping[str, Record] | None, said: Sequence[Record]) -> Record:
    """The line of a row: a verdict or a failure, the row's own columns, and what each order gave.

    `kind` is that of the pair; what kind of failure a failure is stands in `failure`, and its photos in
    `photos`, since a failure has no place for them. `facts` are those of the photos, None where they cannot
    be read; `said` is what `ask` gave, the order "ab" first. `p_a` is the mean of the orders. Where they
    choose the same side, that is the choice; else the side that the mean favours, and at exactly one half
    "tie". A row of which one order failed is a failure. Claims and rationale are those of the order "ab", the
    one whose text names the pair's own sides. `seconds` is null: times differ from run to run, so they stand
    in times.jsonl.
    """
    failed = next((one for one in said if "failure" in one), None)
    photos = {side: {"file": _file(shots[0]), **(facts or {}).get(side, {})}
              for side, shots in (("a", row.a), ("b", row.b))}  # fmt: skip
    if failed is not None:
        body = {**_failure(row, spec, failed), "photos": photos}
    else:
        body = _verdict(row, spec, photos, said)
    agree = len({one.get("choice") for one in said}) == 1
    return {
        "id": row.id,
        "scene": row.scene,
        **body,
        "kind": row.kind,
        "label": row.label,
        "reference": row.reference or None,
        "columns": dict(row.columns),
        "orders": {} if facts is None else {_order(one): _compact(one) for one in said},
        "consistent": agree if failed is None and len(said) > 1 else None,
    }


def _file(shot: Shot) -> str:
    """A photo's name: its path, and which half of that file it is."""
    return clean(shot.path if shot.half == "whole" else f"{shot.path}#{shot.half}")


def _order(said: Record) -> Order:
    return "ab" if said["first"] == "a" else "ba"


def _compact(said: Record) -> Record:
    return {key: value for key, value in said.items() if key not in ("claims", "p_first")}


def _failure(row: Row, spec: str, said: Record) -> Record:
    failure = Failure(said["failure"], said["detail"], said["raw"], spec, row.id)
    told = to_json(failure, __version__)
    return {**told, "failure": told["kind"]}


def _verdict(row: Row, spec: str, photos: Mapping[str, Record], said: Sequence[Record]) -> Record:
    first = said[0]
    p_a, choice = first["p_a"], first["choice"]
    if len(said) > 1 and "derived" not in said[1]:
        p_a = 0.5 + (first["p_first"] - said[1]["p_first"]) / 2  # exact where both orders are as sure
        if choice != said[1]["choice"]:
            choice = "a" if p_a > 0.5 else "b" if p_a < 0.5 else "tie"
    claims = tuple(map(claim_from_json, first["claims"]))
    return {
        "schema": "twinlens.verdict/1",
        "pair": {"id": row.id, "kind": row.kind, **photos},
        "judge": spec,
        "choice": choice,
        "confidence": max(p_a, 1.0 - p_a),
        "p_a": p_a,
        "claims": first["claims"],
        "rationale": first["rationale"],
        "self_contradicting": argues_against(claims, choice),
        "notes": first["notes"],
        "seconds": None,
        "version": __version__,
    }
