"""The photographs and the pairs: where they are, which are for tuning and which held out, and work on all of them."""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np

from twinlens.core.types import Pair
from twinlens.distortions.distortion import Pixels
from twinlens.imaging.open import open_photo
from twinlens.judgement.balance import balance
from twinlens.judgement.causes import Differences
from twinlens.judgement.evidence import measure
from twinlens.judgement.preference import differences

Item = TypeVar("Item")
Result = TypeVar("Result")

DATA = Path(os.environ.get("TWINLENS_DATA", "../shared/data"))
PEOPLE = DATA / "human"


def photographs() -> list[Path]:
    """The photographs to process, in a fixed order."""
    folder = DATA / "photos"
    return sorted([*folder.glob("portrait_*.jpg"), *folder.glob("scene_*.jpg")])


def tuning() -> list[Path]:
    """Every second photograph: weights are fitted on these."""
    return photographs()[::2]


def held_out() -> list[Path]:
    """The others: only looked at to report."""
    return photographs()[1::2]


def best_liked() -> list[Path]:
    """The photographs for tuning, and the rendering that people liked best of each scene they judged."""
    wins: dict[tuple[str, str, str], list[bool]] = defaultdict(list)
    with (PEOPLE / "pairs.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            for side in "ab":
                wins[row["set"], row["scene"], row[side]].append(row["label"] == side)
    best: dict[tuple[str, str], tuple[float, str]] = {}
    for (name, scene, file), won in wins.items():
        if len(won) > 1:
            best[name, scene] = max(best.get((name, scene), (-1.0, "")), (float(np.mean(won)), file))
    return [*tuning(), *(PEOPLE / file for _, file in best.values())]


def reduced(file: Path, side: int) -> Pixels:
    """The pixels of a photo's file, at most `side` on the long side."""
    return shrunk(opened(file), side)


def shrunk(photo: Pixels, side: int) -> Pixels:
    """A photo at most `side` on the long side, by area averaging."""
    shrink = min(1.0, side / max(photo.shape[:2]))
    return np.asarray(cv2.resize(photo, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8)


def opened(file: Path) -> Pixels:
    """The pixels of a photo's file."""
    return np.asarray(open_photo(file).pixels)


def pair_differences(pair: Pair) -> Differences:
    """The differences that the measured judge weighs."""
    measured = measure(pair)
    return differences(measured, balance(measured))


def spread(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """`work` on every item, in order, a process a core and one thread each.

    Processes start afresh: one forked from a process that has threads may wait for a lock for ever.
    """
    with ProcessPoolExecutor(
        mp_context=get_context("spawn"), initializer=cv2.setNumThreads, initargs=(1,)
    ) as pool:
        yield from pool.map(work, items, chunksize=4)
