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
class Spent:
    """Calls and failed ones, seconds of all, tokens sent and written; `uncounted` calls tell no tokens."""

    calls: int = 0
    failed: int = 0
    seconds: float = 0.0
    prompt_tokens: int = 0
    answer_tokens: int = 0
    uncounted: int = 0


def spent(calls: Iterable[Record]) -> Spent:
    """The sum of calls as `times.jsonl` and `ratings.jsonl` tell them.

    >>> good = {"outcome": "ok", "seconds": 2.0, "prompt_tokens": 900, "answer_tokens": 80}
    >>> spent([good, {"outcome": "late"}])
    Spent(calls=2, failed=1, seconds=2.0, prompt_tokens=900, answer_tokens=80, uncounted=1)
    """
    many = failed = sent = written = uncounted = 0
    seconds = 0.0
    for call in calls:
        many += 1
        failed += call.get("outcome") != "ok"
        seconds += call.get("seconds") or 0.0
        tokens = call.get("prompt_tokens"), call.get("answer_tokens")
        sent += tokens[0] or 0
        written += tokens[1] or 0
        uncounted += None in tokens
    return Spent(many, failed, seconds, sent, written, uncounted)


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
