"""The main path for many pairs: rows → judge in both orders → claims grounded → run folder."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from twinlens.core import catalog
from twinlens.core.errors import BadInput
from twinlens.core.record import Record, clean
from twinlens.readers import Row, Rows

from .cache import identity, versions
from .pool import Pool
from .rows import Judged, Orders, Settings, lost, prepare, together
from .store import AnyPath, Store
from .threads import in_threads


@dataclass(frozen=True)
class Summary:
    """What a run came to: all its rows, how many of them failed; the rest is of this call alone."""

    rows: int
    failed: int
    judged: int
    cached: int
    seconds: float


def run(
    rows: Rows,
    judge: str,
    out: AnyPath,
    *,
    orders: Orders = "both",
    workers: int = 1,
    limit: int | None = None,
    cache: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> Summary:
    """Judge rows into a run folder, going on where it stopped; BadInput where it holds another run.

    `progress` is called with the numbers of rows done and failed, at the start and after each row. One
    worker is this process; of more, each is a process of its own. A judge with `in_flight` is asked from so
    many threads, one with `batch` of so many pairs at once. However it is done, the rows are the same to the
    last byte.
    """
    part = catalog.part("judges", judge)
    settings = Settings(catalog.spec(part), orders, cache)
    _checked(part, workers)
    wanted = list(rows)[:limit]
    who = identity(part, settings.judge)
    with Store(out, description(rows, who, settings), [row.id for row in rows]) as store:
        tell = progress or (lambda done, failed: None)
        tell(store.done, store.failed)
        start, began, cached = time.perf_counter(), store.done, 0
        for judged in _judged(wanted[store.done :], part, who, settings, workers):
            store.add(judged.row, judged.times, judged.failed)
            cached += judged.cached
            tell(store.done, store.failed)
        seconds = time.perf_counter() - start
        summary = Summary(store.done, store.failed, store.done - began, cached, seconds)
        store.finish({"rows": store.done, "failed": store.failed, "complete": store.done == len(rows)})
    return summary


def description(rows: Rows, who: Record, settings: Settings) -> Record:
    """What makes two runs the same, who judges what, how, and with which versions; and where it began."""
    return {
        "judge": who,
        "input": {"rows": len(rows), **rows.digest()},
        "settings": {"orders": settings.orders},
        "versions": versions(),
        "origin": {"pairs": clean(rows.path), "folder": clean(os.getcwd()), "reader": rows.reader},
    }


def _checked(judge: Any, workers: int) -> None:
    """Refuse numbers of workers that make no sense."""
    if workers < 1:
        raise BadInput(f"--workers: found {workers}; expected 1 or more")
    if workers > 1 and _in_flight(judge) > 1:
        raise BadInput(
            f"--workers: found {workers} for a judge that is asked of {_in_flight(judge)} pairs at once "
            "(in_flight); expected 1: it waits for a server, not for processors"
        )


def _in_flight(judge: Any) -> int:
    return int(getattr(judge, "in_flight", 1) or 1)


def _judged(rows: list[Row], judge: Any, who: Record, settings: Settings, workers: int) -> Iterator[Judged]:
    size = together(judge, who, settings)
    groups = [rows[at : at + size] for at in range(0, len(rows), size)]
    if not groups:
        return iter(())
    if workers > 1 and len(groups) > 1:
        return _in_processes(groups, functools.partial(prepare, who, settings), settings, workers)
    work = prepare(who, settings)
    if _in_flight(judge) > 1 and len(groups) > 1:
        return chain.from_iterable(in_threads(work, groups, _in_flight(judge)))
    return chain.from_iterable(map(work, groups))


def _in_processes(
    groups: Sequence[list[Row]],
    make: Callable[[], Callable[[Sequence[Row]], list[Judged]]],
    settings: Settings,
    workers: int,
) -> Iterator[Judged]:
    """Groups judged by processes; where one ends its process twice, its rows are judged one by one."""

    def gone(group: Sequence[Row], why: str) -> list[Judged]:
        return [lost(settings, row, why) for row in group] if len(group) == 1 else []

    for group, judged in zip(groups, Pool(make, workers, gone).map(groups), strict=True):
        yield from judged or chain.from_iterable(Pool(make, 1, gone).map([[row] for row in group]))
