"""Rows judged by several processes, handed back in the order they came in.

Each process has a pipe of its own. When the main process dies in any way the pipes close and the workers end,
so nothing is left behind. When a worker dies its row is judged once more by a new one, then counted as a
failure.
"""

import contextlib
import multiprocessing
import os
import signal
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar

from twinlens.core.errors import BadInput, TwinlensError
from twinlens.core.types import Batched
from twinlens.judges.ensemble import in_flight

WINDOW = 8
"""Rows a worker may be ahead of the slowest one; a kill loses at most these."""
LEAST_ROWS = 8
"""Rows that are worth the start of one more process."""
STARTS = 3
"""Processes of a run that may die before they are ready."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
Task = TypeVar("Task")
Result = TypeVar("Result")


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def usual_workers(judge: Any, rows: int) -> int:
    """One for each core; one in all where the judge waits for a server, holds a model, or has few rows."""
    one = in_flight(judge) > 1 or isinstance(judge, Batched)
    return 1 if one else max(1, min(cores(), rows // LEAST_ROWS))


def threads_each(judge: Any, workers: int) -> int:
    """With how many threads each worker computes: those that hold a model share the cores."""
    return max(1, cores() // workers) if isinstance(judge, Batched) else 1


@dataclass(eq=False)
class _Worker:
    """A process, its pipe, the number of the task it was given, and whether it has begun to work."""

    process: BaseProcess
    pipe: Connection
    given: int | None = None
    begun: bool = False


@dataclass
class Pool(Generic[Task, Result]):
    """Processes that each call `make()` once, then the function it gives for every task.

    `lost` makes the result of a task whose process died twice, from the task and the reason. Each process
    computes with so many `threads`.
    """

    make: Callable[[], Callable[[Task], Result]]
    workers: int
    lost: Callable[[Task, str], Result]
    threads: int = 1
    _running: list[_Worker] = field(default_factory=list)
    _stillborn: int = 0
    _deaths: Counter[int] = field(default_factory=Counter)

    def map(self, tasks: Sequence[Task]) -> Iterator[Result]:
        """The results in the order of the tasks."""
        waiting, ready = deque(range(len(tasks))), dict[int, Result]()
        due = 0
        try:
            self._running = [self._start() for _ in range(min(self.workers, len(tasks)))]
            while due < len(tasks):
                self._hand_out(waiting, tasks, due + WINDOW * self.workers)
                answering = wait([worker.pipe for worker in self._running if worker.given is not None])
                for worker in [worker for worker in self._running if worker.pipe in answering]:
                    self._take(worker, tasks, waiting, ready)
                while due in ready:
                    yield ready.pop(due)
                    due += 1
        finally:
            self.stop()

    def stop(self) -> None:
        """End the processes at once."""
        for worker in self._running:
            worker.pipe.close()
            worker.process.kill()
        for worker in self._running:
            worker.process.join()
        self._running = []

    def _hand_out(self, waiting: deque[int], tasks: Sequence[Task], limit: int) -> None:
        """Give every idle worker a task; only then, since two that write to each other may wait for ever."""
        for worker in self._running:
            if worker.given is None and waiting and waiting[0] < limit:
                worker.given = waiting.popleft()
                with contextlib.suppress(OSError):  # a dead one is found when its answer is due
                    worker.pipe.send(tasks[worker.given])

    def _take(
        self, worker: _Worker, tasks: Sequence[Task], waiting: deque[int], ready: dict[int, Result]
    ) -> None:
        """What a worker says: that it is ready, or a result; the task of a dead one is done once more."""
        assert worker.given is not None
        try:
            good, result = worker.pipe.recv()
        except (EOFError, OSError):
            why, given = self._replace(worker), worker.given
            self._deaths[given] += worker.begun
            if self._deaths[given] < 2:
                waiting.appendleft(given)
            else:
                ready[given] = self.lost(tasks[given], why)
            return
        if not good:
            raise BadInput(result)
        if worker.begun:
            ready[worker.given], worker.given = result, None
        worker.begun = True

    def _replace(self, worker: _Worker) -> str:
        """Put a new process in the place of a dead one, and say how that ended."""
        worker.pipe.close()
        worker.process.join()
        code = worker.process.exitcode or 0
        how = f"signal {-code}" if code < 0 else f"code {code}"
        self._stillborn += not worker.begun
        if self._stillborn > STARTS:
            raise BadInput(f"--workers: a process ended with {how} before it was ready; expected it to start")
        self._running[self._running.index(worker)] = self._start()
        return f"the process that judged it ended with {how}"

    def _start(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, self.make, self.threads), daemon=True)
        with _inherited(self.threads):
            process.start()
        theirs.close()
        return _Worker(process, ours)


@contextlib.contextmanager
def _inherited(threads: int) -> Iterator[None]:
    """What processes started here inherit: the number of threads, unless the user set it, and no Ctrl-C.

    That is held back for good in them, since the main process is the one that stops them.
    """
    mine, mask = [name for name in THREADS if name not in os.environ], set[int]()
    os.environ.update(dict.fromkeys(mine, str(threads)))
    if hasattr(signal, "pthread_sigmask"):
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for name in mine:
            os.environ.pop(name, None)


def _work(pipe: Connection, make: Callable[[], Callable[[Any], Any]], threads: int) -> None:
    """The life of a worker: a task in, a result out, until the pipe closes."""
    import cv2

    cv2.setNumThreads(threads)
    with contextlib.suppress(EOFError, OSError):
        try:
            judge = make()
            pipe.send((True, None))
            while True:
                pipe.send((True, judge(pipe.recv())))
        except TwinlensError as error:
            pipe.send((False, str(error)))
