"""The pairs that people judged, measured once for the judge and for the baselines."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.baselines import Array, Names, Some
from benchmarks.image_statistics import blind, numbers
from benchmarks.material import opened, spread
from twinlens.core.errors import BadInput
from twinlens.readers import open_pairs
from twinlens.train.examples import LabelledPair, labelled

PhotoStatistics = tuple[dict[str, float], dict[str, float]]


@dataclass(frozen=True, eq=False)
class HumanPairs:
    """Pairs, and the differences of their photos (a less b): plain ones (n, 50) and of blind measures (n, 2)."""

    pairs: list[LabelledPair]
    plain: Array
    blind: Array
    names: list[str]

    def column(self, key: str) -> Names:
        """The set, scene or tier of each pair."""
        return np.array([getattr(pair, key) for pair in self.pairs])

    @property
    def prefers_a(self) -> Some:
        return np.array([pair.prefers_a for pair in self.pairs])

    @property
    def differences(self) -> tuple[Array, list[str]]:
        """What the judge measured, in signed JNDs (n, metrics), and the metrics' names."""
        metrics = sorted(
            {metric for pair in self.pairs for metric in pair.measured.differences} - {"reasons"}
        )
        rows = [[pair.measured.differences.get(metric, 0.0) for metric in metrics] for pair in self.pairs]
        return np.array(rows), metrics


def statistics(file: Path) -> PhotoStatistics:
    """The plain numbers and the blind measures of a photo."""
    photo = opened(file)
    return numbers(photo), blind(photo)


def blind_differences(files: Sequence[tuple[Path, Path]]) -> Array:
    """PIQE of a less that of b, by pair."""
    every = sorted({file for pair in files for file in pair})
    looks = dict(zip(every, spread(_blind, every), strict=True))
    return np.array([looks[a] - looks[b] for a, b in files])


def _blind(file: Path) -> float:
    return next(iter(blind(opened(file)).values()))


def difference(a: dict[str, float], b: dict[str, float]) -> list[float]:
    return [a[name] - b[name] for name in a]


def human_pairs(folder: Path) -> list[LabelledPair]:
    """The pairs of a folder's `pairs.csv`, measured, each of its set."""
    pairs, problems = labelled(list(open_pairs(folder / "pairs.csv")), "set", cache=False)
    if problems:
        raise BadInput(str(problems[0]))
    return pairs


def read(folder: Path) -> HumanPairs:
    """The pairs of a folder's pairs.csv, each photo looked at once."""
    with (folder / "pairs.csv").open(encoding="utf-8", newline="") as file:
        rows = [(folder / row["a"], folder / row["b"]) for row in csv.DictReader(file)]
    files = sorted({file for row in rows for file in row})
    looks = dict(zip(files, spread(statistics, files), strict=True))
    plain, blind = (np.array([difference(looks[a][k], looks[b][k]) for a, b in rows]) for k in (0, 1))
    return HumanPairs(human_pairs(folder), plain, blind, list(looks[files[0]][0]))
