"""`twinlens rank`: versions in order of how often they win, of a run or of votes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from twinlens.cli.options import FormatOption, argument, option
from twinlens.cli.score import title
from twinlens.cli.terminal import WIDEST, console, emit, grid, words, write
from twinlens.core.errors import BadInput
from twinlens.core.outputs import PLOT, check_file

if TYPE_CHECKING:
    from rich.console import Console

    from twinlens.core import score_records as records

Source = Annotated[
    Path, argument("DIR|VOTES", "A run's folder, or votes: CSV, Parquet, JSONL of a, b, winner.")
]
ModelName = Annotated[
    Literal["bradley-terry", "davidson"] | None,
    typer.Option("--model", help="By default davidson where there are ties."),
]
Prior = Annotated[
    float | None,
    typer.Option(metavar="N", min=0, max=1000, help="Even wins and losses added a version; by default 0.5."),
]
By = Annotated[list[str] | None, option("COLUMN", "Also the order by region, aspect or a column.")]
Next = Annotated[int, option("N", "List N pairs to judge next, those that say most.", "--next", least=0)]
Plot = Annotated[Path | None, option("FILE.svg", "Draw the strengths with their intervals.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object, twinlens.ranking/1.")]
MOST_ROWS, MOST_STEPS = 60, 12
"""Versions in the table, and steps, that people are shown; the JSON object holds all."""
OTHERS, SHORTEST_NAME = 58, 16
"""Columns of the terminal that numbers take, and the least that a version's name has."""


def rank(
    source: Source,
    model: ModelName = None,
    prior: Prior = None,
    by: By = None,
    next_pairs: Next = 0,
    plot: Plot = None,
    json: Json = False,
    form: FormatOption = None,
) -> int:
    """Put versions in order of how often they win, with intervals."""
    from twinlens.core.version import __version__
    from twinlens.runs.store import RunFolder
    from twinlens.scoring.rank import PRIOR, RankRequest, rank_run, rank_votes

    if plot is not None:
        check_file(plot, "--plot", PLOT, (source,))
    request = RankRequest(
        model, PRIOR if prior is None else prior, tuple(dict.fromkeys(by or ())), next_pairs
    )
    if not source.exists():
        raise BadInput(f"{str(source)!r}: no such file or folder; expected a run's folder or a file of votes")
    if source.is_dir():
        record = rank_run(RunFolder(source), __version__, request)
    else:
        record = rank_votes(source, __version__, request)
    if plot is not None:
        _draw(record, plot)
    if json:
        emit(record)
    elif form is not None:
        from twinlens.report.score_tables import long_ranking, ranking_tables, written

        tables, long = list(ranking_tables(record)), long_ranking(record)
        write(written(form, tables, long, record.notes, record.signature))
    else:
        _show(record, console())
    return 0


def _draw(record: records.RankingRecord, file: Path) -> None:
    from twinlens.report.ranking_plot import ranking_plot

    try:
        file.write_text(ranking_plot(record), "utf-8", newline="\n")
    except OSError as error:
        raise BadInput(f"--plot {str(file)!r}: cannot be written: {error.strerror}") from error


def _show(record: records.RankingRecord, target: Console) -> None:
    """The output for people."""
    from twinlens.report.score_tables import ends, number, ranking_tables
    from twinlens.report.template import middle

    if record.run.judge:
        title(record.run, target)
    else:
        scenes = f", {record.run.scenes:,} scenes" if record.run.scenes else ""
        met = sum(one.n for one in record.versions) // 2
        count = f"{met:,} comparisons{scenes}, {len(record.versions):,} versions"
        target.print(words(f"{record.run.folder}: {count}", "bold"))
    name = partial(middle, most=max(SHORTEST_NAME, min(target.width, WIDEST) - OTHERS))
    (_, versions), *more = ranking_tables(record, MOST_ROWS, name)
    target.print(grid(versions.head, versions.rows))
    _more(len(record.versions) - MOST_ROWS, "versions", target)
    if record.ties:
        target.print(words(f"ties: ν = {number(record.ties.value)} {ends(record.ties)}, Davidson's model"))
    target.print()
    for line in _steps(record, name):
        target.print(words(line))
    _more(len(record.steps) - MOST_STEPS, "steps", target)
    for cycle in record.cycles or ():
        target.print(words(_cycle(cycle)))
    for _, table in more:
        target.print("", grid(table.head, table.rows, table.align), sep="\n")
    for note in record.notes:
        target.print(words(f"· {note}"))
    target.print()
    target.print(words(record.signature, "dim"), soft_wrap=True)


def _more(count: int, what: str, target: Console) -> None:
    if count > 0:
        target.print(f"… and {count:,} more {what}; --json has all")


def _steps(record: records.RankingRecord, name: Callable[[str], str]) -> list[str]:
    """Each version beside the next."""
    lines = []
    for at, step in enumerate(record.steps[:MOST_STEPS]):
        better, worse = name(step.better), name(step.worse)
        if not record.chances:
            lines.append(f"{better} against {worse}: {step.words}")
            continue
        win, loss = record.chances[at][at + 1], record.chances[at + 1][at]
        tie = f", ties with {100 * (1 - win - loss):.0f} %" * bool(record.ties)
        wins = f"wins with a probability of {100 * win:.0f} %{tie}"
        lines.append(f"{better} against {worse}: {wins}, {step.words}")
    return lines


def _cycle(cycle: records.IntransitiveCycle) -> str:
    """An intransitive cycle in words."""
    around = zip(cycle.versions, (*cycle.versions[1:], cycle.versions[0]), cycle.shares, strict=True)
    wins = ", ".join(f"{one} beats {other} ({100 * share:.0f} %)" for one, other, share in around)
    return f"Intransitive, which no strengths express: {wins}."
