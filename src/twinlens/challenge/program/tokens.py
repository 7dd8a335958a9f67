"""A text as the two metrics split it: tokens of mteval-v13a for BLEU, words for ROUGE."""

from __future__ import annotations

import re

_SYMBOL = re.compile(r"([{-~[-` -&(-+:-@/])")
_AFTER_NO_DIGIT = re.compile(r"([^0-9])([.,])")
_BEFORE_NO_DIGIT = re.compile(r"([.,])([^0-9])")
_DASH = re.compile(r"([0-9])(-)")
_WORD = re.compile(r"[a-z0-9]+")
_ENTITIES = (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"))
_MOST_KNOWN, _LONGEST_KNOWN = 100000, 40
_known = {}  # type: dict[str, tuple[list[str], list[str]]]


def split(text: str) -> tuple[list[str], list[str]]:
    """The tokens of a text as sacrebleu has them (13a, with case) and its words as rouge-score has them.

    Words are runs of a to z and digits, in lower case.

    >>> tokens, words = split("Image A (Left) is 3.5 dB better, by far.")
    >>> tokens
    ['Image', 'A', '(', 'Left', ')', 'is', '3.5', 'dB', 'better', ',', 'by', 'far', '.']
    >>> words
    ['image', 'a', 'left', 'is', '3', '5', 'db', 'better', 'by', 'far']
    """
    cleaned = text.rstrip().replace("<skipped>", "").replace("-\n", "")
    if "&" in cleaned:
        for entity, letter in _ENTITIES:
            cleaned = cleaned.replace(entity, letter)
    tokens, words = _split(cleaned)
    return tokens, words if len(cleaned) == len(text) else _split(text)[1]


def _split(text: str) -> tuple[list[str], list[str]]:
    """Both of a text, blank by blank: no rule of either looks beyond one."""
    tokens, words = [], []  # type: tuple[list[str], list[str]]
    for part in text.split():
        both = _known.get(part)
        if both is None:
            both = _both(part)
            if len(part) <= _LONGEST_KNOWN and len(_known) < _MOST_KNOWN:
                _known[part] = both
        tokens += both[0]
        words += both[1]
    return tokens, words


def _both(part: str) -> tuple[list[str], list[str]]:
    """Tokens and words of a part without blanks."""
    words = _WORD.findall(part.lower())
    ends = part[-1] in ".,:;)"
    stem = part[:-1] if ends else part
    if stem.replace("-", "a").isalpha():  # nearly all: a word, or a word and a mark
        return [stem, part[-1]] if ends else [part], words
    part = _SYMBOL.sub(r" \1 ", " " + part + " ")
    part = _BEFORE_NO_DIGIT.sub(r" \1 \2", _AFTER_NO_DIGIT.sub(r"\1 \2 ", part))
    return _DASH.sub(r"\1 \2 ", part).split(), words


def places(tokens: list[str]) -> dict[str, int]:
    """Where each token stands, as bits: bit i for the i-th.

    >>> places(["the", "cat", "the"])
    {'the': 5, 'cat': 2}
    """
    made, bit = {}, 1  # type: tuple[dict[str, int], int]
    for token in tokens:
        if token in made:
            made[token] |= bit
        else:
            made[token] = bit
        bit <<= 1
    return made
