"""Versions in order of how often they win: Bradley and Terry's or Davidson's model, with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twinlens.core.contracts import record
from twinlens.core.errors import BadInput
from twinlens.core.score_records import (
    GroupRanking,
    IntransitiveCycle,
    Model,
    NextPair,
    RankedVersion,
    RankingRecord,
    RankStep,
    ScoredRun,
    TieParameter,
)  # fmt: skip
from twinlens.core.types import ASPECTS, REGIONS
from twinlens.scoring.claim_sides import claim_sides, side_number
from twinlens.scoring.compare_runs import in_words
from twinlens.scoring.comparisons import Comparisons, Strengths, strengths
from twinlens.scoring.rows import MOST_VALUES, read_rows
from twinlens.scoring.table import Floats, Table
from twinlens.scoring.votes import WEIGHT, read_votes
from twinlens.stats.bradley_terry import win_probabilities
from twinlens.stats.interval import LEVEL, SEED
from twinlens.stats.intransitive import MOST, cycles
from twinlens.stats.optimal_design import next_pairs

if TYPE_CHECKING:
    from twinlens.runs.store import RunFolder

PRIOR = 0.5
"""Wins and losses that the prior gives a version, spread over those it met."""
MOST_VERSIONS = 2000
MOST_IN_MATRIX = 200
"""Versions of which the probability of each two is recorded."""
OF_CLAIMS = {"region": REGIONS, "aspect": ASPECTS}
"""Columns that the claims of a run have."""
OVERALL = {"region": ("", "global"), "aspect": ("", "quality")}
"""What a vote on the whole photo has in these columns."""


@dataclass(frozen=True, slots=True)
class RankRequest:
    """How to rank.

    `model` None is davidson where there are ties, else bradley-terry. `by` names columns, of a run also
    region and aspect, those of its claims. `next` is how many pairs to judge next are listed.
    """

    model: Model | None = None
    prior: float = PRIOR
    by: tuple[str, ...] = ()
    next: int = 0


def rank_run(run: RunFolder, version: str, request: RankRequest = RankRequest()) -> RankingRecord:
    """The object `twinlens.ranking/1` of a run; BadInput where its rows put no versions in order.

    Failures are left out and counted. The strength is in log-odds, 0 the mean of all versions.
    """
    of_claims = [column for column in request.by if column in OF_CLAIMS]
    columns = [column for column in request.by if column not in OF_CLAIMS]
    table = read_rows(run, columns, readers=[claim_sides(column, OF_CLAIMS[column]) for column in of_claims])
    groups: dict[str, dict[str, tuple[Table, Floats]]] = {
        column: {
            value: (table, table[name])
            for value in OF_CLAIMS[column]
            if (name := side_number(column, value)) in table.numbers
        }
        for column in of_claims
    } | {column: _by_value(table, column) for column in columns}
    source = ScoredRun(str(run.folder), run.run.judge.spec, len(table), len(np.unique(table.scenes)))
    where = ", in the columns version_a and version_b, as a run over a folder of versions has them"
    return _record(source, table, groups, request, version, where)


def rank_votes(file: Path, version: str, request: RankRequest = RankRequest()) -> RankingRecord:
    """The object `twinlens.ranking/1` of a file of votes; BadInput where they put no versions in order.

    Votes that name a region or an aspect count in the order of all only where no vote is on the whole.
    """
    table = read_votes(file, dict.fromkeys((*OVERALL, *request.by)))
    groups = {column: _by_value(table, column) for column in request.by}
    whole = np.ones(len(table), np.bool_)
    for column, empty in OVERALL.items():
        codes, words = table.words[column]
        whole &= np.isin(codes, [at for at, word in enumerate(words) if word in empty])
    scenes = 0 if table.scenes is table.ids else len(np.unique(table.scenes))
    source = ScoredRun(str(file), "", len(table), scenes)
    if whole.any() and not whole.all():
        note = f"{int((~whole).sum())} votes on a region or an aspect are not in the order of all."
        table = replace(table.take(whole, whole=True), notes=(note,))
    return _record(source, table, groups, request, version, ", in the columns a and b")


def _by_value(table: Table, column: str) -> dict[str, tuple[Table, Floats]]:
    """The rows of each value of a column, with their choices."""
    values = len(table.words[column][1])
    if values > MOST_VALUES:
        raise BadInput(f"--by {column!r}: found {values} values; expected a column of at most {MOST_VALUES}")
    made = {value: (part, part["choice"]) for value, part in table.groups(column, whole=True)}
    if not made:
        raise BadInput(f"--by {column!r}: no row has it; expected region, aspect or a column of the table")
    return made


def _record(
    source: ScoredRun,
    table: Table,
    groups: dict[str, dict[str, tuple[Table, Floats]]],
    request: RankRequest,
    version: str,
    where: str,
) -> RankingRecord:
    """The whole record; `where` says in which columns versions stand."""
    scenes = source.scenes > 0
    comparisons = Comparisons.of(table, table["choice"], scenes=scenes)
    try:
        model, made = _fitted(comparisons, request)
    except BadInput as error:
        if len(comparisons.names) >= 2 and source.judge:  # the page of the run says it too
            raise
        raise BadInput(f"{source.folder!r}: {error}{where if len(comparisons.names) < 2 else ''}") from None
    order = _order(made)
    versions = _versions(comparisons, made, order)
    by, unranked = _by(groups, request, scenes)
    few = len(order) <= MOST_IN_MATRIX
    wins = win_probabilities(made.fit.strength, float(made.fit.log_nu))[np.ix_(order, order)] if few else ()
    ties = "davidson" if model == "davidson" else "half"
    who = f"judge:{source.judge}|" if source.judge else ""
    return record(
        RankingRecord,
        run=source,
        versions=versions,
        steps=_steps(made, order),
        chances=wins,
        notes=[*table.notes, *_notes(table, comparisons, versions), *unranked],
        signature=f"twinlens:{version}|{who}rows:{source.rows}|scenes:{source.scenes}|ties:{ties}"
        f"|{model},prior:{request.prior:g}|interval:{LEVEL * 100:.0f},{made.method}|seed:{SEED}",
        version=version,
        model=model,
        ties=_ties(made),
        cycles=_cycles(comparisons),
        next=_next(comparisons, made, request.next),
        **({"by": by} if groups else {}),
    )


def _fitted(comparisons: Comparisons, request: RankRequest) -> tuple[Model, Strengths]:
    """The model of the request, or that the outcomes call for, fitted."""
    if not 2 <= len(comparisons.names) <= MOST_VERSIONS:
        count = f"found {len(comparisons.names)} versions with verdicts"
        raise BadInput(f"{count}; expected 2 to {MOST_VERSIONS}")
    model: Model = request.model or ("davidson" if comparisons.pairs.tied.any() else "bradley-terry")
    return model, strengths(comparisons, model, request.prior)


def _by(
    groups: dict[str, dict[str, tuple[Table, Floats]]], request: RankRequest, scenes: bool
) -> tuple[dict[str, dict[str, GroupRanking]], list[str]]:
    """The order of the versions in each group, and notes on groups that put them in none."""
    made: dict[str, dict[str, GroupRanking]] = {column: {} for column in groups}
    without: dict[tuple[str, str], list[str]] = {}
    for column, values in groups.items():
        for value, (table, choice) in values.items():
            comparisons = Comparisons.of(table, choice, scenes=scenes)
            try:
                model, fitted = _fitted(comparisons, request)
            except BadInput as error:
                without.setdefault((column, str(error)), []).append(value)
                continue
            order = _order(fitted)
            made[column][value] = GroupRanking(
                len(comparisons), model, _ties(fitted), tuple(_versions(comparisons, fitted, order)),
                tuple(_steps(fitted, order)), tuple(_cycles(comparisons)),
            )  # fmt: skip
    notes = []
    for (column, why), names in without.items():
        more = f" and {len(names) - MOST} more" * (len(names) > MOST)
        notes.append(f"{column} {', '.join(names[:MOST])}{more}: not ranked: {why}.")
    return made, notes


def _order(made: Strengths) -> NDArray[np.intp]:
    """The versions' places, the best first; those of equal strength, which rounding errors order, by name."""
    return np.argsort(-made.fit.strength.round(9), kind="stable")


