"""The rows of a run as its page holds them: a short one for the table, a long one for when it is opened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from twinlens.core.contracts import PhotoRecord
from twinlens.core.run_records import (
    FailedPhoto,
    FailureRow,
    OrderRecord,
    Row,
    VerdictRow,
)
from twinlens.core.types import Claim
from twinlens.judgement.explanation import closing
from twinlens.language.render import short, topic
from twinlens.report import ratings
from twinlens.report.links import distinguished
from twinlens.report.page import headed, place, says, scale, unfamiliar
from twinlens.report.template import number, steps, unbroken
from twinlens.scoring.exif_columns import exif_rows, exifs, photos_of
from twinlens.scoring.rater_scores import StoredRatings
from twinlens.scoring.table import VERSIONS

Shown = dict[str, Any]
Recorded = PhotoRecord | FailedPhoto
STATES = ("wrong", "tied", "failed", "open", "right")
"""How a row stands to what people said, in the order to look at; "open" has no label that names a side."""
MOST_SOUGHT = 2000
"""Characters of a judge's own words that are searched where it gave no reasons."""
CHOICES = {"a": "A", "b": "B", "tie": "neither"}
NO_DIFFERENCE = closing("tie", identical=True).text


def state_of(row: Row) -> str:
    """How a row stands to what people said: one of `STATES`."""
    if isinstance(row, FailureRow):
        return "failed"
    if row.label not in ("a", "b"):
        return "open"
    if row.choice == "tie":
        return "tied"
    return "right" if row.choice == row.label else "wrong"


def confidence_of(row: VerdictRow) -> int:
    """How sure a judge is, in 1/10,000."""
    return round(row.confidence * 10_000)


def place_of(row: Row, state: str) -> int:
    """What rows are sorted by, the first to look at first: by `STATES`, the surest disagreement before all.

    A disagreement has at most 10,000; of others rows whose choice changed with the order come first.
    """
    if state == "wrong" and not isinstance(row, FailureRow):
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
    if isinstance(row, FailureRow):
        return f"{row.detail}\n{row.raw[:MOST_SOUGHT]}".lower()
    texts = [claim.text for claim in row.claims] or [row.rationale[:MOST_SOUGHT]]
    return "\n".join((*texts, *row.notes)).lower()


def alike(verdict: VerdictRow) -> bool:
    """Whether both photos are the same, by their files or as their judge saw them."""
    same = verdict.pair.a.sha256 == verdict.pair.b.sha256
    return same or any(claim.text == NO_DIFFERENCE for claim in verdict.claims)


def long(row: Row, photos: Sequence[Shown], raters: Sequence[StoredRatings] = ()) -> Shown:
    """What is shown of a row that is opened; `photos` are as `Links.photo` says."""
    files = photos_of(row)
    return {
        "photos": _named(files, photos),
        **(_failed(row) if isinstance(row, FailureRow) else _judged(row, photos)),
        "swapped": _swapped(row.orders.get("ba")),
        "orders": {order: _order(outcome) for order, outcome in row.orders.items()},
        "notes": [*_notes(row, files, photos)],
        "reference": row.reference or "",
        "rated": ratings.said(row, raters) if raters else [],
        "exif": exif_rows(*exifs(row)),
        "columns": {
            name: str(value)
            for name, value in row.columns.items()
            if value != "" and value is not None and name not in VERSIONS
        },
    }


def _judged(row: VerdictRow, photos: Sequence[Shown]) -> Shown:
    claims = headed(row.claims, row.choice)
    return {
        "p_a": row.p_a,
        "forced": bool(row.forced),
        "unfamiliar": unfamiliar(row.familiar, row.choice),
        "frame": row.pair.b.to_a or None,
        "map": row.map or None,
        "claims": [_claim(claim, photos) for _, claim in claims],
        "headings": [heading for heading, _ in claims],
        "said": row.rationale,
        "against": row.self_contradicting,
        "detail": "",
    }


def _failed(row: FailureRow) -> Shown:
    nothing = {"p_a": None, "forced": False, "unfamiliar": "", "frame": None, "map": None}
    return nothing | {"claims": [], "headings": [], "said": row.raw, "against": False, "detail": row.detail}


def _named(files: Sequence[Recorded], photos: Sequence[Shown]) -> Sequence[Shown]:
    """The photos; those of one name with the folder that distinguishes them."""
    folders = distinguished(files[0].file or "", files[1].file or "") if files else ("", "")
    if not any(folders):
        return photos
    return [{**photo, "name": folder + photo["name"]} for photo, folder in zip(photos, folders, strict=True)]


def _notes(row: Row, files: Sequence[Recorded], photos: Sequence[Shown]) -> Iterator[str]:
    """The judge's notes, and those on the photos, of their decoding and of putting them into the page."""
    if not isinstance(row, FailureRow):
        yield from map(unbroken, row.notes)
    for side, photo, file in zip("AB", photos, files, strict=False):
        if file.notes or "notes" in photo:
            for note in (*(file.notes or ()), *photo.get("notes", ())):
                yield unbroken(f"{side}: {note}")


def _swapped(other: OrderRecord | None) -> str:
    """The judge's words with the photos exchanged."""
    return "" if other is None or other.derived else other.rationale or other.raw or ""


def _order(outcome: OrderRecord) -> str:
    """What a judge said in one order, in a word."""
    if outcome.derived:
        return "the same by construction"
    return outcome.failure or CHOICES.get(outcome.choice or "", "?")


def _claim(claim: Claim, photos: Sequence[Shown]) -> list[Any]:
    """Text, region, aspect, side, grounding, box in a, box in b, and the evidence as written for people."""
    boxes = place(claim, photos[0]["size"], photos[1]["size"]) or (None, None)
    evidence = [[says(e, claim), scale(e), number(e.a), number(e.b), steps(e.steps)] for e in claim.evidence]
    text = unbroken(short(claim.text, claim.region, claim.aspect))
    return [text, claim.region, claim.aspect, claim.favours, claim.grounding, *boxes, evidence]
