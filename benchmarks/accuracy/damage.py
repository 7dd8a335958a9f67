"""Held-out photographs and distortions: does a judge choose the unprocessed photo? By kind of damage.

    python -m benchmarks damage                               the default judge: half an hour on 2 idle cores
    python -m benchmarks damage --every 3                     a third of the pairs, drawn with a fixed seed
    python -m benchmarks damage --judge measured --baselines  and baselines beside it, of all pairs

The default judge rewrites its table of docs/benchmarks.md, a run with baselines theirs; another judge prints it only.
Every second photograph (`material.held_out`), brought to 1280 pixels, gets each held-out distortion in three
strengths; scene_05 was looked at since, to find what failed on it. Specks, which are not held out, count for hot and
dead pixels only. The baselines are measured on the same pairs; PIQE and the blur measure on the middle 512 by 512
pixels, for their time. The logistic regression and the single rule are learnt on what the measured judge's weights are
fitted on: people's pairs and the distorted tuning photographs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import product
from pathlib import Path

import cv2
import numpy as np

from benchmarks.baselines import Array, Logistic, best_rule, correct, rule_name
from benchmarks.calibrate.preference import SHARE, TUNING
from benchmarks.human_pairs import HumanPairs, PhotoStatistics, difference, read
from benchmarks.image_statistics import blind, numbers
from benchmarks.marks import BENCHMARKS, rewrite
from benchmarks.material import PEOPLE, held_out, opened, spread, tuning
from benchmarks.tables import share, table
from twinlens.core.catalog import DEFAULT_JUDGE
from twinlens.core.types import Pair, Verdict
from twinlens.distortions.distortion import STRENGTHS, Pixels, distortions, named
from twinlens.runs.compare import compare_pair
from twinlens.train.examples import photo_of

SIDE, MIDDLE = 1280, 512
KINDS = [one.name for one in distortions().values() if one.held_out]
PIXELS = ("salt", "specks")
"""Kinds of hot and dead pixels."""
Rights = dict["Case", float]
"""By case, whether the unprocessed photo was chosen."""


@dataclass(frozen=True)
class Case:
    """A photograph and what is done to it."""

    file: Path
    kind: str
    strength: int

    @property
    def clear(self) -> bool:
        """Whether the processing is clearly visible."""
        return self.strength > 1


@dataclass(frozen=True)
class Judged:
    """Of a photo (a) and its processed self (b): the judge's preference for a, and the differences baselines go by.

    A slight case has no differences: baselines are shown where the processing is clearly visible.
    """

    case: Case
    preference: float
    plain: list[float]
    blind: list[float]


def sized(photo: Pixels) -> Pixels:
    times = SIDE / max(photo.shape[:2])
    return np.ascontiguousarray(cv2.resize(photo, None, fx=times, fy=times, interpolation=cv2.INTER_AREA))


def middle(photo: Pixels) -> Pixels:
    """The middle of a photo, where it is larger."""
    top, left = (max(0, (size - MIDDLE) // 2) for size in photo.shape[:2])
    return np.ascontiguousarray(photo[top : top + MIDDLE, left : left + MIDDLE])


@cache
def original(file: Path, baselines: bool) -> tuple[Pixels, PhotoStatistics]:
    photo = sized(opened(file))
    return photo, (numbers(photo), blind(middle(photo))) if baselines else ([], [])


def judged(case: Case, judge: str, baselines: bool) -> Judged:
    """What is said of one case."""
    photo, (plain, score_of) = original(case.file, baselines)
    made = named(case.kind)(photo, case.strength)
    verdict = compare_pair(Pair("", photo_of(photo), photo_of(made)), judge)
    preference = verdict.p_a - 0.5 if isinstance(verdict, Verdict) else -1.0
    if not (case.clear and baselines):
        return Judged(case, preference, [], [])
    return Judged(
        case, preference, difference(plain, numbers(made)), difference(score_of, blind(middle(made)))
    )


def tuned(file: Path) -> list[list[float]]:
    """The plain differences of a tuning photograph and its defects, which the judge's weights are fitted on too."""
    photo = sized(opened(file))
    plain = numbers(photo)
    return [difference(plain, numbers(one(photo, k))) for one in TUNING for k in STRENGTHS]


