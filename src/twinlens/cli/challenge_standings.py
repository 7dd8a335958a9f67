"""`twinlens challenge standings`: teams in order, from what they handed in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twinlens.cli.options import argument
from twinlens.cli.run import progress
from twinlens.cli.terminal import console, grid, plain, words

if TYPE_CHECKING:
    from twinlens.challenge.standings import Standings

Challenge = Annotated[Path, argument("DIR", "The folder of a challenge that was built.")]
Submissions = Annotated[Path, argument("SUBMISSIONS", "A folder with TEAM/PHASE.zip, TEAM/fact_sheet.yaml.")]
Out = Annotated[
    Path,
    typer.Option(
        "--out", "-o", metavar="OUT", help="A folder for everything, or one .md, .tex, .csv or .html."
    ),
]
SHOWN = 20
"""Teams that the terminal shows."""
LONGEST_NAME = 32


def standings(folder: Challenge, submissions: Submissions, out: Out) -> int:
    """Rank the teams of a challenge, with intervals, controls, copies and the draft of a report."""
    from twinlens.challenge.standings_files import check, rank_entries, write

    check(out)
    made, questions = rank_entries(folder, submissions, progress)
    files = write(made, questions, out)
    _show(made)
    print(f"\nstandings: {plain(str(out))}" + (f" ({len(files)} files)" if len(files) > 1 else ""))
    return 1 if made.unranked else 0


def _show(made: Standings) -> None:
    """The first teams and the controls, a line each."""
    from twinlens.challenge.standings_section import headline, warnings
    from twinlens.challenge.standings_tables import ends, number, place, rank
    from twinlens.report.template import middle

    target = console()
    target.print(words(headline(made), "bold"))
    rows = []
    for line in (*made.ranked[:SHOWN], *made.controls):
        group = str(line.group) if line.rank else "–"
        score = rank(line), number(line.final), ends(line.final)
        rows.append([middle(line.team.name, LONGEST_NAME), *score, group, place(line)])
    target.print(grid(("team", "rank", "final", "95 % interval", "group", "ranks"), rows))
    if len(made.ranked) > SHOWN:
        target.print(f"and {len(made.ranked) - SHOWN} more teams")
    for note in warnings(made):
        target.print(words(f"· {note}"))
