"""`twinlens run`: many pairs, one judge, a run folder."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from twinlens.cli.options import (
    Force,
    Images,
    Lexicon,
    MaxCalls,
    MaxTokens,
    MaybeJudge,
    Pairs,
    Reference,
    flag,
    option,
)
from twinlens.cli.terminal import apart, complain, plain, say_what_leaves
from twinlens.core.catalog import DEFAULT_JUDGE
from twinlens.core.errors import BadInput

if TYPE_CHECKING:
    from twinlens.readers import BadRows, Problem, Rows
    from twinlens.runs.answers import Answers as FileAnswers
    from twinlens.runs.engine import Summary

    OnProgress = Callable[[int, int], None]


Out = Annotated[Path, option("DIR", "The run folder; a run that is there goes on.")]
Workers = Annotated[int | None, option("N", "Processes, or a cluster's actors; else one a core.", least=1)]
Engine = Annotated[
    Literal["local", "ray"], typer.Option(help="Judge on this machine, or on a Ray cluster (extra ray).")
]
Orders = Annotated[Literal["both", "ab"], typer.Option(help="Judge each pair in both orders, or as it is.")]
Shards = Annotated[str | None, option("DIR", "Where a cluster's actors write: a place all of them see.")]
Limit = Annotated[int | None, option("N", "Judge the first N pairs only.", least=1)]
Answers = Annotated[
    Path | None,
    option("FILE", "In place of a judge: answers as JSON lines, or the log of a harness."),
]
MOST_NAMED = 20
"""Lines of a file of answers that are named one by one."""
NoCache = Annotated[bool, flag("--no-cache", "Judge again what was judged before.")]
RetryFailed = Annotated[
    bool, flag("--retry-failed", "Judge all failed rows again, not only those that may have passed.")
]
SkipMissing = Annotated[bool, flag("--skip-missing", "Leave out pairs that lack a photo, and list them.")]


def run_pairs(
    pairs: Pairs,
    out: Out,
    judge: MaybeJudge = None,
    answers: Answers = None,
    lexicon: Lexicon = None,
    orders: Orders = "both",
    workers: Workers = None,
    engine: Engine = "local",
    shards: Shards = None,
    limit: Limit = None,
    images: Images = None,
    reference: Reference = None,
    no_cache: NoCache = False,
    retry_failed: RetryFailed = False,
    skip_missing: SkipMissing = False,
    force: Force = False,
    max_calls: MaxCalls = None,
    max_tokens: MaxTokens = None,
) -> int:
    """Judge many pairs into a folder; given again, it goes on."""
    from twinlens.readers import BadRows, open_pairs
    from twinlens.runs.answers import run_answers
    from twinlens.runs.engine import run

    _check(answers, lexicon, {"--judge": judge, "--engine": engine != "local", "--shards": shards})
    judge = judge or DEFAULT_JUDGE
    try:
        rows = open_pairs(pairs, images, reference, skip_missing=skip_missing)
    except BadRows as error:
        return refuse(pairs, error, "; --skip-missing leaves them out")
    _listed(pairs, rows.problems, "missing photo", f"found {len(rows):,} pairs without them")
    said = None if answers is None else _answers(answers, lexicon)
    if said is None:
        say_what_leaves(judge)
    try:
        with _bounded(min(len(rows), limit or len(rows)), max_calls, max_tokens) as on_progress:
            how: dict[str, Any] = {"workers": workers, "limit": limit, "force": force}
            how |= {"retry_failed": retry_failed, "progress": on_progress}
            if said is not None:
                summary = run_answers(rows, said, out, **how)
            else:
                summary = run(
                    rows, judge, out, orders=orders, cache=not no_cache, engine=engine, shards=shards, **how
                )
    except KeyboardInterrupt:
        complain(f"stopped; the same command goes on with {str(out)!r}")
        return _stopped()
    unread = _complain_of(said, rows) if said else 0
    print(plain(_line(summary, len(rows), out)))
    return 1 if summary.failed or rows.problems or unread else 0


def _check(answers: Path | None, lexicon: Path | None, others: dict[str, object]) -> None:
    """BadInput where answers are to be read and a judge is named too, or a lexicon is for nothing."""
    if answers is not None and any(others.values()):
        other = next(name for name, given in others.items() if given)
        raise BadInput(f"--answers: found {other} as well; expected one of them: answers need no judge")
    if lexicon is not None and answers is None:
        raise BadInput("--lexicon: found no --answers to read by it; expected them, or a judge's lexicon=…")


def _answers(file: Path, lexicon: Path | None) -> FileAnswers:
    """The answers of a file."""
    from twinlens.interop.answer_files import read_answers

    return read_answers(file, str(lexicon or ""))


def _complain_of(answers: FileAnswers, rows: Rows) -> int:
    """Name the lines that no pair could take an answer from, and the pairs without one; how many lines."""
    from twinlens.runs.answers import missing

    for line in answers.unread[:MOST_NAMED]:
        complain(line)
    if (more := len(answers.unread) - MOST_NAMED) > 0:
        complain(f"and {more:,} more lines")
    if without := missing(rows, answers):
        complain(without)
    return len(answers.unread)


@contextmanager
def _bounded(total: int, calls: int | None, tokens: int | None) -> Iterator[OnProgress | None]:
    """The progress of a run within its budget; what a judge prints is no part of the output."""
    from twinlens.judges.budget import allow

    with progress(total) as on_progress, allow(calls, tokens), apart():
        yield on_progress


def _stopped() -> int:
    """The exit code of an interrupt; ends at once where threads still wait for answers nobody wants."""
    import os
    import threading

    if threading.active_count() > 1:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(130)
    return 130


def refuse(pairs: str, error: BadRows, advice: str = "") -> int:
    """Print every bad row on a line of its own; the exit code of wrong input. `advice`: where photos lack."""
    only_missing = all(one.kind == "missing" for one in error.problems)
    _listed(pairs, error.problems, "bad row", f"nothing was run{advice * only_missing}")
    return 2


def _listed(pairs: str, problems: Sequence[Problem], name: str, outcome: str) -> None:
    """Print problems on standard error, a line each, the first ones, and what comes of them."""
    from twinlens.readers.pairs import shown

    if problems:
        complain(f"{pairs}: {len(problems):,} {name}{'s' if len(problems) > 1 else ''}; {outcome}")
    for line in shown(problems):
        complain(line)


def _line(summary: Summary, total: int, out: Path) -> str:
    parts = [f"{summary.rows:,} of {total:,} pairs in {out}", f"{summary.failed:,} failed"]
    if summary.judged < summary.rows:
        parts.append(f"{summary.judged:,} of them now")
    if summary.again:
        parts.append(f"{summary.again:,} that had failed judged again")
    if summary.cached:
        parts.append(f"{summary.cached:,} from the cache")
    if summary.judged and summary.seconds:
        parts.append(in_a_second(summary.judged / summary.seconds))
    return ", ".join(parts)


def in_a_second(a_second: float) -> str:
    """A rate in two significant digits.

    >>> in_a_second(172.4), in_a_second(1.43), in_a_second(0.031)
    ('about 170 a second', 'about 1.4 a second', 'about 0.031 a second')
    """
    return f"about {float(f'{a_second:.2g}'):,.10g} a second"


@contextmanager
def progress(total: int) -> Iterator[OnProgress | None]:
    """A bar on standard error where that is a terminal; called with the numbers of rows done and failed."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    rate, failures = TextColumn("[dim]{task.fields[rate]}"), TextColumn("{task.fields[failures]}")
    columns = (BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn(), failures)
    with Progress(*columns, console=Console(stderr=True), speed_estimate_period=60) as bar:
        task = bar.add_task("", total=total, rate="", failures="")
        begun = False

        def on_progress(done: int, failed: int) -> None:
            nonlocal begun
            if not begun:  # rows of an earlier call say nothing of the rate
                bar.reset(task, total=max(total, done))
                begun = True
            speed = bar.tasks[task].speed
            failures = f"[{'bold red' if failed else 'dim'}]{failed:,} failed"
            bar.update(task, completed=done, rate=in_a_second(speed) if speed else "", failures=failures)

        yield on_progress
