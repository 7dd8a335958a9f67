"""Who chooses what people chose: expert, measured and baselines, by scene and with a whole kind left out.

    python -m benchmarks accuracy        about 15 minutes on 2 idle cores once `answer` has run; rewrites docs/benchmarks.md
    python -m benchmarks accuracy --predictions FILE        with rows of a network's folds, stored by `train answer`

The choice of `expert` is that of `answer`. "By scene": judged by what was fitted on other scenes. "Kind left out": by
what was fitted without that kind of processing, weights of evidence, prior and heads alike; the calibration has three
numbers, fitted on the predictions of both. All rows are of a frozen backbone (ImageNet), but for those of --predictions
that say "fine-tuned". Damages are judged by heads
that never saw their family, restorations by heads that never saw the photograph, both by the network single: nothing is
measured of them. There "right" for restorations is agreement with the consensus, not with people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks.baselines import Array, best_rule, correct, left_out
from benchmarks.calibrate.answer import WEIGHTS, gathered, progress
from benchmarks.human_pairs import blind_differences
from benchmarks.marks import BENCHMARKS, rewrite
from benchmarks.material import DATA
from benchmarks.tables import calibration, share, table
from twinlens.core.errors import BadInput
from twinlens.judgement.preference import probability
from twinlens.runs.cache import folder
from twinlens.train import measured
from twinlens.train.answer import KIND, SCENE, as_examples, examples, learn, of_photos
from twinlens.train.examples import LabelledPair
from twinlens.train.heads import MEASURED, Examples, fit_heads
from twinlens.train.looks import Store
from twinlens.train.predictions import stored
from twinlens.train.refit import folds, merge_scenes

WAYS = {"by scene": SCENE, "kind left out": KIND}
KINDS = ("mef", "hecd", "avt", "sr")
SURE = 0.9
DRAWS = 400


class People:
    """People's pairs, what is simulated, and predictions of each by what was fitted without it."""

    def __init__(self) -> None:
        rows, pairs = gathered(frozenset())
        self.pairs: list[LabelledPair] = merge_scenes(pairs)
        store = Store(WEIGHTS / "backbone.onnx", folder() / "looks")
        self.known = examples(self.pairs, rows, store, progress)
        width = self.known.evidence.shape[1]
        self.made = [as_examples(one, width) for one in of_photos(DATA / "training_photos", store, progress)]
        self.families = [one.families for one in of_photos(DATA / "training_photos", store, progress)]
        self.wants = self.known.sign > 0
        self.tiers = np.array([pair.tier for pair in self.pairs])
        self.parts = {SCENE: folds(self.known.scene.tolist(), 5), KIND: self.known.kind}
        steps, self.names = _steps(self.pairs)
        self.steps = steps
        self.blind = blind_differences([(row.a[0].path, row.b[0].path) for row in rows])

    def fitted(self, known: Array, here: Array, made: Sequence[Examples], *, evidence: bool = True) -> Array:
        """Log-odds of pairs `here` by one head fitted on pairs `known`."""
        people = self.known if evidence else replace(self.known, evidence=np.zeros_like(self.known.evidence))
        start = np.zeros(people.statistics.shape[1] + people.evidence.shape[1])
        if evidence:
            start[people.statistics.shape[1] :] = MEASURED * self.weights(known)
        return fit_heads(people[known], list(made), start, 1).predicted(people[here])[0]

    def weights(self, known: Array) -> Array:
        """The weights of the judge measured, fitted on pairs."""
        some = (pair for pair, one in zip(self.pairs, known, strict=True) if one)
        return measured.fit([measured.Example(p.measured.differences, p.prefers_a, p.set) for p in some])


def _steps(pairs: Sequence[LabelledPair]) -> tuple[Array, list[str]]:
    names = sorted({name for pair in pairs for name in pair.measured.differences})
    return np.array([[pair.measured.differences.get(name, 0.0) for name in names] for pair in pairs]), names


