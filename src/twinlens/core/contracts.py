"""The contracts others build on, one typed record each: verdict/2, failure/2, reading/2, weights/1.

`run_records` holds those of a run folder, `score_records` those of scores. A key that goes or changes its
meaning takes a new version in `schema`; an optional key may come without one. Readers ignore keys they do not
know, and a closed list (region, aspect, side, …) is checked wherever a record is made or read. `core.schema`
generates the JSON Schemas from these classes.

Every record can be written as strict JSON in UTF-8: a number that is not finite is null, and a lone
surrogate, which a file name or a model's text may hold, is U+FFFD.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from importlib.resources import files
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from twinlens.core import types
from twinlens.core.types import Claim, Evidence, Failure, Photo, Reading, Verdict

Form = TypeVar("Form", bound=Struct)
Record = dict[str, Any]
Number = Annotated[float | None, Meta(description="null where the number is not finite")]
Probability = Annotated[float, Meta(ge=0, le=1)]
Pixels = Annotated[int, Meta(ge=1)]
Count = Annotated[int, Meta(ge=0)]
Images = Annotated[tuple[tuple[Pixels, Pixels], ...], Meta(description="[width, height] of each as sent")]
Tokens = Annotated[int | None, Meta(description="null where nobody counted")]
BoxA = Annotated[types.Box | None, Meta(description="x, y, width, height in pixels of photo a")]
BoxB = Annotated[types.Box | None, Meta(description="x, y, width, height in pixels of photo b")]
JudgeSpec = Annotated[str, Meta(description="the judge's spec")]
Version = Annotated[str, Meta(description="of twinlens")]


class EvidenceRecord(Struct):
    """One metric on one region of both photos."""

    metric: str
    region: types.Region
    aspect: types.Aspect
    a: Number
    b: Number
    unit: str
    better: types.Better
    says: Annotated[types.Favours, Meta(description="same where the difference is below one JND")]
    steps: Annotated[float | None, Meta(description="the difference in JNDs; null where it is not finite")]
    box: BoxA = None
    box_b: BoxB = None


class ClaimRecord(Struct, kw_only=True):
    """One statement of a rationale, what grounds it, and where."""

    text: str
    region: types.Region
    aspect: types.Aspect
    favours: types.Favours
    box: BoxA = None
    grounding: types.Grounding
    evidence: tuple[EvidenceRecord, ...] = ()
    probability: Probability | UnsetType = UNSET


class ReadClaimRecord(ClaimRecord, kw_only=True):
    """A claim with its side as the text names it."""

    favours: Literal["A", "B", "same"]  # type: ignore[assignment]


class CallRecord(Struct):
    """One call to a model: what it was shown and what it cost."""

    model: str
    seconds: Number
    images: Images
    prompt_tokens: Tokens
    answer_tokens: Tokens
    outcome: Annotated[str, Meta(description="ok, or what went wrong")]


class PhotoRecord(Struct):
    """A decoded photo."""

    file: str
    sha256: Annotated[str, Meta(description="of the file's bytes, or of the pixels where there is no file")]
    width: Pixels
    height: Pixels
    notes: Annotated[tuple[str, ...], Meta(description="what decoding changed")] = ()


class PairRecord(Struct):
    """The pair that was judged."""

    id: str
    kind: types.Kind
    a: PhotoRecord
    b: PhotoRecord


class PairId(Struct):
    """The pair that was to be judged."""

    id: str


class VerdictRecord(Struct, tag_field="schema", tag="twinlens.verdict/2", kw_only=True):
    """What a judge said of a pair."""

    pair: PairRecord
    judge: JudgeSpec
    choice: types.Choice
    confidence: Annotated[float, Meta(ge=0.5, le=1)]
    p_a: Annotated[Probability, Meta(description="the probability that people prefer a")]
    familiar: Annotated[
        Probability | None, Meta(description="how like what the judge was fitted on; null where unknown")
    ] = None
    claims: tuple[ClaimRecord, ...]
    rationale: Annotated[str, Meta(description="the judge's own text")]
    self_contradicting: Annotated[bool, Meta(description="the claims, taken together, oppose the choice")]
    notes: tuple[str, ...]
    seconds: Number
    calls: tuple[CallRecord, ...] | UnsetType = UNSET
    version: Version


class FailureRecord(Struct, tag_field="schema", tag="twinlens.failure/2", kw_only=True):
    """Why a judge gave no verdict on a pair."""

    kind: types.FailureKind
    detail: Annotated[str, Meta(description="one line for people")]
    raw: Annotated[str, Meta(description="the judge's own text, where there was any")]
    pair: PairId
    judge: JudgeSpec
    calls: tuple[CallRecord, ...] | UnsetType = UNSET
    version: Version


class ReadingRecord(Struct, tag_field="schema", tag="twinlens.reading/2"):
    """What a rationale says."""

    id: str
    answer: Literal["A", "B", "same"] | None
    claims: tuple[ReadClaimRecord, ...]
    version: Version


class WeightsRecord(Struct, tag_field="schema", tag="twinlens.weights/1"):
    """Fitted weights and where they come from."""

    made: Annotated[str | Record, Meta(description="command, data and date")]
    weights: dict[str, Annotated[float, Meta(ge=0, le=1e6)]]
    scores: Record | UnsetType = UNSET
    notes: tuple[str, ...] | UnsetType = UNSET


def outcome_record(outcome: Verdict | Failure, version: str) -> VerdictRecord | FailureRecord:
    """The record of a verdict or a failure by this version of twinlens; of a verdict as `sound` gives it."""
    outcome = sound(outcome)
    common = {"judge": outcome.judge, "calls": outcome.calls or UNSET, "version": version}
    if isinstance(outcome, Failure):
        failure = {"kind": outcome.kind, "detail": outcome.detail, "raw": outcome.raw}
        return record(FailureRecord, **failure, pair={"id": outcome.pair_id}, **common)
    pair = outcome.pair
    photos = {"a": photo_record(pair.a), "b": photo_record(pair.b)}
    return record(
        VerdictRecord,
        pair={"id": pair.id, "kind": pair.kind, **photos},
        choice=outcome.choice,
        confidence=outcome.confidence,
        p_a=outcome.p_a,
        familiar=outcome.familiar,
        claims=outcome.claims,
        rationale=outcome.rationale,
        self_contradicting=bool(outcome.self_contradicting),
        notes=outcome.notes,
        seconds=outcome.seconds,
        **common,
    )


def sound(outcome: Verdict | Failure) -> Verdict | Failure:
    """The outcome; a verdict that breaks the contract becomes a failure of the kind "broken".

    `p_a` is a number from 0 to 1, and what claims name is of the closed lists.
    """
    if isinstance(outcome, Failure):
        return outcome
    detail = f"the judge gave p_a = {outcome.p_a}; expected a number from 0 to 1"
    if 0.0 <= outcome.p_a <= 1.0:
        try:
            claim_records(outcome.claims)
            return outcome
        except msgspec.ValidationError as error:
            detail = f"the judge gave a claim that is none: {error}"
    return Failure("broken", detail, outcome.rationale, outcome.judge, outcome.pair.id, outcome.calls)


def reading_record(reading: Reading, id: str, version: str) -> ReadingRecord:
    """The record of what a rationale says, sides named as it names them: A, B or same."""
    shown = {"a": "A", "b": "B", "same": "same"}
    claims = [{**_plain(claim), "favours": shown[claim.favours]} for claim in reading.claims]
    answer = None if reading.answer is None else shown[reading.answer]
    return record(ReadingRecord, id=id, answer=answer, claims=claims, version=version)


def claim_records(claims: Iterable[Claim]) -> tuple[ClaimRecord, ...]:
    """The records of claims with their evidence; ValidationError where one is not of the closed lists."""
    return tuple(msgspec.convert(_plain(claim), ClaimRecord) for claim in claims)


def photo_record(photo: Photo) -> PhotoRecord:
    """The record of a photo."""
    return record(PhotoRecord, **{name: getattr(photo, name) for name in PhotoRecord.__struct_fields__})


def claim_from(made: ClaimRecord) -> Claim:
    """The claim of a record; a number that was not finite comes back as not-a-number."""
    evidence = tuple(evidence_from(piece) for piece in made.evidence)
    return Claim(made.text, made.region, made.aspect, made.favours, made.box, made.grounding, evidence)


def evidence_from(made: EvidenceRecord) -> Evidence:
    """The evidence of a record; a number that was not finite comes back as not-a-number."""
    fields = msgspec.structs.asdict(made)
    finite = {name: math.nan if fields[name] is None else fields[name] for name in ("a", "b", "steps")}
    return Evidence(**fields | finite)


def record(form: type[Form], /, **fields: Any) -> Form:
    """A record of such fields as JSON can hold them; ValidationError where they break the contract."""
    known = {name: value for name, value in fields.items() if value is not UNSET}
    return msgspec.convert(_plain(known), form)


def line(made: Struct | Record) -> str:
    """A record as one line of strict JSON, without the line's end."""
    try:
        return msgspec.json.encode(made, enc_hook=_of_numpy).decode()
    except UnicodeEncodeError:
        return msgspec.json.encode(_plain(made)).decode()


def schema(name: str) -> Record:
    """The JSON Schema (draft 2020-12) of a contract by its name, such as verdict or scores."""
    made: Record = msgspec.json.decode(
        (files("twinlens.core") / "schemas" / f"{name}.schema.json").read_bytes()
    )
    return made


def clean(text: str) -> str:
    """Text that UTF-8 can carry: surrogate pairs joined, lone surrogates replaced by U+FFFD.

    >>> clean("caf\\udce9")
    'caf\\ufffd'
    """
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _plain(value: Any) -> Any:
    """A value as strict JSON in UTF-8 holds it; numbers and arrays of numpy become plain ones."""
    return _strict(msgspec.to_builtins(value, enc_hook=_of_numpy))


def _of_numpy(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise NotImplementedError(f"{type(value).__name__} is no value of JSON")


def _strict(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {clean(key): _strict(item) for key, item in value.items()}
    return list(map(_strict, value)) if isinstance(value, list | tuple) else value
