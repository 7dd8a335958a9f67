"""Code that is none of ours, such as a judge in a file, run so that it can do nothing worse than fail.

Whatever it raises ends as `ForeignError`, also what ends a program (`sys.exit`, `os._exit`, a
KeyboardInterrupt of its own). The user's Ctrl-C does not: it stops the command, even where the code catches
it. Errors of ours pass. The working folder is as before.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

from twinlens.core.errors import TwinlensError

T = TypeVar("T")
_exit = os._exit
_interrupted = threading.Event()
LONGEST = 1000
"""Characters of what an exception says."""


class ForeignError(Exception):
    """What foreign code raised, in one line; the exception itself is the cause."""


def call_foreign(work: Callable[[], T]) -> T:
    """What comes of the work; ForeignError where it breaks."""
    process, folder = os.getpid(), _working_folder()

    def leave(code: int) -> NoReturn:
        if os.getpid() != process:
            _exit(code)
        raise SystemExit(code)

    with _watched() as by_user:
        os._exit = leave  # type: ignore[assignment]
        try:
            return work()
        except TwinlensError:
            raise
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt) and by_user():
                raise
            raise ForeignError(described(error)) from error
        finally:
            if os.getpid() != process:
                _exit(1)  # a fork of ours, which must not go on beside us
            os._exit = _exit
            if folder:
                os.chdir(folder)


def _working_folder() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was deleted
        return ""


def described(error: BaseException) -> str:
    """An exception in one line, also where its own text cannot be made.

    >>> described(ValueError("too  long"))
    'ValueError: too long'
    """
    try:
        text = str(error)
    except Exception:  # noqa: BLE001  a class from outside may do anything
        text = "(its message cannot be read)"
    return " ".join(f"{type(error).__name__}: {text[:LONGEST]}".split()).removesuffix(":")


@contextmanager
def _watched() -> Iterator[Callable[[], bool]]:
    """Says whether an interrupt is the user's, and raises at the end one that was caught meanwhile.

    Interrupts reach the main thread only. Where another handler than Python's own is set, whose interrupt it
    is cannot be known; it then counts as the user's.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
    elif (handler := signal.getsignal(signal.SIGINT)) is not signal.default_int_handler:
        yield lambda: handler is not _note or _interrupted.is_set()
    else:
        _interrupted.clear()
        signal.signal(signal.SIGINT, _note)
        try:
            yield _interrupted.is_set
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if _interrupted.is_set():
            raise KeyboardInterrupt


def _note(*_: Any) -> None:
    _interrupted.set()
    raise KeyboardInterrupt
