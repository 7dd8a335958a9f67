"""Rows judged in groups: photos read, the cache looked up, what is left judged, rows made.

One row is a group of one. A row does not depend on the company it was judged in.
"""

from __future__ import annotations

import functools
import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Literal, cast

from msgspec import UNSET, Struct
from msgspec.structs import replace

from twinlens.core import catalog
from twinlens.core.contracts import PhotoRecord
from twinlens.core.errors import BadPhoto
from twinlens.core.run_records import JudgeRecord, Order, TimesRecord
from twinlens.core.run_records import Row as RowRecord
from twinlens.core.types import Batched, Judge
from twinlens.readers import Row
from twinlens.runs.cache import Cache, folder, question
from twinlens.runs.process_pool import Pool
from twinlens.runs.row_photos import Photos
from twinlens.runs.swap import Answer, ask, derived, row_record, unanswered
from twinlens.runs.thread_pool import in_threads

MORE = 1.5
"""Threads for each call in flight: while claims of some rows are checked, others call."""
Orders = Literal["both", "ab"]
Group = Callable[[Sequence[Row]], "list[Judged]"]


@dataclass(frozen=True)
class Settings:
    """How rows are judged: by whom (a spec, and its identity), in which orders, and by use of the cache."""

    judge: str
    who: JudgeRecord
    orders: Orders = "both"
    cache: bool = True

    @property
    def shown(self) -> tuple[Order, ...]:
        """The orders in which the judge sees a pair."""
        return ("ab",) if self.orders == "ab" or self.who.symmetric else ("ab", "ba")


@dataclass(frozen=True)
class Judged:
    """A row as it goes to the run folder, and its times."""

    row: RowRecord
    times: TimesRecord


class Known(Struct):
    """What the cache keeps of a question: the answer, and the photos it is about."""

    answer: Answer
    photos: dict[str, PhotoRecord]


@dataclass(eq=False)
class _Pending:
    """A row on its way: the answers so far, by order, and the keys of the questions."""

    row: Row
    photos: Photos
    answers: dict[Order, Answer] = field(default_factory=dict)
    keys: dict[Order, str] = field(default_factory=dict)
    records: dict[str, PhotoRecord] | None = None
    bad: BadPhoto | None = None
    cached: bool = True


def in_flight(judge: Any) -> int:
    """How many pairs a judge takes at once, from threads."""
    return int(getattr(judge, "in_flight", 1) or 1)


def grouped(rows: Sequence[Row], judge: Any, settings: Settings) -> list[Sequence[Row]]:
    """Rows in groups, each as large as fills a batch with all orders of its rows."""
    batch = judge.batch if isinstance(judge, Batched) else 1
    size = max(1, batch // len(settings.shown))
    return [rows[at : at + size] for at in range(0, len(rows), size)]


def judge_all(judge_group: Group, rows: Sequence[Row], judge: Any, settings: Settings) -> Iterator[Judged]:
    """Rows judged in this process by what `prepare` made: in groups, from threads if the judge waits."""
    groups, calls = grouped(rows, judge, settings), in_flight(judge)
    if calls > 1 and len(groups) > 1:
        return chain.from_iterable(in_threads(judge_group, groups, math.ceil(MORE * calls)))
    return chain.from_iterable(map(judge_group, groups))


def in_processes(
    groups: Sequence[Sequence[Row]], settings: Settings, workers: int, threads: int = 1
) -> Iterator[Judged]:
    """Groups judged by processes; where one ends its process twice, its rows are judged one by one."""
    make = functools.partial(prepare, settings)

    def lost(group: Sequence[Row], why: str) -> list[Judged]:
        return [_judged(row, settings, None, [unanswered("broken", why)]) for row in group[: len(group) == 1]]

    for group, judged in zip(groups, Pool(make, workers, lost, threads).map(groups), strict=True):
        yield from judged or chain.from_iterable(Pool(make, 1, lost, threads).map([[row] for row in group]))


def prepare(settings: Settings) -> Group:
    """A function that judges groups of rows; made once a process."""
    judge = cast(Judge, catalog.part("judges", settings.judge))
    known = Cache(folder()) if settings.cache else None
    slots = threading.BoundedSemaphore(in_flight(judge)) if in_flight(judge) > 1 else nullcontext()
    return functools.partial(judge_rows, judge, settings, known, slots)


def judge_rows(
    judge: Judge,
    settings: Settings,
    known: Cache | None,
    slots: AbstractContextManager[object],
    rows: Sequence[Row],
) -> list[Judged]:
    """Rows judged, or taken from the cache; the time of a group is shared evenly among its rows."""
    start = time.perf_counter()
    pending = [_begin(settings, known, row) for row in rows]
    questions = [(one, order) for one in pending if not one.bad
                 for order in settings.shown if order not in one.answers]  # fmt: skip
    answers = ask(judge, [(one.photos.pair, order) for one, order in questions], slots)
    for (one, order), answer in zip(questions, answers, strict=True):
        one.answers[order] = answer
        if known is not None and not answer.said.failure and one.records is not None:
            known.put(one.keys[order], Known(replace(answer, calls=()), one.records))
    seconds = (time.perf_counter() - start) / len(pending)
    return [_end(one, settings, seconds) for one in pending]


def _begin(settings: Settings, known: Cache | None, row: Row) -> _Pending:
    """A row with what the cache knows of it, and its photos decoded where it does not know all."""
    one = _Pending(row, Photos(row))
    try:
        if known is not None:
            content = one.photos.content
            one.keys = {order: question(settings.who, row, content, order) for order in settings.shown}
            for order, key in one.keys.items():
                if (hit := known.get(key, Known)) is not None:
                    one.answers[order], one.records = hit.answer, hit.photos
        one.cached = all(order in one.answers for order in settings.shown)
        if not one.cached:
            one.records = one.photos.records
    except BadPhoto as error:
        one.bad, one.records, one.cached = error, None, False
    return one


def _end(one: _Pending, settings: Settings, seconds: float) -> Judged:
    if one.bad is not None:
        return _judged(one.row, settings, None, [unanswered("bad-photo", str(one.bad))], seconds)
    answers = [one.answers[order] for order in settings.shown]
    if settings.who.symmetric and settings.orders == "both":
        answers.append(derived(answers[0]))
    return _judged(one.row, settings, one.records, answers, seconds, one.cached)


def _judged(
    row: Row,
    settings: Settings,
    photos: dict[str, PhotoRecord] | None,
    answers: Sequence[Answer],
    seconds: float = 0.0,
    cached: bool = False,
) -> Judged:
    """A row for the run folder; what calls to models cost stands with the times."""
    calls = tuple(call for answer in answers for call in answer.calls)
    times = TimesRecord(row.id, round(seconds, 4), cached, calls or UNSET)
    return Judged(row_record(row, settings.who.spec, photos, answers), times)