def judges(people: People) -> dict[str, dict[str, Array]]:
    """Log-odds by judge and by what was left out."""
    learned = learn(people.known, people.made, people.pairs, None)
    every: dict[str, dict[str, Array]] = {"expert, answer": {}, "measured": {}, "frozen features": {}}
    every |= {"best single rule": {}, "less PIQE": {}}
    for name in (SCENE, KIND):
        predicted, parts = learned.predictions[name], people.parts[name].astype(str)
        every["expert, answer"][name] = predicted.log_odds
        every["measured"][name] = predicted.measured
        every["frozen features"][name] = left_out(
            parts, lambda known, here: people.fitted(known, here, (), evidence=False)
        )
        every["best single rule"][name] = left_out(
            parts,
            lambda known, here: (
                people.steps[here]
                @ best_rule(people.steps[known], people.wants[known], people.known.kind[known])
            ),
        )
        every["less PIQE"][name] = -people.blind
    return every


def from_folds(file: Path) -> Iterator[list[str]]:
    """Rows of the table from the predictions of folds that `twinlens train answer` stored."""
    every = stored(file)
    if strangers := {one.kind for one in every} - {*KINDS}:
        expected = f"expected {', '.join(KINDS)}, by train answer --by COLUMN"
        raise BadInput(f"{str(file)!r}: found kinds {', '.join(sorted(strangers))}; {expected}")
    for words, way in WAYS.items():
        some = [one for one in every if one.left_out == way]
        right = {
            kind: [(one.p_a > 0.5) == (one.label == "a") for one in some if one.kind == kind]
            for kind in KINDS
        }
        scenes = {kind: np.array([one.scene for one in some if one.kind == kind]) for kind in KINDS}
        if some:
            name = f"answer, {some[0].form} (stored predictions), {words}"
            yield [name, *(share(np.array(right[kind], float), scenes[kind]) for kind in KINDS)]


def accuracy(
    people: People, every: dict[str, dict[str, Array]], more: Iterable[list[str]] = ()
) -> Iterator[str]:
    """Judges by kinds, and rows from stored predictions."""
    kinds, scenes = people.known.kind, people.known.scene
    rows = []
    for words, way in WAYS.items():
        for judge, log_odds in every.items():
            right = correct(log_odds[way], people.wants)
            rows.append([f"{judge}, {words}", *(share(right[kinds == k], scenes[kinds == k]) for k in KINDS)])
    yield from table(["judge", *KINDS], [*rows, *more])


def by_tier(people: People, every: dict[str, dict[str, Array]]) -> Iterator[str]:
    """The expert by kind and tier."""
    rows = []
    for words, way in WAYS.items():
        right = correct(every["expert, answer"][way], people.wants)
        for kind in KINDS:
            here = [(people.known.kind == kind) & (people.tiers == tier) for tier in ("easy", "mid", "hard")]
            rows.append([f"{kind}, {words}", *(share(right[k], people.known.scene[k]) for k in here)])
    yield from table(["kind", "easy", "mid", "hard"], rows)


def calibrated(people: People, every: dict[str, dict[str, Array]]) -> Iterator[str]:
    """Calibration errors, kinds weighing alike, beside what a perfectly calibrated judge shows; and sure choices."""
    rows, weight = [], people.known.balanced().weight
    for words, way in WAYS.items():
        for judge in ("expert, answer", "measured"):
            p_a = np.array([probability(one) for one in every[judge][way]])
            sure = np.maximum(p_a, 1 - p_a)
            right = correct(p_a - 0.5, people.wants)
            random = np.random.default_rng(0)
            floor = np.mean([_error(sure, random.random(len(sure)) < sure, weight) for _ in range(DRAWS)])
            here = sure >= SURE
            rows.append(
                [
                    f"{judge}, {words}", f"{_error(sure, right, weight):.3f} (floor {floor:.3f})",
                    calibration(p_a, people.wants, people.known.scene),
                    f"{np.average(here, weights=weight):.2f}", share(right[here], people.known.scene[here]),
                ]
            )  # fmt: skip
    head = ["judge", "ECE, kinds alike", "ECE, pairs alike", f"share at {SURE} or more", "right there"]
    yield from table(head, rows)


