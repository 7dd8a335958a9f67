"""How often the measured judge and baselines choose what people chose, and how well they are calibrated.

    python -m benchmarks people          about 5 minutes on 2 idle cores; rewrites the tables of docs/benchmarks.md
    python -m benchmarks people --fit    and fits the weights of the judge first, as `preference --write` does

One model for all sets. Cross-validated by scene: each scene is judged by weights fitted without it. Then each whole
set is judged by weights fitted without that set. The processed pairs of the fit (`preference.distorted`) stay in
every fit; they hold no human label. Intervals: 95 %, bootstrap over scenes.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.baselines import Array, Logistic, Names, best_rule, correct, left_out, rule_name
from benchmarks.calibrate.preference import distorted, fitted, store
from benchmarks.human_pairs import HumanPairs, read
from benchmarks.marks import BENCHMARKS, rewrite
from benchmarks.material import PEOPLE, spread, tuning
from benchmarks.tables import calibration, share, table
from twinlens.train.measured import Example, fit, matrix
from twinlens.train.measured import log_odds_of as weighed

SETS = ("mef", "hecd", "avt")
PLAIN = ("more band_0", "more local_contrast_8", "more chroma", "less clipped_highlights")
STEPS = ("local_contrast", "texture", "sharpness", "color_contrast")
STRONGER = 1000.0
BY_SCENE, BY_SET = "by scene", "set left out"


class Judges:
    """Log-odds (n,) of people's pairs, by what was learnt on other ones."""

    def __init__(self, known: HumanPairs, made: list[Example]) -> None:
        self.known, self.made, self.wants = known, made, known.prefers_a
        self.examples = np.array(
            [Example(pair.measured.differences, pair.prefers_a, pair.set) for pair in known.pairs]
        )
        self.parts = {BY_SCENE: known.column("scene"), BY_SET: known.column("set")}
        steps, metrics = known.differences
        self.pool = np.concatenate([known.plain, steps], axis=1)
        self.names = [*known.names, *(f"{metric} of the judge" for metric in metrics)]

    def measured(self, parts: Names) -> Array:
        examples = self.examples
        return left_out(
            parts, lambda known, here: weighed(matrix(examples[here]), fit([*examples[known], *self.made]))
        )

    def logistic(self, parts: Names, penalty: float = 1.0) -> Array:
        plain = self.known.plain
        return left_out(
            parts,
            lambda known, here: Logistic.of(plain[known], self.wants[known], None, penalty).log_odds(
                plain[here]
            ),
        )

    def rule(self, chosen: np.ndarray) -> Array:
        return best_rule(self.pool[chosen], self.wants[chosen], self.parts[BY_SET][chosen])

    def single(self, parts: Names) -> Array:
        return left_out(parts, lambda known, here: self.pool[here] @ self.rule(known))

    def in_hindsight(self) -> Array:
        """The best rule of each set, chosen on that very set."""
        log_odds = np.zeros(len(self.wants))
        for name in SETS:
            here = self.parts[BY_SET] == name
            log_odds[here] = self.pool[here] @ self.rule(here)
        return log_odds

    def fixed(self) -> dict[str, Array]:
        """Rules of one number that nobody chose by these pairs, and the blind measures."""
        known = self.known
        plain = {name: known.plain[:, known.names.index(name.split()[1])] for name in PLAIN}
        steps, metrics = known.differences
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


def accuracy(judges: Judges, log_odds: dict[str, Array]) -> Iterator[str]:
    """Sets by judges; then which single rules were chosen."""
    known, sets = judges.known, judges.parts[BY_SET]
    scenes = known.column("scene")

    def cells(right: Array) -> list[str]:
        return [share(right[sets == name], scenes[sets == name]) for name in SETS]

    yield from table(
        ["judge", *SETS], [[name, *cells(correct(one, judges.wants))] for name, one in log_odds.items()]
    )
    for how, chosen in (
        ("without", lambda name: sets != name),
        ("in hindsight, on", lambda name: sets == name),
    ):
        rules = (f"{name}: {rule_name(judges.rule(chosen(name)), judges.names)}" for name in SETS)
        yield from ("", f"Single rule chosen {how} the set: {'; '.join(rules)}.")


def by_tier(judges: Judges, log_odds: dict[str, Array]) -> Iterator[str]:
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
            right = correct(log_odds[judge], judges.wants)
            here = [(sets == name) & (tiers == tier) for tier in ("easy", "mid", "hard")]
            rows.append([name, judge, *(share(right[k], scenes[k]) for k in here)])
    yield from table(["set", "judge", "easy", "mid", "hard"], rows)


def calibrated(judges: Judges, log_odds: dict[str, Array]) -> Iterator[str]:
    """Calibration errors."""
    sets, scenes = judges.parts[BY_SET], judges.known.column("scene")
    rows = []
    for name in ("measured", "logistic"):
        for how in (BY_SCENE, BY_SET):
            p_a = 1 / (1 + np.exp(-log_odds[f"{name}, {how}"]))
            parts = [np.ones(len(sets), bool), *(sets == one for one in SETS)]
            rows.append([f"{name}, {how}", *(calibration(p_a[k], judges.wants[k], scenes[k]) for k in parts)])
    yield from table(["judge", "all", *SETS], rows)


def main(fit: bool = False) -> None:
    """Judge, and rewrite the tables; `fit` fits and stores the weights of the judge first."""
    known = read(PEOPLE)
    made = [one for group in spread(distorted, tuning()) for one in group]
    if fit:
        store(fitted(known.pairs, made))
    judges = Judges(known, made)
    log_odds = judges.every()
    lines = [*accuracy(judges, log_odds), "", "By tier:", "", *by_tier(judges, log_odds), "",
             "Calibration error (0 is best):", "", *calibrated(judges, log_odds), "",
             "Swap consistency is exactly 1 by construction, and tested bit for bit."]  # fmt: skip
    rewrite(BENCHMARKS, "human", lines)
    print("\n".join(lines))
