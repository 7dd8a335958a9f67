"""The rows of a run as its page holds them: a short one for the table, a long one for when it is opened."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import convert

from twinlens.core.errors import BadInput
from twinlens.core.types import Claim
from twinlens.report import ratings
from twinlens.report.links import Links, named, told_apart
from twinlens.report.page import Size, place
from twinlens.report.template import number, steps
from twinlens.scoring.labels import Label, key
from twinlens.scoring.rater_scores import StoredRatings

Row = dict[str, Any]
COLUMNS = (
    "id", "scene", "kind", "choice", "label", "state", "confidence", "consistent",
    "supported", "contradicted", "claims", "failure", "versions", "words", "about", "rating",
)  # fmt: skip
"""What a row of the table holds, in this order."""
NAMED = ("version_a", "version_b")
"""Columns that the names of the photos tell."""
STATES = ("wrong", "tied", "failed", "open", "right")
"""How a row stands to what people said, in the order to look at; "open" has no label that names a side."""


def read(folder: Path) -> list[Row]:
    """The rows of a run folder; lines that are none are left to the scores, which name them."""
    try:
        lines = (folder / "rows.jsonl").read_bytes().splitlines()
    except OSError as error:
        raise BadInput(
            f"{str(folder)!r}: rows.jsonl cannot be read: {error.strerror}; expected the folder of a run"
        ) from None
    found = []
    for line in lines:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            found.append(row)
    return found


def labelled(rows: Iterable[Row], labels: Mapping[int, Label] | None) -> Iterator[Row]:
    """The rows with the labels of a file instead of their own."""
    for row in rows:
        if labels is None:
            yield row
        else:
            known = labels.get(key(str(row.get("id"))))
            yield {**row, "label": known.side if known else None}


def ordered(rows: Iterable[Row]) -> list[Row]:
    """The rows in the order to look at: disagreements with people first, the surest of them before all."""

    def rank(row: Row) -> tuple[int, float]:
        state = state_of(row)
        if state == "wrong":
            return STATES.index(state), -(sure_of(row) or 0.0)
        return STATES.index(state), float(row.get("consistent") is not False)

    return sorted(rows, key=rank)


def state_of(row: Row) -> str:
    """How a row stands to what people said: one of `STATES`."""
    if "choice" not in row:
        return "failed"
    if row.get("label") not in ("a", "b"):
        return "open"
    if row["choice"] == "tie":
        return "tied"
    return "right" if row["choice"] == row["label"] else "wrong"


def sure_of(row: Row) -> float | None:
    """The chance that the likelier side is the experts'; None where the row tells none."""
    p_a = row.get("p_a")
    return None if p_a is None else max(p_a, 1.0 - p_a)


def versions_of(row: Row) -> tuple[str, str] | None:
    """The versions that a and b are of, where the row names two."""
    columns = row.get("columns") or {}
    a, b = columns.get("version_a"), columns.get("version_b")
    return (str(a), str(b)) if a and b and a != b else None


def short(row: Row, raters: Sequence[StoredRatings] = ()) -> list[Any]:
    """What the table shows of a row, in the order of `COLUMNS`; the rating is the first rater's."""
    grounded = [claim.get("grounding") for claim in row.get("claims") or ()]
    columns = row.get("columns") or {}
    sure = sure_of(row)
    scene = str(row.get("scene") or "")
    return [
        str(row["id"]),
        scene if scene != str(row["id"]) else "",
        row.get("kind"),
        row.get("choice"),
        row.get("label"),
        state_of(row),
        None if sure is None else round(sure, 4),
        row.get("consistent"),
        grounded.count("supported"),
        grounded.count("contradicted"),
        len(grounded),
        row.get("failure"),
        versions_of(row),
        " ".join(str(value) for value in columns.values()),
        ", ".join(
            dict.fromkeys(
                topic(claim.get("region"), claim.get("aspect")) for claim in row.get("claims") or ()
            )
        ),
        ratings.rating(row, raters),
    ]


def topic(region: object, aspect: object) -> str:
    """What a claim is about, in a few words.

    >>> topic("face", "noise"), topic("global", "noise")
    ('face noise', 'noise')
    """
    return str(aspect) if region == "global" else f"{region} {aspect}"


def long(row: Row, links: Links, raters: Sequence[StoredRatings] = ()) -> Row:
    """What is shown of a row that is opened."""
    shots = _shots(row)
    photos = [_photo(shots[side], links) for side in ("a", "b")] if shots else []
    for photo, folder in zip(photos, told_apart(*(shot["file"] for shot in shots.values())), strict=False):
        photo["name"] = folder + photo["name"]
    orders = row.get("orders") or {}
    swapped = orders.get("ba") or {}
    told: Row = {
        "photos": photos,
        "p_a": row.get("p_a"),
        "claims": [_claim(claim, photos) for claim in row.get("claims") or ()],
        "said": row.get("rationale") or row.get("raw") or "",
        "swapped": "" if swapped.get("derived") else swapped.get("rationale") or swapped.get("raw") or "",
        "orders": {order: _order(said) for order, said in orders.items()},
        "against": bool(row.get("self_contradicting")),
        "notes": list(row.get("notes") or ()),
        "detail": row.get("detail") or "",
        "reference": row.get("reference") or "",
        "rated": ratings.said(row, raters),
        "columns": {
            name: str(value)
            for name, value in (row.get("columns") or {}).items()
            if value != "" and name not in NAMED
        },
    }
    for side, photo in zip("AB", photos, strict=False):
        noted = [*((shots[side.lower()].get("notes")) or ()), *photo.get("notes", ())]
        told["notes"] += [f"{side}: {note}" for note in noted]
    return told


def _shots(row: Row) -> dict[str, Row]:
    """What the row records of its photos, also of a pair that failed; nothing where it names none."""
    held = row.get("photos") or row.get("pair") or {}
    shots = {side: held.get(side) or {} for side in ("a", "b")}
    return shots if all("file" in shot for shot in shots.values()) else {}


def _photo(shot: Row, links: Links) -> Row:
    """A photo to show; where one of its pair could not be read no size is known, and its name is told."""
    if "width" in shot:
        return links.photo(shot)
    return {
        "name": named(shot["file"]),
        "size": None,
        "why": "Not shown, since a photo of this pair could not be read.",
    }


def _order(said: Row) -> str:
    """What a judge said in one order, in a word."""
    if said.get("derived"):
        return "the same by construction"
    return said.get("failure") or {"a": "A", "b": "B", "tie": "neither"}.get(said.get("choice") or "", "?")


def _claim(record: Row, photos: list[Row]) -> list[Any]:
    """Text, region, aspect, side, grounding, box in a, box in b, and the evidence as written for people."""
    claim = convert(record, Claim)
    where = place(claim, _size(photos[0]), _size(photos[1])) if photos else None
    evidence = [
        [e.metric.replace("_", " "), e.unit, e.better, number(e.a), number(e.b), steps(e.steps), e.says]
        for e in claim.evidence
    ]
    boxes = (where.a, where.b) if where else (None, None)
    return [claim.text, claim.region, claim.aspect, claim.favours, claim.grounding, *boxes, evidence]


def _size(photo: Row) -> Size:
    width, height = photo["size"]
    return width, height
