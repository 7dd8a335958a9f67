"""`twinlens data`: files of pairs, checked before anything is run."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from twinlens.cli.options import Images, Pairs, Reference, flag
from twinlens.cli.run import progress
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
