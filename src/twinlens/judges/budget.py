"""What calls to servers may cost, in calls and tokens: counted over all judges and threads of a process.

A budget is no part of a judge or of a run, so one that stopped goes on with a further one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from twinlens.core.errors import BudgetSpent


@dataclass(eq=False)
class Meter:
    """What was spent of an allowance; None where there is no end to it.

    Tokens are known after a call only, so calls under way at the same time may go beyond them.
    """

    most_calls: int | None = None
    most_tokens: int | None = None
    calls: int = 0
    tokens: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def limited(self) -> bool:
        """Whether there is an end to it."""
        return self.most_calls is not None or self.most_tokens is not None

    def take(self) -> None:
        """Count one call that is about to be made; BudgetSpent where none may be made any more."""
        with self._lock:
            if _reached(self.calls, self.most_calls) or _reached(self.tokens, self.most_tokens):
                raise BudgetSpent(self.told())
            self.calls += 1

    def spend(self, tokens: int) -> None:
        """Count the tokens of a call that was made."""
        with self._lock:
            self.tokens += tokens

    def told(self) -> str:
        """What was spent, in one line.

        >>> Meter(most_calls=20, calls=20, tokens=31_204).told()
        'the budget is used up: 20 of 20 calls made, 31,204 tokens used'
        """
        calls, tokens = _of(self.calls, self.most_calls), _of(self.tokens, self.most_tokens)
        return f"the budget is used up: {calls} calls made, {tokens} tokens used"


def _reached(spent: int, most: int | None) -> bool:
    return most is not None and spent >= most


def _of(spent: int, most: int | None) -> str:
    return f"{spent:,}" if most is None else f"{spent:,} of {most:,}"


_whole = Meter()


@contextmanager
def allow(calls: int | None = None, tokens: int | None = None) -> Iterator[Meter]:
    """What all calls made meanwhile may cost, whatever judge makes them, in whatever thread."""
    global _whole
    before, _whole = _whole, Meter(calls, tokens)
    try:
        yield _whole
    finally:
        _whole = before


def whole() -> Meter:
    """What is counted now."""
    return _whole


@contextmanager
def going_on(kept: Callable[[], str]) -> Iterator[None]:
    """Tells, where the budget is spent, what was spent and kept, and that the command can go on."""
    try:
        yield
    except BudgetSpent:
        raise BudgetSpent(f"{_whole.told()}; {kept()}; the same command goes on") from None
