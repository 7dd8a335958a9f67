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
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar

from twinlens.core.errors import BadInput, TwinlensError

WINDOW = 8
"""Rows a worker may be ahead of the slowest one; a kill loses at most these."""
STARTS = 3
"""Processes of a run that may die before they are ready."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
Task = TypeVar("Task")
Result = TypeVar("Result")


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
                for number, result in filter(None, (self._take(one, tasks) for one in self._answering())):
                    if result is None:
                        waiting.appendleft(number)
                    else:
                        ready[number] = result
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

    def _answering(self) -> list[_Worker]:
        pipes = wait([worker.pipe for worker in self._running if worker.given is not None])
        return [worker for worker in self._running if worker.pipe in pipes]

    def _take(self, worker: _Worker, tasks: Sequence[Task]) -> tuple[int, Result | None] | None:
        """The number and result of the task a worker has done; no result where it is to be done once more."""
        assert worker.given is not None
        try:
            good, result = worker.pipe.recv()
        except (EOFError, OSError):
            why = self._replace(worker)
            self._deaths[worker.given] += worker.begun
            again = self._deaths[worker.given] < 2
            return worker.given, None if again else self.lost(tasks[worker.given], why)
        if not good:
            raise BadInput(result)
        if not worker.begun:
            worker.begun = True
            return None
        done, worker.given = worker.given, None
        return done, result

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
        with _threads(self.threads), _no_interrupt():
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
