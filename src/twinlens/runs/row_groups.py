"""Rows judged in groups: photos read, the cache asked, the judge asked of what is left, lines written.

One row is a group of one. A row's lines do not depend on the company it was judged in.
"""

from __future__ import annotations

import functools
import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Literal, cast

from twinlens.core import catalog
from twinlens.core.contracts import Record, line
from twinlens.core.errors import BadPhoto
from twinlens.core.types import Batched, Judge
from twinlens.readers import Row
from twinlens.runs.cache import Cache, folder, question
from twinlens.runs.process_pool import Pool
from twinlens.runs.row_photos import Photos
from twinlens.runs.swap import Answer, Order, ask, derived, row_record, unreadable
from twinlens.runs.threads import in_threads

MORE = 1.5
"""Threads for each call in flight: while claims of some rows are checked, others call."""
Orders = Literal["both", "ab"]
Group = Callable[[Sequence[Row]], "list[Judged]"]


@dataclass(frozen=True)
class Settings:
    """How rows are judged: by whom (a spec), in which orders, and whether what is known is asked again."""

    judge: str
    orders: Orders = "both"
    cache: bool = True


@dataclass(frozen=True)
class Judged:
    """A row as it goes to the run folder, and what the progress tells of it."""

    row: str
    times: str
    failed: bool
    cached: bool


@dataclass(eq=False)
class _Work:
    """A row on its way: what was said of it so far, in which orders, and the keys of the questions."""

    row: Row
    photos: Photos
    answers: dict[Order, Answer] = field(default_factory=dict)
    keys: dict[Order, str] = field(default_factory=dict)
    facts: dict[str, Record] | None = None
    bad: BadPhoto | None = None
    cached: bool = True


def asked(who: Record, settings: Settings) -> tuple[Order, ...]:
    """The orders in which a judge is asked."""
    return ("ab",) if settings.orders == "ab" or who["symmetric"] else ("ab", "ba")


def in_flight(judge: Any) -> int:
    """How many pairs a judge may be asked of at once, from threads."""
    return int(getattr(judge, "in_flight", 1) or 1)


def grouped(rows: Sequence[Row], judge: Any, who: Record, settings: Settings) -> list[Sequence[Row]]:
    """Rows in groups, each as large as fills a batch with all orders of its rows."""
    batch = judge.batch if isinstance(judge, Batched) else 1
    size = max(1, batch // len(asked(who, settings)))
    return [rows[at : at + size] for at in range(0, len(rows), size)]


def judge_all(
    work: Group, rows: Sequence[Row], judge: Any, who: Record, settings: Settings
) -> Iterator[Judged]:
    """Rows judged in this process by `work`, which `prepare` made: in groups, from threads if asked so."""
    groups, calls = grouped(rows, judge, who, settings), in_flight(judge)
    threads = math.ceil(MORE * calls)
    found = in_threads(work, groups, threads) if calls > 1 and len(groups) > 1 else map(work, groups)
    for judged in found:
        yield from judged


def in_processes(
    groups: Sequence[Sequence[Row]], who: Record, settings: Settings, workers: int, threads: int = 1
) -> Iterator[Judged]:
    """Groups judged by processes; where one ends its process twice, its rows are judged one by one."""
    make = functools.partial(prepare, who, settings)

    def gone(group: Sequence[Row], why: str) -> list[Judged]:
        return [_lost(settings, row, why) for row in group] if len(group) == 1 else []

    for group, judged in zip(groups, Pool(make, workers, gone, threads).map(groups), strict=True):
        yield from judged or chain.from_iterable(Pool(make, 1, gone, threads).map([[row] for row in group]))


def prepare(who: Record, settings: Settings) -> Group:
    """A function that judges groups of rows; made once a process."""
    judge = cast(Judge, catalog.part("judges", settings.judge))
    known = Cache(folder()) if settings.cache else None
    slots = threading.BoundedSemaphore(in_flight(judge)) if in_flight(judge) > 1 else nullcontext()
    return functools.partial(judge_rows, judge, who, settings, known, slots)


def judge_rows(
    judge: Judge,
    who: Record,
    settings: Settings,
    known: Cache | None,
    slots: AbstractContextManager[object],
    rows: Sequence[Row],
) -> list[Judged]:
    """Rows judged, or taken from the cache; the time of a group is shared evenly among its rows."""
    start = time.perf_counter()
    orders = asked(who, settings)
    works = [_begin(who, known, row, orders) for row in rows]
    open_ones = [work for work in works if work.bad is None]
    questions = [(work, order) for work in open_ones for order in orders if order not in work.answers]
    coming = ask(judge, who["spec"], [(work.photos.pair, order) for work, order in questions], slots)
    for (work, order), answer in zip(questions, coming, strict=True):
        work.answers[order] = answer
        if known is not None and "failure" not in answer.said:
            known.put(work.keys[order], {"said": answer.said, "photos": work.facts})
    seconds = (time.perf_counter() - start) / len(works)
    mirror = bool(who["symmetric"]) and settings.orders == "both"
    return [_end(work, who["spec"], orders, mirror, seconds) for work in works]


def _begin(who: Record, known: Cache | None, row: Row, orders: Iterable[Order]) -> _Work:
    """A row with what the cache knows of it, and its photos decoded where it does not know all."""
    work = _Work(row, Photos(row))
    try:
        if known is not None:
            content = work.photos.content
            work.keys = {order: question(who, row, content, order) for order in orders}
            for order, key in work.keys.items():
                found = known.get(key)
                if found is not None:
                    work.answers[order], work.facts = Answer(found["said"]), found["photos"]
        work.cached = all(order in work.answers for order in orders)
        if not work.cached:
            work.facts = work.photos.facts
    except BadPhoto as error:
        work.bad, work.facts, work.cached = error, None, False
    return work


def _end(work: _Work, spec: str, orders: Iterable[Order], mirror: bool, seconds: float) -> Judged:
    if work.bad is not None:
        return _lines(work.row, spec, None, [unreadable(work.bad)], seconds)
    answers = [work.answers[order] for order in orders]
    said = [answer.said for answer in answers]
    calls = [call for answer in answers for call in answer.calls]
    if mirror:
        said.append(derived(said[0]))
    return _lines(work.row, spec, work.facts, said, seconds, work.cached, calls)


def _lost(settings: Settings, row: Row, why: str) -> Judged:
    """A row whose judging ended the process, twice."""
    said = {"first": "a", "failure": "broken", "detail": why, "raw": ""}
    return _lines(row, settings.judge, None, [said], 0.0)


def _lines(
    row: Row,
    spec: str,
    facts: dict[str, Record] | None,
    said: list[Record],
    seconds: float,
    cached: bool = False,
    calls: Sequence[Record] = (),
) -> Judged:
    """The lines of a row in the run folder; what calls to models cost stands with the times."""
    told = row_record(row, spec, facts, said)
    times: Record = {"id": row.id, "seconds": round(seconds, 4), "cached": cached}
    if calls:
        times["calls"] = list(calls)
    return Judged(line(told), line(times), "failure" in told, cached)
