"""How likely a model's answer was: the chance of A where its text names the side."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from twinlens.language.answer import last_answer

_LETTER = re.compile(r"<\s{0,3}answer\s{0,3}>\s{0,8}(?:image\s{1,2})?([AB])\b", re.IGNORECASE)
_NAMED = re.compile(r"\W{0,8}([AB])(?:\W.{0,8})?", re.IGNORECASE | re.DOTALL)


def first_chance(tokens: Sequence[Any]) -> float | None:
    """The chance of A, normalised over A and B, where the last answer of a text names its side.

    `tokens` are those of the whole answer as OpenAI-compatible servers tell them, each with `token` and
    `top_logprobs`. None where they do not hold such an answer; a side that is not among the likeliest counts
    as 0.

    >>> likely = [{"token": "A", "logprob": -0.1}, {"token": "B", "logprob": -2.4}]
    >>> round(first_chance([{"token": "<answer>"}, {"token": "A", "top_logprobs": likely}]), 3)
    0.909
    """
    told = [token.get("token") if isinstance(token, dict) else None for token in tokens]
    pieces = [piece for piece in told if isinstance(piece, str)]
    if len(pieces) < len(told):
        return None
    text = "".join(pieces)
    match = None
    for match in _LETTER.finditer(text):  # noqa: B007  the last one is wanted
        pass
    if match is None or last_answer(text) != match[1].lower():
        return None
    end = 0
    for token, piece in zip(tokens, pieces, strict=True):
        end += len(piece)
        if match.start(1) < end:
            return _share(token.get("top_logprobs"))
    return None


def _share(likely: Any) -> float | None:
    """The share of A in what is likely at one place, None where neither side is."""
    chances = {"a": 0.0, "b": 0.0}
    for one in likely if isinstance(likely, list) else ():
        token, logprob = (one.get("token"), one.get("logprob")) if isinstance(one, dict) else (None, None)
        named = _NAMED.fullmatch(token) if isinstance(token, str) else None
        if named and isinstance(logprob, int | float) and logprob <= 0.01:
            chances[named[1].lower()] += math.exp(logprob)
    both = chances["a"] + chances["b"]
    return chances["a"] / both if both > 0 else None
