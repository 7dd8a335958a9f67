"""Labelled pairs become examples for fitting: each photo pair measured once, on all cores."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from twinlens.core.errors import BadPhoto
from twinlens.core.run_records import JudgeRecord
from twinlens.core.types import Photo
from twinlens.judgement.balance import balance
from twinlens.judgement.causes import Differences
from twinlens.judgement.evidence import measure
from twinlens.judgement.preference import differences
from twinlens.judges.measured import Measured
from twinlens.readers import Problem, Row
from twinlens.runs.cache import Cache, folder, identity, versions
from twinlens.runs.process_pool import Pool, usual_workers
from twinlens.runs.row_photos import Photos

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class MeasuredPair:
    """The differences that the measured judge weighs, whether the photos were aligned, and their hashes."""

    differences: Differences
    aligned: bool
    photos: tuple[str, ...]


@dataclass(frozen=True)
class LabelledPair:
    """A pair that people judged, and what was measured of it."""

    id: str
    set: str
    scene: str
    tier: str
    prefers_a: bool
    measured: MeasuredPair


def labelled(
    rows: Sequence[Row], by: str | None = None, *, cache: bool = True, progress: Progress | None = None
) -> tuple[list[LabelledPair], list[Problem]]:
    """Rows with the label a or b, measured; and what is wrong with those whose photos cannot be.

    `by` names the column that parts them into sets. `progress` is called with the numbers of rows done and
    failed. Measurements go through the cache of runs, unless it is not to be used.
    """
    pairs: list[LabelledPair] = []
    problems: list[Problem] = []
    for row, measured in zip(rows, _measured(rows, cache), strict=True):
        if isinstance(measured, str):
            problems.append(Problem("photo", row.where, row.id, measured))
        else:
            of_set, tier = value_of(row, by), value_of(row, "tier")
            pairs.append(LabelledPair(row.id, of_set, row.scene, tier, row.label == "a", measured))
        if progress is not None:
            progress(len(pairs) + len(problems), len(problems))
    return pairs, problems


def value_of(row: Row, column: str | None) -> str:
    """What a row has in a column, "" where it has nothing; its kind is a column too."""
    value = row.kind if column == "kind" else row.columns.get(column or "")
    return "" if value is None else str(value)


def _measured(rows: Sequence[Row], cache: bool) -> Iterator[MeasuredPair | str]:
    workers = usual_workers(Measured(), len(rows))
    if workers == 1:
        return map(_measurer(cache), rows)
    return Pool(partial(_measurer, cache), workers, lambda row, why: why).map(rows)


def _measurer(cache: bool) -> Callable[[Row], MeasuredPair | str]:
    """A function that measures rows; made once a process."""
    known = Cache(folder()) if cache else None
    return partial(_measure, known, identity(Measured(), "measured"))


def _measure(known: Cache | None, who: JudgeRecord, row: Row) -> MeasuredPair | str:
    """What is measured of a row's whole views, or why nothing can be."""
    try:
        photos = Photos(row)
        content = photos.content[:2]
        key = hashlib.sha256(json.dumps(["pair", who.code, versions(), content]).encode()).hexdigest()
        pair = known.get(key, MeasuredPair) if known is not None else None
        if pair is None:
            measured = measure(photos.pair)
            hashes = tuple(f"{sha} {half}" for sha, half in content)
            pair = MeasuredPair(differences(measured, balance(measured)), measured.aligned, hashes)
            if known is not None:
                known.put(key, pair)
    except BadPhoto as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  one pair that cannot be measured does not stop the others
        return f"could not be measured: {type(error).__name__}: {error}"
    return pair


def photo_of(pixels: np.ndarray) -> Photo:
    """Pixels as a photo without a file."""
    pixels = np.ascontiguousarray(pixels)
    return Photo("", hashlib.sha256(pixels.tobytes()).hexdigest(), pixels)
