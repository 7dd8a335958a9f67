"""What calls to models cost: how many there were, how many failed, what tokens they took."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from twinlens.core.types import Call


@dataclass(frozen=True, slots=True)
class ModelUsage:
    """Calls and failed ones, seconds of all, tokens sent and written; `uncounted` calls have no tokens."""

    calls: int = 0
    failed: int = 0
    seconds: float = 0.0
    prompt_tokens: int = 0
    answer_tokens: int = 0
    uncounted: int = 0


def usage_of(calls: Iterable[Call]) -> ModelUsage:
    """The sum of calls, as a run records them.

    >>> usage_of([Call("m", 2.0, (), 900, 80, "ok"), Call("m", None, (), None, None, "late")])
    ModelUsage(calls=2, failed=1, seconds=2.0, prompt_tokens=900, answer_tokens=80, uncounted=1)
    """
    known = list(calls)
    return ModelUsage(
        calls=len(known),
        failed=sum(call.outcome != "ok" for call in known),
        seconds=sum((call.seconds or 0.0 for call in known), 0.0),
        prompt_tokens=sum(call.prompt_tokens or 0 for call in known),
        answer_tokens=sum(call.answer_tokens or 0 for call in known),
        uncounted=sum(None in (call.prompt_tokens, call.answer_tokens) for call in known),
    )
