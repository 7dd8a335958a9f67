"""Photographs and processing kept aside: is the unprocessed photo chosen, by the judge as it ships and by baselines?

Part of `make figures`; alone, with its table on standard output: .venv/bin/python recipes/unseen.py (7 minutes)

Every second photograph (`material.kept`), brought to 1280 pixels, is processed in each way of recipes/kinds.py in three
strengths. The baselines are measured on the same pairs; PIQE and the blur measure on the middle 512 by 512 pixels, for
their time. The logistic regression and the single rule are learnt on what the judge's weights are fitted on: people's
pairs and the tuning photographs with `DEFECTS`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

import cv2
import numpy as np
from baselines import Array, Logistic, best_rule, correct, rule_name
from fit import SHARE
from kinds import FAMILIES, KINDS, STRENGTHS
from looks import blind, numbers
from material import DATA, kept, tuning
from people import Look, People, difference, people
from tables import share, table

from twinlens.bench.defects import DEFECTS, UNSEEN, Pixels
from twinlens.core.types import Pair
from twinlens.preference import score
from twinlens.train.examples import opened, photo_of, spread, steps_of

SIDE, MIDDLE = 1280, 512


@dataclass(frozen=True)
class Case:
    """A photograph and what is done to it."""

    file: Path
    kind: str
    strength: int


@dataclass(frozen=True)
class Told:
    """Of a photo (a) and its processed self (b): the judge's log odds, and the differences baselines go by."""

    case: Case
    odds: float
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
def original(file: Path) -> tuple[Pixels, Look]:
    photo = sized(opened(file))
    return photo, (numbers(photo), blind(middle(photo)))


def told(case: Case) -> Told:
    """What is said of one case."""
    photo, (plain, score_of) = original(case.file)
    made = KINDS[case.kind](photo, case.strength)
    odds = score(steps_of(Pair("", photo_of(photo), photo_of(made))))
    return Told(case, odds, difference(plain, numbers(made)), difference(score_of, blind(middle(made))))


def tuned(file: Path) -> list[list[float]]:
    """The plain differences of a tuning photograph and its defects, which the judge's weights are fitted on too."""
    photo = sized(opened(file))
    plain = numbers(photo)
    return [difference(plain, numbers(defect.make(photo, k))) for defect in DEFECTS for k in STRENGTHS]


def learnt(known: People) -> tuple[Logistic, Array]:
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


def lines(known: People) -> list[str]:
    """The table: by strength for the judge, and for all where the strength is clearly visible."""
    cases = [Case(*case) for case in product(kept(), KINDS, STRENGTHS)]
    found = list(spread(told, cases))
    regression, rule = learnt(known)
    plain, measures = (np.array([getattr(one, key) for one in found]) for key in ("plain", "blind"))
    right = {
        "measured": sure(np.array([one.odds for one in found])),
        "logistic": sure(regression.odds(plain)),
        rule_name(rule, known.names): sure(plain @ rule),
        "less PIQE": sure(-measures[:, 0]),
        "less blur": sure(-measures[:, 1]),
    }
    head = ["kind", "slight", "visible", "strong", *(f"{name}, visible or strong" for name in right)]
    return table(head, rows(found, right))


def sure(odds: Array) -> Array:
    return correct(odds, np.ones(len(odds), bool))


def rows(found: list[Told], right: dict[str, Array]) -> Iterator[list[str]]:
    """A row of all kinds, one a family, one a kind."""
    strengths, kinds = (np.array([getattr(one.case, key) for one in found]) for key in ("strength", "kind"))
    photos = np.array([one.case.file.stem for one in found])
    families = {name: [make.__name__ for make in family] for name, family in FAMILIES.items()}
    parts = {
        "**all**": list(KINDS),
        **{f"*{name}*": members for name, members in families.items()},
        "*the unseen of bench.defects*": [defect.name for defect in UNSEEN],
        **{kind: [kind] for kind in KINDS},
    }
    for name, members in parts.items():
        here = np.isin(kinds, members)
        by_strength = [here & (strengths == k) for k in STRENGTHS]
        clear = here & (strengths > 1)
        cells = [share(right["measured"][k], photos[k], 2) for k in by_strength]
        yield [name, *cells, *(share(values[clear], photos[clear], 2) for values in right.values())]


def main() -> None:
    print("\n".join(lines(people(DATA / "human"))))


if __name__ == "__main__":
    main()
