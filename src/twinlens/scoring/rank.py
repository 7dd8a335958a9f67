"""Versions in order of how often they win: strengths of Bradley and Terry, with intervals over scenes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

from twinlens.core.contracts import record
from twinlens.core.errors import BadInput
from twinlens.core.score_records import RankedVersion, RankingRecord, RankStep, ScoredRun
from twinlens.scoring.choice_scores import TIE
from twinlens.scoring.compare_runs import in_words
from twinlens.scoring.rows import read_rows
from twinlens.scoring.table import Table
from twinlens.stats.bradley_terry import strengths, win_probabilities
from twinlens.stats.interval import LEVEL, RESAMPLES, SEED, Array, replicates

if TYPE_CHECKING:
    from twinlens.runs.store import RunFolder

PRIOR = 0.5
"""Wins and losses added for each two versions that met, so that one that never lost has a strength too."""
MOST_VERSIONS = 50


@dataclass(frozen=True, eq=False)
class _Met:
    """Who met whom: names, of each row the places of a and b in them (-1: none), and the rows that count."""

    names: list[str]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    rows: NDArray[np.bool_]


def rank_run(run: RunFolder, version: str) -> RankingRecord:
    """The object `twinlens.ranking/1` of a run; BadInput where its rows put no versions in order.

    A tie is half a win of each; failures are left out and counted. The strength is in log-odds, 0 the mean of
    all versions.
    """
    judge, table = run.run.judge.spec, read_rows(run)
    met = _met(table)
    names = met.names
    if not 2 <= len(names) <= MOST_VERSIONS:
        raise BadInput(
            f"{str(run.folder)!r}: found {len(names)} versions with verdicts; expected 2 to {MOST_VERSIONS}, "
            "in the columns version_a and version_b, as a run over a folder of versions has them"
        )
    sums = _wins(table, met)
    _refuse_islands(sums.sum(axis=0).reshape(len(names), -1), names)
    value, drawn = _strengths(sums, len(names))
    order = np.argsort(-value, kind="stable")
    versions = [
        RankedVersion(names[at], place, float(value[at]), *_ends(drawn[:, at]), **_counts(table, met, at))
        for place, at in enumerate(order, 1)
    ]
    scenes = len(np.unique(table.scenes))
    return record(
        RankingRecord,
        run=ScoredRun(str(run.folder), judge, len(table), scenes),
        versions=versions,
        steps=[_step(names, value, drawn, *two) for two in pairwise(order)],
        chances=win_probabilities(value)[np.ix_(order, order)],
        notes=[*table.notes, *_notes(table, met, versions)],
        signature=f"twinlens:{version}|judge:{judge}|rows:{len(table)}|scenes:{scenes}|ties:half"
        f"|bradley-terry,prior:{PRIOR}|interval:{LEVEL * 100:.0f},percentile,scenes,{RESAMPLES}|seed:{SEED}",
        version=version,
    )


def _met(table: Table) -> _Met:
    """The versions that some verdict is about, sorted."""
    sides = [table.words[column] for column in ("version_a", "version_b")]
    a, b = (np.array(words or ("",), object)[codes] for codes, words in sides)
    rows = (a != b) & (a != "") & (b != "")
    names = sorted({*a[rows & ~table.failed], *b[rows & ~table.failed]})
    places = {name: at for at, name in enumerate(names)}
    first, second = (np.array([places.get(name, -1) for name in side], np.int64) for side in (a, b))
    return _Met(names, first, second, rows)


def _wins(table: Table, met: _Met) -> Array:
    """Wins by block of scenes: (blocks, versions * versions), row over column."""
    count, choice = len(met.names), table.numbers["choice"]
    rows = met.rows & ~table.failed
    sums = np.zeros((table.size, count, count))
    for_a = np.where(choice == TIE, 0.5, (choice == 0).astype(np.float64))[rows]
    a, b, block = met.first[rows], met.second[rows], table.blocks[rows]
    np.add.at(sums, (block, a, b), for_a)
    np.add.at(sums, (block, b, a), 1 - for_a)
    return sums.reshape(table.size, -1)


def _refuse_islands(wins: Array, names: list[str]) -> None:
    """BadInput where versions were not compared with others even by way of a third."""
    count, island = connected_components(wins, directed=False)
    if count > 1:
        one = [name for name, at in zip(names, island, strict=True) if at == island[0]]
        raise BadInput(
            f"found versions that were never compared, nor by way of others: {', '.join(one)} and the rest; "
            "expected pairs that join all versions"
        )


def _strengths(sums: Array, count: int) -> tuple[Array, Array]:
    """The strengths (count,), and those of each resample of the scenes (resamples, count)."""
    whole = sums.sum(axis=0).reshape(count, count)
    prior = PRIOR * (whole + whole.T > 0)

    def statistic(sums: Array) -> Array:
        return strengths(sums.reshape(*sums.shape[:-1], count, count) + prior)

    return statistic(sums.sum(axis=0)), replicates(sums, statistic)


def _ends(drawn: Array) -> tuple[float | None, float | None]:
    """The ends of the middle 95 % of resamples; None where all are alike, so that nothing is known."""
    low, high = (float(end) for end in np.quantile(drawn, ((1 - LEVEL) / 2, (1 + LEVEL) / 2)))
    return (low, high) if high - low > 1e-6 else (None, None)


def _step(names: list[str], value: Array, drawn: Array, one: int, other: int) -> RankStep:
    """How far a version lies above the next, and whether the two can be told apart."""
    low, high = _ends(drawn[:, one] - drawn[:, other])
    words = in_words(low, high, "the first is better", "the first is better")
    beyond = float(value[one] - value[other])
    return record(
        RankStep, better=names[one], worse=names[other], value=beyond, low=low, high=high, words=words
    )


def _counts(table: Table, met: _Met, at: int) -> dict[str, int]:
    """Of a version: pairs judged, won, tied and lost, and pairs whose judging failed."""
    choice, failed = table.numbers["choice"], table.failed
    as_a, as_b = met.rows & (met.first == at), met.rows & (met.second == at)
    mine = as_a | as_b
    won = int(((as_a & (choice == 0)) | (as_b & (choice == 1))).sum())
    tied, n = int((mine & (choice == TIE)).sum()), int((mine & ~failed).sum())
    return {"n": n, "won": won, "tied": tied, "lost": n - won - tied, "failed": int((mine & failed).sum())}


def _notes(table: Table, met: _Met, versions: list[RankedVersion]) -> Iterator[str]:
    for one in versions:
        if one.n in (one.won, one.lost):
            which = "lost" if one.won else "won"
            yield f"{one.version} never {which}: these pairs do not bound its distance from the others."
    if (met.rows & table.failed).any():
        yield f"{int((met.rows & table.failed).sum())} pairs failed and are left out."
    if not met.rows.all():
        yield f"{int((~met.rows).sum())} rows name no two different versions and are left out."
