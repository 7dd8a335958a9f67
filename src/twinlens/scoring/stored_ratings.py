"""What raters said of a run's texts, as the run folder keeps it: nothing is asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from twinlens.core.errors import BadInput
from twinlens.scoring import rater_scores
from twinlens.scoring.labels import Label, key
from twinlens.scoring.model_usage import Spent, spent
from twinlens.scoring.rater import FILE, Task, key_of, rated, read_ratings
from twinlens.scoring.rows import label_of, lines, read_rows
from twinlens.scoring.score import Score, scored

Record = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Kept:
    """What one rater said: the scores of `twinlens score --rater`, and the answers they are made of."""

    judge: str
    prompt: str
    score: Score
    mirrored: Score | None
    """The control: the texts with their sides exchanged; None where no such text was rated."""
    said: Mapping[int, Record]
    """The line of the file that rates the text of a row, by `key` of the row's id."""
    exchanged: Mapping[int, Record]
    """The same of its text with the sides exchanged."""
    missing: int
    """Texts that were never rated."""
    notes: tuple[str, ...]
    spent: Spent


def kept(folder: Path, labels: dict[int, Label] | None = None) -> tuple[list[Kept], int]:
    """What each rater said of a run's texts, the one that rated most first; and how many ratings are unfit.

    One fits where row, photos, text and the expert's text are those of the run and its `labels`.
    """
    by_rater: dict[str, list[Record]] = {}
    for record in read_ratings(folder / FILE):
        who = {name: record.get(name) for name in ("judge", "version", "prompt")}
        if isinstance(who["prompt"], dict) and (rated(record) or record.get("failure")):
            by_rater.setdefault(json.dumps(who, sort_keys=True), []).append(record)
    if not by_rater:
        return [], 0
    rows = (row for _, row in lines(folder / "rows.jsonl", []))
    tasks = rater_scores.tasks_of(rows, partial(label_of, labels=labels))
    found, others = [], 0
    for told, records in by_rater.items():
        try:
            made, unfit = _of_rater(json.loads(told), records, tasks, folder, labels)
        except (AttributeError, KeyError, TypeError) as error:
            raise BadInput(f"{str(folder)!r}: found {error!r}; expected rows and ratings of a run") from None
        others += unfit
        if made is not None:
            found.append(made)
    return sorted(found, key=lambda one: -len(one.said)), others


def _of_rater(
    who: Record, records: list[Record], tasks: list[Task], folder: Path, labels: dict[int, Label] | None
) -> tuple[Kept | None, int]:
    """One rater's, None where it rated no text of the run, and how many of its ratings are of others."""
    there = {str(record.get("key")): record for record in records}
    asked = [(task, key_of(who, task)) for task in tasks]
    unfit = len(there.keys() - {made for _, made in asked})
    plain, turned = (
        {
            key(str(task.row["id"])): there[made]
            for task, made in asked
            if made in there and task.mirrored == so
        }
        for so in (False, True)
    )
    if not plain:
        return None, unfit
    ratings = rater_scores.gathered(who, asked, there)
    table = read_rows(folder, (), labels, (rater_scores.FIELDS, ratings.measure))
    notes = list(rater_scores.remarks(table, ratings))
    missing = sum(made not in there for task, made in asked if not task.mirrored)
    if missing:
        told = "1 text was" if missing == 1 else f"{missing} texts were"
        notes.append(f"{told} never rated and left out; score again to have the rest rated.")
    control = next(rater_scores.mirrored(table), None)
    return Kept(
        str(who["judge"]),
        str(who["prompt"].get("name")),
        scored(next(rater_scores.rating(table))),
        scored(control) if control is not None else None,
        plain,
        turned,
        missing,
        tuple(notes),
        spent(chain.from_iterable(record.get("calls") or () for record in records)),
    ), unfit
