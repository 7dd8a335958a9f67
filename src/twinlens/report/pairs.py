"""The rows of a run as its page holds them: a short one for the table, a long one for when it is opened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, UnsetType

from twinlens.core.contracts import PhotoRecord
from twinlens.core.run_records import (
    FailedPhoto,
    FailureRow,
    FailureRow1,
    OrderRecord,
    Row,
    VerdictRow,
    VerdictRow1,
)
from twinlens.core.types import Claim
from twinlens.judgement.explanation import closing
from twinlens.language.render import short, topic
from twinlens.report import ratings
from twinlens.report.links import distinguished
from twinlens.report.page import headed, place, says, scale, unfamiliar
from twinlens.report.template import number, steps, unbroken
from twinlens.scoring.exif_columns import exif_rows, exifs, photos_of
from twinlens.scoring.labels import Label, key
from twinlens.scoring.rater_scores import StoredRatings
from twinlens.scoring.table import VERSIONS

if TYPE_CHECKING:
    from twinlens.runs.store import RunFolder

Shown = dict[str, Any]
Recorded = PhotoRecord | FailedPhoto
STATES = ("wrong", "tied", "failed", "open", "right")
"""How a row stands to what people said, in the order to look at; "open" has no label that names a side."""
MOST_SOUGHT = 2000
"""Characters of a judge's own words that are searched where it gave no reasons."""
CHOICES = {"a": "A", "b": "B", "tie": "neither"}
NO_DIFFERENCE = closing("tie", identical=True).text


class ShownVerdict(VerdictRow, tag_field="schema", tag="twinlens.verdict/2", kw_only=True):
    """A row with a verdict whose map, most of its text, goes to the page as it is written."""

    map: msgspec.Raw | UnsetType = UNSET  # type: ignore[assignment]


_DECODER = msgspec.json.Decoder(ShownVerdict | FailureRow | VerdictRow1 | FailureRow1)


def labelled(run: RunFolder, labels: Mapping[int, Label] | None) -> Iterator[Row]:
    """The rows of a run, with the labels of a file, where there is one, instead of their own."""
    for _, row in run.rows_by(_DECODER):
        if labels is not None:
            known = labels.get(key(row.id))
            row.label = known.side if known else None  # type: ignore[assignment]
        yield row


def state_of(row: Row) -> str:
    """How a row stands to what people said: one of `STATES`."""
    if not isinstance(row, VerdictRow):
        return "failed"
    if row.label not in ("a", "b"):
        return "open"
    if row.choice == "tie":
        return "tied"
    return "right" if row.choice == row.label else "wrong"


def confidence_of(row: VerdictRow) -> int:
    """How sure a judge is, in 1/10,000."""
    return round(row.confidence * 10_000)


def place_of(row: Row) -> int:
    """What rows are sorted by, the first to look at first: by `STATES`, the surest disagreement before all.

    A disagreement has at most 10,000; of others rows whose choice changed with the order come first.
    """
    state = state_of(row)
    if state == "wrong" and isinstance(row, VerdictRow):
        return 10_000 - confidence_of(row)
    return 10_000 + 2 * STATES.index(state) + (row.consistent is not False)


def versions_of(row: Row) -> tuple[str, str] | None:
    """The versions that a and b are of, where the row names two."""
    a, b = map(row.columns.get, VERSIONS)
    return (str(a), str(b)) if a and b and a != b else None


def about(claims: Iterable[Claim]) -> str:
    """What claims are about, each topic once."""
    return ", ".join(dict.fromkeys([topic(claim.region, claim.aspect) for claim in claims]))


def sought(row: Row) -> str:
    """The texts of a row that are searched for words: its reasons and notes, or why there are none."""
    if not isinstance(row, VerdictRow):
        return f"{row.detail}\n{row.raw[:MOST_SOUGHT]}".lower()
    texts = [claim.text for claim in row.claims] or [row.rationale[:MOST_SOUGHT]]
    return "\n".join((*texts, *row.notes)).lower()


def alike(verdict: VerdictRow) -> bool:
    """Whether both photos are the same, by their files or as their judge saw them."""
    same = verdict.pair.a.sha256 == verdict.pair.b.sha256
    return same or any(claim.text == NO_DIFFERENCE for claim in verdict.claims)


def long(row: Row, photos: Sequence[Shown], raters: Sequence[StoredRatings] = ()) -> Shown:
    """What is shown of a row that is opened; `photos` are as `Links.photo` says."""
    verdict = row if isinstance(row, VerdictRow) else None
    files, swapped = photos_of(row), row.orders.get("ba")
    claims = headed(verdict.claims, verdict.choice) if verdict else []
    return {
        "photos": _named(files, photos),
        "p_a": verdict and verdict.p_a,
        "forced": bool(verdict and verdict.forced),
        "unfamiliar": unfamiliar(verdict.familiar, verdict.choice) if verdict else "",
        "frame": verdict.pair.b.to_a or None if verdict else None,
        "map": verdict.map or None if verdict else None,
        "claims": [_claim(claim, photos) for _, claim in claims],
        "headings": [heading for heading, _ in claims],
        "said": row.rationale if isinstance(row, VerdictRow) else row.raw,
        "swapped": "" if swapped is None or swapped.derived else swapped.rationale or swapped.raw or "",
        "orders": {order: _order(outcome) for order, outcome in row.orders.items()},
        "against": bool(verdict and verdict.self_contradicting),
        "notes": [*map(unbroken, verdict.notes if verdict else ()), *_notes(files, photos)],
        "detail": "" if isinstance(row, VerdictRow) else row.detail,
        "reference": row.reference or "",
        "rated": ratings.said(row, raters) if raters else [],
        "exif": exif_rows(*exifs(row)),
        "columns": {
            name: str(value)
            for name, value in row.columns.items()
            if value != "" and value is not None and name not in VERSIONS
        },
    }


def _named(files: Sequence[Recorded], photos: Sequence[Shown]) -> Sequence[Shown]:
    """The photos; those of one name with the folder that distinguishes them."""
    folders = distinguished(files[0].file or "", files[1].file or "") if files else ("", "")
    if not any(folders):
        return photos
    return [{**photo, "name": folder + photo["name"]} for photo, folder in zip(photos, folders, strict=True)]


def _notes(files: Sequence[Recorded], photos: Sequence[Shown]) -> Iterator[str]:
    """What was noted when the photos were decoded, and when they were put into the page."""
    for side, photo, file in zip("AB", photos, files, strict=False):
        for note in (*(file.notes or ()), *photo.get("notes", ())):
            yield unbroken(f"{side}: {note}")


def _order(outcome: OrderRecord) -> str:
    """What a judge said in one order, in a word."""
    if outcome.derived:
        return "the same by construction"
    return outcome.failure or CHOICES.get(outcome.choice or "", "?")


def _claim(claim: Claim, photos: Sequence[Shown]) -> list[Any]:
    """Text, region, aspect, side, grounding, box in a, box in b, and the evidence as written for people."""
    boxes = place(claim, *(photo["size"] for photo in photos)) or (None, None)
    evidence = [[says(e, claim), scale(e), number(e.a), number(e.b), steps(e.steps)] for e in claim.evidence]
    text = unbroken(short(claim.text, claim.region, claim.aspect))
    return [text, claim.region, claim.aspect, claim.favours, claim.grounding, *boxes, evidence]
