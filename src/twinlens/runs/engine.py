"""The main path for many pairs: rows → judge in both orders → claims grounded → run folder."""

import os
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from itertools import chain
from typing import Any, Literal

from twinlens.core import catalog
from twinlens.core.contracts import clean
from twinlens.core.errors import BadInput, MissingExtra
from twinlens.core.files import AnyPath
from twinlens.core.run_records import RunRecord
from twinlens.core.types import Judge
from twinlens.judges.budget import current, resumable
from twinlens.judges.ensemble import in_flight
from twinlens.readers import Row, Rows
from twinlens.runs.cache import identity, versions
from twinlens.runs.process_pool import threads_each, usual_workers
from twinlens.runs.ray import judged_on_ray
from twinlens.runs.row_groups import GroupJudge, Judged, Orders, Settings, grouped, in_processes
from twinlens.runs.shards import Shelf, run_key
from twinlens.runs.writer import RunWriter

Engine = Literal["local", "ray"]
PASSING = frozenset({"timeout", "broken"})
"""Kinds of failure that may pass: their rows are judged again when the same run is begun again."""


@dataclass(frozen=True)
class Summary:
    """What a run came to: all its rows, how many of them failed; the rest is of this call."""

    rows: int
    failed: int
    judged: int
    cached: int
    seconds: float
    again: int = 0
    """Rows that had failed and were judged again; they are among `judged`."""


def run(
    rows: Rows,
    judge: str | Judge,
    out: AnyPath,
    *,
    orders: Orders = "both",
    force: bool = False,
    workers: int | None = 1,
    limit: int | None = None,
    cache: bool = True,
    retry_failed: bool = False,
    engine: Engine = "local",
    shards: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Summary:
    """Judge rows into a run folder, going on where it stopped; BadInput where it holds another run.

    Then rows that failed in an earlier call are judged again: those whose failure may pass (`PASSING`), or
    with `retry_failed` all. Of rows that lack a photo (`rows.problems`) run.json has a list.
    `force` judges also what is no pair, and the run says so; without it that is a failure a row.
    `progress` is called with the numbers of rows done and failed, at the start and after each row. One
    worker is this process; of more, each is a process of its own; None is one for each core where that is
    of use. A judge with `in_flight` judges in so many threads, one with `batch` so many pairs at
    once. On the engine "ray" a worker is an actor of a Ray cluster, and `shards` is where actors leave what
    they judged: a folder or address that all machines see, by default `shards` in the run folder. However
    it is done, the rows are the same to the last byte.
    """
    part = catalog.part("judges", judge) if isinstance(judge, str) else judge
    spec = catalog.spec(part)
    who = identity(part, spec)
    settings = Settings(spec if isinstance(judge, str) else judge, who, orders, cache, force)
    wanted = list(rows)[:limit]
    if workers is None:
        workers = usual_workers(part, len(wanted)) if engine == "local" and not current().limited else 1
    _checked(part, workers, engine, shards)
    description = _description(rows, settings)
    with RunWriter(out, description, [row.id for row in rows]) as target:
        report = progress or (lambda done, failed: None)
        report(target.done, target.failed)
        start, began, cached = time.perf_counter(), target.done, 0
        failed = {id for id, kind in target.failures.items() if retry_failed or kind in PASSING}
        again = [row for row in wanted if row.id in failed]
        shelf = Shelf(shards or os.path.join(out, "shards"), run_key(description))
        by = partial(_judged, part=part, settings=settings, workers=workers, engine=engine)
        new = closing(by(wanted, target.done, len(rows), shelf))
        once_more = closing(by(again, 0, len(again), shelf.of_another_time()))
        with new as judged, once_more as judged_again, resumable(lambda: target.progress(len(wanted))):
            for one in chain(judged, judged_again):
                target.add(one.row, one.times)
                cached += one.times.cached
                report(target.done, target.failed)
        seconds = time.perf_counter() - start
        number = target.done - began + len(again)
        left_out = {"left_out": list(map(str, rows.problems))} if rows.problems else {}
        complete = target.done == len(rows)
        target.finish({"rows": target.done, "failed": target.failed, "complete": complete, **left_out})
        return Summary(target.done, target.failed, number, cached, seconds, len(again))


def _judged(
    rows: Sequence[Row], done: int, table: int, shelf: Shelf, *, part: Any, settings: Settings, workers: int,
    engine: Engine,
) -> Generator[Judged]:  # fmt: skip
    """The rows from number `done` on, judged by an engine, in their order."""
    if engine == "ray":
        return judged_on_ray(rows, done, table, settings, workers, shelf)
    return judged_here(rows[done:], part, settings, workers)


def _description(rows: Rows, settings: Settings) -> RunRecord:
    """What makes two runs the same, who judges what, how, and with which versions; and where it began."""
    return RunRecord(
        judge=settings.who,
        input={"rows": len(rows), **rows.digest()},
        settings={"orders": settings.orders, **({"force": True} if settings.force else {})},
        versions=versions(),
        origin={"pairs": clean(rows.path), "folder": clean(os.getcwd()), "reader": rows.reader},
    )


def _checked(judge: Any, workers: int, engine: Engine, shards: str | None) -> None:
    """Refuse what makes no sense together, and an engine that is not installed."""
    if engine == "ray" and not all(map(find_spec, ("ray", "pyarrow", "fsspec"))):
        raise MissingExtra("--engine ray", "ray")
    if workers < 1:
        raise BadInput(f"--workers: found {workers}; expected 1 or more")
    if current().limited and (workers > 1 or engine == "ray"):
        many = "--engine ray" if engine == "ray" else f"--workers {workers}"
        raise BadInput(f"--max-calls, --max-tokens: found {many}; expected one process, which counts calls")
    if engine == "local" and shards is not None:
        raise BadInput(f"--shards: found {shards!r} without --engine ray; expected both or neither")
    if engine == "local" and workers > 1 and in_flight(judge) > 1:
        raise BadInput(
            f"--workers: found {workers} for a judge that judges {in_flight(judge)} pairs at once "
            "(in_flight); expected 1: it waits for a server, not for processors"
        )


def judged_here(rows: Sequence[Row], judge: Any, settings: Settings, workers: int) -> Generator[Judged]:
    """Rows judged on this machine, in their order."""
    import cv2

    groups = grouped(rows, judge, settings)
    threads = threads_each(judge, workers)
    if workers > 1 and len(groups) > 1:
        yield from in_processes(groups, settings, workers, threads)
    elif groups:
        before = cv2.getNumThreads()
        cv2.setNumThreads(threads)
        try:
            yield from GroupJudge(settings).judge_all(rows)
        finally:
            cv2.setNumThreads(before)
