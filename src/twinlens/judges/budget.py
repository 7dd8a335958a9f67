"""What calls to servers may cost, in calls and tokens: counted over all judges and threads of a process.

A budget is no part of a judge or of a run, so one that stopped is continued with a further one.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from twinlens.core.errors import BudgetSpent, Stopped
from twinlens.judges import reachability


@dataclass(eq=False)
class Meter:
    """The calls and tokens used of an allowance; a limit of None is no limit.

    Tokens are known after a call only, so calls under way at the same time may exceed their limit.
    """

    most_calls: int | None = None
    most_tokens: int | None = None
    calls: int = 0
    tokens: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def limited(self) -> bool:
        """Whether calls or tokens are limited."""
        return self.most_calls is not None or self.most_tokens is not None

    def count_call(self) -> None:
        """Count one call that is about to be made; BudgetSpent where none may be made any more."""
        with self._lock:
            used = (self.calls, self.most_calls), (self.tokens, self.most_tokens)
            if any(most is not None and number >= most for number, most in used):
                raise BudgetSpent(self.summary())
            self.calls += 1

    def count_tokens(self, tokens: int) -> None:
        """Count the tokens of a call that was made."""
        with self._lock:
            self.tokens += tokens

    def summary(self) -> str:
        """What was used, in one line.

        >>> Meter(most_calls=20, calls=20, tokens=31_204).summary()
        'the budget is used up: 20 of 20 calls made, 31,204 tokens used'
        """
        calls, tokens = (
            "" if most is None else f" of {most:,}" for most in (self.most_calls, self.most_tokens)
        )
        return f"the budget is used up: {self.calls:,}{calls} calls made, {self.tokens:,}{tokens} tokens used"


_current = Meter()


@contextmanager
def allow(calls: int | None = None, tokens: int | None = None) -> Iterator[Meter]:
    """What all calls made meanwhile may cost, whatever judge makes them, in whatever thread."""
    global _current
    before, _current = _current, Meter(calls, tokens)
    try:
        yield _current
    finally:
        _current = before


def current() -> Meter:
    """The meter that counts now."""
    return _current


@contextmanager
def resumable(progress: Callable[[], str]) -> Iterator[None]:
    """Adds to what stops the command how far that came, and that the same command continues."""
    reachability.forget()
    try:
        yield
    except Stopped as error:
        said = _current.summary() if isinstance(error, BudgetSpent) else str(error)
        raise type(error)(f"{said}; {progress()}; the same command goes on") from None
