"""`twinlens submission`: a challenge's submission packed from a run, and checked before it is uploaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from twinlens.cli.options import argument, flag, option
from twinlens.cli.terminal import complain, console, emit, plain, words
from twinlens.core.outputs import ZIP, check_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinlens.challenge.program.reference import Problem

SHOWN = 20
"""Problems that people are shown one by one; --json has all."""
Run = Annotated[Path, argument("RUN", "The folder of a run.")]
Out = Annotated[Path, option("FILE.zip", "The submission to write.", "--out", "-o")]
Kit = Annotated[Path, option("KIT", "The challenge's starting kit, a folder or zip.", "--for")]
KitOfPack = Annotated[
    Path | None, option("KIT", "The challenge's starting kit, if the run is not of its items.jsonl.", "--for")
]
Submission = Annotated[Path, argument("FILE.zip", "The submission.")]
Json = Annotated[bool, flag("--json", "Print one JSON object, twinlens.submission-check/1.")]


def pack(run: Run, out: Out, kit: KitOfPack = None) -> int:
    """Write a run's answers as a submission; refuses a run that lacks one."""
    from twinlens.challenge.kit_items import read_kit
    from twinlens.challenge.submission_pack import pack
    from twinlens.runs.store import RunFolder

    check_file(out, "--out", ZIP, (kit,))
    folder = RunFolder(run)
    count = pack(folder, out, None if kit is None else read_kit(kit))
    for note in folder.notes:
        complain(note)
    print(plain(f"{count:,} items in {out}"))
    return 0


def check(submission: Submission, kit: Kit, json: Json = False) -> int:
    """Say what is wrong with a submission, line by line; the exit code is 1 where anything is."""
    from twinlens.challenge.kit_items import read_kit
    from twinlens.challenge.submission_check import check_submission

    report = check_submission(submission, read_kit(kit))
    if json:
        faults = {"errors": report.errors, "warnings": report.warnings}
        listed = {name: [one._asdict() for one in each] for name, each in faults.items()}
        sizes = {"items": report.items, "usable": report.usable}
        emit({"schema": "twinlens.submission-check/1", "file": str(submission), **sizes, **listed})
        return 1 if report.errors else 0
    target = console()
    counts = f"{report.usable:,} of {report.items:,} items can be scored"
    target.print(words(f"{submission}: {counts}", "bold"), soft_wrap=True)
    show("errors", report.errors, "bold red")
    show("warnings", report.warnings, "yellow")
    if not report.errors:
        target.print(words("nothing is wrong" if not report.warnings else "ready to upload", "bold"))
    return 1 if report.errors else 0


def show(title: str, problems: Sequence[Problem], style: str) -> None:
    """What is wrong, a line each."""
    if problems:
        console().print(words(f"{title}: {len(problems):,}", style))
        print(*(f"  {located(one)}" for one in problems[:SHOWN]), sep="\n")
        if len(problems) > SHOWN:
            print(f"  and {len(problems) - SHOWN:,} more")


def located(problem: Problem) -> str:
    """A problem with its line, where it has one."""
    return plain(f"line {problem.line}: {problem.text}" if problem.line else problem.text)
