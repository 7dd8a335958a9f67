"""One row judged: its photos opened, the judge asked in each order, the answers brought together.

A judge sees a pair in an order: "ab" shows a first, "ba" shows b first. What it says of the photo shown first
and second is mapped back to the pair's a and b here. What a judge said travels as JSON from here on, so a
verdict out of the cache and a fresh one make the same row to the last byte.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from twinlens import __version__
from twinlens.core.errors import BadPhoto, MissingExtra, TwinlensError
from twinlens.core.record import Record, claim_from_json, clean, sound, to_json
from twinlens.core.types import Choice, Failure, Judge, Pair, Photo, Verdict
from twinlens.grounding import argues_against
from twinlens.pixels.photo import open_pair, open_side_by_side
from twinlens.readers import Row

from .compare import grounded

Order = Literal["ab", "ba"]
OTHER: dict[str, Choice] = {"a": "b", "b": "a", "tie": "tie"}


def open_row(row: Row) -> Pair:
    """The photos of a row; BadPhoto where one cannot be read."""
    a, b = row.a[0], row.b[0]
    try:
        if a.path == b.path and (a.half, b.half) == ("left", "right"):
            return open_side_by_side(a.path, id=row.id, scene=row.scene, kind=row.kind)
        return open_pair(a.path, b.path, id=row.id, scene=row.scene, kind=row.kind)
    except MissingExtra as error:
        raise BadPhoto(a.path, str(error), "a photo that can be read here") from error


def ask(judge: Judge, spec: str, pair: Pair, order: Order) -> Record:
    """What a judge says of a pair in one order, as JSON: claims grounded where a is shown first.

    A judge that breaks is a failure of the kind "broken"; wrong use, a TwinlensError, is raised.
    """
    shown = pair if order == "ab" else Pair(pair.id, pair.b, pair.a, pair.scene, pair.kind)
    try:
        outcome = judge.judge(shown)
        if not isinstance(outcome, Verdict | Failure):
            outcome = Failure("broken", f"the judge gave {type(outcome).__name__}; expected a verdict")
        outcome = sound(outcome)
        if isinstance(outcome, Verdict) and order == "ab":
            outcome = grounded(outcome)
    except BadPhoto as error:
        outcome = Failure("bad-photo", str(error))
    except TwinlensError:
        raise
    except Exception as error:  # noqa: BLE001  a judge may break in any way, and the run goes on
        raw = "".join(traceback.format_exception(error))
        outcome = Failure("broken", " ".join(f"{type(error).__name__}: {error}".split()), raw)
    return _said(outcome, order, spec)


def _said(outcome: Verdict | Failure, order: Order, spec: str) -> Record:
    first = order[0]
    if isinstance(outcome, Failure):
        return {
            "first": first,
            "failure": outcome.kind,
            "detail": clean(outcome.detail),
            "raw": clean(outcome.raw),
        }
    told = to_json(replace(outcome, judge=spec, seconds=0.0), __version__)
    swapped = order == "ba"
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


def row_record(row: Row, spec: str, photos: Mapping[str, Record] | None, said: Sequence[Record]) -> Record:
    """The line of a row: a verdict or a failure, the row's own columns, and what each order gave.

    `kind` is that of the pair; what kind of failure a failure is stands in `failure`. `said` is what `ask`
    gave, the order "ab" first. `p_a` is the mean of the orders. Where they choose the same side, that is the
    choice; else the side that the mean favours, and at exactly one half "tie". A row of which one order
    failed is a failure. Claims and rationale are those of the order "ab", the one whose text names the pair's
    own sides. `seconds` is null: times differ from run to run, so they stand in times.jsonl.
    """
    failed = next((one for one in said if "failure" in one), None)
    if failed is not None or photos is None:
        body = _failure(row, spec, failed or said[0])
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
        "orders": {} if photos is None else {_order(one): _compact(one) for one in said},
        "consistent": agree if failed is None and len(said) > 1 else None,
    }


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


def photo_facts(photo: Photo) -> Record:
    """What a row records of a photo, without its name."""
    return {
        "sha256": photo.sha256,
        "width": photo.width,
        "height": photo.height,
        "notes": [clean(note) for note in photo.notes],
    }
