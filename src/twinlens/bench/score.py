"""A run's scores: each with its interval, its rows, the failures among them, and how it was made."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from twinlens.bench import rationale as texts
from twinlens.bench.controls import controls
from twinlens.bench.expression import Expression, parse, parse_gate
from twinlens.bench.labels import read_labels
from twinlens.bench.rationale import Texts, rationale
from twinlens.bench.remarks import remarks
from twinlens.bench.rows import judge_of, read_rows, read_run
from twinlens.bench.selection import Tally, by_share, curve, mean, selection
from twinlens.bench.table import Table
from twinlens.core.errors import BadInput
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


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """A run's rows as numbers, its measures by name, and the object `twinlens.scores/1`."""

    table: Table
    tallies: Mapping[str, Tally]
    record: Record


def score_run(folder: Path, asked: Asked, version: str) -> Scored:
    """The scores of a run folder."""
    run = read_run(folder)
    labels = read_labels(asked.labels) if asked.labels is not None else None
    composite = parse(asked.composite) if asked.composite is not None else None
    columns = tuple(dict.fromkeys((*asked.by, *((asked.mean_over,) if asked.mean_over else ()))))
    reader = Texts(needed=bool(asked.rationale)) if asked.rationale is not False else None
    measure = (texts.FIELDS, reader.measure) if reader else None
    table = read_rows(folder, columns, labels, measure)
    for column in columns:
        if not any(table.words[column][1]):
            raise BadInput(
                f"{str(folder)!r}: no row has the column {column!r}; expected one that the pairs' table has"
            )
    tallies = measures(table)
    scores = {name: scored(tally) for name, tally in tallies.items()}
    if composite is not None:
        scores["composite"] = scored(combined(composite, table, asked.mean_over))
    compared = _controls(table, reader)
    notes = [*_incomplete(run, table), *table.notes]
    if reader is not None and reader.missing:
        notes.append(f"BLEU-4 and ROUGE-L are left out: {reader.missing}")
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
        "notes": [*notes, *remarks(scores, compared, _scenes(table), judge_of(run)[1])],
        "signature": signature(table, run, version, reader),
        "version": version,
    }
    return Scored(table, tallies, record)


def measures(table: Table) -> dict[str, Tally]:
    """Every measure that the rows can tell of, by name, in the order they are shown."""
    return {tally.name: tally for tally in (*selection(table), *rationale(table))}


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


def require_names(names: Iterable[str], known: Iterable[str], text: str) -> None:
    """BadInput where an expression names a score that is not there."""
    there = list(known)
    for name in names:
        if name not in there:
            raise BadInput(f"{text!r}: found no score {name!r}; the run has {', '.join(there)}")


def gate(text: str, record: Record) -> Record:
    """Whether a run meets a requirement, and what was found."""
    made = parse_gate(text)
    require_names(made.names, record["scores"], text)
    known = {}
    for name in made.names:
        score = record["scores"][name]
        for key, end in ((name, "value"), (f"low({name})", "low"), (f"high({name})", "high")):
            known[key] = math.nan if score[end] is None else score[end]
    return {
        "require": text,
        "met": made.met(known),
        "found": {name: record["scores"][name] for name in made.names},
    }


def signature(table: Table, run: Record, version: str, reader: Texts | None) -> str:
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
    if reader is not None and reader.references and reader.overlap is not None:
        parts.append(reader.overlap.signature())
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


def _controls(table: Table, reader: Texts | None) -> dict[str, dict[str, Score]]:
    """What scores are worth: always answering the more frequent side, and texts that never look."""
    found: dict[str, dict[str, Score]] = {}
    label = table.numbers["label"]
    sided = label < 2
    if sided.any():
        side = float(label[sided].mean() > 0.5)
        found["majority_side"] = {
            "accuracy": scored(mean(table, "accuracy", (label == side).astype(np.float64), sided))
        }
    if reader is not None and reader.references and reader.overlap is not None:
        made = controls(table, reader.references, reader.overlap)
        found |= {name: {one.name: scored(one) for one in tallies} for name, tallies in made.items()}
    return found


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
