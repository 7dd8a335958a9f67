"""A run's scores: each with its interval, its rows, the failures among them, and how it was made."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from twinlens.core.errors import BadInput
from twinlens.scoring import rater_scores, semantic
from twinlens.scoring import text_scores as texts
from twinlens.scoring.caveats import remarks
from twinlens.scoring.choice_scores import Tally, by_share, curve, mean, selection
from twinlens.scoring.controls import controls
from twinlens.scoring.expression import Expression, parse, require_names
from twinlens.scoring.labels import read_labels
from twinlens.scoring.rater_scores import Progress, Ratings
from twinlens.scoring.rows import Measure, joined, judge_of, label_of, lines, read_rows, read_run
from twinlens.scoring.semantic import Semantic
from twinlens.scoring.table import Table
from twinlens.scoring.text_scores import Texts, rationale
from twinlens.stats.interval import RESAMPLES, SEED, Array, Interval, interval, wilson

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Score:
    """A number about a judge: value, 95 % interval (None where nothing tells it), rows, failures of them."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    failed: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be scored, and how."""

    labels: Path | None = None
    by: tuple[str, ...] = ()
    composite: str | None = None
    mean_over: str | None = None
    rationale: bool | None = None
    """Whether texts are scored; None: where there are any, and their extra is installed."""
    rater: str | None = None
    """The spec of a model that rates the texts, in the words of `rater_prompt`."""
    rater_prompt: str = "rater"
    semantic: str | None = None
    """The name or folder of a sentence-embedding model."""


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """A run's rows as numbers, its measures by name, and the object `twinlens.scores/1`."""

    table: Table
    tallies: Mapping[str, Tally]
    record: Record


@dataclass(frozen=True, slots=True, eq=False)
class _Heard:
    """What reads the rows' texts, as far as that is asked for."""

    texts: Texts | None
    ratings: Ratings | None
    meaning: Semantic | None


def score_run(folder: Path, asked: Asked, version: str, progress: Progress | None = None) -> Scored:
    """The scores of a run folder; `progress` is told how far the rating of its texts is."""
    run = read_run(folder)
    composite = parse(asked.composite) if asked.composite is not None else None
    table, heard = _read(folder, run, asked, progress)
    tallies = measures(table)
    scores = {name: scored(tally) for name, tally in tallies.items()}
    if composite is not None:
        scores["composite"] = scored(combined(composite, table, asked.mean_over))
    compared = _controls(table, heard)
    notes = [*_incomplete(run, table), *table.notes]
    if heard.texts is not None and heard.texts.missing:
        notes.append(f"BLEU-4 and ROUGE-L are left out: {heard.texts.missing}")
    if heard.ratings is not None:
        notes += rater_scores.remarks(table, heard.ratings)
    by = {
        column: {value: _scores(rows, composite) for value, rows in table.groups(column)}
        for column in dict.fromkeys(("kind", *asked.by))
    }
    record = {
        "schema": "twinlens.scores/1",
        "run": {
            "folder": str(folder),
            "judge": judge_of(run)[0],
            "rows": len(table),
            "scenes": _scenes(table),
        },
        "scores": _records(scores),
        "by": {column: found for column, found in by.items() if len(found) > 1 or column in asked.by},
        "controls": {name: _records(found) for name, found in compared.items()},
        "reliability": _reliability(table),
        "by_share": by_share(table),
        "composite": None if composite is None else {"text": composite.text, "mean_over": asked.mean_over},
        "rater": heard.ratings.record() if heard.ratings is not None else None,
        "notes": [*notes, *remarks(scores, compared, _scenes(table), judge_of(run)[1])],
        "signature": _signature(table, run, version, heard),
        "version": version,
    }
    return Scored(table, tallies, record)


def _read(folder: Path, run: Record, asked: Asked, progress: Progress | None) -> tuple[Table, _Heard]:
    """The rows as a table, their texts read, rated and embedded as far as that is asked for."""
    labels = read_labels(asked.labels) if asked.labels is not None else None
    reader = Texts(needed=bool(asked.rationale)) if asked.rationale is not False else None
    parts: list[tuple[Sequence[str], Measure]] = [(texts.FIELDS, reader.measure)] if reader else []
    ratings = meaning = None
    if asked.rater is not None:
        rows = (row for _, row in lines(folder / "rows.jsonl", []))
        told = partial(label_of, labels=labels)
        ratings = rater_scores.rate(rows, told, run, folder, asked.rater, asked.rater_prompt, progress)
        parts.append((rater_scores.FIELDS, ratings.measure))
    if asked.semantic is not None:
        meaning = Semantic(asked.semantic)
        parts.append((semantic.FIELDS, meaning.measure))
    columns = tuple(dict.fromkeys((*asked.by, *((asked.mean_over,) if asked.mean_over else ()))))
    table = read_rows(folder, columns, labels, joined(parts))
    if meaning is not None:
        meaning.fill(table)
    for column in columns:
        if not any(table.words[column][1]):
            raise BadInput(
                f"{str(folder)!r}: no row has the column {column!r}; expected one that the pairs' table has"
            )
    return table, _Heard(reader, ratings, meaning)


