"""Rows judged by several processes, handed back in the order they came in.

Each process has a pipe of its own. When the main process dies in any way the pipes close and the workers end,
so nothing is left behind. When a worker dies its row is judged once more by a new one, then counted as a
failure.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar

from twinlens.core.errors import BadInput, TwinlensError

AHEAD = 2
"""Rows that a worker is given at a time, so that it never waits for the next."""
WINDOW = 8
"""Rows a worker may be ahead of the slowest one; a kill loses at most these."""
STARTS = 3
"""Processes of a run that may die before they are ready."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    given: deque[int] = field(default_factory=deque)
    begun: bool = False


@dataclass
class Pool(Generic[Task, Result]):
    """Processes that each call `make()` once, then the function it gives for every task.

    `lost` makes the result of a task whose process died twice, from the task and the reason.
    """

    make: Callable[[], Callable[[Task], Result]]
    workers: int
    lost: Callable[[Task, str], Result]
    _running: list[_Worker] = field(default_factory=list)
    _stillborn: int = 0

    def map(self, tasks: Sequence[Task]) -> Iterator[Result]:
        """The results in the order of the tasks."""
        waiting, ready = deque(range(len(tasks))), dict[int, Result]()
        failed: dict[int, int] = {}
        due = 0
        try:
            self._running = [self._start() for _ in range(min(self.workers, len(tasks)))]
            while due < len(tasks):
                self._hand_out(waiting, tasks, due + WINDOW * self.workers)
                for worker in self._answering():
                    self._take(worker, waiting, ready, failed, tasks)
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
        for depth in range(1, AHEAD + 1):
            for worker in self._running:
                if len(worker.given) < depth and waiting and waiting[0] < limit:
                    at = waiting.popleft()
                    worker.given.append(at)
                    with contextlib.suppress(OSError):  # a dead one is found when its answer is due
                        worker.pipe.send(tasks[at])

    def _answering(self) -> list[_Worker]:
        pipes = wait([worker.pipe for worker in self._running if worker.given])
        return [worker for worker in self._running if worker.pipe in pipes]

    def _take(
        self,
        worker: _Worker,
        waiting: deque[int],
        ready: dict[int, Result],
        failed: dict[int, int],
        tasks: Sequence[Task],
    ) -> None:
        try:
            good, result = worker.pipe.recv()
        except (EOFError, OSError):
            at = worker.given[0]
            why = self._replace(worker)
            failed[at] = failed.get(at, 0) + worker.begun
            if failed[at] > 1:
                worker.given.popleft()
                ready[at] = self.lost(tasks[at], why)
            waiting.extendleft(reversed(worker.given))
            return
        if not good:
            raise BadInput(result)
        if worker.begun:
            ready[worker.given.popleft()] = result
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
        threads = max(1, (os.cpu_count() or 1) // self.workers)
        process = context.Process(target=_work, args=(theirs, self.make, threads), daemon=True)
        with _threads(threads), _no_interrupt():
            process.start()
        theirs.close()
        return _Worker(process, ours)


@contextlib.contextmanager
def _threads(count: int) -> Iterator[None]:
    """What processes started here take for the number of threads, unless the user set it."""
    mine = [name for name in THREADS if name not in os.environ]
    os.environ.update(dict.fromkeys(mine, str(count)))
    try:
        yield
    finally:
        for name in mine:
            os.environ.pop(name, None)


@contextlib.contextmanager
def _no_interrupt() -> Iterator[None]:
    """Hold Ctrl-C back, for good in processes started here: the main process is the one that stops them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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
