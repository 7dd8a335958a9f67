"""Pairs in parts to learn from and to test with: whole scenes, placed by nothing but a hash of their names.

A scene stays in its part whatever pairs are added. Only pairs that share a photo with two scenes make these
one; it then is where the higher hash says, which is nearer to training: so a part to test with only shrinks.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from twinlens.core.errors import BadInput
from twinlens.core.outputs import check_folder
from twinlens.core.plain_text import first
from twinlens.readers import Row, Rows
from twinlens.readers.write import make_folder, write_rows
from twinlens.runs.row_photos import Photos
from twinlens.train.examples import value_of
from twinlens.train.shared_photos import joined

PARTS = ("test", "validation")
"""The parts that shares are of, in their order; the rest is to train with."""
TRAIN, LEFT_OUT = "train", "left_out"
SHOWN = 12
"""Values of a column that a message names."""


@dataclass(frozen=True)
class Part:
    """A part that was written: its file, and how many pairs, scenes and labels it has.

    `shared` are the scenes that also stand in the part to train with: of what was left out there may be some.
    """

    file: Path
    pairs: int
    scenes: int
    labels: Mapping[str, int]
    shared: int = 0


def split(
    rows: Rows, out: Path, shares: Sequence[float], by: str = "processing", leave_out: Sequence[str] = (),
    images: str | None = None, progress: Callable[[int, int], None] | None = None,
) -> list[Part]:  # fmt: skip
    """Write the parts of pairs as files that every command reads.

    BadInput where a share or a value to leave out is none, or a part would hold no pair; BadPhoto where a
    photo cannot be read. `progress` is called with the numbers of pairs done and failed.
    """
    if len(shares) > len(PARTS) or not all(share > 0 for share in shares) or sum(shares) >= 1:
        expected = "expected one or two above 0 and together below 1: to test, to validate"
        raise BadInput(f"--share: found {', '.join(map(str, shares))}; {expected}")
    suffix = ".jsonl" if rows.reader.startswith("raim") else ".csv"
    names = (TRAIN, *PARTS, LEFT_OUT)
    check_folder(out, "--out", ours=[f"{name}{end}" for name in names for end in (".csv", ".jsonl")])
    apart = _left_out(rows, by, leave_out)
    scenes = _scenes(rows, progress)
    parts = [LEFT_OUT if left else part(scene, shares) for scene, left in zip(scenes, apart, strict=True)]
    wanted = [TRAIN, *PARTS[: len(shares)], *([LEFT_OUT] if leave_out else [])]
    if lacking := [name for name in wanted if name not in parts]:
        what = f"no pair of {len(rows):,} in {len(set(scenes)):,} scenes falls to {' and '.join(lacking)}"
        raise BadInput(f"{rows.path}: {what}; expected more scenes, or larger shares")
    make_folder(out)
    for name in names:
        for old in out.glob(f"{name}.*"):
            old.unlink()
    trained = {scene for scene, name in zip(scenes, parts, strict=True) if name == TRAIN}
    made = []
    for name in wanted:
        here = [at for at, one in enumerate(parts) if one == name]
        write_rows([rows.rows[at] for at in here], rows, out / f"{name}{suffix}", images)
        labels = Counter(rows.rows[at].label or "none" for at in here)
        of_part = {scenes[at] for at in here}
        shared = len(of_part & trained) if name != TRAIN else 0
        counts = {str(label): count for label, count in sorted(labels.items())}
        made.append(Part(out / f"{name}{suffix}", len(here), len(of_part), counts, shared))
    return made


def part(scene: str, shares: Sequence[float]) -> str:
    """The part of a scene: which share its place, a number from 0 to 1 that its name gives, falls into.

    >>> [part(scene, [0.5]) for scene in ("portrait", "coffee", "night")]
    ['train', 'test', 'test']
    """
    place, end = _place(scene), 0.0
    for name, share in zip(PARTS, shares, strict=False):
        end += share
        if place < end:
            return name
    return TRAIN


def _place(scene: str) -> float:
    return int(hashlib.sha256(scene.encode()).hexdigest()[:13], 16) / 16**13


def _scenes(rows: Rows, progress: Callable[[int, int], None] | None) -> list[str]:
    """The scenes of rows, those that share a photo as one."""
    pairs = []
    for at, row in enumerate(rows, 1):
        pairs.append((row.scene, [tuple(one) for one in Photos(row).content]))
        if progress is not None:
            progress(at, 0)
    return joined(pairs, lambda scene: (_place(scene), scene))


def _left_out(rows: Rows, by: str, values: Sequence[str]) -> list[bool]:
    """Which rows have one of the values in a column, as they are or among several joined with +."""
    known = [_values(row, by) for row in rows]
    every = sorted(set().union(*known) - {""})
    if values and not every:
        names = sorted({"kind", *(name for row in rows for name in row.columns)})
        raise BadInput(f"--by: found {by!r}; expected a column of {rows.path}: {first(names, SHOWN)}")
    if other := next((value for value in values if value not in every), None):
        raise BadInput(f"--leave-out: found {other!r}; expected a value of {by}: {first(every, SHOWN)}")
    return [bool(of_row & set(values)) for of_row in known]


def _values(row: Row, by: str) -> set[str]:
    value = value_of(row, by)
    return {value, *value.split("+")}
