"""Tasks done by threads, handed back in the order they came in; for judges that wait for a server.

Futures of the standard library, but threads of our own: its pool waits at exit for every call that is under
way. These are daemons, so where the results are no longer wanted nobody waits. Where a task raises, nothing
new is begun and what is under way is finished, for its answers are paid for.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from queue import SimpleQueue
from typing import TypeVar

WINDOW = 8
"""Tasks a thread may be ahead of the slowest one."""
Task = TypeVar("Task")
Result = TypeVar("Result")


def in_threads(work: Callable[[Task], Result], tasks: Sequence[Task], threads: int) -> Iterator[Result]:
    """The results in the order of the tasks; what `work` raises is raised here, after those before it."""
    queue: SimpleQueue[tuple[Future[Result], Task] | None] = SimpleQueue()
    in_order, stop = threading.Lock(), threading.Event()

    def worker() -> None:
        while True:
            with in_order:  # what is begun came before all that is not
                if (item := queue.get()) is None:
                    return
                future, task = item
                if stop.is_set():
                    future.cancel()
                if not future.set_running_or_notify_cancel():
                    continue
            try:
                future.set_result(work(task))
            except BaseException as error:  # noqa: BLE001  it is raised where the results are awaited
                stop.set()
                future.set_exception(error)

    count = min(threads, len(tasks))
    for _ in range(count):
        threading.Thread(target=worker, daemon=True).start()
    coming: deque[Future[Result]] = deque()
    try:
        for due in range(len(tasks)):
            for task in tasks[due + len(coming) : due + count * WINDOW]:
                coming.append(Future())
                queue.put((coming[-1], task))
            if coming[0].exception() is not None:
                wait(coming)
            yield coming.popleft().result()
    finally:
        stop.set()
        for _ in range(count):
            queue.put(None)
