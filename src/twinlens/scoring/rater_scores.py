"""A model's rating of rationales: it is shown the photos and the text, and each text is rated once.

Ratings are stored in the run folder, keyed by the row, the rater, its prompt and the text, so that scoring
again requests nothing that is known, and a report shows them without any request. Some texts are also rated
with the sides mirrored: a rater that looks rates a text above the one that argues for the other side.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from twinlens.core.errors import BadInput
from twinlens.judges.budget import resumable
from twinlens.language.side_mentions import mirror
from twinlens.scoring.estimator import Estimator, Score, mean
from twinlens.scoring.labels import SIDES, Label, key
from twinlens.scoring.model_usage import ModelUsage, usage_of
from twinlens.scoring.rater import (
    FILE,
    HIGHEST,
    LOWEST,
    Rater,
    RatingTask,
    is_rated,
    key_of,
    ratings_by_key,
    read_ratings,
    store_rating,
)  # fmt: skip
from twinlens.scoring.rows import is_verdict, label_of, lines, read_rows
from twinlens.scoring.source_photos import folders
from twinlens.scoring.table import Table
from twinlens.scoring.text_scores import body
from twinlens.stats.interval import difference

Record = dict[str, Any]
Report = Callable[[int, int], None]
Progress = Callable[[int], AbstractContextManager[Report | None]]

FIELDS = ("rating", "rating_mirrored")
"""Of each row, 0 (lowest) to 1; not-a-number where the rater failed or was given no text."""
MIRRORED = 50
"""Texts at most, evenly spaced, that are also rated with the sides mirrored."""


@dataclass(frozen=True)
class Ratings:
    """What one rater said of a run's texts: the lines of `ratings.jsonl` by `key` of the row's id."""

    who: Record
    """The rater as it stands in the record: judge, version, prompt."""
    plain: Mapping[int, Record]
    mirrored: Mapping[int, Record]
    """Of the texts with their sides mirrored."""
    unrated: int = 0
    """Texts that have no line."""

    @classmethod
    def of(cls, who: Record, tasks: Sequence[tuple[RatingTask, str]], lines: Mapping[str, Record]) -> Ratings:
        """The ratings of tasks, each with its key, out of lines by their key."""
        plain, mirrored = (
            {
                key(str(task.row["id"])): lines[made]
                for task, made in tasks
                if made in lines and task.mirrored == mirrored
            }
            for mirrored in (False, True)
        )
        return cls(who, plain, mirrored, sum(not task.mirrored for task, _ in tasks) - len(plain))

    @cached_property
    def failures(self) -> Counter[str]:
        """How many ratings failed, by kind."""
        lines = (*self.plain.values(), *self.mirrored.values())
        return Counter(line["failure"] for line in lines if line["rating"] is None)

    def numbers(self, row: Record, label: Label | None) -> tuple[float, float]:
        """The numbers of `FIELDS`: a failure of the judge, and an empty text, have the lowest rating."""
        at = key(str(row["id"]))
        return _share(self.plain.get(at)) if _text(row) else 0.0, _share(self.mirrored.get(at))

    def record(self) -> Record:
        """What stands of it in the object of scores."""
        rated = len(self.plain) + len(self.mirrored) - self.failures.total()
        failures = dict(sorted(self.failures.items()))
        return {**self.who, "scale": [LOWEST, HIGHEST], "file": FILE, "rated": rated, "failures": failures}

    def signature(self) -> str:
        """The rater in one line."""
        prompt = self.who["prompt"]
        return f"rater:{self.who['judge']},{prompt['name']}-{prompt['sha256']}"


@dataclass(frozen=True)
class StoredRatings:
    """What one rater said of a run, as `twinlens score --rater` scores it."""

    ratings: Ratings
    score: Score
    control: Score | None
    """The same of the texts with their sides mirrored; None where no such text was rated."""
    notes: tuple[str, ...]
    usage: ModelUsage


def rate(
    rows: Iterable[Record],
    labels: Callable[[Record], Label | None],
    run: Record,
    folder: Path,
    rater: str,
    template: str = "rater",
    progress: Progress | None = None,
) -> Ratings:
    """Have the texts of rows rated, as far as they are not yet; BadInput where the rater cannot rate."""
    model, file = Rater(rater, template, folders(run, folder)), folder / FILE
    tasks = [(task, key_of(model.who, task)) for task in tasks_of(rows, labels)]
    if not tasks:
        raise BadInput(
            f"{str(folder)!r}: found no text to rate; expected the run of a judge that gives reasons"
        )
    stored = ratings_by_key(file)
    missing = {made: (task, made) for task, made in tasks if made not in stored}
    failed = 0
    resume = resumable(
        lambda: f"{sum(made in stored for _, made in tasks):,} of {len(tasks):,} ratings are kept"
    )
    with progress(len(missing)) if progress else nullcontext() as report, resume:
        for count, line in enumerate(model.rate(list(missing.values())), 1):
            store_rating(file, line)
            stored[line["key"]] = line
            failed += line["rating"] is None
            if report is not None:
                report(count, failed)
    return Ratings.of(model.who, tasks, stored)


def stored_ratings(folder: Path, labels: dict[int, Label] | None = None) -> tuple[list[StoredRatings], int]:
    """What each rater said of a run's texts, the one that rated most first; and how many ratings do not fit.

    A rating fits where row, photos, text and the expert's text are those of the run and its `labels`.
    """
    by_rater: dict[str, list[Record]] = {}
    for line in read_ratings(folder / FILE):
        who = {name: line.get(name) for name in ("judge", "version", "prompt")}
        if isinstance(who["prompt"], dict) and (is_rated(line) or line.get("failure")):
            by_rater.setdefault(json.dumps(who, sort_keys=True), []).append(line)
    if not by_rater:
        return [], 0
    rows = (row for _, row in lines(folder / "rows.jsonl", []))
    raters, unfit = [], 0
    try:
        tasks = tasks_of(rows, partial(label_of, labels=labels))
        for who, of_rater in ((json.loads(one), found) for one, found in by_rater.items()):
            keyed = [(task, key_of(who, task)) for task in tasks]
            by_key = {str(line.get("key")): line for line in of_rater}
            unfit += len(by_key.keys() - {made for _, made in keyed})
            ratings = Ratings.of(who, keyed, by_key)
            if ratings.plain:
                usage = usage_of(chain.from_iterable(line.get("calls") or () for line in of_rater))
                raters.append(
                    _scored(ratings, usage, read_rows(folder, (), labels, [(FIELDS, ratings.numbers)]))
                )
    except (AttributeError, KeyError, TypeError) as error:
        raise BadInput(f"{str(folder)!r}: found {error!r}; expected rows and ratings of a run") from None
    return sorted(raters, key=lambda one: -len(one.ratings.plain)), unfit


def _scored(ratings: Ratings, usage: ModelUsage, table: Table) -> StoredRatings:
    notes = list(rating_caveats(table, ratings))
    if ratings.unrated:
        texts = "1 text was" if ratings.unrated == 1 else f"{ratings.unrated} texts were"
        notes.append(f"{texts} never rated and left out; score again to have the rest rated.")
    (rating,) = rating_estimators(table)
    control = next((one.score() for one in control_estimators(table)), None)
    return StoredRatings(ratings, rating.score(), control, tuple(notes), usage)


def rating_estimators(table: Table) -> Iterator[Estimator]:
    """The mean rating; ratings that failed are left out and counted."""
    if "rating" in table.numbers:
        rows = ~np.isnan(table.numbers["rating"])
        made = mean(table, "rating", table.numbers["rating"], rows)
        yield replace(made, failed=int((table.failed | ~rows).sum()))


def control_estimators(table: Table) -> Iterator[Estimator]:
    """The mean rating of the texts with the sides mirrored."""
    rows = ~np.isnan(table.numbers["rating_mirrored"])
    if rows.any():
        yield mean(table, "rating", table.numbers["rating_mirrored"], rows)


def rating_caveats(table: Table, ratings: Ratings) -> Iterator[str]:
    """What a reader of ratings must not miss."""
    if ratings.failures:
        kinds = ", ".join(f"{many} {kind}" for kind, many in sorted(ratings.failures.items()))
        many = ratings.failures.total()
        yield f"{many} ratings failed and are left out ({kinds}); score again to request them again."
    numbers = table.numbers
    plain, mirrored = numbers["rating"], numbers["rating_mirrored"]
    rows = ~np.isnan(plain) & ~np.isnan(mirrored) & (numbers["choice"] < 2) & (numbers["label"] < 2)
    if not rows.any():
        return
    right = numbers["choice"] == numbers["label"]
    for_wrong, for_right = (
        mean(table, "", np.where(right == so, mirrored, plain), rows) for so in (True, False)
    )
    beyond = difference(for_wrong.sums, for_right.sums)
    if beyond.low is not None and beyond.low <= 0:
        yield (
            "The rater has not shown that it looks: it rates texts for the right side "
            f"{beyond.value:+.3f} above the same texts for the wrong side (n = {int(rows.sum())})."
        )


def tasks_of(rows: Iterable[Record], labels: Callable[[Record], Label | None]) -> list[RatingTask]:
    """The texts to rate, then some of them with the sides mirrored."""
    tasks = []
    for row in rows:
        text, label = _text(row), labels(row)
        if text:
            part = {name: row.get(name) for name in ("id", "scene", "kind", "pair", "choice")}
            tasks.append(RatingTask(part, text, body(label.text) if label is not None and label.text else ""))
    sided = [task for task in tasks if SIDES.get(task.row["choice"], 2) < 2]
    some = sided[:: max(1, -(-len(sided) // MIRRORED))]
    mirrored = [RatingTask(task.row, mirror(task.text), task.reference, True) for task in some]
    return tasks + [task for task, plain in zip(mirrored, some, strict=True) if task.text != plain.text]


def _share(line: Record | None) -> float:
    """A rating as a share of the scale, 0 to 1; not-a-number where there is none."""
    rating = None if line is None else line["rating"]
    return math.nan if rating is None else (rating - LOWEST) / (HIGHEST - LOWEST)


def _text(row: Record) -> str:
    return body(row.get("rationale") or "") if is_verdict(row) else ""
