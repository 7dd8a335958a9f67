"""Outcomes as JSON: the contracts `twinlens.verdict/1`, `twinlens.failure/1` and `twinlens.reading/1`.

The JSON Schemas in `core/schemas` say the same and travel with the package. Others build on these objects: a
key that goes or changes its meaning takes a new version in `schema`.

Everything here can be written as strict JSON in UTF-8. A number that is not finite becomes null. Lone
surrogates, which a file name or a model's text may hold, become U+FFFD.
"""

from __future__ import annotations

import json
import math
from importlib.resources import files
from typing import Any, Literal, cast

from twinlens.core.types import Call, Claim, Evidence, Failure, Photo, Reading, Verdict

Record = dict[str, Any]


def to_json(outcome: Verdict | Failure, version: str) -> Record:
    """The JSON object of a verdict or a failure; `version` is that of twinlens."""
    outcome = sound(outcome)
    if isinstance(outcome, Failure):
        return {
            "schema": "twinlens.failure/1",
            "kind": outcome.kind,
            "detail": clean(outcome.detail),
            "raw": clean(outcome.raw),
            "pair": {"id": clean(outcome.pair_id)},
            "judge": clean(outcome.judge),
            **_calls(outcome),
            "version": version,
        }
    pair = outcome.pair
    return {
        "schema": "twinlens.verdict/1",
        "pair": {"id": clean(pair.id), "kind": pair.kind, "a": _photo(pair.a), "b": _photo(pair.b)},
        "judge": clean(outcome.judge),
        "choice": outcome.choice,
        "confidence": float(outcome.confidence),
        "p_a": float(outcome.p_a),
        "claims": [claim_to_json(claim) for claim in outcome.claims],
        "rationale": clean(outcome.rationale),
        "self_contradicting": bool(outcome.self_contradicting),
        "notes": [clean(note) for note in outcome.notes],
        "seconds": _number(outcome.seconds),
        **_calls(outcome),
        "version": version,
    }


def sound(outcome: Verdict | Failure) -> Verdict | Failure:
    """The outcome; a verdict whose `p_a` is no chance from 0 to 1 becomes a failure of the kind "broken"."""
    if isinstance(outcome, Failure) or 0.0 <= outcome.p_a <= 1.0:
        return outcome
    detail = f"the judge gave p_a = {outcome.p_a}; expected a number from 0 to 1"
    return Failure("broken", detail, outcome.rationale, outcome.judge, outcome.pair.id, outcome.calls)


def call_to_json(call: Call) -> Record:
    """The JSON object of a call to a model."""
    return {
        "model": clean(call.model),
        "seconds": _number(call.seconds),
        "images": [[int(width), int(height)] for width, height in call.images],
        "prompt_tokens": None if call.prompt_tokens is None else int(call.prompt_tokens),
        "answer_tokens": None if call.answer_tokens is None else int(call.answer_tokens),
        "outcome": clean(call.outcome),
    }


def reading_to_json(reading: Reading, id: str, version: str) -> Record:
    """The JSON object of what a rationale says."""
    answer = reading.answer
    return {
        "schema": "twinlens.reading/1",
        "id": clean(id),
        "answer": _shown(answer) if answer is not None else None,
        "claims": [{**claim_to_json(claim), "favours": _shown(claim.favours)} for claim in reading.claims],
        "version": version,
    }


def claim_to_json(claim: Claim) -> Record:
    """The JSON object of a claim, with the evidence it rests on."""
    return {
        "text": clean(claim.text),
        "region": claim.region,
        "aspect": claim.aspect,
        "favours": claim.favours,
        "box": _box(claim.box),
        "grounding": claim.grounding,
        "evidence": [evidence_to_json(piece) for piece in claim.evidence],
    }


def claim_from_json(record: Record) -> Claim:
    """The claim that `claim_to_json` wrote; a number that was not finite comes back as not-a-number."""
    return Claim(
        text=record["text"],
        region=record["region"],
        aspect=record["aspect"],
        favours=record["favours"],
        box=_box(record["box"], tuple),
        grounding=record["grounding"],
        evidence=tuple(evidence_from_json(piece) for piece in record["evidence"]),
    )


def evidence_to_json(piece: Evidence) -> Record:
    """The JSON object of a piece of evidence."""
    return {
        "metric": piece.metric,
        "region": piece.region,
        "aspect": piece.aspect,
        "a": _number(piece.a),
        "b": _number(piece.b),
        "unit": piece.unit,
        "better": piece.better,
        "says": piece.says,
        "steps": _number(piece.steps),
        "box": _box(piece.box),
        "box_b": _box(piece.box_b),
    }


def evidence_from_json(record: Record) -> Evidence:
    """The evidence that `evidence_to_json` wrote; a number that was not finite comes back as not-a-number."""
    numbers = {key: math.nan if record[key] is None else record[key] for key in ("a", "b", "steps")}
    boxes = {key: _box(record[key], tuple) for key in ("box", "box_b")}
    return Evidence(**{**record, **numbers, **boxes})


def schema(name: Literal["verdict", "failure", "reading", "scores", "ranking"]) -> Record:
    """The JSON Schema (draft 2020-12) of an object."""
    text = (files("twinlens.core") / "schemas" / f"{name}.schema.json").read_text("utf-8")
    return cast(Record, json.loads(text))


def line(record: Record) -> str:
    """A record as one line of strict JSON, without the line's end."""
    return json.dumps(record, ensure_ascii=False, allow_nan=False)


def clean(text: str) -> str:
    """Text that UTF-8 can carry: surrogate pairs joined, lone surrogates replaced by U+FFFD.

    >>> clean("caf\\udce9")
    'caf\\ufffd'
    """
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _calls(outcome: Verdict | Failure) -> Record:
    """The calls to models that an outcome took; nothing where there were none."""
    return {"calls": [call_to_json(call) for call in outcome.calls]} if outcome.calls else {}


def _photo(photo: Photo) -> Record:
    return {
        "file": clean(photo.file),
        "sha256": photo.sha256,
        "width": photo.width,
        "height": photo.height,
        "notes": [clean(note) for note in photo.notes],
    }


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _box(box: Any, make: type = list) -> Any:
    return None if box is None else make(int(side) for side in box)


def _shown(side: str) -> str:
    """A side as expert text names it: A, B or same."""
    return side if side == "same" else side.upper()
