"""The contracts others build on, one typed record each: verdict/2, failure/2, reading/2, weights/1.

`run_records` holds those of a run folder, `score_records` those of scores. A key that goes or changes its
meaning takes a new version in `schema`; an optional key may come without one. Readers ignore keys they do not
know, and a closed list (region, aspect, side, …) is checked wherever a record is made or read. `core.schema`
generates the JSON Schemas from these classes.

Every record can be written as strict JSON in UTF-8: a number that is not finite is null, and a lone
surrogate, which a file name or a model's text may hold, is U+FFFD.
"""

import threading
from dataclasses import dataclass, replace
from importlib.resources import files
from numbers import Real
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from twinlens.core import types
from twinlens.core.exif import Exif
from twinlens.core.fidelity import Nearness, Reference
from twinlens.core.foreign_code import described
from twinlens.core.types import Call, Claim, Failure, Photo, Pixels, Probability, Reading, Verdict

Form = TypeVar("Form")
MOST_CLAIMS = 1000
"""Claims of a verdict."""
Record = dict[str, Any]
Count = Annotated[int, Meta(ge=0)]
JudgeSpec = Annotated[str, Meta(description="the judge's spec")]
Version = Annotated[str, Meta(description="of twinlens")]
_making = threading.Lock()
_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}


@dataclass(frozen=True, slots=True)
class ReadClaim(Claim):
    """A claim with its side as the text names it."""

    favours: Literal["A", "B", "same"]  # type: ignore[assignment]


class PhotoRecord(Struct):
    """A decoded photo."""

    file: Annotated[str | None, Meta(description="null where there is no file, but a picture in memory")]
    sha256: Annotated[str, Meta(description="of the file's bytes, or of the pixels where there is no file")]
    width: Pixels
    height: Pixels
    notes: Annotated[tuple[str, ...], Meta(description="what decoding changed")] = ()
    exif: Exif | UnsetType = UNSET
    to_a: Annotated[
        types.Place | UnsetType,
        Meta(description="of a photo b that does not lie on a as it is: a, b, c, d, e, f of the map to a"),
    ] = UNSET


class PairRecord(Struct):
    """The pair that was judged."""

    id: str
    kind: types.Kind
    a: PhotoRecord
    b: PhotoRecord


class PairId(Struct):
    """The pair that was to be judged."""

    id: str


class ReferenceRecord(Struct):
    """How near each of two restorations comes to the original."""

    original: PhotoRecord
    nearer: Annotated[types.Favours | None, Meta(description="null where the measures disagree")]
    measures: tuple[Nearness, ...]


class VerdictRecord(Struct, tag_field="schema", tag="twinlens.verdict/2", kw_only=True):
    """What a judge said of a pair."""

    pair: PairRecord
    judge: JudgeSpec
    choice: types.Choice
    confidence: Annotated[float, Meta(ge=0.5, le=1)]
    p_a: Annotated[Probability, Meta(description="the probability that people prefer a")]
    familiar: Annotated[Probability | None, Meta(description="how like what the judge was fitted on")] = None
    map: Annotated[
        tuple[tuple[float, ...], ...] | UnsetType,
        Meta(description="where the preference lies: rows of a grid over the photos, log-odds for a"),
    ] = UNSET
    claims: tuple[Claim, ...]
    rationale: Annotated[str, Meta(description="the judge's own text")]
    self_contradicting: Annotated[bool, Meta(description="the claims, taken together, oppose the choice")]
    notes: tuple[str, ...]
    forced: Annotated[str | UnsetType, Meta(description="why it is no pair; judged by force")] = UNSET
    reference: Annotated[ReferenceRecord | UnsetType, Meta(description="beside the original")] = UNSET
    seconds: Annotated[float | None, Meta(description="null where the number is not finite")]
    calls: tuple[Call, ...] | UnsetType = UNSET
    version: Version


class FailureRecord(Struct, tag_field="schema", tag="twinlens.failure/2", kw_only=True):
    """Why a judge gave no verdict on a pair."""

    kind: types.FailureKind
    detail: Annotated[str, Meta(description="one line for people")]
    raw: Annotated[str, Meta(description="the judge's own text, where there was any")]
    pair: PairId
    judge: JudgeSpec
    line: Annotated[int, Meta(ge=1, description="of the file that was read")] | UnsetType = UNSET
    calls: tuple[Call, ...] | UnsetType = UNSET
    version: Version


class ReadingRecord(Struct, tag_field="schema", tag="twinlens.reading/2"):
    """What a rationale says."""

    id: str
    answer: Literal["A", "B", "same"] | None
    claims: tuple[ReadClaim, ...]
    version: Version


class WeightsRecord(Struct, tag_field="schema", tag="twinlens.weights/1"):
    """Fitted weights and where they come from."""

    made: Annotated[str | Record, Meta(description="command, data and date")]
    weights: dict[str, Annotated[float, Meta(ge=0, le=1e6)]]
    scores: Record | UnsetType = UNSET
    notes: tuple[str, ...] | UnsetType = UNSET


