"""Fits the weights of the measured judge: how much each kind of difference counts for people.

    python -m benchmarks preference            about 5 minutes on 2 cores; prints the weights
    python -m benchmarks preference --write    and writes src/twinlens/judgement/preference.json

From the human pairs of `shared/data/human` and, for a third of a set's weight, every second photograph of
`shared/data/photos` with the distortions for tuning, where the unprocessed photo is taken as preferred.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.fitting import PACKAGE
from benchmarks.human_pairs import human_pairs
from benchmarks.material import PEOPLE, opened, pair_differences, spread, tuning
from twinlens.core.types import Pair
from twinlens.distortions.distortion import STRENGTHS, distortions
from twinlens.train.examples import LabelledPair, photo_of
from twinlens.train.measured import Example, fit, record

SHARE = 0.3
FILE = PACKAGE / "judgement" / "preference.json"
TUNING = [one for one in distortions().values() if not one.held_out]


def distorted(file: Path) -> list[Example]:
    """Examples of one photograph, each distortion in three strengths."""
    photo = opened(file)
    pairs = (Pair("", photo_of(photo), photo_of(one(photo, k))) for one in TUNING for k in STRENGTHS)
    return [Example(pair_differences(pair), True, "processed", SHARE) for pair in pairs]


def fitted(pairs: Sequence[LabelledPair], made: list[Example]) -> dict[str, object]:
    """The weights by all there is, with where they come from."""
    people = [Example(pair.measured.differences, pair.prefers_a, pair.set) for pair in pairs]
    return record(
        fit([*people, *made]),
        f"python -m benchmarks preference: {len(people)} human and {len(made)} processed pairs",
        command="python -m benchmarks preference --write",
        data=f"{len(people)} pairs of shared/data/human, and {len(made)} of every second photograph of "
        "shared/data/photos beside itself, distorted",
        date=datetime.date.today().isoformat(),
    )


def store(weights: dict[str, object]) -> None:
    """Writes the weights into the package."""
    FILE.write_text(json.dumps(weights, indent=2) + "\n", "utf-8")


def main(write: bool = False) -> None:
    """Fit, and print the weights."""
    weights = fitted(human_pairs(PEOPLE), [one for group in spread(distorted, tuning()) for one in group])
    print(json.dumps(weights, indent=2))
    if write:
        store(weights)
