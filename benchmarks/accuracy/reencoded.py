"""What the measured judge claims of a photo beside itself, only encoded anew: it should claim nothing.

    python -m benchmarks reencoded        about 3 minutes on 2 idle cores; rewrites the table of docs/benchmarks.md

The photographs of `shared/data/photos`, and of `shared/data/human` the photos of one pair in `EVERY`. Each is encoded by
Pillow with its profile and orientation, and both files are compared as `twinlens compare` does. A pair counts where any
claim favours a side. Intervals: 95 %, bootstrap over photographs, those of one scene together. The exit code is 1 where
what is asked is not met.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks import tables
from benchmarks.marks import BENCHMARKS, rewrite
from benchmarks.material import DATA, spread
from twinlens.core.types import Verdict
from twinlens.runs.compare import compare
from twinlens.stats.interval import group_sums, interval, wilson

EVERY = 12
"""Of the human pairs each so manyth is taken."""
WAYS: dict[str, tuple[str, dict[str, Any]]] = {
    "PNG": ("png", {}),
    "JPEG, quality 97, 4:4:4": ("jpg", {"quality": 97, "subsampling": 0}),
    "JPEG, quality 97, 4:2:0": ("jpg", {"quality": 97, "subsampling": 2}),
    "WebP, quality 97": ("webp", {"quality": 97}),
}
"""How photos are encoded: the ending, and Pillow's options."""
MOST = {"PNG": 0.0, "JPEG, quality 97, 4:4:4": 0.1, "JPEG, quality 97, 4:2:0": 0.1}
"""The most that is asked of the share of pairs with a claim for a side."""


@dataclass(frozen=True)
class Said:
    """What was said of a photo beside itself: its scene, how it was encoded, claims for a side, and how sure."""

    scene: str
    way: str
    claims: tuple[str, ...]
    p_a: float


def main() -> None:
    """Compare, and rewrite the table."""
    items = list(photos(DATA))
    rows = [said for group in spread(tried, items) for said in group]
    lines = table(rows)
    rewrite(BENCHMARKS, "reencoded", lines)
    print("\n".join(lines))
    for row in rows:
        if row.claims:
            print(f"{row.scene}: {row.way}: {'; '.join(row.claims)}")
    raise SystemExit(any(share(rows, way) > most for way, most in MOST.items()))


def photos(data: Path) -> Iterator[tuple[str, Path]]:
    """The scene and the file of each photo, each file once."""
    files = {file: file.stem for file in sorted((data / "photos").glob("*.jpg"))}
    with (data / "human" / "pairs.csv").open(encoding="utf-8", newline="") as stream:
        pairs = list(csv.DictReader(stream))
    for row in pairs[::EVERY]:
        for side in "ab":
            files.setdefault(data / "human" / row[side], row["scene"])
    for file, scene in files.items():
        yield scene, file


def tried(item: tuple[str, Path]) -> list[Said]:
    """What is claimed of a photo beside itself, encoded in each way."""
    scene, file = item
    with tempfile.TemporaryDirectory() as folder:
        return [said(scene, file, way, encoded(file, way, Path(folder))) for way in WAYS]


def encoded(file: Path, way: str, folder: Path) -> Path:
    """The photo in a file of its own, its profile and orientation kept."""
    ending, options = WAYS[way]
    made = folder / f"{file.stem}.{ending}"
    with Image.open(file) as image:
        carried = {"icc_profile": image.info.get("icc_profile"), "exif": image.getexif()}
        image.convert("RGB").save(made, **options, **carried)
    return made


def said(scene: str, file: Path, way: str, other: Path) -> Said:
    verdict = compare(file, other)
    assert isinstance(verdict, Verdict), verdict
    claims = tuple(f"{c.region} {c.aspect} {c.favours}" for c in verdict.claims if c.favours != "same")
    return Said(scene, way, claims, verdict.p_a)


def share(rows: list[Said], way: str) -> float:
    """The share of pairs with any claim for a side."""
    return float(np.mean([bool(row.claims) for row in rows if row.way == way]))


def table(rows: list[Said]) -> list[str]:
    head = ["encoded as", "pairs", "claims a pair", "for the photo as it was", "pairs with a claim", "limit", "surest choice"]  # fmt: skip
    return tables.table(head, [line(way, [row for row in rows if row.way == way]) for way in WAYS])


def line(way: str, rows: list[Said]) -> list[str]:
    """What was said of photos encoded in one way."""
    claims = [claim for row in rows for claim in row.claims]
    own = f"{sum(claim.endswith(' a') for claim in claims)} of {len(claims)}"
    limit = f"at most {MOST[way]:g}" if way in MOST else ""
    surest = max(abs(row.p_a - 0.5) for row in rows) + 0.5
    return [
        way,
        str(len(rows)),
        f"{len(claims) / len(rows):.3f}",
        own,
        claiming(rows),
        limit,
        f"{surest:.2f}",
    ]


def claiming(rows: list[Said]) -> str:
    """The share of pairs with a claim and its interval; where all are alike, Wilson's over scenes."""
    _, scenes = np.unique([row.scene for row in rows], return_inverse=True)
    any_claim = np.array([float(bool(row.claims)) for row in rows])
    estimate = interval(group_sums(np.stack([any_claim, np.ones(len(rows))], axis=1), scenes))
    if estimate.low is None or estimate.low == estimate.high:
        count = int(scenes.max()) + 1
        estimate = wilson(estimate.value * count, count)
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"
