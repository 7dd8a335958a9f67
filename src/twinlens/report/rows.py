"""The rows of a run with what a page shows of them, and no more: most of the time goes into reading them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from msgspec import UNSET, Raw, Struct, UnsetType

from twinlens.core import run_records as records
from twinlens.core import types
from twinlens.core.contracts import PhotoRecord, decoder
from twinlens.core.run_records import FailureRow, FailureRow1, Row, VerdictRow1
from twinlens.scoring.labels import Label, key

if TYPE_CHECKING:
    from twinlens.runs.store import RunFolder


class ShownOrder(Struct, gc=False):
    """What a page shows of what a judge said in one order."""

    choice: types.Choice | UnsetType = UNSET
    rationale: str | UnsetType = UNSET
    failure: types.FailureKind | UnsetType = UNSET
    raw: str | UnsetType = UNSET
    derived: bool | UnsetType = UNSET


class ShownEvidence(Struct, gc=False):
    """`Evidence` without its aspect."""

    metric: str
    region: types.Region
    a: float | None
    b: float | None
    unit: str
    better: types.Better
    says: types.Favours
    steps: float | None
    box: types.Box | None = None
    box_b: types.Box | None = None

    def __post_init__(self) -> None:
        if self.a is None or self.b is None or self.steps is None:
            self.a, self.b, self.steps = (
                math.nan if number is None else number for number in (self.a, self.b, self.steps)
            )


class ShownClaim(Struct, gc=False):
    """`Claim` with such evidence."""

    text: str
    region: types.Region
    aspect: types.Aspect
    favours: types.Favours
    box: types.Box | None = None
    grounding: types.Grounding = "unmeasured"
    evidence: tuple[ShownEvidence, ...] = ()


class ShownPhoto(PhotoRecord, gc=False):
    """A photo."""


class ShownPair(Struct, gc=False):
    """Both photos."""

    a: ShownPhoto
    b: ShownPhoto


class ShownVerdict(Struct, tag_field="schema", tag="twinlens.verdict/2", kw_only=True, gc=False):
    """What a page shows of a row with a verdict; its map, most of its text, goes there as it is written."""

    pair: ShownPair
    choice: types.Choice
    confidence: float
    p_a: types.Probability
    familiar: types.Probability | None = None
    map: Raw | UnsetType = UNSET
    claims: tuple[ShownClaim, ...]
    rationale: str
    self_contradicting: bool
    notes: tuple[str, ...]
    forced: str | UnsetType = UNSET
    id: str
    scene: str = ""
    kind: records.PairKind = "other"
    label: records.Label = None
    reference: records.Reference = None
    columns: records.Columns = {}
    orders: dict[records.Order, ShownOrder] = {}
    consistent: records.Consistent = None


def shown_rows(run: RunFolder, labels: Mapping[int, Label] | None) -> Iterator[Row]:
    """The rows of a run, with the labels of a file, where there is one, instead of their own.

    A row with a verdict is a `ShownVerdict`, or a `VerdictRow` of version 1.
    """
    form: Any = ShownVerdict | FailureRow | VerdictRow1 | FailureRow1
    for _, made in run.rows_by(decoder(form)):
        row = cast(Row, made)
        if labels is not None:
            known = labels.get(key(row.id))
            row.label = known.side if known else None  # type: ignore[assignment]
        yield row
