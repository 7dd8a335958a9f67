"""The rows of a run as its page holds them: a short one for the table, a long one for when it is opened."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from twinlens.core.contracts import PhotoRecord
from twinlens.core.run_records import FailedPhoto, OrderRecord, Row, VerdictRow
from twinlens.core.types import Claim
from twinlens.report import ratings
from twinlens.report.links import Links, distinguished
from twinlens.report.page import headed, levels, place, unfamiliar
from twinlens.report.template import number, steps
from twinlens.scoring.labels import Label, key
from twinlens.scoring.rater_scores import StoredRatings
from twinlens.scoring.table import VERSIONS

Shown = dict[str, Any]
STATES = ("wrong", "tied", "failed", "open", "right")
"""How a row stands to what people said, in the order to look at; "open" has no label that names a side."""
CHOICES = {"a": "A", "b": "B", "tie": "neither"}


def labelled(rows: Iterable[Row], labels: Mapping[int, Label] | None) -> Iterator[Row]:
    """The rows with the labels of a file instead of their own."""
    for row in rows:
        known = labels.get(key(row.id)) if labels is not None else None
        yield row if labels is None else replace(row, label=known.side if known else None)


def ordered(rows: Iterable[Row]) -> list[Row]:
    """The rows in the order to look at: disagreements with people first, the most confident before all."""

    def rank(row: Row) -> tuple[int, float]:
        state = state_of(row)
        if isinstance(row, VerdictRow) and state == "wrong":
            return STATES.index(state), -row.confidence
        return STATES.index(state), float(row.consistent is not False)

    return sorted(rows, key=rank)


def state_of(row: Row) -> str:
    """How a row stands to what people said: one of `STATES`."""
    if not isinstance(row, VerdictRow):
        return "failed"
    if row.label not in ("a", "b"):
        return "open"
    if row.choice == "tie":
        return "tied"
    return "right" if row.choice == row.label else "wrong"


def versions_of(row: Row) -> tuple[str, str] | None:
    """The versions that a and b are of, where the row names two."""
    a, b = (row.columns.get(name) for name in VERSIONS)
    return (str(a), str(b)) if a and b and a != b else None


def short(row: Row, raters: Sequence[StoredRatings] = ()) -> Shown:
    """What the table shows of a row; the rating is the first rater's, 1 to 10."""
    verdict = row if isinstance(row, VerdictRow) else None
    claims = verdict.claims if verdict else ()
    grounded = Counter(claim.grounding for claim in claims)
    rating = raters[0].ratings.plain.get(key(row.id)) if raters else None
    return {
        "id": row.id,
        "scene": row.scene if row.scene != row.id else "",
        "kind": row.kind,
        "choice": verdict and verdict.choice,
        "label": row.label,
        "forced": bool(verdict and verdict.forced),
        "state": state_of(row),
        "confidence": round(verdict.confidence, 4) if verdict else None,
        "consistent": row.consistent,
        "supported": grounded["supported"],
        "contradicted": grounded["contradicted"],
        "opinions": grounded["opinion"],
        "claims": len(claims),
        "failure": None if isinstance(row, VerdictRow) else row.failure,
        "versions": versions_of(row),
        "words": " ".join(map(str, row.columns.values())),
        "about": ", ".join(dict.fromkeys(topic(claim.region, claim.aspect) for claim in claims)),
        "rating": rating and rating.rating,
    }


def topic(region: str, aspect: str) -> str:
    """What a claim is about, in a few words.

    >>> topic("face", "noise"), topic("global", "noise")
    ('face noise', 'noise')
    """
    return aspect if region == "global" else f"{region} {aspect}"


def long(row: Row, links: Links, raters: Sequence[StoredRatings] = ()) -> Shown:
    """What is shown of a row that is opened."""
    verdict = row if isinstance(row, VerdictRow) else None
    files = _photos(row)
    photos = [links.photo(photo) for photo in files]
    notes = list(verdict.notes) if verdict else []
    folders = distinguished(*(photo.file or "" for photo in files))
    for side, photo, file, folder in zip("AB", photos, files, folders, strict=False):
        photo["name"] = folder + photo["name"]
        notes += [f"{side}: {note}" for note in (*(file.notes or ()), *photo.get("notes", ()))]
    swapped = row.orders.get("ba")
    claims = headed(verdict.claims, verdict.choice) if verdict else []
    hidden = {name for name, value in row.columns.items() if name in VERSIONS or value in ("", None)}
    return {
        "photos": photos,
        "p_a": verdict and verdict.p_a,
        "unfamiliar": unfamiliar(verdict.familiar, verdict.choice) if verdict else "",
        "map": levels(verdict.map or None) if verdict else None,
        "claims": [_claim(claim, photos) for _, claim in claims],
        "headings": [heading for heading, _ in claims],
        "said": row.rationale if isinstance(row, VerdictRow) else row.raw,
        "swapped": "" if swapped is None or swapped.derived else swapped.rationale or swapped.raw or "",
        "orders": {order: _order(outcome) for order, outcome in row.orders.items()},
        "against": bool(verdict and verdict.self_contradicting),
        "notes": notes,
        "detail": "" if isinstance(row, VerdictRow) else row.detail,
        "reference": row.reference or "",
        "rated": ratings.said(row, raters),
        "columns": {name: str(value) for name, value in row.columns.items() if name not in hidden},
    }


def _photos(row: Row) -> Sequence[PhotoRecord | FailedPhoto]:
    """What the row records of its photos, also of a pair that failed; nothing where it names none."""
    if isinstance(row, VerdictRow):
        return [row.pair.a, row.pair.b]
    return [row.photos["a"], row.photos["b"]] if len(row.photos) == 2 else []


def _order(outcome: OrderRecord) -> str:
    """What a judge said in one order, in a word."""
    if outcome.derived:
        return "the same by construction"
    return outcome.failure or CHOICES.get(outcome.choice or "", "?")


def _claim(claim: Claim, photos: Sequence[Shown]) -> list[Any]:
    """Text, region, aspect, side, grounding, box in a, box in b, and the evidence as written for people."""
    boxes = place(claim, *(photo["size"] for photo in photos)) or (None, None)
    evidence = [
        [e.metric.replace("_", " "), e.unit, e.better, number(e.a), number(e.b), steps(e.steps), e.says]
        for e in claim.evidence
    ]
    return [claim.text, claim.region, claim.aspect, claim.favours, claim.grounding, *boxes, evidence]
