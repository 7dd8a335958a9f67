"""Refits the measured judge to somebody's own pairs, and says honestly what that gained.

What is fitted is as small as what ships: one weight a metric, never negative, no intercept. The weights are
pulled towards the shipped ones, the less the larger they are, so a few pairs change little and many decide by
themselves. Every number is of pairs judged by weights fitted without their scene, beside the shipped weights
on the same pairs.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from msgspec.structs import asdict
from numpy.typing import NDArray

from twinlens.core.errors import BadInput
from twinlens.judgement.preference import probability, weights
from twinlens.judges.measured import UNALIGNED
from twinlens.readers import Problem, Row, Rows
from twinlens.scoring.caveats import FEW_SCENES
from twinlens.scoring.choice_scores import choice_estimators
from twinlens.scoring.compare_runs import INDISTINGUISHABLE, compare_runs
from twinlens.scoring.labels import Label, key, read_labels
from twinlens.scoring.table import CHOICE_NUMBERS, Table
from twinlens.train.examples import LabelledPair, Progress, labelled, value_of
from twinlens.train.measured import Example, fit, log_odds_of, matrix, record
from twinlens.train.shared_photos import joined

PULL = 6.0
"""How strongly weights are pulled towards the shipped ones; how it was chosen stands in the log."""
FOLDS = 20
"""Most parts that the scenes are dealt into; each is judged by weights fitted on the others."""
SCORES = ("accuracy", "calibration_error")
SEVERAL = "expected two scenes or more, for weights are tried on scenes they were not fitted on"
Record = dict[str, Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Refit:
    """The object `twinlens.weights/1`, and the rows that could not be measured."""

    record: Record
    problems: tuple[Problem, ...]


def refit(
    rows: Rows,
    version: str,
    *,
    labels: Path | None = None,
    by: str | None = None,
    cache: bool = True,
    progress: Progress | None = None,
) -> Refit:
    """Weights for people's labels of pairs; BadInput where the rows do not determine any.

    `labels` is a file whose labels go before those of the rows; `by` a column that parts the pairs into sets
    which weigh alike. `progress` is called with the numbers of rows done and failed.
    """
    judged, left, read, problems = labelled_rows(rows, labels, by, cache, progress)
    if not read:
        raise BadInput(f"{rows.path}: the photos of none of {len(judged)} pairs can be read: {problems[0]}")
    pairs = merge_scenes(read)
    given, made = (len({pair.scene for pair in some}) for some in (read, pairs))
    if made < 2:
        what = "all share photos, so they are of one scene" if len(read) > 1 else "is left"
        raise BadInput(f"{rows.path}: {len(read)} of {len(judged)} pairs can be read and {what}; {SEVERAL}")
    notes = [f"Scenes that share a photo are one: {given} scenes became {made}."] if made < given else []
    return Refit(weights_record(pairs, {**left, "failed": len(problems)}, version, notes), tuple(problems))


def labelled_rows(
    rows: Rows, labels: Path | None, by: str | None, cache: bool, progress: Progress | None
) -> tuple[list[Row], dict[str, int], list[LabelledPair], list[Problem]]:
    """The rows that people judged, how many others there are, what is measured of them, what cannot be."""
    every = list(_labels(rows, labels))
    judged = [row for row in every if row.label in ("a", "b")]
    counts = Counter(row.label for row in every)
    left = {"unlabelled": counts[None], "ties": counts["tie"]}
    _checked(rows, judged, left, by)
    return judged, left, *labelled(judged, by, cache=cache, progress=progress)


def weights_record(
    pairs: Sequence[LabelledPair], left: Mapping[str, int], version: str, notes: Sequence[str] = ()
) -> Record:
    """The weights of pairs with where they come from and what they are worth: `twinlens.weights/1`."""
    shipped = _table(pairs, log_odds_of(matrix(_examples(pairs)), np.array([*weights().values()])))
    new = _table(pairs, _cross_validated(pairs))
    made = {
        "by": "twinlens train measured",
        "pairs": len(pairs),
        "scenes": len({pair.scene for pair in pairs}),
        "sets": dict(sorted(Counter(pair.set for pair in pairs if pair.set).items())),
        "left_out": dict(left),
        "hash": _digest(pairs),
        "pulled_towards": "the shipped weights",
        "version": version,
    }
    scores = {side: _scores(table) for side, table in (("new", new), ("shipped", shipped))}
    differences = {name: _worded(name, asdict(compare_runs(shipped, new).scores[name])) for name in SCORES}
    others = {"scores": {**scores, "difference": differences}, "notes": [*notes, *_notes(pairs)]}
    return record(refitted(pairs), made, **others)


def refitted(pairs: Sequence[LabelledPair]) -> Floats:
    """The weights of those who judged the pairs, pulled towards the shipped ones."""
    start = np.array([*weights().values()])
    return fit(_examples(pairs), start, PULL / np.maximum(start, 1.0))


def merge_scenes(pairs: Sequence[LabelledPair]) -> list[LabelledPair]:
    """The pairs, with scenes that share a photo made one: they are not apart, whatever they are called."""
    scenes = joined([(pair.scene, pair.measured.photos) for pair in pairs], str)
    return [replace(pair, scene=scene) for pair, scene in zip(pairs, scenes, strict=True)]


def folds(scenes: Sequence[str], most: int = FOLDS) -> NDArray[np.int64]:
    """The part that each row is of: whole scenes, dealt in an order that only their names decide.

    >>> folds(["x", "y", "x", "z"], most=2).tolist()
    [1, 0, 1, 0]
    """
    order = sorted(set(scenes), key=lambda scene: (key(scene), scene))
    part = {scene: at % most for at, scene in enumerate(order)}
    return np.array([part[scene] for scene in scenes], np.int64)


def _cross_validated(pairs: Sequence[LabelledPair]) -> Floats:
    """The log-odds of pairs, each by weights fitted without its scene."""
    parts = folds([pair.scene for pair in pairs])
    log_odds, known = np.zeros(len(pairs)), matrix(_examples(pairs))
    for one in np.unique(parts):
        rest = [pair for pair, part in zip(pairs, parts, strict=True) if part != one]
        log_odds[parts == one] = log_odds_of(known[parts == one], refitted(rest))
    return log_odds


def _examples(pairs: Iterable[LabelledPair]) -> list[Example]:
    return [Example(pair.measured.differences, pair.prefers_a, pair.set) for pair in pairs]


def _table(pairs: Sequence[LabelledPair], log_odds: Floats) -> Table:
    """What the judge would say of pairs with these log-odds, as the rows of a run."""
    trust = [1.0 if pair.measured.aligned else UNALIGNED for pair in pairs]
    p_a = np.array([probability(one * part) for one, part in zip(log_odds.tolist(), trust, strict=True)])
    choice = np.where(p_a == 0.5, 2.0, (p_a < 0.5).astype(np.float64))
    label = np.array([0.0 if pair.prefers_a else 1.0 for pair in pairs])
    numbers = {name: np.full(len(pairs), np.nan) for name in CHOICE_NUMBERS}
    numbers |= {"p_a": p_a, "choice": choice, "label": label}
    ids, scenes = (np.array([key(getattr(pair, name)) for pair in pairs]) for name in ("id", "scene"))
    empty = np.zeros(len(pairs), np.int32), ("",)
    return Table(ids, scenes, numbers, {"version_a": empty, "version_b": empty})


def _scores(table: Table) -> Record:
    scores = {one.name: one.score() for one in choice_estimators(table) if one.name in SCORES}
    return {
        name: {"value": _round(one.value), "low": _round(one.low), "high": _round(one.high), "n": one.n}
        for name, one in scores.items()
    }


def _worded(name: str, difference: Record) -> Record:
    """A difference, the new weights' less the shipped ones', in words for people."""
    words = difference["words"]
    if words != INDISTINGUISHABLE and difference["low"] is not None:
        better = (difference["value"] > 0) == (name == "accuracy")
        words = f"the {'new' if better else 'shipped'} weights are better"
    ends = {end: _round(difference[end]) for end in ("value", "low", "high")}
    return {**ends, "n": difference["n"], "words": words}


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _notes(pairs: Sequence[LabelledPair]) -> Iterable[str]:
    """What a reader of the numbers must not miss, in plain words."""
    scenes = len({pair.scene for pair in pairs})
    if scenes < FEW_SCENES:
        yield f"There are only {scenes} scenes: the intervals are rough."
    apart = sum(not pair.measured.aligned for pair in pairs)
    if apart:
        yield f"The photos of {apart} pairs could not be aligned: only what needs no alignment was measured."
    same = sum(not any(pair.measured.differences.values()) for pair in pairs)
    if same:
        yield f"In {same} pairs nothing measured differs: they teach nothing."
    if len({pair.prefers_a for pair in pairs}) == 1:
        side = "a" if pairs[0].prefers_a else "b"
        yield f"All labels are {side}: no harm to this judge, which is the same for both sides."


def _labels(rows: Rows, file: Path | None) -> Iterable[Row]:
    """The rows, with the labels of a file where one is given."""
    known: dict[int, Label] = read_labels(file) if file is not None else {}
    matched = [known.get(key(row.id)) for row in rows]
    if file is not None and not any(matched):
        none = f"none of the {len(rows)} ids of {rows.path} is in it"
        raise BadInput(f"{str(file)!r}: {none}; expected the same ids")
    for row, label in zip(rows, matched, strict=True):
        yield row if label is None else replace(row, label=label.side)  # type: ignore[arg-type]


def _checked(rows: Rows, judged: Sequence[Row], left: Mapping[str, int], by: str | None) -> None:
    """Refuse rows that determine no weights, before a photo is opened."""
    if not judged:
        others = f"{left['unlabelled']} pairs without a label, {left['ties']} that people call alike"
        expected = "some whose label is a or b: a column label, or --labels FILE"
        raise BadInput(f"{rows.path}: found {others}; expected {expected}")
    if len({row.scene for row in judged}) < 2:
        one = f"all {len(judged)} labelled pairs are of one scene, {judged[0].scene!r}"
        raise BadInput(f"{rows.path}: {one}; {SEVERAL}")
    if by is not None and not any(value_of(row, by) for row in judged):
        known = ", ".join(sorted({"kind", *(name for row in judged for name in row.columns)})[:20])
        raise BadInput(f"--by {by!r}: no labelled pair has that column; expected one of {known}")


def _digest(pairs: Iterable[LabelledPair]) -> str:
    """The hash of what was learned from: ids, scenes, sets, labels and the content of the photos."""
    digest = hashlib.sha256()
    for pair in sorted(pairs, key=lambda pair: pair.id):
        line = [pair.id, pair.scene, pair.set, pair.prefers_a, *pair.measured.photos]
        digest.update(json.dumps(line).encode() + b"\n")
    return digest.hexdigest()[:16]
