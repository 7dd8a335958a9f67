"""A run's scores: each with its interval, its rows, the failures among them, and how it was made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twinlens.core.contracts import record
from twinlens.core.errors import BadInput
from twinlens.core.score_records import CompositeRecord, ScoredRun, ScoreRecord, ScoresRecord
from twinlens.scoring import claim_scores, rater_scores, text_scores
from twinlens.scoring.caveats import caveats
from twinlens.scoring.choice_scores import choice_estimators, confident, reliability_bins, share_bins
from twinlens.scoring.composite import Composite, require_names
from twinlens.scoring.controls import SCORED, controls, spaced
from twinlens.scoring.estimator import Estimator, mean
from twinlens.scoring.exif_columns import EXIF_COLUMNS
from twinlens.scoring.labels import read_labels
from twinlens.scoring.rater_scores import Progress, Ratings
from twinlens.scoring.rows import RowReader, read_rows
from twinlens.scoring.semantic import Semantic, semantic_estimators
from twinlens.scoring.table import Table
from twinlens.scoring.text_scores import Reference, TextReader, read_again
from twinlens.stats.interval import RESAMPLES, SEED, Array

if TYPE_CHECKING:
    from twinlens.runs.store import RunFolder


@dataclass(frozen=True, slots=True)
class ScoreRequest:
    """What is to be scored, and how."""

    labels: Path | None = None
    by: tuple[str, ...] = ()
    composite: Composite | None = None
    mean_over: str | None = None
    rationale: bool | None = None
    """Whether texts are scored; None: where there are any, and the extra is installed."""
    rater: str | None = None
    """The spec of a model that rates the texts, by the template `rater_prompt`."""
    rater_prompt: str = "rater"
    semantic: str | None = None
    """The name or folder of a sentence-embedding model."""
    abstain_below: float | None = None
    """The confidence (0.5 to 1) below which a verdict counts as none in coverage and selective accuracy."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the pairs' table that it needs."""
        return tuple(dict.fromkeys((*self.by, *((self.mean_over,) if self.mean_over else ()))))


class RunScores(NamedTuple):
    """A run's rows as numbers, and the object `twinlens.scores/2`."""

    table: Table
    record: ScoresRecord


class _Texts(NamedTuple):
    """What was read of the rows' texts, as far as that is requested."""

    reader: TextReader
    ratings: Ratings | None
    semantic: Semantic | None
    beside: Sequence[Reference]
    """The experts' texts that the controls are scored on."""


def score_run(
    run: RunFolder, request: ScoreRequest, version: str, progress: Progress | None = None
) -> RunScores:
    """The scores of a run; `progress` is called with how far the rating of its texts is."""
    judge, composite = run.run.judge, request.composite
    table, texts = _read(run, request, progress)
    scenes = len(np.unique(table.scenes))
    scores = _scores(estimators_of(table, composite, request.mean_over).values())
    compared = _controls(table, texts)
    by = {
        column: {value: _scores(_of_group(rows, composite)) for value, rows in table.groups(column)}
        for column in dict.fromkeys(("kind", *request.by))
    }
    for group in (scores, *compared.values(), *(values for of in by.values() for values in of.values())):
        _add_packages(group, _packages(texts))
    made = record(
        ScoresRecord,
        run=ScoredRun(str(run.folder), judge.spec, len(table), scenes),
        scores=scores,
        by={column: values for column, values in by.items() if len(values) > 1 or column in request.by},
        controls=compared,
        reliability=reliability_bins(table),
        by_share=share_bins(table),
        composite=None if composite is None else CompositeRecord(composite.text, request.mean_over),
        rater=None if texts.ratings is None else texts.ratings.record(),
        notes=[
            *_notes(run, table, texts, request.mean_over),
            *caveats(scores, compared, scenes, judge.symmetric),
            *(["Values of a column that few scenes have are without interval."] if _bare(by) else []),
        ],
        signature=_signature(run, request, table, version, texts),
        version=version,
    )
    return RunScores(table, made)


def estimators_of(
    table: Table, composite: Composite | None = None, mean_over: str | None = None
) -> dict[str, Estimator]:
    """Every score that the rows allow, before the bootstrap, by name, in the order they are shown."""
    parts = (
        choice_estimators, text_scores.text_estimators, claim_scores.claim_estimators, semantic_estimators,
        rater_scores.rating_estimators,
    )  # fmt: skip
    made = {one.name: one for one in chain.from_iterable(part(table) for part in parts)}
    return made if composite is None else made | {"composite": combined(composite, table, mean_over)}


def combined(composite: Composite, table: Table, mean_over: str | None = None) -> Estimator:
    """The composite before the bootstrap; with `mean_over` the plain mean of it over a column's values."""
    groups = [rows for _, rows in table.groups(mean_over, whole=True)] if mean_over else [table]
    parts: list[dict[str, Estimator]] = []
    for rows in groups:
        known = estimators_of(rows)
        require_names(composite.weights, known, composite.text)
        parts.append({name: known[name] for name in composite.weights})
    all_sums = [one.sums for group in parts for one in group.values()]
    ends = np.cumsum([sums.shape[1] for sums in all_sums])[:-1]

    def statistic(sums: Array) -> Array:
        own = iter(np.split(sums, ends, axis=-1))
        scores = [{name: one.statistic(next(own)) for name, one in group.items()} for group in parts]
        return np.asarray(np.mean([composite.value(values) for values in scores], axis=0), np.float64)

    n = sum(max(one.n for one in group.values()) for group in parts)
    failed = sum(max(one.failed for one in group.values()) for group in parts)
    return Estimator("composite", np.concatenate(all_sums, axis=1), statistic, n, failed, share=False)


