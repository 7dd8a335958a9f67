"""A model's rating of rationales: it is shown the photos and the text, and each text is rated once.

Ratings are stored in the run folder, keyed by the row, the rater, its prompt and the text, so that scoring
again requests nothing that is known, and a report shows them without any request. Some texts are also rated
with the sides mirrored: a rater that looks rates a text above the one that argues for the other side.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twinlens.core.errors import BadInput
from twinlens.core.run_records import RatingRecord, VerdictRow
from twinlens.core.score_records import RaterRecord, ScoreRecord
from twinlens.core.types import Call
from twinlens.judges import reachability
from twinlens.judges.budget import resumable
from twinlens.language.side_mentions import mirror
from twinlens.scoring.estimator import Estimator, mean
from twinlens.scoring.labels import Label, key
from twinlens.scoring.rater import HIGHEST, LOWEST, Rater, RaterIdentity, RatingTask, is_rated
from twinlens.scoring.rows import ScoredRow, label_of, read_rows
from twinlens.scoring.source_photos import folders
from twinlens.scoring.table import TIE, Table
from twinlens.scoring.text_scores import body, rationale_of
from twinlens.stats.interval import difference

if TYPE_CHECKING:
    from twinlens.runs.store import RunFolder

FILE = "ratings.jsonl"
Report = Callable[[int, int], None]
Progress = Callable[[int], AbstractContextManager[Report | None]]

FIELDS = ("rating", "rating_mirrored")
"""Of each row, 0 (lowest) to 1; not-a-number where the rater failed or was given no text."""
MIRRORED = 50
"""Texts at most, evenly spaced, that are also rated with the sides mirrored."""


@dataclass(frozen=True)
class Ratings:
    """What one rater said of a run's texts, by `key` of the row's id.

    `mirrored` are of the texts with their sides mirrored; `unrated` counts the texts that have none.
    """

    who: RaterIdentity
    plain: Mapping[int, RatingRecord]
    mirrored: Mapping[int, RatingRecord]
    unrated: int = 0

    @classmethod
    def of(
        cls, who: RaterIdentity, tasks: Mapping[str, RatingTask], known: Mapping[str, RatingRecord]
    ) -> Ratings:
        """The ratings of tasks out of those known, both by their keys."""
        plain, mirrored = (
            {
                key(task.row.id): known[made]
                for made, task in tasks.items()
                if made in known and task.mirrored == swap
            }
            for swap in (False, True)
        )
        return cls(who, plain, mirrored, sum(not task.mirrored for task in tasks.values()) - len(plain))

    @cached_property
    def failures(self) -> Counter[str]:
        """How many ratings failed, by kind."""
        ratings = (*self.plain.values(), *self.mirrored.values())
        return Counter(str(one.failure) for one in ratings if one.rating is None)

    def numbers(self, row: ScoredRow, label: Label | None) -> tuple[float, float]:
        """The numbers of `FIELDS`: a failure of the judge, and an empty text, have the lowest rating."""
        at = key(row.id)
        return _share(self.plain.get(at)) if body(rationale_of(row)) else 0.0, _share(self.mirrored.get(at))

    def record(self) -> RaterRecord:
        """What stands of it in the object of scores."""
        rated = len(self.plain) + len(self.mirrored) - self.failures.total()
        failures = dict(sorted(self.failures.items()))
        scale = LOWEST, HIGHEST
        return RaterRecord(self.who.judge, self.who.version, self.who.prompt, scale, FILE, rated, failures)

    def signature(self) -> str:
        """The rater in one line."""
        return f"rater:{self.who.judge},{self.who.prompt.name}-{self.who.prompt.sha256}"


class StoredRatings(NamedTuple):
    """What one rater said of a run, as `twinlens score --rater` scores it.

    `control` is the score of the texts with their sides mirrored, None where no such text was rated.
    """

    ratings: Ratings
    score: ScoreRecord
    control: ScoreRecord | None
    notes: Sequence[str]
    calls: Sequence[Call]


def rate(
    run: RunFolder,
    labels: dict[int, Label] | None,
    rater: str,
    template: str = "rater",
    progress: Progress | None = None,
) -> Ratings:
    """Have the texts of a run rated, as far as they are not yet; BadInput where the rater cannot rate."""
    model = Rater(rater, template, folders(run))
    tasks = {task.key(model.who): task for task in tasks_of(run, labels)}
    if not tasks:
        raise BadInput(
            f"{str(run.folder)!r}: found no text to rate; expected the run of a judge that gives reasons"
        )
    known = {one.key: one for one in run.ratings() if is_rated(one)}
    missing = {made: task for made, task in tasks.items() if made not in known}
    failed = 0
    resume = resumable(lambda: f"{len(tasks.keys() & known):,} of {len(tasks):,} ratings are kept")
    with progress(len(missing)) if progress else nullcontext() as report, resume:
        for count, rating in enumerate(model.rate(missing), 1):
            if rating.rating is None:
                reachability.check()
            run.add_rating(rating)
            known[rating.key] = rating
            failed += rating.rating is None
            if report is not None:
                report(count, failed)
    return Ratings.of(model.who, tasks, known)


def stored_ratings(run: RunFolder, labels: dict[int, Label] | None = None) -> tuple[list[StoredRatings], int]:
    """What each rater said of a run's texts, the one that rated most first; and how many ratings do not fit.

    A rating fits where row, photos, text and the expert's text are those of the run and its `labels`.
    """
    by_rater: dict[RaterIdentity, list[RatingRecord]] = {}
    for one in run.ratings():
        if is_rated(one) or one.failure:
            by_rater.setdefault(RaterIdentity(one.judge, one.version, one.prompt), []).append(one)
    texts = tasks_of(run, labels) if by_rater else []
    raters, unfit = [], 0
    for who, said in by_rater.items():
        tasks, known = {task.key(who): task for task in texts}, {one.key: one for one in said}
        unfit += len(known.keys() - tasks)
        ratings = Ratings.of(who, tasks, known)
        if ratings.plain:
            table = read_rows(run, (), labels, [(FIELDS, ratings.numbers)])
            raters.append(_scored(ratings, table, [call for one in said for call in one.calls]))
    return sorted(raters, key=lambda one: -len(one.ratings.plain)), unfit


def _scored(ratings: Ratings, table: Table, calls: Sequence[Call]) -> StoredRatings:
    notes = list(rating_caveats(table, ratings))
    if ratings.unrated:
        texts = "1 text was" if ratings.unrated == 1 else f"{ratings.unrated} texts were"
        notes.append(f"{texts} never rated and left out; score again to have the rest rated.")
    (rating,) = rating_estimators(table)
    control = next((one.score() for one in control_estimators(table)), None)
    return StoredRatings(ratings, rating.score(), control, notes, calls)


def rating_estimators(table: Table) -> Iterator[Estimator]:
    """The mean rating; ratings that failed are left out and counted."""
    if "rating" in table.numbers:
        rows = ~np.isnan(table["rating"])
        made = mean(table, "rating", table["rating"], rows)
        yield replace(made, failed=int((table.failed | ~rows).sum()))


def control_estimators(table: Table) -> Iterator[Estimator]:
    """The mean rating of the texts with the sides mirrored."""
    rows = ~np.isnan(table["rating_mirrored"])
    if rows.any():
        yield mean(table, "rating", table["rating_mirrored"], rows)


def rating_caveats(table: Table, ratings: Ratings) -> Iterator[str]:
    """What a reader of ratings must not miss."""
    if ratings.failures:
        kinds = ", ".join(f"{many} {kind}" for kind, many in sorted(ratings.failures.items()))
        many = ratings.failures.total()
        yield f"{many} ratings failed and are left out ({kinds}); score again to request them again."
    plain, mirrored, choice = table["rating"], table["rating_mirrored"], table["choice"]
    rows = ~np.isnan(plain) & ~np.isnan(mirrored) & (choice < TIE) & table.labelled
    if not rows.any():
        return
    right = choice == table["label"]
    for_wrong, for_right = (
        mean(table, "", np.where(right == so, mirrored, plain), rows) for so in (True, False)
    )
    beyond = difference(for_wrong.sums, for_right.sums)
    if beyond.low is not None and beyond.low <= 0:
        yield (
            "The rater has not shown that it looks: it rates texts for the right side "
            f"{beyond.value:+.3f} above the same texts for the wrong side (n = {int(rows.sum())})."
        )


def tasks_of(run: RunFolder, labels: dict[int, Label] | None) -> list[RatingTask]:
    """The texts of a run to rate, then some of them with the sides mirrored."""
    tasks = []
    for where, row in run.rows():
        if isinstance(row, VerdictRow) and (text := body(row.rationale)):
            label = label_of(row, labels, where)
            tasks.append(RatingTask(row, text, body(label.text) if label is not None and label.text else ""))
    sided = [task for task in tasks if task.row.choice != "tie"]
    some = sided[:: max(1, -(-len(sided) // MIRRORED))]
    mirrored = [replace(task, text=mirror(task.text), mirrored=True) for task in some]
    return tasks + [task for task, plain in zip(mirrored, some, strict=True) if task.text != plain.text]


def _share(rating: RatingRecord | None) -> float:
    """A rating as a share of the scale, 0 to 1; not-a-number where there is none."""
    number = None if rating is None else rating.rating
    return math.nan if number is None else (number - LOWEST) / (HIGHEST - LOWEST)
