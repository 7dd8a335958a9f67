"""Tasks done by threads, handed back in the order they came in; for judges that wait for a server.

The threads are daemons: where the results are no longer wanted, nobody waits for an answer that is under way.
Where a task raises, nothing new is begun and what is under way is finished, for its answers are paid for.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

WINDOW = 8
"""Tasks a thread may be ahead of the slowest one."""
Task = TypeVar("Task")
Result = TypeVar("Result")


def in_threads(work: Callable[[Task], Result], tasks: Sequence[Task], threads: int) -> Iterator[Result]:
    """The results in the order of the tasks; what `work` raises is raised here, after those before it."""
    waiting: SimpleQueue[tuple[int, Task] | None] = SimpleQueue()
    done: SimpleQueue[tuple[int, Result | BaseException, bool]] = SimpleQueue()

    def labour() -> None:
        while (given := waiting.get()) is not None:
            number, task = given
            try:
                done.put((number, work(task), True))
            except BaseException as error:  # noqa: BLE001  it is raised where the results are awaited
                done.put((number, error, False))
                return

    count = min(threads, len(tasks))
    for _ in range(count):
        threading.Thread(target=labour, daemon=True).start()
    try:
        yield from _ordered(waiting, done, tasks, count * WINDOW)
    finally:
        _emptied(waiting)
        for _ in range(count):
            waiting.put(None)


def _ordered(
    waiting: SimpleQueue[tuple[int, Task] | None],
    done: SimpleQueue[tuple[int, Result | BaseException, bool]],
    tasks: Sequence[Task],
    window: int,
) -> Iterator[Result]:
    ready: dict[int, tuple[Result | BaseException, bool]] = {}
    given = finished = 0
    stopped = False

    def take() -> None:
        nonlocal given, finished, stopped
        number, result, good = done.get()
        ready[number] = result, good
        finished += 1
        if not (good or stopped):
            given -= _emptied(waiting)
            stopped = True

    for due in range(len(tasks)):
        while not stopped and given < min(len(tasks), due + window):
            waiting.put((given, tasks[given]))
            given += 1
        while due not in ready:
            take()
        result, good = ready.pop(due)
        if not good:
            while finished < given:
                take()
            assert isinstance(result, BaseException)
            raise result
        yield result  # type: ignore[misc]


def _emptied(waiting: SimpleQueue[Any]) -> int:
    """Take back what nobody has begun; how many tasks that were."""
    count = 0
    with contextlib.suppress(Empty):
        while True:
            waiting.get_nowait()
            count += 1
    return count