def _error(sure: Array, right: Array, weight: Array) -> float:
    bins = np.minimum(((sure - 0.5) * 20).astype(int), 9)
    return float(np.abs(np.bincount(bins, weight * (right - sure), 10)).sum() / weight.sum())


def aside(people: People) -> Iterator[str]:
    """Damages of families, and restorations of photographs, that the heads never saw."""
    damage, restoration = people.made
    families = people.families[0]
    names = sorted(frozenset().union(*families))
    start = np.concatenate(
        [
            np.zeros(people.known.statistics.shape[1]),
            MEASURED * people.weights(np.ones(len(people.known), bool)),
        ]
    )
    right, of = [], []
    for name in names:
        other = np.array([name not in one for one in families])
        single = np.array([one == {name} for one in families])
        fitted = fit_heads(people.known, [damage[other], restoration], start, 1)
        right.append(fitted.predicted(damage[single])[0] > 0)
        of.append(damage.scene[single])
    rows = [[name, share(r.astype(float), o)] for name, r, o in zip(names, right, of, strict=True)]
    rows.append(["all damages", share(np.concatenate(right).astype(float), np.concatenate(of))])
    parts = folds(restoration.scene.tolist(), 2)
    hits = np.zeros(len(restoration))
    for part in (0, 1):
        fitted = fit_heads(people.known, [damage, restoration[parts != part]], start, 1)
        hits[parts == part] = fitted.predicted(restoration[parts == part])[0] > 0
    rows.append(["restorations, agreement", share(hits, restoration.scene)])
    yield from table(["left out of what heads saw", "right"], rows)


def ablations(people: People) -> Iterator[str]:
    """What each part gives: accuracy of one head without it."""
    damage, restoration = people.made
    ways = {
        "all": ((damage, restoration), True),
        "without damage": ((restoration,), True),
        "without restorations": ((damage,), True),
        "people's pairs only": ((), True),
        "without evidence": ((damage, restoration), False),
    }
    rows = []
    for name, (made, evidence) in ways.items():
        cells = []
        for way in (SCENE, KIND):
            log_odds = left_out(
                people.parts[way].astype(str),
                lambda known, here: people.fitted(known, here, made, evidence=evidence),  # noqa: B023
            )
            right = correct(log_odds, people.wants)
            cells += [f"{right[people.known.kind == kind].mean():.3f}" for kind in KINDS]
        rows.append([name, *cells])
    yield from table(["one head", *(f"{kind}, {words}" for words in WAYS for kind in KINDS)], rows)


def curve(people: People) -> Iterator[str]:
    """Accuracy on a kind left out, by the number of kinds learned from: means over all choices of kinds."""
    rows = []
    for kind in KINDS:
        here, cells = people.known.kind == kind, []
        for count in (1, 2, 3):
            hits = []
            for some in combinations([one for one in KINDS if one != kind], count):
                log_odds = people.fitted(np.isin(people.known.kind, some), here, people.made)
                hits.append(correct(log_odds, people.wants[here]).mean())
            cells.append(f"{np.mean(hits):.3f} ({len(hits)} choices)")
        rows.append([kind, *cells])
    yield from table(["kind left out", "one kind", "two kinds", "three kinds"], rows)


def main(
    predictions: Annotated[
        Path | None, typer.Option(help="predictions.csv of `twinlens train answer`.")
    ] = None,
) -> None:
    """Measure all, and rewrite the tables of docs/benchmarks.md."""
    more = [] if predictions is None else list(from_folds(predictions))
    people = People()
    every = judges(people)
    parts = {
        "accuracy": [accuracy(people, every, more), by_tier(people, every), calibrated(people, every)],
        "aside": [aside(people)],
        "ablations": [ablations(people)],
        "curve": [curve(people)],
    }
    for name, tables in parts.items():
        lines: list[str] = []
        for one in tables:
            lines += [*one, ""]
        print("\n".join(lines), flush=True)
        rewrite(BENCHMARKS, name, lines[:-1])