def _versions(comparisons: Comparisons, made: Strengths, order: NDArray[np.intp]) -> list[RankedVersion]:
    """The versions with strength, interval and counts, the best first."""
    counts = comparisons.counts.round().astype(int)
    return [
        RankedVersion(
            comparisons.names[at], place, float(made.fit.strength[at]), *made.ends(int(at)),
            n=int(counts[at].sum()), won=int(counts[at, 0]), tied=int(counts[at, 2]), lost=int(counts[at, 1]),
            failed=int(comparisons.failed[at]),
        )
        for place, at in enumerate(order, 1)
    ]  # fmt: skip


def _steps(made: Strengths, order: NDArray[np.intp]) -> list[RankStep]:
    """How far each version lies above the next, and whether the two can be told apart."""
    steps = []
    for one, other in pairwise(order.tolist()):
        low, high = made.ends(one, other)
        words: Any = in_words(low, high, "the first is better", "the first is better")
        lead = float(made.fit.strength[one] - made.fit.strength[other])
        steps.append(RankStep(made.names[one], made.names[other], lead, low, high, words))
    return steps


def _ties(made: Strengths) -> TieParameter | None:
    """Davidson's ν with its interval."""
    if not np.isfinite(made.fit.log_nu):
        return None
    low, high = made.ends(len(made.names))
    value, *ends = (
        None if end is None else float(np.exp(end)) for end in (float(made.fit.log_nu), low, high)
    )
    return TieParameter(value or 0.0, *ends)