def learnt(known: HumanPairs) -> tuple[Logistic, Array]:
    """The logistic regression and the best single rule of people's pairs and the tuning photographs."""
    made = np.array([row for group in spread(tuned, tuning()) for row in group])
    flipped = np.arange(len(made)) % 2 == 1  # a label that is always the same teaches scikit-learn nothing
    made[flipped] *= -1
    differences = np.concatenate([known.plain, made])
    prefers_a = np.concatenate([known.prefers_a, ~flipped])
    sets = np.concatenate([known.column("set"), np.full(len(made), "processed")])
    names, counts = np.unique(sets, return_counts=True)
    shares = {name: len(sets) / len(names) / count for name, count in zip(names, counts, strict=True)}
    shares["processed"] *= SHARE
    share_of = np.array([shares[name] for name in sets])
    return Logistic.of(differences, prefers_a, share_of), best_rule(differences, prefers_a, sets)


def cases(every: int) -> list[Case]:
    """The cases, or a part of them."""
    made = [Case(*case) for case in product(held_out(), [*KINDS, "specks"], STRENGTHS)]
    drawn = np.random.default_rng(0).permutation(len(made))[: len(made) // every]
    return [made[k] for k in sorted(drawn)]


def lines(judgements: list[Judged], baselines: dict[str, Array]) -> list[str]:
    """The table: the judge by strength, and what baselines prefer where the processing is clearly visible."""
    clear = [one for one in judgements if one.case.clear]
    preferences = np.array([one.preference for one in judgements])
    judge = {one.case: right for one, right in zip(judgements, sure(preferences), strict=True)}
    others = [
        {one.case: right for one, right in zip(clear, sure(values), strict=True)}
        for values in baselines.values()
    ]
    head = ["what", "slight", "visible", "strong", "visible or strong", *baselines]
    return table(head, rows(judge, others))


def of_baselines(judgements: list[Judged], known: HumanPairs) -> dict[str, Array]:
    """By name, the preferences of each baseline for the unprocessed photo, where the processing is clearly visible."""
    regression, rule = learnt(known)
    clear = [one for one in judgements if one.case.clear]
    plain, measures = (np.array([getattr(one, key) for one in clear]) for key in ("plain", "blind"))
    return {
        "logistic": regression.log_odds(plain),
        rule_name(rule, known.names): plain @ rule,
        "less PIQE": -measures[:, 0],
        "less blur": -measures[:, 1],
    }


def sure(preferences: Array) -> Array:
    """Which preferences are for the unprocessed photo."""
    return correct(preferences, np.ones(len(preferences), bool))


def rows(judge: Rights, others: list[Rights]) -> Iterator[list[str]]:
    """A row of all, one a family of kinds, one a kind, one a photograph."""
    families = {
        one.family: {kind for kind in KINDS if named(kind).family == one.family} for one in map(named, KINDS)
    }
    photos = sorted({case.file.stem for case in judge})
    parts: dict[str, Callable[[Case], bool]] = {
        "**all**": lambda case: case.kind in KINDS,
        "**all but scene_05**": lambda case: case.kind in KINDS and case.file.stem != "scene_05",
        "**hot and dead pixels**": lambda case: case.kind in PIXELS,
        **{f"*{name}*": lambda case, kinds=kinds: case.kind in kinds for name, kinds in families.items()},
        **{kind: lambda case, kind=kind: case.kind == kind for kind in KINDS},
        **{
            f"photograph {stem}": lambda case, stem=stem: case.kind in KINDS and case.file.stem == stem
            for stem in photos
        },
    }
    for name, holds in parts.items():
        here = [case for case in judge if holds(case)]
        clear = [case for case in here if case.clear]
        by_strength = [part(judge, [case for case in here if case.strength == k]) for k in STRENGTHS]
        yield [name, *by_strength, *(part(rights, clear) for rights in (judge, *others))]


def part(rights: Rights, cases: list[Case]) -> str:
    """The share of some cases that is right, with the bootstrap over photographs."""
    return share(np.array([rights[case] for case in cases]), np.array([case.file.stem for case in cases]), 2)


def main(judge: str = DEFAULT_JUDGE, baselines: bool = False, every: int = 1) -> None:
    """Judge, and rewrite the table."""
    work = partial(judged, judge=judge, baselines=baselines)
    judgements = list(spread(work, cases(every)))
    made = lines(judgements, of_baselines(judgements, read(PEOPLE)) if baselines else {})
    print("\n".join(made))
    if baselines:
        rewrite(BENCHMARKS, "unseen", made)
    elif judge == DEFAULT_JUDGE:
        rewrite(BENCHMARKS, "damage", made)