def outcome_record(outcome: Verdict | Failure, version: str) -> VerdictRecord | FailureRecord:
    """The record of a verdict or a failure by this version of twinlens; of a verdict as `sound` gives it."""
    return _outcome_record(sound(outcome), version)


def _outcome_record(outcome: Verdict | Failure, version: str) -> VerdictRecord | FailureRecord:
    common = {"judge": outcome.judge, "calls": outcome.calls or UNSET, "version": version}
    if isinstance(outcome, Failure):
        failure = {"kind": outcome.kind, "detail": outcome.detail, "raw": outcome.raw}
        return record(FailureRecord, **failure, pair={"id": outcome.pair_id}, **common)
    pair = outcome.pair
    names = ("choice", "confidence", "p_a", "familiar", "claims", "rationale", "self_contradicting", "notes")
    return record(
        VerdictRecord,
        pair=PairRecord(pair.id, pair.kind, photo_record(pair.a), photo_record(pair.b)),
        seconds=outcome.seconds,
        map=UNSET if outcome.map is None else outcome.map,
        forced=outcome.forced or UNSET,
        reference=_reference_record(outcome.reference) if outcome.reference else UNSET,
        **{name: getattr(outcome, name) for name in names},
        **common,
    )


def sound(outcome: Verdict | Failure) -> Verdict | Failure:
    """The outcome; one that breaks the contract becomes a failure of the kind "broken".

    `p_a` is a number from 0 to 1, and what claims name is of the closed lists.
    """
    try:
        if isinstance(outcome, Verdict) and not (isinstance(outcome.p_a, Real) and 0 <= outcome.p_a <= 1):
            raise ValueError(f"p_a = {outcome.p_a!r}; expected a number from 0 to 1")
        _outcome_record(outcome, "")
        if isinstance(outcome, Verdict) and len(outcome.claims) > MOST_CLAIMS:
            raise ValueError(f"{len(outcome.claims):,} claims; expected at most {MOST_CLAIMS:,}")
        return outcome
    except Exception as error:  # noqa: BLE001  a judge may put anything where the contract has its own
        detail = f"the judge gave what breaks the contract: {described(error).partition(': ')[2]}"
    if isinstance(outcome, Failure):
        return Failure("broken", detail, *map(_text, (outcome.raw, outcome.judge, outcome.pair_id)))
    texts = map(_text, (outcome.rationale, outcome.judge, getattr(outcome.pair, "id", "")))
    return sound(replace(Failure("broken", detail, *texts), calls=outcome.calls))


def _text(value: Any) -> Any:
    """A value that should be a text; an empty one where it is none."""
    return value if isinstance(value, str) else ""


def reading_record(reading: Reading, id: str, version: str) -> ReadingRecord:
    """The record of what a rationale says, sides named as it names them: A, B or same."""
    shown = {"a": "A", "b": "B", "same": "same", None: None}
    claims = [replace(claim, favours=shown[claim.favours]) for claim in reading.claims]  # type: ignore[arg-type]
    return record(ReadingRecord, id=id, answer=shown[reading.answer], claims=claims, version=version)


def photo_record(photo: Photo) -> PhotoRecord:
    """The record of a photo."""
    file = photo.file or None
    return PhotoRecord(file, photo.sha256, photo.width, photo.height, photo.notes, photo.exif or UNSET)


def _reference_record(made: Reference) -> ReferenceRecord:
    return ReferenceRecord(photo_record(made.original), made.nearer, made.measures)


def record(form: type[Form], /, **fields: Any) -> Form:
    """A record of such fields as JSON can hold them; ValidationError where they break the contract."""
    known = {name: value for name, value in fields.items() if value is not UNSET}
    return decoder(form).decode(line(known))


def decoder(form: type[Form]) -> msgspec.json.Decoder[Form]:
    """The decoder of a record, made once.

    msgspec 0.22 reads what a class holds where it first meets it, and ends the process where two threads do
    so at once; so classes are first met here, by one thread at a time.
    """
    with _making:
        if form not in _decoders:
            _decoders[form] = msgspec.json.Decoder(form)
        return _decoders[form]


def line(made: Any) -> str:
    """A record as one line of strict JSON, without the line's end."""
    try:
        return msgspec.json.encode(made, enc_hook=_of_numpy).decode()
    except UnicodeEncodeError:
        plain = msgspec.to_builtins(made, enc_hook=_of_numpy)
        return msgspec.json.encode(_in_utf8(plain)).decode()


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


def _of_numpy(value: Any) -> Any:
    """Numbers and arrays of numpy as plain ones."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise NotImplementedError(f"{type(value).__name__} is no value of JSON")


def _in_utf8(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key): _in_utf8(item) for key, item in value.items()}
    return list(map(_in_utf8, value)) if isinstance(value, list | tuple) else value
