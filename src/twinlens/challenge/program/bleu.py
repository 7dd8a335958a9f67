"""BLEU-4 of a sentence and one reference (Papineni et al. 2002), equal to sacrebleu's.

Tokens are those of mteval-v13a, with case; orders that the sentence is too short for are left out (effective
order), and an order without a match counts as 1 / 2^k n-grams, k the orders without one so far ("exp").
"""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import NamedTuple

_SYMBOL = re.compile(r"([{-~\[-` -&(-+:-@/])")
_AFTER_NO_DIGIT = re.compile(r"([^0-9])([.,])")
_BEFORE_NO_DIGIT = re.compile(r"([.,])([^0-9])")
_DASH = re.compile(r"([0-9])(-)")
_MOST_WORDS = 100000
_tokens_of_word: dict[str, list[str]] = {}


class Counts(NamedTuple):
    """The n-grams of a text by how often they occur, and the number of tokens."""

    ngrams: dict[object, int]
    length: int


def tokens(text: str) -> list[str]:
    """The tokens of a text, by mteval-v13a.

    >>> tokens("Image A (Left) is 3.5 dB better, by far.")
    ['Image', 'A', '(', 'Left', ')', 'is', '3.5', 'dB', 'better', ',', 'by', 'far', '.']
    """
    text = text.rstrip().replace("<skipped>", "").replace("-\n", "")
    if "&" in text:
        for entity, letter in (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")):
            text = text.replace(entity, letter)
    made = []  # type: list[str]
    for word in text.split():
        known = _tokens_of_word.get(word)
        if known is None:
            if len(_tokens_of_word) > _MOST_WORDS:
                _tokens_of_word.clear()
            known = _tokens_of_word[word] = _split(word)
        made += known
    return made


def _split(word: str) -> list[str]:
    """The tokens of a word without blanks: none of the rules looks beyond a blank."""
    if word.isalnum():
        return [word]
    word = _SYMBOL.sub(r" \1 ", " " + word + " ")
    word = _BEFORE_NO_DIGIT.sub(r" \1 \2", _AFTER_NO_DIGIT.sub(r"\1 \2 ", word))
    return _DASH.sub(r"\1 \2 ", word).split()


def ngram_counts(text: str) -> Counts:
    """The n-grams of a text up to four tokens; those of one token are strings, longer ones tuples."""
    words = tokens(text)
    counts = Counter(words)  # type: Counter[object]
    for order in (2, 3, 4):
        counts.update(zip(*(words[at:] for at in range(order))))  # noqa: B905, no strict in 3.7
    return Counts(counts, len(words))


def bleu(made: Counts, reference: Counts) -> float:
    """BLEU-4 of a text, 0 to 1, higher is nearer; 0 where it has no token of the reference."""
    hits = [0, 0, 0, 0]
    for ngram in made.ngrams.keys() & reference.ngrams.keys():
        order = 0 if isinstance(ngram, str) else len(ngram) - 1  # type: ignore[arg-type]
        hits[order] += min(made.ngrams[ngram], reference.ngrams[ngram])
    if not hits[0]:
        return 0.0
    logs, smooth = [], 1.0
    for order, hit in enumerate(hits):
        total = made.length - order
        if total <= 0:
            break
        if not hit:
            smooth *= 2
        logs.append(math.log((hit or 1 / smooth) / total))
    brevity = min(0.0, 1 - reference.length / made.length)
    return math.exp(brevity + math.fsum(logs) / len(logs))
