"""How many calls and tokens models may cost: counted for the whole process, from all threads."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field


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

    def take(self) -> str:
        """Count one call that is about to be made; why it may not be, where the allowance is used up."""
        with self._lock:
            if self.most_calls is not None and self.calls >= self.most_calls:
                return f"the budget is used up: {self.calls} calls of {self.most_calls} allowed were made"
            if self.most_tokens is not None and self.tokens >= self.most_tokens:
                return f"the budget is used up: {self.tokens} tokens of {self.most_tokens} allowed were used"
            self.calls += 1
            return ""

    def spend(self, tokens: int) -> None:
        """Count the tokens of a call that was made."""
        with self._lock:
            self.tokens += tokens


_whole = Meter()


def allow(calls: int | None = None, tokens: int | None = None) -> None:
    """What all calls of this process may cost from now on, whatever judge makes them."""
    global _whole
    _whole = Meter(calls, tokens)


def whole() -> Meter:
    """What this process has spent."""
    return _whole
