"""Rows judged in groups: photos read, the cache looked up, what is left judged, rows made.

One row is a group of one. A row does not depend on the company it was judged in.
"""

import functools
import math
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Literal, cast

from msgspec import UNSET, Struct
from msgspec.structs import replace

from twinlens.core import catalog
from twinlens.core.contracts import PhotoRecord, decoder, line
from twinlens.core.errors import BadPhoto
from twinlens.core.run_records import FailureRow, JudgeRecord, Order, TimesRecord, VerdictRow
from twinlens.core.run_records import Row as RowRecord
from twinlens.core.types import Batched, Judge
from twinlens.judges import reachability
from twinlens.judges.ensemble import in_flight
from twinlens.readers import Row
from twinlens.runs.cache import Cache, folder, question
from twinlens.runs.process_pool import Pool
from twinlens.runs.row_photos import Photos
from twinlens.runs.swap import Answer, ask, derived, row_record, unanswered
from twinlens.runs.thread_pool import in_threads

MORE = 1.5
"""Threads for each call in flight: while claims of some rows are checked, others call."""
Orders = Literal["both", "ab"]


@dataclass(frozen=True)
class Settings:
    """How rows are judged: by whom (spec or judge, and its identity), in which orders, cached, by force."""

    judge: str | Judge
    who: JudgeRecord
    orders: Orders = "both"
    cache: bool = True
    force: bool = False

    @property
    def shown(self) -> tuple[Order, ...]:
        """The orders in which the judge sees a pair."""
        return ("ab",) if self.orders == "ab" or self.who.symmetric else ("ab", "ba")

    def judge_itself(self) -> Judge:
        """The judge, made of its spec."""
        made = catalog.part("judges", self.judge) if isinstance(self.judge, str) else self.judge
        return cast(Judge, made)


@dataclass(frozen=True)
class Judged:
    """A row as it goes to the run folder, and its times."""

    row: RowRecord
    times: TimesRecord

    def __reduce__(self) -> tuple[Any, ...]:
        """Between processes a row goes as its lines, which are read in a tenth of the time of its objects."""
        return Judged.of_lines, (line(self.row), line(self.times))

    @classmethod
    def of_lines(cls, row: str, times: str) -> "Judged":
        """The row and the times that were written as lines for rows.jsonl and times.jsonl."""
        form: Any = VerdictRow | FailureRow
        return cls(decoder(form).decode(row), decoder(TimesRecord).decode(times))


class Known(Struct):
    """What the cache keeps of a question: the answer, and the photos it is about."""

    answer: Answer
    photos: dict[str, PhotoRecord]


@dataclass(eq=False)
class _Pending:
    """A row on its way: its photos; answers so far and keys of the questions, by order; records of photos."""

    photos: Photos
    answers: dict[Order, Answer] = field(default_factory=dict)
    keys: dict[Order, str] = field(default_factory=dict)
    records: dict[str, PhotoRecord] | None = None
    cached: bool = False


def grouped(rows: Sequence[Row], judge: Any, settings: Settings) -> list[Sequence[Row]]:
    """Rows in groups, each as large as fills a batch with all orders of its rows."""
    batch = judge.batch if isinstance(judge, Batched) else 1
    size = max(1, batch // len(settings.shown))
    return [rows[at : at + size] for at in range(0, len(rows), size)]


def in_processes(
    groups: Sequence[Sequence[Row]], settings: Settings, workers: int, threads: int = 1
) -> Iterator[Judged]:
    """Groups judged by processes; where one ends its process twice, its rows are judged one by one."""
    make = functools.partial(GroupJudge, settings)

    def lost(group: Sequence[Row], why: str) -> list[Judged]:
        answers: dict[Order, Answer] = {"ab": unanswered("broken", why)}
        return [_judged(_Pending(Photos(row), answers), settings) for row in group[: len(group) == 1]]

    for group, judged in zip(groups, Pool(make, workers, lost, threads).map(groups), strict=True):
        yield from judged or chain.from_iterable(Pool(make, 1, lost, threads).map([[row] for row in group]))


class GroupJudge:
    """Judges groups of rows, or takes them from the cache; made once a process, called from threads too."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.judge = settings.judge_itself()
        calls = in_flight(self.judge)
        self.slots = threading.BoundedSemaphore(calls) if calls > 1 else nullcontext()
        self.cache = Cache(folder()) if settings.cache else None

    def judge_all(self, rows: Sequence[Row]) -> Iterator[Judged]:
        """Rows judged in this process, as they come: in groups, from threads if the judge waits."""
        groups, calls = grouped(rows, self.judge, self.settings), in_flight(self.judge)
        if calls > 1 and len(groups) > 1:
            return chain.from_iterable(in_threads(self, groups, math.ceil(MORE * calls)))
        return chain.from_iterable(map(self, groups))

    def __call__(self, rows: Sequence[Row]) -> list[Judged]:
        """The rows, judged; the time of a group is shared evenly among its rows."""
        start = time.perf_counter()
        pending = [self._begin(row) for row in rows]
        questions = [(one, order) for one in pending if one.records is not None
                     for order in self.settings.shown if order not in one.answers]  # fmt: skip
        answers = ask(
            self.judge,
            [(one.photos.pair, order) for one, order in questions],
            self.slots,
            self.settings.force,
        )
        for (one, order), answer in zip(questions, answers, strict=True):
            if answer.said.failure:
                reachability.check()
            one.answers[order] = answer
            if self.cache is not None and not answer.said.failure and one.records is not None:
                self.cache.put(one.keys[order], Known(replace(answer, calls=()), one.records))
        seconds = (time.perf_counter() - start) / len(pending)
        return [_judged(one, self.settings, seconds) for one in pending]

    def _begin(self, row: Row) -> _Pending:
        """A row with what the cache knows of it, and its photos decoded where it does not know all."""
        one, orders = _Pending(Photos(row)), self.settings.shown
        try:
            if self.cache is not None:
                content = one.photos.content
                one.keys = {
                    order: question(self.settings.who, row, content, order, self.settings.force)
                    for order in orders
                }
                for order, key in one.keys.items():
                    if (hit := self.cache.get(key, Known)) is not None:
                        one.answers[order], one.records = hit.answer, hit.photos
            one.cached = all(order in one.answers for order in orders)
            if not one.cached:
                one.records = one.photos.records
        except BadPhoto as error:
            return _Pending(one.photos, {"ab": unanswered("bad-photo", str(error))})
        return one


def _judged(one: _Pending, settings: Settings, seconds: float = 0.0) -> Judged:
    """A row for the run folder; what calls to models cost stands with the times."""
    answers = [one.answers[order] for order in sorted(one.answers)]
    if one.records is not None and settings.who.symmetric and settings.orders == "both":
        answers.append(derived(answers[0]))
    calls = tuple(call for answer in answers for call in answer.calls)
    row = one.photos.row
    times = TimesRecord(row.id, round(seconds, 4), one.cached, calls or UNSET)
    return Judged(row_record(row, settings.who.spec, one.records, answers), times)
