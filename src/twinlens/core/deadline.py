"""Work that has to be done in time, by a thread that nobody waits for: what it calls may never come back."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def within(seconds: float, work: Callable[[], T]) -> T:
    """What comes of the work, or what it raises; TimeoutError where it is not done in so many seconds."""
    done: Future[T] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001  it is raised below
            done.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return done.result(seconds)