def measures(table: Table) -> dict[str, Tally]:
    """Every measure that the rows can tell of, by name, in the order they are shown."""
    made = (selection(table), rationale(table), semantic.semantic(table), rater_scores.rating(table))
    return {tally.name: tally for tally in chain.from_iterable(made)}


def scored(tally: Tally) -> Score:
    """The score of a tally, resampled by scene.

    Where all scenes are alike, as where every row is right, resampling tells nothing: a share then has the
    interval of Wilson over its rows, another score none.
    """
    found = interval(tally.sums, tally.statistic, method=tally.method)
    if found.low is not None and found.low == found.high:
        known = tally.share and tally.method == "bca"
        found = wilson(found.value * tally.n, tally.n) if known else Interval(found.value, None, None)
    low, high = found.low, found.high
    if tally.share and low is not None and high is not None:
        low, high = max(0.0, low), min(1.0, high)
    return Score(found.value if math.isfinite(found.value) else None, low, high, tally.n, tally.failed)


def combined(made: Expression, table: Table, mean_over: str | None = None) -> Tally:
    """The composite as a tally; with `mean_over` the plain mean of it over a column's values."""
    groups = [rows for _, rows in table.groups(mean_over, whole=True)] if mean_over else [table]
    parts: list[Tally] = []
    spans: list[dict[str, tuple[int, Tally]]] = []
    at = 0
    for rows in groups:
        known = measures(rows)
        require_names(made.names, known, made.text)
        span = {}
        for name in made.names:
            span[name] = (at, known[name])
            at += known[name].sums.shape[1]
            parts.append(known[name])
        spans.append(span)

    def statistic(sums: Array) -> Array:
        values = [made.value({name: _part(sums, *placed) for name, placed in span.items()}) for span in spans]
        return np.asarray(np.mean(values, axis=0), np.float64)

    if not parts:
        raise BadInput(
            f"--composite: found {made.text!r}, which names no score; expected one such as accuracy"
        )
    sums = np.concatenate([part.sums for part in parts], axis=1)
    n = sum(max(span[1].n for span in placed.values()) for placed in spans)
    failed = sum(max(span[1].failed for span in placed.values()) for placed in spans)
    return Tally("composite", sums, statistic, n, failed, share=False)


def _signature(table: Table, run: Record, version: str, heard: _Heard) -> str:
    """How the scores were made, in one line; equal signatures of equal labels can be compared."""
    judge = run.get("judge")
    code = judge.get("code") if isinstance(judge, dict) else None
    parts = [
        f"twinlens:{version}", f"judge:{judge_of(run)[0]}", f"rows:{len(table)}", f"scenes:{_scenes(table)}",
        f"labels:{table.labels_hash}", "failures:wrong", "ties:half",
        f"interval:95,bca,scenes,{RESAMPLES}", f"seed:{SEED}",
    ]  # fmt: skip
    if code:
        parts.insert(2, f"code:{code}")
    reader = heard.texts
    if reader is not None and reader.references and reader.overlap is not None:
        parts.append(reader.overlap.signature())
    parts += [one.signature() for one in (heard.meaning, heard.ratings) if one is not None]
    return "|".join(parts)


def _part(sums: Array, at: int, tally: Tally) -> Array:
    return tally.statistic(sums[..., at : at + tally.sums.shape[1]])


def _incomplete(run: Record, table: Table) -> list[str]:
    rows = (run.get("input") or {}).get("rows")
    if not isinstance(rows, int) or rows <= len(table):
        return []
    return [f"The run holds {len(table)} of the {rows} pairs of its input."]


def _scores(table: Table, composite: Expression | None) -> Record:
    known = {name: scored(tally) for name, tally in measures(table).items()}
    if composite is not None and all(name in known for name in composite.names):
        known["composite"] = scored(combined(composite, table))
    return _records(known)


def _controls(table: Table, heard: _Heard) -> dict[str, dict[str, Score]]:
    """What scores are worth: always answering the more frequent side, and texts that never look."""
    found: dict[str, dict[str, Score]] = {}
    label = table.numbers["label"]
    sided = label < 2
    if sided.any():
        side = float(label[sided].mean() > 0.5)
        found["majority_side"] = {
            "accuracy": scored(mean(table, "accuracy", (label == side).astype(np.float64), sided))
        }
    made: dict[str, Iterable[Tally]] = {}
    reader = heard.texts
    if reader is not None and reader.references and reader.overlap is not None:
        made |= controls(table, reader.references, reader.overlap, heard.meaning)
    if heard.ratings is not None:
        made["mirrored"] = rater_scores.mirrored(table)
    scores = {name: {one.name: scored(one) for one in tallies} for name, tallies in made.items()}
    return found | {name: told for name, told in scores.items() if told}


def _records(scores: Mapping[str, Score]) -> Record:
    return {name: asdict(score) for name, score in scores.items()}


def _scenes(table: Table) -> int:
    return len(np.unique(table.scenes))


def _reliability(table: Table) -> list[Record]:
    found = curve(table)
    if found is None:
        return []
    columns = zip(found.edges, found.edges[1:], found.n, found.chance, found.share, strict=False)
    return [
        {
            "low": float(low),
            "high": float(high),
            "n": int(n),
            "confidence": float(chance),
            "accuracy": float(share),
        }
        for low, high, n, chance, share in columns
        if n
    ]
