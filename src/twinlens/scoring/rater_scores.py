"""A model's rating of rationales: it sees the photos and the text, and each text is rated once.

Ratings are kept in the run folder, keyed by the row, the rater, its prompt and the text, so that scoring
again asks for nothing that is known. Some texts are rated a second time with the sides exchanged: a rater
that looks tells a text from one that argues for the other side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from twinlens.core.errors import BadInput
from twinlens.judges.budget import resumable
from twinlens.language.render import mirror
from twinlens.scoring.choice_scores import Tally, ratio_of
from twinlens.scoring.labels import SIDES, Label, key
from twinlens.scoring.rater import FILE, HIGHEST, LOWEST, Rater, Task, keep, known
from twinlens.scoring.source_photos import folders
from twinlens.scoring.table import Table
from twinlens.scoring.text_scores import body
from twinlens.stats.interval import difference, ratio

Record = dict[str, Any]
Tell = Callable[[int, int], None]
Progress = Callable[[int], AbstractContextManager[Tell | None]]

FIELDS = ("rating", "rating_mirrored")
"""Of each row, 0 (lowest) to 1; not-a-number where the rater failed or was not asked."""
MIRRORED = 50
"""Texts at most, evenly spaced, that are also rated with the sides exchanged."""


@dataclass
class Ratings:
    """What a rater said of a run's texts, by `key` of the row's id."""

    who: Record
    """The rater as it stands in the record: judge, version, prompt."""
    plain: dict[int, float] = field(default_factory=dict)
    mirrored: dict[int, float] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)

    def measure(self, row: Record, label: Label | None) -> tuple[float, float]:
        """The numbers of `FIELDS`: a failure of the judge, and an empty text, have the lowest rating."""
        at = key(str(row["id"]))
        own = self.plain.get(at, float("nan")) if _text(row) else 0.0
        return own, self.mirrored.get(at, float("nan"))

    def record(self) -> Record:
        """What stands of it in the object of scores."""
        rated = len(self.plain) + len(self.mirrored)
        failures = dict(sorted(self.failures.items()))
        scale = [LOWEST, HIGHEST]
        return {**self.who, "scale": scale, "file": FILE, "rated": rated, "failures": failures}

    def signature(self) -> str:
        """The rater in one line."""
        prompt = self.who["prompt"]
        return f"rater:{self.who['judge']},{prompt['name']}-{prompt['sha256']}"


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
    asker = Rater(rater, template, folders(run, folder))
    tasks = tasks_of(rows, labels)
    if not tasks:
        raise BadInput(
            f"{str(folder)!r}: found no text to rate; expected the run of a judge that gives reasons"
        )
    keys = [asker.key(task) for task in tasks]
    there, file = known(folder / FILE), folder / FILE
    missing = [
        (task, made) for made, task in dict(zip(keys, tasks, strict=True)).items() if made not in there
    ]
    failed = 0
    kept = resumable(lambda: f"{sum(key in there for key in keys):,} of {len(keys):,} ratings are kept")
    with progress(len(missing)) if progress else nullcontext() as tell, kept:
        for count, record in enumerate(asker.ask(missing), 1):
            keep(file, record)
            there[record["key"]] = record
            failed += record["rating"] is None
            if tell is not None:
                tell(count, failed)
    return gathered(asker.who, zip(tasks, keys, strict=True), there)


def gathered(who: Record, asked: Iterable[tuple[Task, str]], there: Mapping[str, Record]) -> Ratings:
    """What a rater said of tasks, each with its key; those that are not `there` were never rated."""
    found = Ratings(who)
    for task, made in asked:
        if made not in there:
            continue
        rating = there[made]["rating"]
        if rating is None:
            found.failures[there[made]["failure"]] += 1
        else:
            ours = found.mirrored if task.mirrored else found.plain
            ours[key(str(task.row["id"]))] = (rating - LOWEST) / (HIGHEST - LOWEST)
    return found


def rating(table: Table) -> Iterator[Tally]:
    """The mean rating; ratings that failed are left out and counted."""
    if "rating" in table.numbers:
        yield _mean(table, "rating", ~np.isnan(table.numbers["rating"]))


def mirrored(table: Table) -> Iterator[Tally]:
    """The mean rating of the texts with the sides exchanged."""
    rows = ~np.isnan(table.numbers["rating_mirrored"])
    if rows.any():
        made = ratio_of(table, "rating", table.numbers["rating_mirrored"], np.ones(len(table)), rows)
        yield made


def remarks(table: Table, found: Ratings) -> Iterator[str]:
    """What a reader of ratings must not miss."""
    if found.failures:
        kinds = ", ".join(f"{many} {kind}" for kind, many in sorted(found.failures.items()))
        yield f"{found.failures.total()} ratings failed and are left out ({kinds}); score again to ask again."
    numbers = table.numbers
    own, other = numbers["rating"], numbers["rating_mirrored"]
    rows = ~np.isnan(own) & ~np.isnan(other) & (numbers["choice"] < 2) & (numbers["label"] < 2)
    if not rows.any():
        return
    right = numbers["choice"] == numbers["label"]
    ones = np.ones(len(table))
    sums = [
        ratio_of(table, "", np.where(right == turn, other, own), ones, rows).sums for turn in (True, False)
    ]
    beyond = difference(sums[0], sums[1], ratio)
    if beyond.low is not None and beyond.low <= 0:
        yield (
            "The rater has not shown that it looks: it rates texts for the right side "
            f"{beyond.value:+.3f} above the same texts for the wrong side (n = {int(rows.sum())})."
        )


def _mean(table: Table, name: str, rows: Any) -> Tally:
    made = ratio_of(table, name, np.nan_to_num(table.numbers[name]), np.ones(len(table)), rows)
    return Tally(name, made.sums, ratio, made.n, int((table.failed | ~rows).sum()))


def _text(row: Record) -> str:
    return body(row.get("rationale") or "") if row.get("schema") == "twinlens.verdict/1" else ""


def tasks_of(rows: Iterable[Record], labels: Callable[[Record], Label | None]) -> list[Task]:
    """The texts to rate, then some of them with the sides exchanged."""
    tasks = []
    for row in rows:
        text, label = _text(row), labels(row)
        if text:
            kept = {name: row.get(name) for name in ("id", "scene", "kind", "pair", "choice")}
            tasks.append(Task(kept, text, body(label.text) if label is not None and label.text else ""))
    sided = [task for task in tasks if SIDES.get(task.row["choice"], 2) < 2]
    step = max(1, -(-len(sided) // MIRRORED))
    turned = [Task(task.row, mirror(task.text), task.reference, True) for task in sided[::step]]
    return tasks + [task for task, one in zip(turned, sided[::step], strict=True) if task.text != one.text]
