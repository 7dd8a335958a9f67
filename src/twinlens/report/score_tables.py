"""Scores and rankings as tables: for the terminal, for a paper, and long ones for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from twinlens.core import score_records as records
from twinlens.core.plain_text import plain
from twinlens.core.score_records import ScoreRecord, Scores
from twinlens.report.tables import Table, csv_text, latex, markdown, markdown_text
from twinlens.scoring.controls import CONTROLS
from twinlens.scoring.signatures import counted

Format = Literal["markdown", "latex", "csv"]
Titled = tuple[str, Table]
"""A heading, "" where there is none, and its table."""
Spread = ScoreRecord | records.ScoreDifference | records.RankedVersion | records.TieParameter
MAIN = ("accuracy", "composite", "rouge_l", "swap_consistency")
"""Scores shown by column, the first two that are there; the JSON object holds all."""
MOST_IN_ORDER = 8
"""Versions of a group that are shown in order."""
SIGNS = {"the first is better": " > ", "cannot be told apart": " ≈ ", "too few scenes to tell": " ? "}


def written(form: Format, tables: Sequence[Titled], long: Table, notes: Sequence[str], signature: str) -> str:
    """The tables as text, notes and signature below; as CSV the one long table, since a file holds one."""
    if form == "csv":
        return csv_text(long)
    if form == "latex":
        parts = [f"% {plain(title)}\n" * bool(title) + latex(table) for title, table in tables]
        return "\n".join([*parts, *(f"% {plain(note)}" for note in (*notes, signature)), ""])
    parts = [f"**{markdown_text(title)}**\n\n" * bool(title) + markdown(table) for title, table in tables]
    return "\n".join([*parts, *(f"- {markdown_text(note)}" for note in (*notes, signature)), ""])


def score_tables(record: records.ScoresRecord) -> Iterator[Titled]:
    """The scores, or both runs and their difference; by column; by bins; controls."""
    second = record.against or None
    if second is None or not record.difference:
        yield "", _scores(record.scores)
    else:
        yield "", _difference(record.scores, second.scores, record.difference)
    for column, values in record.by.items():
        yield "", _by(column, values)
    for name, bins in (("people who agree", record.by_share), ("confidence", record.reliability)):
        if len(bins) > 1:
            yield "", _bins(name, bins)
    for name, scores in record.controls.items():
        yield f"control: {CONTROLS[name]}", _scores(scores)


def long_scores(record: records.ScoresRecord) -> Table:
    """Every score in a row of its own: of which run, of which part of it, its numbers and its signature."""
    head = ("run", "part", "score", "value", "low", "high", "n", "failed", "signature")
    rows = []
    for run in filter(None, (record, record.against or None)):
        parts = [("", run.scores)]
        parts += [
            (f"{column}: {value}", scores) for column, of in run.by.items() for value, scores in of.items()
        ]
        parts += [(f"control: {name}", scores) for name, scores in run.controls.items()]
        for part, scores in parts:
            for name, one in scores.items():
                numbers = map(_exact, (one.value, one.low, one.high, one.n, one.failed))
                rows.append([run.run.folder, part, name, *numbers, one.signature or ""])
    return Table(head, rows, "l" * len(head))


def _exact(value: float | None) -> str:
    return "" if value is None else str(value) if isinstance(value, int) else f"{value:.6f}"


def _scores(scores: Scores) -> Table:
    rows = [
        [name, number(made.value), ends(made), str(made.n), failed(name, made)]
        for name, made in scores.items()
    ]
    return Table(("score", "value", "95 % interval", "n", "failed"), rows, "lrrrr")


def failed(name: str, made: ScoreRecord) -> str:
    """How many rows failed, and what a failure is in this score."""
    return f"{made.failed}, {counted(name)[1]}" if made.failed else "0"


def _by(column: str, values: dict[str, Scores]) -> Table:
    """The main scores of each value of a column, a value a line."""
    shown = [name for name in MAIN if any(name in scores for scores in values.values())][:2]
    rows = []
    for value, scores in values.items():
        made = [scores.get(name) for name in shown]
        cells = [f"{number(one.value)} {ends(one)}" if one else "–" for one in made]
        first = scores.get("accuracy") or next(iter(scores.values()), None)
        rows.append([value, *cells, *map(str, (first.n, first.failed) if first else (0, 0))])
    return Table((column, *shown, "n", "failed"), rows, "l" + "r" * (len(shown) + 2))


def _bins(title: str, bins: Sequence[records.ShareBin | records.ReliabilityBin]) -> Table:
    """The accuracy by bins of a share, a bin a line."""
    rows = [
        [f"{one.low:.2f} to {one.high:.2f}", number(one.accuracy), str(one.n), "█" * round(20 * one.accuracy)]
        for one in bins
    ]
    of_verdicts = "accuracy of verdicts" if isinstance(bins[0], records.ReliabilityBin) else "accuracy"
    return Table((title, of_verdicts, "n", ""), rows, "lrrl")


def _difference(first: Scores, second: Scores, difference: records.RunDifference) -> Table:
    """Both runs and the difference, a score a line."""
    rows = []
    for name, made in difference.scores.items():
        values = (number(scores[name].value if name in scores else None) for scores in (first, second))
        rows.append([name, *values, f"{number(made.value, '+')} {ends(made, '+')}", made.words])
    return Table(("score", "first", "second", "difference, 95 %", ""), rows, "lrrrl")


def ranking_tables(
    record: records.RankingRecord, most: int | None = None, name: Callable[[str], str] = str
) -> Iterator[Titled]:
    """The versions, at most `most`; the order in each group; the pairs to judge next. Names as by `name`."""
    of_run = bool(record.run.judge)
    head = ("version", "rank", "strength", "95 % interval", "won", "tied", "lost", *["failed"] * of_run)
    rows = []
    for one in record.versions[:most]:
        counts = map(str, (one.won, one.tied, one.lost, one.failed)[: 3 + of_run])
        rows.append([name(one.version), str(one.rank), number(one.strength, "+"), ends(one, "+"), *counts])
    yield "", Table(head, rows, "l" + "r" * (len(head) - 1))
    for column, groups in (record.by or {}).items():
        rows = [[name(value), str(made.rows), _order(made, name)] for value, made in groups.items()]
        yield "", Table((column, "n", "order (> is better, ≈ cannot be told apart)"), rows, "lrl")
    if record.next:
        rows = [[name(one.a), name(one.b), f"{one.met:g}", f"{one.gain:.4f}"] for one in record.next]
        yield "", Table(("to judge next", "with", "so far", "gain, nats"), rows, "llrr")


def _order(made: records.GroupRanking, name: Callable[[str], str]) -> str:
    text = name(made.versions[0].version)
    for step in made.steps[: MOST_IN_ORDER - 1]:
        text += SIGNS[step.words] + name(step.worse)
    return text + " …" * (len(made.versions) > MOST_IN_ORDER)


def long_ranking(record: records.RankingRecord) -> Table:
    """Every version in a row of its own, overall and in each group."""
    head = ("part", "rank", "version", "strength", "low", "high", "n", "won", "tied", "lost", "failed")
    parts = [("", record.versions)]
    for column, groups in (record.by or {}).items():
        parts += [(f"{column}: {value}", made.versions) for value, made in groups.items()]
    rows = []
    for part, versions in parts:
        for one in versions:
            numbers = (one.strength, one.low, one.high, one.n, one.won, one.tied, one.lost, one.failed)
            rows.append([part, str(one.rank), one.version, *map(_exact, numbers)])
    return Table(head, rows, "l" * len(head))


def number(value: float | None, sign: str = "") -> str:
    """A score as people read it."""
    return "–" if value is None else f"{value:{sign}.3f}"


def ends(made: Spread, sign: str = "") -> str:
    """An interval as people read it."""
    return "–" if made.low is None else f"[{number(made.low, sign)}, {number(made.high, sign)}]"