def _read(run: RunFolder, request: ScoreRequest, progress: Progress | None) -> tuple[Table, _Texts]:
    """The rows as a table, their texts read, rated and embedded as far as that is requested."""
    labels = read_labels(request.labels) if request.labels is not None else None
    reader, rater, ratings = TextReader(request.rationale), request.rater, None
    readers: list[RowReader] = [(text_scores.FIELDS, reader.numbers)]
    if request.rationale is not False:
        readers.append((claim_scores.FIELDS, claim_scores.claim_numbers))
    if rater is not None:
        ratings = rater_scores.rate(run, labels, rater, request.rater_prompt, progress)
        readers.append((rater_scores.FIELDS, ratings.numbers))
    semantic = Semantic(request.semantic) if request.semantic is not None else None
    table = read_rows(run, request.columns, labels, readers)
    if request.abstain_below is not None:
        table = confident(table, request.abstain_below)
    if semantic is not None:
        semantic.fill(table, read_again(run, labels, reader.references))
    for column in request.columns:
        if not any(table.words[column][1]):
            raise BadInput(
                f"{str(run.folder)!r}: no row has the column {column!r}; expected one of the pairs' table, "
                f"or what cameras wrote ({', '.join(EXIF_COLUMNS)})"
            )
    chosen = [reader.sided[at] for at in spaced(len(reader.sided), SCORED)]
    beside = list(read_again(run, labels, chosen)) if chosen and reader.overlap is not None else []
    return table, _Texts(reader, ratings, semantic, beside)


def _notes(run: RunFolder, table: Table, texts: _Texts, mean_over: str | None) -> Iterable[str]:
    """What a reader must know of the rows and of what could not be scored."""
    if mean_over:
        yield f"The composite is the plain mean over the values of {mean_over}, however many pairs each has."
    rows = run.run.input.get("rows")
    if isinstance(rows, int) and rows > len(table):
        yield f"The run holds {len(table)} of the {rows} pairs of its input."
    yield from table.notes
    if texts.reader.missing:
        yield f"BLEU-4 and ROUGE-L are left out: {texts.reader.missing}"
    if texts.ratings is not None:
        yield from rater_scores.rating_caveats(table, texts.ratings)


def _signature(run: RunFolder, request: ScoreRequest, table: Table, version: str, texts: _Texts) -> str:
    """How the scores were made, in one line; equal signatures of equal labels can be compared."""
    judge = run.run.judge
    parts = [
        f"twinlens:{version}", f"judge:{judge.spec}", *([f"code:{judge.code}"] if judge.code else []),
        f"rows:{len(table)}", f"scenes:{len(np.unique(table.scenes))}", f"labels:{table.labels_hash}",
        "failures:wrong", "ties:half", f"interval:95,bca,scenes,{RESAMPLES}", f"seed:{SEED}",
    ]  # fmt: skip
    parts += [f"abstain:{request.abstain_below:g}"] if request.abstain_below is not None else []
    return "|".join([*parts, *_packages(texts).values()])


def _bare(by: Mapping[str, Mapping[str, Mapping[str, ScoreRecord]]]) -> bool:
    """Whether a score of some group has no interval."""
    made = (one for of in by.values() for scores in of.values() for one in scores.values())
    return any(one.value is not None and one.low is None for one in made)


def _packages(texts: _Texts) -> dict[str, str]:
    """The signatures of packages and models, by the start of the names of the scores that depend on them."""
    overlap = texts.reader.overlap if texts.reader.references else None
    made = (
        {} if overlap is None else dict(zip(("bleu", "rouge"), overlap.signature().split("|"), strict=True))
    )
    of_models = {"semantic": texts.semantic, "rating": texts.ratings}
    return made | {name: one.signature() for name, one in of_models.items() if one is not None}


def _add_packages(scores: Mapping[str, ScoreRecord], packages: Mapping[str, str]) -> None:
    for name, score in scores.items():
        parts = [package for start, package in packages.items() if name.startswith(start)]
        score.signature = "|".join([score.signature or name, *parts])


def _of_group(table: Table, composite: Composite | None) -> Iterable[Estimator]:
    """The scores of some rows; the composite where all its parts are there."""
    made = estimators_of(table)
    yield from made.values()
    if composite is not None and made.keys() >= composite.weights.keys():
        yield combined(composite, table)


def _controls(table: Table, texts: _Texts) -> dict[str, dict[str, ScoreRecord]]:
    """What scores are worth: always answering the more frequent side, and texts that never look."""
    made: dict[str, Iterable[Estimator]] = {}
    label, sided = table["label"], table.labelled
    if sided.any():
        side = float(label[sided].mean() > 0.5)
        made["majority_side"] = [mean(table, "accuracy", (label == side).astype(np.float64), sided)]
    if texts.beside and texts.reader.overlap is not None:
        made |= controls(table, texts.beside, texts.reader.overlap, texts.semantic)
    if texts.ratings is not None:
        made["mirrored"] = rater_scores.control_estimators(table)
    scores = {name: _scores(estimators) for name, estimators in made.items()}
    return {name: values for name, values in scores.items() if values}


def _scores(estimators: Iterable[Estimator]) -> dict[str, ScoreRecord]:
    return {one.name: one.score() for one in estimators}
