"""What calls to models cost: how many there were, how many failed, what tokens they took."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twinlens.core.errors import BadInput

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ModelUsage:
    """Calls and failed ones, seconds of all, tokens sent and written; `uncounted` calls have no tokens."""

    calls: int = 0
    failed: int = 0
    seconds: float = 0.0
    prompt_tokens: int = 0
    answer_tokens: int = 0
    uncounted: int = 0


def usage_of(calls: Iterable[dict[str, Any]]) -> ModelUsage:
    """The sum of calls, as `times.jsonl` and `ratings.jsonl` record them.

    >>> good = {"outcome": "ok", "seconds": 2.0, "prompt_tokens": 900, "answer_tokens": 80}
    >>> usage_of([good, {"outcome": "late"}])
    ModelUsage(calls=2, failed=1, seconds=2.0, prompt_tokens=900, answer_tokens=80, uncounted=1)
    """
    known = list(calls)
    sent, written = ([call.get(f"{kind}_tokens") for call in known] for kind in ("prompt", "answer"))
    return ModelUsage(
        calls=len(known),
        failed=sum(call.get("outcome") != "ok" for call in known),
        seconds=sum((call.get("seconds") or 0.0 for call in known), 0.0),
        prompt_tokens=sum(tokens or 0 for tokens in sent),
        answer_tokens=sum(tokens or 0 for tokens in written),
        uncounted=sum(None in tokens for tokens in zip(sent, written, strict=True)),
    )


def calls_of(folder: Path) -> Iterator[Record]:
    """All calls of a run, also those of a judging that was interrupted; none where the run tells none."""
    file = folder / "times.jsonl"
    try:
        lines = file.read_bytes().splitlines() if file.exists() else []
    except OSError as error:
        raise BadInput(f"{str(file)!r}: cannot be read: {error.strerror}; expected times") from None
    for line in lines:
        if b'"calls"' not in line:
            continue
        try:
            calls = json.loads(line).get("calls") or ()
        except (AttributeError, ValueError, RecursionError):
            continue  # cut short as the run ended
        yield from (call for call in calls if isinstance(call, dict))
