"""The main path for many pairs: rows → judge in both orders → claims grounded → run folder."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, cast

from twinlens.core import catalog
from twinlens.core.errors import BadInput, BadPhoto
from twinlens.core.record import Record, clean, line
from twinlens.core.types import Judge, Pair
from twinlens.readers import Row, Rows

from .cache import Cache, folder, identity, question, versions
from .orders import Order, ask, derived, open_row, photo_facts, row_record, unreadable
from .pool import Pool
from .store import AnyPath, Store

Orders = Literal["both", "ab"]


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
    worker is this process; of more, each is a process of its own, and the rows are the same to the last byte.
    """
    part = catalog.part("judges", judge)
    settings = Settings(catalog.spec(part), orders, cache)
    wanted = list(rows)[:limit]
    who = identity(part, settings.judge)
    with Store(out, description(rows, who, settings), [row.id for row in rows]) as store:
        tell = progress or (lambda done, failed: None)
        tell(store.done, store.failed)
        start, began, cached = time.perf_counter(), store.done, 0
        for judged in _judged(wanted[store.done :], who, settings, workers):
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


def _judged(rows: list[Row], who: Record, settings: Settings, workers: int) -> Iterator[Judged]:
    if workers < 1:
        raise BadInput(f"--workers: found {workers}; expected 1 or more")
    if workers == 1 or len(rows) < 2:
        return map(prepare(who, settings), rows) if rows else iter(())
    return Pool[Row, Judged](
        functools.partial(prepare, who, settings), workers, functools.partial(_lost, settings)
    ).map(rows)


def prepare(who: Record, settings: Settings) -> Callable[[Row], Judged]:
    """A function that judges rows; made once a process."""
    judge = cast(Judge, catalog.part("judges", settings.judge))
    known = Cache(folder()) if settings.cache else None
    return functools.partial(judge_row, judge, who, settings, known)


def judge_row(judge: Judge, who: Record, settings: Settings, known: Cache | None, row: Row) -> Judged:
    """One row judged, or taken from the cache."""
    start = time.perf_counter()
    asked: tuple[Order, ...] = ("ab",) if settings.orders == "ab" or who["symmetric"] else ("ab", "ba")
    pair = functools.cache(functools.partial(open_row, row))  # decoded once, and only where it is needed
    try:
        answers = [_answer(judge, who, known, row, order, pair) for order in asked]
    except BadPhoto as error:
        return _finished(row, who["spec"], None, [unreadable(error)], time.perf_counter() - start, False)
    said = [answer["said"] for answer, _ in answers]
    if who["symmetric"] and settings.orders == "both":
        said.append(derived(said[0]))
    cached = all(was_known for _, was_known in answers)
    return _finished(row, who["spec"], answers[0][0]["photos"], said, time.perf_counter() - start, cached)


def _answer(
    judge: Judge, who: Record, known: Cache | None, row: Row, order: Order, pair: Callable[[], Pair]
) -> tuple[Record, bool]:
    """What is said of a row in one order and of which photos, and whether the cache knew it."""
    key = question(who, row, order) if known is not None else None
    found = known.get(key) if known is not None and key is not None else None
    if found is not None:
        return found, True
    found = {"said": ask(judge, who["spec"], pair(), order), "photos": _facts(pair())}
    verdict = "failure" not in found["said"]
    if known is not None and key is not None and verdict and question(who, row, order) == key:
        known.put(key, found)  # no photo was replaced while it was judged
    return found, False


def _facts(pair: Pair) -> Record:
    return {"a": photo_facts(pair.a), "b": photo_facts(pair.b)}


def _finished(
    row: Row, spec: str, facts: Record | None, said: list[Record], seconds: float, cached: bool
) -> Judged:
    files = {"a": _file(row, "a"), "b": _file(row, "b")}
    photos = None if facts is None else {side: {"file": files[side], **facts[side]} for side in ("a", "b")}
    told = row_record(row, spec, photos, said)
    times = {"id": row.id, "seconds": round(seconds, 4), "cached": cached}
    return Judged(line(told), line(times), "failure" in told, cached)


def _file(row: Row, side: Literal["a", "b"]) -> str:
    shot = (row.a if side == "a" else row.b)[0]
    return clean(shot.path if shot.half == "whole" else f"{shot.path}#{shot.half}")


def _lost(settings: Settings, row: Row, why: str) -> Judged:
    """A row whose judging ended the process, twice."""
    said = {"first": "a", "failure": "broken", "detail": why, "raw": ""}
    return _finished(row, settings.judge, None, [said], 0.0, False)
