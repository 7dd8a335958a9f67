"""What libraries print and warn of while decoding stays off the terminal and never becomes an exception."""

import os
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from PIL import Image


class Shared:
    """A state of the process that the first thread to enter sets and the last to leave restores.

    `warnings.catch_warnings` and the like by themselves would, in two threads, restore each other's state.
    """

    def __init__(self, state: Callable[[], AbstractContextManager[None]]) -> None:
        self._state, self._lock, self._inside, self._exit = state, threading.Lock(), 0, ExitStack()

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._exit.enter_context(self._state())
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._exit.close()


@contextmanager
def _no_warnings() -> Iterator[None]:
    limit = Image.MAX_IMAGE_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Image.MAX_IMAGE_PIXELS = None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit


@contextmanager
def redirected(stream: int, to: int) -> Iterator[None]:
    """What is written to a descriptor, such as 2, goes to another, as long as this lasts."""
    try:
        copy = os.dup(stream)
    except OSError:  # a program without it
        yield
        return
    try:
        os.dup2(to, stream)
        yield
    finally:
        os.dup2(copy, stream)
        os.close(copy)


@contextmanager
def _no_stderr() -> Iterator[None]:
    with open(os.devnull, "wb") as null, redirected(2, null.fileno()):
        yield


quiet = Shared(_no_warnings)
"""No warnings, and no size limit of Pillow's own: sizes are held against `Limits`."""
mute = Shared(_no_stderr)
"""Nothing on standard error: libtiff and LibRaw print there by themselves what they find damaged."""
