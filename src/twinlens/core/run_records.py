"""The records of a run folder: run/2 in run.json, a row a line in rows.jsonl, its times in times.jsonl.

Folders of version 1 are read.
"""

from dataclasses import dataclass, replace
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from twinlens.core import types
from twinlens.core.contracts import JudgeSpec, PairId, Record, VerdictRecord, Version
from twinlens.core.exif import Exif
from twinlens.core.types import OPINION, Call, Pixels, Probability

Order = Literal["ab", "ba"]
"""Which photo is shown first: a or b."""


class OrderRecord(Struct, kw_only=True):
    """What a judge said in one order, sides mapped back to a and b: a choice, or a failure."""

    first: Annotated[types.Side, Meta(description="the photo shown first")]
    choice: types.Choice | UnsetType = UNSET
    p_a: Probability | UnsetType = UNSET
    rationale: Annotated[str | UnsetType, Meta(description="A is the photo shown first")] = UNSET
    notes: tuple[str, ...] | UnsetType = UNSET
    failure: types.FailureKind | UnsetType = UNSET
    detail: str | UnsetType = UNSET
    raw: str | UnsetType = UNSET
    images: tuple[tuple[Pixels, Pixels], ...] | UnsetType = UNSET
    derived: Annotated[bool | UnsetType, Meta(description="not asked: the judge is symmetric")] = UNSET


Label = Annotated[types.Choice | None, Meta(description="what people said")]
Reference = Annotated[str | None, Meta(description="an expert's text")]
Columns = Annotated[Record, Meta(description="the other columns of the pair's table")]
Orders = Annotated[dict[Order, OrderRecord], Meta(description="none where a photo could not be read")]
Consistent = Annotated[bool | None, Meta(description="both orders chose the same; null: one lacks a choice")]
PairKind = Annotated[types.Kind, Meta(description="of the pair")]


class VerdictRow(VerdictRecord, tag_field="schema", tag="twinlens.verdict/2", kw_only=True):
    """A row with a verdict."""

    id: str
    scene: str = ""
    kind: PairKind = "other"
    label: Label = None
    reference: Reference = None  # type: ignore[assignment]  # of a row the expert's text
    columns: Columns = field(default_factory=dict)
    orders: Orders = field(default_factory=dict)
    consistent: Consistent = None


class FailedPhoto(Struct):
    """A photo of a row that failed: only the file's name where a photo of the pair could not be read."""

    file: str
    sha256: str | UnsetType = UNSET
    width: Pixels | UnsetType = UNSET
    height: Pixels | UnsetType = UNSET
    notes: tuple[str, ...] | UnsetType = UNSET
    exif: Exif | UnsetType = UNSET


class FailureRow(Struct, tag_field="schema", tag="twinlens.failure/2", kw_only=True):
    """A row without a verdict; `kind` is that of the pair, `failure` that of the failure."""

    failure: types.FailureKind
    detail: str = ""
    raw: str = ""
    pair: PairId
    photos: dict[types.Side, FailedPhoto] = {}
    judge: JudgeSpec
    version: Version
    id: str
    scene: str = ""
    kind: PairKind = "other"
    label: Label = None
    reference: Reference = None
    columns: Columns = field(default_factory=dict)
    orders: Orders = field(default_factory=dict)
    consistent: Consistent = None


Row = VerdictRow | FailureRow


class VerdictRow1(VerdictRow, tag="twinlens.verdict/1", kw_only=True):
    """A row with a verdict as version 1 wrote it; its overall claims are read as opinions."""

    def __post_init__(self) -> None:
        self.claims = tuple(
            replace(claim, grounding="opinion", evidence=()) if claim.aspect == OPINION else claim
            for claim in self.claims
        )


class FailureRow1(FailureRow, tag="twinlens.failure/1", kw_only=True):
    """A row without a verdict, as version 1 wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCall(Call):
    """A call to a model, and in which order it was shown the photos."""

    order: Order


class TimesRecord(Struct):
    """What differs from run to run: a row's seconds, whether the cache knew all, and calls to models."""

    id: str
    seconds: float
    cached: bool
    calls: tuple[OrderCall, ...] | UnsetType = UNSET


class PromptRecord(Struct, frozen=True):
    """The words a rater is asked in."""

    name: str = ""
    sha256: Annotated[str, Meta(description="the start of the template's hash")] = ""


class RatingRecord(Struct, kw_only=True):
    """How a model rated a text about a pair; a text that holds no rating on the scale is a failure."""

    key: Annotated[str, Meta(description="the hash of all that the rating rests on")]
    id: str
    judge: JudgeSpec = ""
    version: str = ""
    prompt: PromptRecord = PromptRecord()
    mirrored: Annotated[bool, Meta(description="the sides are exchanged in the text")] = False
    text: Annotated[str, Meta(description="the start of the text's hash")] = ""
    rating: int | None = None
    failure: types.FailureKind | None = None
    detail: str = ""
    raw: str = ""
    calls: tuple[Call, ...] = ()


class JudgeRecord(Struct):
    """Who judges: the spec, and what else the answers depend on."""

    spec: JudgeSpec
    symmetric: bool = False
    code: Annotated[str, Meta(description="the hash of the code that judges")] = ""
    version: Annotated[str, Meta(description="what the judge says of its own version")] = ""


class RunRecord(Struct, kw_only=True, tag_field="schema", tag="twinlens.run/2"):
    """Who judged what and how, where it began, and what it came to."""

    judge: JudgeRecord
    input: Annotated[Record, Meta(description="number of rows; hashes of ids, photos, labels, columns")] = {}
    settings: Record = {}
    versions: dict[str, str] = {}
    origin: Annotated[dict[str, str], Meta(description="pairs, folder and reader, where the run began")] = {}
    summary: Annotated[Record | None, Meta(description="null until the run was once through")] = None


class RunRecord1(RunRecord, tag="twinlens.run/1", kw_only=True):
    """The same of version 1."""
