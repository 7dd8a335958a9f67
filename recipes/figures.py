"""The accuracy tables of docs/benchmarks.md: the measured judge beside baselines, on people's and on kept pairs.

    make figures        about 13 minutes on 2 idle cores; rewrites two parts of docs/benchmarks.md between their marks
    .venv/bin/python recipes/figures.py --fit         and the weights of the judge first, as recipes/fit.py does
    .venv/bin/python recipes/figures.py --people      people's judgements only: 5 minutes

One model for all sets. Cross-validated by scene: each scene is judged by weights fitted without it. Then each whole
set is judged by weights fitted without that set. The processed pairs of the fit (`material.tuning`, `DEFECTS`) stay in
every fit; they hold no human label. Intervals: 95 %, bootstrap over scenes; over photographs where they are processed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np
from baselines import Array, Logistic, Names, best_rule, correct, left_out, rule_name
from fit import keep, processed
from marks import BENCHMARKS, rewrite
from material import DATA, tuning
from people import People, people
from tables import calibration, share, table
from unseen import lines as unseen_lines

from twinlens.train.examples import spread
from twinlens.train.measured import Example, fit, matrix
from twinlens.train.measured import odds as weighed

SETS = ("mef", "hecd", "avt")
PLAIN = ("more band_0", "more local_contrast_8", "more chroma", "less clipped_highlights")
STEPS = ("local_contrast", "texture", "sharpness", "color_contrast")
STRONGER = 1000.0
BY_SCENE, BY_SET = "by scene", "set left out"


class Judges:
    """Log odds (n,) of people's pairs, by what was learnt on other ones."""

    def __init__(self, known: People, made: list[Example]) -> None:
        self.known, self.made, self.wants = known, made, known.prefers_a
        self.examples = np.array([Example(pair.steps, pair.prefers_a, pair.set) for pair in known.pairs])
        self.parts = {BY_SCENE: known.column("scene"), BY_SET: known.column("set")}
        steps, metrics = known.steps
        self.pool = np.concatenate([known.plain, steps], axis=1)
        self.names = [*known.names, *(f"{metric} of the judge" for metric in metrics)]

    def measured(self, parts: Names) -> Array:
        examples = self.examples
        return left_out(
            parts, lambda known, asked: weighed(matrix(examples[asked]), fit([*examples[known], *self.made]))
        )

    def logistic(self, parts: Names, penalty: float = 1.0) -> Array:
        plain = self.known.plain
        return left_out(
            parts,
            lambda known, asked: Logistic.of(plain[known], self.wants[known], None, penalty).odds(
                plain[asked]
            ),
        )

    def rule(self, chosen: np.ndarray) -> Array:
        return best_rule(self.pool[chosen], self.wants[chosen], self.parts[BY_SET][chosen])

    def single(self, parts: Names) -> Array:
        return left_out(parts, lambda known, asked: self.pool[asked] @ self.rule(known))

    def in_hindsight(self) -> Array:
        """The best rule of each set, chosen on that very set."""
        odds = np.zeros(len(self.wants))
        for name in SETS:
            here = self.parts[BY_SET] == name
            odds[here] = self.pool[here] @ self.rule(here)
        return odds

    def fixed(self) -> dict[str, Array]:
        """Rules of one number that nobody chose by these pairs, and the blind measures."""
        known = self.known
        plain = {name: known.plain[:, known.names.index(name.split()[1])] for name in PLAIN}
        steps, metrics = known.steps
        return {
            **{name: -values if name.startswith("less") else values for name, values in plain.items()},
            **{f"more {name} of the judge": steps[:, metrics.index(name)] for name in STEPS},
            "less PIQE (pypiqe)": -known.blind[:, 0],
            "less blur (scikit-image)": -known.blind[:, 1],
        }

    def every(self) -> dict[str, Array]:
        """All of them by name."""
        return {
            **{f"measured, {how}": self.measured(parts) for how, parts in self.parts.items()},
            **{f"logistic, {how}": self.logistic(parts) for how, parts in self.parts.items()},
            f"logistic, penalty × {STRONGER:.0f}, {BY_SET}": self.logistic(self.parts[BY_SET], STRONGER),
            **{f"best single rule, {how}": self.single(parts) for how, parts in self.parts.items()},
            "best single rule of each set, in hindsight": self.in_hindsight(),
            **self.fixed(),
        }


def accuracy(judges: Judges, odds: dict[str, Array]) -> Iterator[str]:
    """Sets by judges; then which single rules were chosen."""
    known, sets = judges.known, judges.parts[BY_SET]
    scenes = known.column("scene")

    def cells(right: Array) -> list[str]:
        return [share(right[sets == name], scenes[sets == name]) for name in SETS]

    yield from table(
        ["judge", *SETS], [[name, *cells(correct(one, judges.wants))] for name, one in odds.items()]
    )
    for how, chosen in (
        ("without", lambda name: sets != name),
        ("in hindsight, on", lambda name: sets == name),
    ):
        rules = (f"{name}: {rule_name(judges.rule(chosen(name)), judges.names)}" for name in SETS)
        yield from ("", f"Single rule chosen {how} the set: {'; '.join(rules)}.")


def by_tier(judges: Judges, odds: dict[str, Array]) -> Iterator[str]:
    known, sets = judges.known, judges.parts[BY_SET]
    scenes, tiers = known.column("scene"), known.column("tier")
    rows = []
    for name in SETS:
        for judge in (
            f"measured, {BY_SCENE}",
            f"measured, {BY_SET}",
            f"logistic, {BY_SCENE}",
            f"logistic, {BY_SET}",
        ):
            right = correct(odds[judge], judges.wants)
            here = [(sets == name) & (tiers == tier) for tier in ("easy", "mid", "hard")]
            rows.append([name, judge, *(share(right[k], scenes[k]) for k in here)])
    yield from table(["set", "judge", "easy", "mid", "hard"], rows)


def calibrated(judges: Judges, odds: dict[str, Array]) -> Iterator[str]:
    """Calibration errors."""
    sets, scenes = judges.parts[BY_SET], judges.known.column("scene")
    rows = []
    for name in ("measured", "logistic"):
        for how in (BY_SCENE, BY_SET):
            p_a = 1 / (1 + np.exp(-odds[f"{name}, {how}"]))
            parts = [np.ones(len(sets), bool), *(sets == one for one in SETS)]
            rows.append([f"{name}, {how}", *(calibration(p_a[k], judges.wants[k], scenes[k]) for k in parts)])
    yield from table(["judge", "all", *SETS], rows)


def main() -> None:
    known = people(DATA / "human")
    made = [one for group in spread(processed, tuning()) for one in group]
    if "--fit" in sys.argv:
        keep(known.pairs, made)
    judges = Judges(known, made)
    odds = judges.every()
    found = {
        "human": [*accuracy(judges, odds), "", "By tier:", "", *by_tier(judges, odds), "",
                  "Calibration error (0 is best):", "", *calibrated(judges, odds), "",
                  "Swap consistency is exactly 1 by construction, and tested bit for bit."],
    }  # fmt: skip
    if "--people" not in sys.argv:
        found["unseen"] = unseen_lines(known)
    for name, lines in found.items():
        rewrite(BENCHMARKS, name, lines)
        print("\n".join(lines), end="\n\n")


if __name__ == "__main__":
    main()
