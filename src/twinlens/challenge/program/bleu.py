"""BLEU-4 of a sentence and one reference (Papineni et al. 2002), equal to sacrebleu's.

Orders that the sentence is too short for are left out (effective order); an order without a match counts as
1 / 2^k n-grams, k the orders without one so far ("exp").
"""

from __future__ import annotations

import math
from collections import Counter


def bleu(tokens: list[str], places: dict[str, int], length: int) -> float:
    """BLEU-4 of a text, 0 to 1, higher is nearer; 0 where it has no token of the reference.

    `places` and `length` are of the reference's tokens. The places of an n-gram (bit i: it begins at i) are
    those of its first n - 1 tokens where its last n - 1 follow. No two n-grams share a place, so it stands
    for the n-gram.
    """
    begins = list(map(places.get, tokens))  # type: list[int | None]
    logs, smooth = [], 1.0
    for order in range(min(4, len(tokens))):
        if order:
            pairs = zip(begins, begins[1:])  # noqa: B905, RUF007
            begins = [first and rest and first & rest >> 1 for first, rest in pairs]
        hits = _clipped(begins)
        if not hits:
            smooth *= 2
        logs.append(math.log((hits or 1 / smooth) / len(begins)))
        if not hits and not order:
            return 0.0
    if not logs:
        return 0.0
    brevity = min(0.0, 1 - length / len(tokens))
    return math.exp(brevity + math.fsum(logs) / len(logs))


def _clipped(begins: list[int | None]) -> int:
    """The n-grams that match, each as often as the reference has it at most."""
    counts = Counter(begins)
    del counts[0], counts[None]
    repeated = [(at, count) for at, count in counts.items() if count > 1]
    return len(counts) + sum([min(count, bin(at).count("1")) - 1 for at, count in repeated if at])
