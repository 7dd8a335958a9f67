"""Labelled pairs become examples for fitting: each photo pair measured once, on all cores."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np

from twinlens.core.types import Pair, Photo
from twinlens.evidence import measure
from twinlens.judges.measured import overall
from twinlens.judges.reasons import reasons
from twinlens.pixels.photo import open_pair, open_photo
from twinlens.preference import Steps

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Labelled:
    """A pair that people judged, and what was measured of it."""

    id: str
    set: str
    scene: str
    tier: str
    prefers_a: bool
    steps: Steps


def human(folder: Path) -> list[Labelled]:
    """The pairs of a folder's `pairs.csv`: columns id, set, scene, a, b, label, tier; paths from there."""
    with (folder / "pairs.csv").open(encoding="utf-8", newline="") as file:
        rows = [(folder, row) for row in csv.DictReader(file)]
    return list(spread(_labelled, rows))


def _labelled(item: tuple[Path, dict[str, str]]) -> Labelled:
    folder, row = item
    steps = steps_of(open_pair(folder / row["a"], folder / row["b"]))
    return Labelled(row["id"], row["set"], row["scene"], row["tier"], row["label"] == "a", steps)


def steps_of(pair: Pair) -> Steps:
    """The signed steps that the measured judge weighs."""
    measured = measure(pair)
    return overall(measured, reasons(measured))


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
