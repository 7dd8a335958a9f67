"""Fits the weights of the measured judge and writes them into the package.

    python recipes/fit.py        about 5 minutes on 2 cores; writes src/twinlens/judgement/preference.json

From the human pairs of `shared/data/human` and, for a third of a set's weight, every second photograph of
`shared/data/photos` processed by `DEFECTS`, where the unprocessed photo is taken as preferred.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from material import DATA, tuning

from twinlens.core.types import Pair
from twinlens.distortions.defects import DEFECTS
from twinlens.train.examples import Labelled, human, opened, photo_of, spread, steps_of
from twinlens.train.measured import Example, fit, write

SHARE = 0.3
FILE = Path("src/twinlens/judgement/preference.json")


def processed(file: Path) -> list[Example]:
    """Examples of one photograph, each defect in three strengths."""
    photo = opened(file)
    return [
        Example(
            steps_of(Pair("", photo_of(photo), photo_of(defect.make(photo, strength)))),
            True,
            "processed",
            SHARE,
        )
        for defect in DEFECTS
        for strength in (1, 2, 3)
    ]


def keep(pairs: Sequence[Labelled], made: list[Example]) -> None:
    """Fits all there is and writes the weights into the package."""
    people = [Example(pair.steps, pair.prefers_a, pair.set) for pair in pairs]
    told = f"recipes/fit.py: {len(people)} human and {len(made)} processed pairs"
    write(fit([*people, *made]), FILE, told)


def main() -> None:
    keep(human(DATA / "human"), [example for group in spread(processed, tuning()) for example in group])
    print(FILE.read_text("utf-8"))


if __name__ == "__main__":
    main()