def _cycles(comparisons: Comparisons) -> list[IntransitiveCycle]:
    names = comparisons.names
    return [
        IntransitiveCycle(tuple(names[at] for at in one.versions), one.shares, one.p)
        for one in cycles(comparisons.majorities)
    ]


def _next(comparisons: Comparisons, made: Strengths, count: int) -> list[NextPair]:
    if not count:
        return []
    names, pairs = comparisons.names, comparisons.pairs
    met = dict(
        zip(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True), pairs.met.tolist(), strict=True)
    )
    listed = next_pairs(made.fit, made.spread, count)
    return [NextPair(names[i], names[j], gain, met.get((i, j), 0.0)) for i, j, gain in listed]


def _notes(table: Table, comparisons: Comparisons, versions: Sequence[RankedVersion]) -> Iterator[str]:
    for which, of in (("lost", [one for one in versions if one.n == one.won]),
                      ("won", [one for one in versions if one.n == one.lost])):  # fmt: skip
        for one in of[:MOST]:
            yield (
                f"{one.version} never {which}: these pairs do not bound its distance from the others, the "
                "prior does, so its probabilities stay short of 0 and 100 %."
            )
        if len(of) > MOST:
            yield f"{len(of) - MOST} more never {which}."
    a, b = table.versions
    rows = (a != b) & (a != "") & (b != "")
    if failed := int((rows & table.failed).sum()):
        yield f"{failed} pairs failed and are left out."
    if not rows.all():
        yield f"{int((~rows).sum())} rows name no two different versions and are left out."
    weights = table.numbers.get(WEIGHT)
    if weights is not None and (weights != weights.round()).any():
        yield "Some weights are no whole numbers; wins, ties and losses are rounded."
    if len(comparisons.names) > MOST_IN_MATRIX:
        yield f"Of more than {MOST_IN_MATRIX} versions the probability of each two is not recorded."
