"""`twinlens rank`: versions in order of how often they win."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from twinlens.cli.score import Folder, ends, grid, number, title
from twinlens.cli.terminal import console, emit, words

if TYPE_CHECKING:
    from rich.console import Console

    from twinlens.core.score_records import RankingRecord


def rank(
    folder: Folder,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object, twinlens.ranking/1.")] = False,
) -> int:
    """Put versions in order of how often they win, with intervals."""
    from twinlens.core.version import __version__
    from twinlens.runs.store import RunFolder
    from twinlens.scoring.rank import rank_run

    record = rank_run(RunFolder(folder), __version__)
    if json:
        emit(record)
    else:
        _show(record, console())
    return 0


def _show(record: RankingRecord, target: Console) -> None:
    """The output for people."""
    title(record.run, target)
    table = grid("version", "rank", "strength", "95 % interval", "won", "tied", "lost", "failed")
    for one in record.versions:
        counts = map(str, (one.won, one.tied, one.lost, one.failed))
        strength = number(one.strength, "+"), ends(one, "+")
        table.add_row(words(one.version, "bold"), str(one.rank), *strength, *counts)
    target.print(table)
    target.print()
    for at, step in enumerate(record.steps):
        wins = f"wins with a probability of {100 * record.chances[at][at + 1]:.0f} %"
        target.print(words(f"{step.better} against {step.worse}: {wins}, {step.words}"))
    for note in record.notes:
        target.print(words(f"· {note}"))
    target.print()
    target.print(words(record.signature, "dim"), soft_wrap=True)
