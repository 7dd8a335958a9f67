"""Labelled pairs become examples for fitting: each photo pair measured once, on all cores."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np

from twinlens.core.errors import BadInput, BadPhoto
from twinlens.core.run_records import JudgeRecord
from twinlens.core.types import Pair, Photo
from twinlens.imaging.open import open_photo
from twinlens.judgement.causes import Differences
from twinlens.judgement.evidence import measure
from twinlens.judgement.explanation import balance, reasons
from twinlens.judgement.preference import differences
from twinlens.judges.measured import Measured
from twinlens.readers import Problem, Row, open_pairs
from twinlens.runs.cache import Cache, folder, identity, versions
from twinlens.runs.cores import usual_workers
from twinlens.runs.process_pool import Pool
from twinlens.runs.row_photos import Photos

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Seen:
    """What was measured of a pair, whether its photos could be aligned, and their hashes."""

    steps: Differences
    aligned: bool
    photos: tuple[str, ...]


@dataclass(frozen=True)
class Labelled:
    """A pair that people judged, and what was measured of it."""

    id: str
    set: str
    scene: str
    tier: str
    prefers_a: bool
    seen: Seen

    @property
    def steps(self) -> Differences:
        """The signed steps that the measured judge weighs."""
        return self.seen.steps


def human(folder: Path) -> list[Labelled]:
    """The pairs of a folder's `pairs.csv`, each of its set."""
    found, problems = labelled(list(open_pairs(folder / "pairs.csv")), "set", cache=False)
    if problems:
        raise BadInput(str(problems[0]))
    return found


def labelled(
    rows: Sequence[Row],
    by: str | None = None,
    *,
    cache: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[list[Labelled], list[Problem]]:
    """Rows with the label a or b, measured; and what is wrong with those whose photos cannot be.

    `by` names the column that parts them into sets. `progress` is called with the numbers of rows done and
    failed. What was measured is kept in the cache of runs, unless it is not to be.
    """
    found: list[Labelled] = []
    problems: list[Problem] = []
    for row, seen in zip(rows, _measured(rows, cache), strict=True):
        if isinstance(seen, str):
            problems.append(Problem("photo", row.where, row.id, seen))
        else:
            tier = str(row.columns.get("tier") or "")
            found.append(Labelled(row.id, value_of(row, by), row.scene, tier, row.label == "a", seen))
        if progress is not None:
            progress(len(found) + len(problems), len(problems))
    return found, problems


def value_of(row: Row, column: str | None) -> str:
    """What a row has in a column, "" where it has nothing; its kind is a column too."""
    found = row.kind if column == "kind" else row.columns.get(column or "")
    return "" if found is None else str(found)


def _measured(rows: Sequence[Row], cache: bool) -> Iterator[Seen | str]:
    workers = usual_workers(Measured(), len(rows))
    if workers == 1:
        return map(_measurer(cache), rows)
    return Pool(partial(_measurer, cache), workers, lambda row, why: why).map(rows)


def _measurer(cache: bool) -> Callable[[Row], Seen | str]:
    """A function that measures rows; made once a process."""
    known = Cache(folder()) if cache else None
    return partial(_seen, known, identity(Measured(), "measured"))


def _seen(known: Cache | None, who: JudgeRecord, row: Row) -> Seen | str:
    """What is measured of a row's whole views, or why nothing can be."""
    try:
        photos = Photos(row)
        content = photos.content[:2]
        key = hashlib.sha256(json.dumps(["steps", who.code, versions(), content]).encode()).hexdigest()
        seen = known.get(key, Seen) if known is not None else None
        if seen is None:
            measured = measure(photos.pair)
            steps = differences(measured, balance(reasons(measured)))
            shown = tuple(f"{sha} {half}" for sha, half in content)
            seen = Seen(steps, measured.aligned, shown)
            if known is not None:
                known.put(key, seen)
    except BadPhoto as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  one pair that cannot be measured does not stop the others
        return f"could not be measured: {type(error).__name__}: {error}"
    return seen


def steps_of(pair: Pair) -> Differences:
    """The signed steps that the measured judge weighs."""
    measured = measure(pair)
    return differences(measured, balance(reasons(measured)))


def photo_of(pixels: np.ndarray) -> Photo:
    """Pixels as a photo without a file."""
    pixels = np.ascontiguousarray(pixels)
    return Photo("", hashlib.sha256(pixels.tobytes()).hexdigest(), pixels)


def opened(file: Path) -> np.ndarray:
    """The pixels of a photo's file."""
    return np.asarray(open_photo(file).pixels)


def spread(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """`work` on every item, in order, a process a core and one thread each."""
    with ProcessPoolExecutor(initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        yield from pool.map(work, items, chunksize=4)
