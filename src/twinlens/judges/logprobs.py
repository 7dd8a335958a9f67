"""How likely a model's answer was: the probability of A where its text names the side."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from twinlens.language.answer import last_answer

_LETTER = re.compile(r"<\s{0,3}answer\s{0,3}>\s{0,8}(?:image\s{1,2})?([AB])\b", re.IGNORECASE)
_NAMED = re.compile(r"\W{0,8}([AB])(?:\W.{0,8})?", re.IGNORECASE | re.DOTALL)


def probability_of_a(tokens: Sequence[Any]) -> float | None:
    """The probability of A, normalised over A and B, where the last answer of a text names its side.

    `tokens` are those of the whole completion as OpenAI-compatible servers give them, each with `token` and
    `top_logprobs`. None where they hold no such answer; a side that is not among the likeliest counts as 0.

    >>> likely = [{"token": "A", "logprob": -0.1}, {"token": "B", "logprob": -2.4}]
    >>> round(probability_of_a([{"token": "<answer>"}, {"token": "A", "top_logprobs": likely}]), 3)
    0.909
    """
    pieces: list[Any] = [token.get("token") if isinstance(token, dict) else None for token in tokens]
    if not all(isinstance(piece, str) for piece in pieces):
        return None
    text = "".join(pieces)
    letters = list(_LETTER.finditer(text))
    if not letters or last_answer(text) != letters[-1][1].lower():
        return None
    ends = accumulate(map(len, pieces))
    place = next(at for at, end in enumerate(ends) if letters[-1].start(1) < end)
    return _share(tokens[place].get("top_logprobs"))


def _share(likely: Any) -> float | None:
    """The share of A in the probabilities of one token, None where neither side is among the likeliest."""
    sides = {"a": 0.0, "b": 0.0}
    for one in likely if isinstance(likely, list) else ():
        token, logprob = (one.get("token"), one.get("logprob")) if isinstance(one, dict) else (None, None)
        named = _NAMED.fullmatch(token) if isinstance(token, str) else None
        if named and isinstance(logprob, int | float) and logprob <= 0.01:
            sides[named[1].lower()] += math.exp(logprob)
    both = sides["a"] + sides["b"]
    return sides["a"] / both if both > 0 else None
