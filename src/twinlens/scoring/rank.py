"""Versions in order of how often they win: strengths of Bradley and Terry, with intervals over scenes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

from twinlens.core.contracts import record
from twinlens.core.errors import BadInput
from twinlens.core.score_records import RankedVersion, RankingRecord, RankStep, ScoredRun
from twinlens.scoring.compare_runs import in_words
from twinlens.scoring.rows import read_rows
from twinlens.scoring.table import TIE, Table
from twinlens.stats.bradley_terry import strengths, win_probabilities
from twinlens.stats.interval import LEVEL, RESAMPLES, SEED, Array, replicates

if TYPE_CHECKING:
    from twinlens.runs.store import RunFolder

PRIOR = 0.5
"""Wins and losses added for each two versions that met, so that one that never lost has a strength too."""
MOST_VERSIONS = 50


def rank_run(run: RunFolder, version: str) -> RankingRecord:
    """The object `twinlens.ranking/1` of a run; BadInput where its rows put no versions in order.

    A tie is half a win of each; failures are left out and counted. The strength is in log-odds, 0 the mean of
    all versions.
    """
    judge, table = run.run.judge.spec, read_rows(run)
    a, b = table.versions
    rows = (a != b) & (a != "") & (b != "")
    met = table.take(rows & ~table.failed, whole=True)
    names = sorted({*met.versions[0], *met.versions[1]})
    if not 2 <= len(names) <= MOST_VERSIONS:
        raise BadInput(
            f"{str(run.folder)!r}: found {len(names)} versions with verdicts; expected 2 to {MOST_VERSIONS}, "
            "in the columns version_a and version_b, as a run over a folder of versions has them"
        )
    value, drawn = _strengths(_wins(met, names), names)
    order, counts = np.argsort(-value, kind="stable"), [_counts(table, rows, name) for name in names]
    versions = [
        RankedVersion(names[at], place, float(value[at]), *_ends(drawn[:, at]), **counts[at])
        for place, at in enumerate(order, 1)
    ]
    scenes = len(np.unique(table.scenes))
    return record(
        RankingRecord,
        run=ScoredRun(str(run.folder), judge, len(table), scenes),
        versions=versions,
        steps=[_step(names, value, drawn, *two) for two in pairwise(order)],
        chances=win_probabilities(value)[np.ix_(order, order)],
        notes=[*table.notes, *_notes(table, rows, versions)],
        signature=f"twinlens:{version}|judge:{judge}|rows:{len(table)}|scenes:{scenes}|ties:half"
        f"|bradley-terry,prior:{PRIOR}|interval:{LEVEL * 100:.0f},percentile,scenes,{RESAMPLES}|seed:{SEED}",
        version=version,
    )


def _wins(met: Table, names: list[str]) -> Array:
    """Wins by block of scenes: (blocks, versions, versions), row over column; a tie is half a win of each."""
    places = {name: at for at, name in enumerate(names)}
    a, b = (np.array([places[name] for name in side], np.int64) for side in met.versions)
    for_a = np.where(met["choice"] == TIE, 0.5, (met["choice"] == 0).astype(np.float64))
    sums = np.zeros((met.size, len(names), len(names)))
    np.add.at(sums, (met.blocks, a, b), for_a)
    np.add.at(sums, (met.blocks, b, a), 1 - for_a)
    return sums


def _strengths(wins: Array, names: list[str]) -> tuple[Array, Array]:
    """The strengths (versions,), and those of each resample of the scenes (resamples, versions).

    BadInput where versions were not compared with others even by way of a third.
    """
    whole = wins.sum(axis=0)
    count, island = connected_components(whole, directed=False)
    if count > 1:
        one = [name for name, at in zip(names, island, strict=True) if at == island[0]]
        raise BadInput(
            f"found versions that were never compared, nor by way of others: {', '.join(one)} and the rest; "
            "expected pairs that join all versions"
        )
    prior = PRIOR * (whole + whole.T > 0)

    def statistic(sums: Array) -> Array:
        return strengths(sums.reshape(*sums.shape[:-1], *whole.shape) + prior)

    return strengths(whole + prior), replicates(wins.reshape(len(wins), -1), statistic)


def _ends(drawn: Array) -> tuple[float | None, float | None]:
    """The ends of the middle 95 % of resamples; None where all are alike, so that nothing is known."""
    low, high = (float(end) for end in np.quantile(drawn, ((1 - LEVEL) / 2, (1 + LEVEL) / 2)))
    return (low, high) if high - low > 1e-6 else (None, None)


def _step(names: list[str], value: Array, drawn: Array, one: int, other: int) -> RankStep:
    """How far a version lies above the next, and whether the two can be told apart."""
    low, high = _ends(drawn[:, one] - drawn[:, other])
    words = in_words(low, high, "the first is better", "the first is better")
    return record(
        RankStep, better=names[one], worse=names[other], value=value[one] - value[other], low=low, high=high,
        words=words,
    )  # fmt: skip


def _counts(table: Table, rows: NDArray[np.bool_], name: str) -> dict[str, int]:
    """Of a version: pairs judged, won, tied and lost, and pairs whose judging failed."""
    choice, (a, b) = table["choice"], table.versions
    mine = rows & ((a == name) | (b == name))
    won, tied, failed = choice == np.where(a == name, 0, 1), choice == TIE, table.failed
    masks = {"n": ~failed, "won": won, "tied": tied, "lost": ~(won | tied | failed), "failed": failed}
    return {key: int((mine & mask).sum()) for key, mask in masks.items()}


def _notes(table: Table, rows: NDArray[np.bool_], versions: list[RankedVersion]) -> Iterator[str]:
    for one in versions:
        if one.n in (one.won, one.lost):
            which = "lost" if one.won else "won"
            yield f"{one.version} never {which}: these pairs do not bound its distance from the others."
    failed = int((rows & table.failed).sum())
    if failed:
        yield f"{failed} pairs failed and are left out."
    if not rows.all():
        yield f"{int((~rows).sum())} rows name no two different versions and are left out."
