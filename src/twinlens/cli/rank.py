"""`twinlens rank`: versions in order of how often they win."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twinlens.cli.score import ends, number
from twinlens.cli.terminal import console, emit, words

if TYPE_CHECKING:
    from rich.console import Console

Record = dict[str, Any]


def add_to(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command("rank")(rank)


def rank(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a run over versions.")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object, twinlens.ranking/1.")] = False,
) -> int:
    """Put versions in order of how often they win, with intervals."""
    from twinlens.core.version import __version__
    from twinlens.scoring.rank import rank_run

    record = rank_run(folder, __version__)
    if json:
        emit(record)
    else:
        _show(record, console())
    return 0


def _show(record: Record, target: Console) -> None:
    """The output for people."""
    from rich.table import Table

    run = record["run"]
    target.print(words(f"{run['judge']}: {run['rows']} pairs, {run['scenes']} scenes", "bold"))
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("", justify="right")
    table.add_column("version")
    for name in ("strength", "95 % interval", "won", "tied", "lost", "failed"):
        table.add_column(name, justify="right")
    for one in record["versions"]:
        counts = (str(one[name]) for name in ("won", "tied", "lost", "failed"))
        strength = number(one["strength"], "+"), ends(one, "+")
        table.add_row(str(one["rank"]), words(one["version"], "bold"), *strength, *counts)
    target.print(table)
    target.print()
    for step, chance in zip(record["steps"], _next(record["chances"]), strict=True):
        told = f"{step['better']} against {step['worse']}: wins with a chance of {100 * chance:.0f} %"
        target.print(words(f"{told}, {step['words']}"))
    for note in record["notes"]:
        target.print(words(f"· {note}"))
    target.print()
    target.print(words(record["signature"], "dim"), soft_wrap=True)


def _next(chances: list[list[float]]) -> list[float]:
    """The chance of each version against the next."""
    return [row[at + 1] for at, row in enumerate(chances[:-1])]
