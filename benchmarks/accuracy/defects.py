"""Defects with a metric of their own: outcomes on the right side, and claimed of nothing else?

    python -m benchmarks defects            about 20 minutes on 2 cores
    python -m benchmarks defects --human    and of people's pairs, about 6 minutes more

Photographs of `shared/data/photos` (1280 pixels) and every eighth of `training_photos` get each defect in three
strengths; every other distortion, slight and strong, on a part of them, shows where a defect is named that is not there.
A defect is named where a claim says its metric's words of the photo that has it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.material import DATA, photographs, reduced, spread
from benchmarks.tables import share, table
from twinlens.core.types import Pair, Verdict
from twinlens.distortions.distortion import STRENGTHS, distortions, named
from twinlens.judgement.evidence import metrics
from twinlens.judges.measured import Measured
from twinlens.readers import open_pairs
from twinlens.runs.compare import compare_pair
from twinlens.runs.row_photos import Photos
from twinlens.train.examples import photo_of

SIDE = 1280
CAUSES: dict[str, tuple[str, ...]] = {
    "specks": ("specks", "salt"),
    "borders": ("borders",),
    "vignetting": ("vignetting",),
    "chromatic_aberration": ("lateral_chromatic_aberration", "fringe"),
    "moire": ("moire",),
}
"""The metrics, and the distortions that bring about what they say."""


@dataclass(frozen=True)
class Case:
    file: Path
    kind: str
    strength: int


@dataclass(frozen=True)
class Outcome:
    """What was claimed of a case: the metrics whose words were said of the processed photo, and of the other."""

    case: Case
    of_processed: frozenset[str]
    of_other: frozenset[str]
    chosen: bool


def said(verdict: Verdict) -> tuple[frozenset[str], frozenset[str]]:
    """The defects that a verdict's claims find in b, and in a."""
    sides: dict[str, set[str]] = {"a": set(), "b": set()}
    for claim in verdict.claims:
        if claim.favours in sides:
            sides[claim.favours] |= {name for name in CAUSES if metrics()[name].blame in claim.text}
    return frozenset(sides["a"]), frozenset(sides["b"])


def judged(case: Case) -> Outcome:
    photo = reduced(case.file, SIDE)
    pair = Pair("", photo_of(photo), photo_of(named(case.kind)(photo, case.strength)))
    verdict = compare_pair(pair, Measured())
    assert isinstance(verdict, Verdict)
    return Outcome(case, *said(verdict), verdict.choice == "a")


def cases(few: bool) -> Iterator[Case]:
    own = {kind for kinds in CAUSES.values() for kind in kinds}
    files = [*photographs(), *sorted((DATA / "training_photos").glob("*.jpg"))[::8]]
    files = files[:: 4 if few else 1]
    yield from (Case(file, kind, k) for file in files for kind in sorted(own) for k in STRENGTHS)
    others = sorted(distortions().keys() - own)
    yield from (Case(file, kind, k) for file in files[::3] for kind in others for k in (1, 3))


def rows(outcomes: list[Outcome]) -> Iterator[list[str]]:
    """A row a defect: named at each strength, on the wrong side, photo chosen; then what names it falsely."""
    for metric, kinds in CAUSES.items():
        for kind in kinds:
            here = [one for one in outcomes if one.case.kind == kind]
            by = [
                part(
                    [metric in f.of_processed for f in here if f.case.strength == k],
                    [f.case.file.stem for f in here if f.case.strength == k],
                )
                for k in STRENGTHS
            ]
            wrong = sum(metric in f.of_other for f in here)
            yield [
                f"{kind}: {metric}",
                *by,
                f"{wrong} of {len(here)}",
                part([f.chosen for f in here], [f.case.file.stem for f in here]),
            ]
    for metric, kinds in CAUSES.items():
        others = [one for one in outcomes if one.case.kind not in kinds]
        false = [one for one in others if metric in one.of_processed | one.of_other]
        by_kind = Counter(f"{one.case.kind} {one.case.strength}" for one in false)
        words = ", ".join(f"{kind} ({n})" for kind, n in by_kind.most_common())
        yield [f"{metric} of others", "", "", "", f"{len(false)} of {len(others)}", words]


def part(values: list[bool], groups: list[str]) -> str:
    return share(np.array(values, float), np.array(groups), 2)


def of_people(few: bool) -> Iterator[list[str]]:
    """How many of people's pairs get each claim, and how often the photo it blames lost."""
    counts: Counter[tuple[str, bool]] = Counter()
    total = 0
    for folder in ("human", "human_sr"):
        for row in list(open_pairs(DATA / folder / "pairs.csv"))[:: 20 if few else 1]:
            verdict = compare_pair(Photos(row).pair, Measured())
            assert isinstance(verdict, Verdict)
            total += 1
            for side, names in zip("ab", said(verdict), strict=True):
                for name in names:
                    counts[name, row.label == side] += 1
                    print(f"{row.id}: {name}, for {side}, people {row.label}", flush=True)
    for metric in CAUSES:
        right, wrong = counts[metric, True], counts[metric, False]
        yield [
            f"{metric}: people's pairs",
            f"{right + wrong} of {total}",
            f"the blamed photo lost in {right}",
        ]


def main(human: bool = False, few: bool = False) -> None:
    """Judge, and print the tables."""
    head = ["defect: metric", "slight", "visible", "strong", "wrong side", "unprocessed photo chosen"]
    print("\n".join(table(head, rows(list(spread(judged, cases(few)))))))
    if human:
        print("\n".join(table(["defect", "claimed", "of these"], of_people(few))))
