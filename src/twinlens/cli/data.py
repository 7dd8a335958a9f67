"""`twinlens data`: files of pairs, checked before anything is run, and written for other programs."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from twinlens.cli.options import Images, Pairs, Reference, flag, option
from twinlens.cli.run import progress, refuse
from twinlens.cli.terminal import console, emit, plain, words

if TYPE_CHECKING:
    from rich.console import Console

    from twinlens.readers import Problem, Rows
    from twinlens.readers.check import Report

SHOWN = 5
"""Problems of a kind that people are shown one by one."""
PROBLEMS = {
    "row": "rows that cannot be read",
    "id": "ids that stand twice",
    "missing": "photos that are missing",
    "photo": "photos that cannot be read",
    "size": "sides of unequal size",
    "duplicate": "pairs that stand twice",
    "answer": "answers not tagged as they should be",
    "claims": "reasons in which no claim can be read",
    "balance": "labels on one side",
}
NOTICES = {"answer": "notices on text", "duplicate": "photos in several scenes"}


Json = Annotated[bool, flag("--json", "Print one JSON object, twinlens.check/1.")]
To = Annotated[Literal["huggingface", "lmms-eval"], typer.Option(help="For which program.")]
Out = Annotated[Path, option("DIR", "A new folder.", "--out", "-o")]
Split = Annotated[str, option("NAME", "The split that the pairs are.")]


def check_pairs(pairs: Pairs, images: Images = None, reference: Reference = None, json: Json = False) -> int:
    """Say what is wrong with a file or folder of pairs; every photo is decoded."""
    from twinlens.readers import scan_pairs
    from twinlens.readers.check import check, files

    rows = scan_pairs(pairs, images, reference)
    with progress(len(files(rows))) as on_progress:
        report = check(rows, progress=on_progress)
    if json:
        record = dataclasses.asdict(report)
        record["remarks"] = record.pop("notices")  # the key of twinlens.check/1
        emit({"schema": "twinlens.check/1", "file": rows.path, **record})
    else:
        _show(rows, report, console())
    return 1 if report.problems or not report.pairs else 0


def convert(
    pairs: Pairs, to: To, out: Out, images: Images = None, reference: Reference = None, split: Split = "test"
) -> int:
    """Write pairs as a data set or a task of another program."""
    from twinlens.interop import huggingface, lmms_eval
    from twinlens.readers import BadRows, open_pairs

    try:
        rows = open_pairs(pairs, images, reference)
    except BadRows as error:
        return refuse(pairs, error)
    task = ""
    with progress(len(rows)) as on_progress:
        if to == "huggingface":
            made = huggingface.export(rows, out, split, on_progress)
        else:
            made, task = lmms_eval.write(rows, out, split, on_progress)
    copied = f"{made.copied:,} of them as they were, {made.photos - made.copied:,} written as PNG"
    print(plain(f"{made.pairs:,} pairs in {out}, {made.photos:,} photos, {copied}"))
    if task:
        print(plain(f"lmms-eval --include_path {shlex.quote(str(out))} --tasks {task}"))
    return 0


def _show(rows: Rows, report: Report, target: Console) -> None:
    labels = ", ".join(f"{count:,} {side}" for side, count in report.labels.items())
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in report.kinds.items())
    target.print(words(f"{rows.path}: {report.pairs:,} pairs of {report.photos:,} photos"))
    counts = f"labels: {labels or 'none'}; kinds: {kinds or 'none'}; {report.references:,} with reasons"
    target.print(words(f"read by {rows.reader}; {counts}", "dim"))
    _show_problems(report.problems, target, "bold red", PROBLEMS)
    _show_problems(report.notices, target, "dim", NOTICES)
    if not report.problems:
        target.print(words("nothing is wrong" if report.pairs else "no pair was found", "bold"))


def _show_problems(problems: Sequence[Problem], target: Console, style: str, names: dict[str, str]) -> None:
    for kind, name in names.items():
        of_kind = [plain(str(problem)) for problem in problems if problem.kind == kind]
        if of_kind:
            target.print(words(f"{name}: {len(of_kind):,}", style))
            print(*(f"  {line}" for line in of_kind[:SHOWN]), sep="\n")
        if len(of_kind) > SHOWN:
            print(f"  and {len(of_kind) - SHOWN:,} more")
