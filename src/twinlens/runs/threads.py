"""Tasks done by threads, handed back in the order they came in; for judges that wait for a server.

The threads are daemons: where the results are no longer wanted, nobody waits for an answer that is under way.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import TypeVar

WINDOW = 8
"""Tasks a thread may be ahead of the slowest one."""
Task = TypeVar("Task")
Result = TypeVar("Result")


def in_threads(work: Callable[[Task], Result], tasks: Sequence[Task], threads: int) -> Iterator[Result]:
    """The results in the order of the tasks; what `work` raises is raised here, and nothing new is begun."""
    waiting: SimpleQueue[tuple[int, Task] | None] = SimpleQueue()
    done: SimpleQueue[tuple[int, Result | BaseException, bool]] = SimpleQueue()

    def labour() -> None:
        while (given := waiting.get()) is not None:
            number, task = given
            try:
                done.put((number, work(task), True))
            except BaseException as error:  # noqa: BLE001  it is raised where the results are awaited
                done.put((number, error, False))

    count = min(threads, len(tasks))
    for _ in range(count):
        threading.Thread(target=labour, daemon=True).start()
    try:
        yield from _ordered(waiting, done, tasks, count * WINDOW)
    finally:
        with contextlib.suppress(Empty):
            while True:
                waiting.get_nowait()
        for _ in range(count):
            waiting.put(None)


def _ordered(
    waiting: SimpleQueue[tuple[int, Task] | None],
    done: SimpleQueue[tuple[int, Result | BaseException, bool]],
    tasks: Sequence[Task],
    window: int,
) -> Iterator[Result]:
    ready: dict[int, Result] = {}
    given = 0
    for due in range(len(tasks)):
        while given < min(len(tasks), due + window):
            waiting.put((given, tasks[given]))
            given += 1
        while due not in ready:
            number, result, good = done.get()
            if not good:
                assert isinstance(result, BaseException)
                raise result
            ready[number] = result  # type: ignore[assignment]
        yield ready.pop(due)
