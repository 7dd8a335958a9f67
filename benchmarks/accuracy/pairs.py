"""Photos that are no pair: how many are refused, and how many pairs people judged or damaged ones are not.

    python -m benchmarks pairs        some 5 minutes on one core; rewrites the table of docs/benchmarks.md

One scene: the pairs that people judged, and every distortion at every strength of 48 photographs brought to 640
pixels. No pair: photos of two scenes (two thirds of them of one set, so of like sizes and subjects), and one of a
pair that people judged, or a photograph, mirrored, turned or both in seven ways. The thresholds were set on others
of the same sets (3,000 pairs of two scenes); nothing else is fitted.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.marks import BENCHMARKS, rewrite
from benchmarks.material import DATA, opened, photographs, reduced, spread
from benchmarks.tables import share, table
from twinlens.core.types import Pair
from twinlens.distortions.distortion import STRENGTHS, distortions, named
from twinlens.registration.scene_match import oriented, scene_match
from twinlens.train.examples import photo_of

SIDE = 640
OTHERS = 1500
"""Pairs of two scenes."""
Outcome = tuple[str, str, bool]
"""What kind of pair, its scene, and whether the outcome is right."""


def people() -> Iterator[tuple[str, str, Path, Path]]:
    """Set, scene and photos of the pairs that people judged."""
    for folder in (DATA / "human", DATA / "human_sr"):
        with (folder / "pairs.csv").open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                yield row["set"], row["scene"], folder / row["a"], folder / row["b"]


def training() -> list[Path]:
    return sorted((DATA / "training_photos").glob("*.jpg"))


def relation(a: np.ndarray, b: np.ndarray) -> tuple[str, int]:
    match = scene_match(Pair("", photo_of(np.ascontiguousarray(a)), photo_of(np.ascontiguousarray(b))))
    return match.relation, match.orientation


def judged(pair: tuple[str, str, Path, Path]) -> list[Outcome]:
    """A pair that people judged: as it is, and with its b in another orientation."""
    name, scene, a, b = pair
    first, second = opened(a), opened(b)
    k = 1 + sum(map(ord, b.stem)) % 7
    upright = relation(first, second)[0] == "pair"
    rotated = of_orientation("mirrored or turned, two renderings", k, scene, first, second)
    return [(f"one scene, {name}", scene, upright), rotated]


def of_orientation(kind: str, k: int, scene: str, a: np.ndarray, b: np.ndarray) -> Outcome:
    return kind, scene, relation(a, oriented(b, k))[0] == "turned"


def damaged(file: Path) -> list[Outcome]:
    """A photograph with every distortion at every strength, and in every orientation."""
    photo = reduced(file, SIDE)
    rows: list[Outcome] = [
        ("mirrored or turned, one photograph", file.stem, of_orientation("", k, "", photo, photo)[2])
        for k in range(1, 8)
    ]
    for name in distortions():
        for strength in STRENGTHS:
            made = named(name)(photo, strength)
            rows.append(
                (f"one scene, damaged, strength {strength}", file.stem, relation(photo, made)[0] == "pair")
            )
    return rows


@cache
def scenes() -> dict[str, dict[str, list[Path]]]:
    """The photos of each scene of each set."""
    sets: dict[str, dict[str, list[Path]]] = defaultdict(lambda: defaultdict(list))
    for name, scene, *files in people():
        sets["sr" if name.startswith("sr") else name][scene] += files
    for file in [*photographs(), *training()]:
        sets[file.stem.split("_")[0]][file.stem] = [file]
    return {name: dict(files) for name, files in sets.items()}


def strangers() -> list[tuple[Path, Path, str]]:
    """Photos of two scenes, drawn with a fixed seed, two thirds of one set."""
    random, drawn, sets = np.random.default_rng(12), [], scenes()
    while len(drawn) < OTHERS:
        one, two = (
            random.choice(list(sets), 2) if random.random() < 1 / 3 else [random.choice(list(sets))] * 2
        )
        first, second = (random.choice(list(sets[name])) for name in (one, two))
        if (one, first) != (two, second):
            a, b = (files[random.integers(len(files))] for files in (sets[one][first], sets[two][second]))
            drawn.append((a, b, f"two scenes, {'one set' if one == two else 'two sets'}"))
    return drawn


def apart(pair: tuple[Path, Path, str]) -> list[Outcome]:
    """Photos of two scenes."""
    a, b, kind = pair
    return [(kind, a.stem, relation(reduced(a, SIDE), reduced(b, SIDE))[0] != "pair")]


def main() -> None:
    """Match, and rewrite the table."""
    work = [(judged, list(people())), (damaged, [*photographs(), *training()[::7]]), (apart, strangers())]
    outcomes = [row for each, items in work for rows in spread(each, items) for row in rows]
    kinds = dict.fromkeys(kind for kind, *_ in outcomes)
    lines = table(["photos", "right"], ([kind, line(outcomes, kind)] for kind in sorted(kinds)))
    print("\n".join(lines))
    rewrite(BENCHMARKS, "pairs", lines)


def line(outcomes: list[Outcome], kind: str) -> str:
    """The share of a kind that is right."""
    here = [(right, scene) for name, scene, right in outcomes if name == kind]
    return share(np.array([float(right) for right, _ in here]), np.array([scene for _, scene in here]))
