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
    those of its first n - 1 tokens where its last n - 1 follow. No two n-grams share a place, so its places
    stand for it.
    """
    matched = {at: places[token] for at, token in enumerate(tokens) if token in places}
    if not matched:
        return 0.0
    logs, smooth = [], 1.0
    for order in range(min(4, len(tokens))):
        if order:
            both = ((at, matched[at] & matched[at + 1] >> 1) for at in matched if at + 1 in matched)
            matched = {at: begins for at, begins in both if begins}
        hits = _clipped(list(matched.values()))
        if not hits:
            smooth *= 2
        logs.append(math.log((hits or 1 / smooth) / (len(tokens) - order)))
    brevity = min(0.0, 1 - length / len(tokens))
    return math.exp(brevity + math.fsum(logs) / len(logs))


def _clipped(begins: list[int]) -> int:
    """How many n-grams match, each as often as the reference has it at most.

    They are counted by their last place, which names them too: powers of two are poor keys of a dict.
    """
    last = list(map(int.bit_length, begins))
    hits = len(set(last))
    if hits < len(last):
        repeated = [(begins[last.index(at)], count) for at, count in Counter(last).items() if count > 1]
        hits += sum([min(count, bin(begin).count("1")) - 1 for begin, count in repeated])
    return hits
