"""The files of standings: tables, page, plots and the draft of a section; and all that leads to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from twinlens.challenge.blind import Truth, controls
from twinlens.challenge.bundle import BUILD
from twinlens.challenge.competitors import competitor
from twinlens.challenge.config import FILE, read_challenge
from twinlens.challenge.entries import read_entries
from twinlens.challenge.standings import PhaseItems, Standings, standings
from twinlens.challenge.standings_figures import figures, ranks, scatter
from twinlens.challenge.standings_section import headline, latex_section, markdown_section, method, warnings
from twinlens.challenge.standings_tables import (
    METRICS,
    ends,
    metrics,
    notes,
    number,
    offline,
    place,
    programs_table,
    rank,
    reading_table,
)
from twinlens.core.errors import BadInput
from twinlens.core.outputs import PAGE, check_file, check_folder
from twinlens.report.summary import counted
from twinlens.report.tables import csv_text, latex, markdown
from twinlens.report.template import rendered

if TYPE_CHECKING:
    from twinlens.scoring.rater_scores import Progress

Questions = Mapping[str, str]
TABLES: dict[str, Callable[[Standings, Questions], str]] = {
    ".md": lambda made, _: markdown(reading_table(made)),
    ".tex": lambda made, _: latex(reading_table(made, noted=False)),
    ".csv": lambda made, _: csv_text(programs_table(made)),
    ".html": lambda made, questions: page(made, questions),
}
"""The table by the end of its file's name."""
BEGINNINGS = {
    ".md": rb"\| rank \| team", ".tex": rb"\\begin\{longtable\}", ".csv": rb"kind,rank,team",
    ".html": PAGE[".html"],
}  # fmt: skip


def rank_entries(folder: Path, submissions: Path, progress: Progress) -> tuple[Standings, Questions]:
    """The standings of a challenge's folder and a folder of submissions, and the questions of its fact sheet.

    BadInput where the challenge was not built, or there is no submission.
    """
    challenge = read_challenge(folder)
    names = [phase.name for phase in challenge.phases]
    counting = [at for at, phase in enumerate(challenge.phases) if phase.counts]
    if not counting:
        raise BadInput(f"{FILE}: found no phase that counts; expected one without counts: false")
    truths = {at: Truth(folder / BUILD / f"phase_{at + 1}" / "reference") for at in counting}
    best = challenge.leaderboard.rule == "Force_Best"
    entries, teams = read_entries(submissions, names), []
    entered = [at for at in counting if any(entry.files.get(at) for entry in entries)] or counting
    truths, waiting = {at: truths[at] for at in entered}, [names[at] for at in counting if at not in entered]
    with progress(len(entries)) as on_progress:
        for entry in entries:
            teams.append(competitor(entry, truths, names, best))
            if on_progress is not None:
                on_progress(len(teams), sum(not all(one.phases) for one in teams))
    items = [PhaseItems(names[at], one.scenes, one.reference.weights) for at, one in truths.items()]
    blind = controls(list(truths.values()))
    made = standings(challenge.title, items, teams, blind, best=best, waiting=waiting)
    return made, {one.key: one.title for one in challenge.fact_sheet}


def write(made: Standings, questions: Questions, out: Path) -> list[Path]:
    """Write a table into a file by the end of its name, else everything into a folder; the files written."""
    suffix = out.suffix.lower()
    check(out)
    if suffix:
        texts, folder = {out.name: TABLES[suffix](made, questions)}, out.parent
    else:
        texts, folder = _everything(made, questions), out
    try:
        if not suffix:
            folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, "utf-8", newline="")
    except OSError as error:
        raise BadInput(
            f"-o {str(out)!r}: cannot be written: {error.strerror}; expected a folder that exists"
        ) from None
    return [folder / name for name in texts]


def check(out: Path) -> None:
    """BadInput where standings may not be written there."""
    if out.suffix:
        check_file(out, "--out", BEGINNINGS)
    else:
        check_folder(out, "--out", "standings.html")


def _everything(made: Standings, questions: Questions) -> dict[str, str]:
    plots = figures(made)
    texts = {f"standings{suffix}": table(made, questions) for suffix, table in TABLES.items()}
    section = {"section.md": markdown_section, "section.tex": latex_section}
    return {
        **texts,
        **plots,
        **{name: write(made, questions, list(plots)) for name, write in section.items()},
    }


def page(made: Standings, questions: Questions) -> str:
    """The page for the browser, self-contained; what teams wrote is text in it."""
    axis, shown, blind = ranks(made) if made.ranked else (None, (), None)
    return rendered(
        "standings.html.j2", ("page.css", "run.css", "standings.css"), (),
        made=made, questions=questions, headline=headline(made), warnings=list(warnings(made)),
        method=list(method(made)), axis=axis, shown=shown, blind=blind, scatter=scatter(made),
        metrics=metrics(made), names=METRICS, offline=offline(made), rank=rank, place=place, number=number,
        ends=ends, notes=notes, counted=counted, zip=zip,
    )  # fmt: skip
