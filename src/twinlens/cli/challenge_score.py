"""`twinlens challenge score`: a submission scored as the challenge's server scores it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from twinlens.cli.options import argument, flag, option
from twinlens.cli.submission import show
from twinlens.cli.terminal import complain, console, emit, grid, plain, words
from twinlens.core.errors import BadInput
from twinlens.core.outputs import check_folder

Folder = Annotated[Path, argument("DIR", "The folder of a challenge, built.")]
Submission = Annotated[Path, argument("SUBMISSION.zip", "A submission.")]
Phase = Annotated[str | None, option("N|NAME", "The phase; by default the last that it can be scored in.")]
Out = Annotated[
    Path | None, option("DIR", "Store what the program writes: scores.json, the page.", "--out", "-o")
]
Json = Annotated[bool, flag("--json", "Print one JSON object, twinlens.challenge-score/1.")]


def score(
    folder: Folder, submission: Submission, phase: Phase = None, out: Out = None, json: Json = False
) -> int:
    """Score a submission by the very program that the server runs, confined."""
    from twinlens.challenge.program.reference import METRIC_NAMES, Problem
    from twinlens.challenge.sandbox import score_phase
    from twinlens.report.score_tables import number

    if out is not None:
        check_folder(out, "--out", "scores.json")
    with score_phase(folder, phase, submission) as (name, scored):
        if out is not None:
            _store(scored.output, out)
    summary = scored.summary
    for note in scored.notes:
        complain(note)
    if json:
        parts = {"scores": scored.scores, "items": summary.items, "failed": summary.failed}
        problems = [{"line": line, "text": text} for line, text in summary.problems]
        emit({
            "schema": "twinlens.challenge-score/1", "submission": str(submission),
            "phase": name, **parts, "problems": problems, "confinement": scored.notes,
        })  # fmt: skip
        return 1 if summary.failed else 0
    target = console()
    counts = f"{summary.items:,} items, {summary.failed:,} failed"
    target.print(words(f"{submission}, {name}: {counts}", "bold"), soft_wrap=True)
    rows = [[METRIC_NAMES.get(key, key), number(value)] for key, value in scored.scores.items()]
    target.print(grid(("metric", "value"), rows))
    show("problems", [Problem(line, text) for line, text in summary.problems], "bold red")
    return 1 if summary.failed else 0


def _store(output: Path, out: Path) -> None:
    """Copy what the program wrote."""
    import shutil

    try:
        shutil.copytree(output, out, dirs_exist_ok=True)
    except OSError as error:
        raise BadInput(f"{plain(str(out))!r}: cannot be written: {error.strerror}") from None
