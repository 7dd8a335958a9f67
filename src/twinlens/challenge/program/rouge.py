"""ROUGE-L of a text and one reference (Lin 2004), the F-measure, equal to rouge-score's without stemming."""

from __future__ import annotations

import re
from typing import NamedTuple

_WORD = re.compile(r"[a-z0-9]+")


class Places(NamedTuple):
    """The places of each word of a text, as bits, and the number of words."""

    places: dict[str, int]
    length: int


def words(text: str) -> list[str]:
    """The words of a text: runs of a to z and digits, in lower case.

    >>> words("Image A's PSNR-Y")
    ['image', 'a', 's', 'psnr', 'y']
    """
    return _WORD.findall(text.lower())


def word_places(text: str) -> Places:
    """Where each word of a reference stands."""
    places = {}  # type: dict[str, int]
    made = words(text)
    for place, word in enumerate(made):
        places[word] = places.get(word, 0) | 1 << place
    return Places(places, len(made))


def rouge_l(text: str, reference: Places) -> float:
    """The F-measure of the longest common subsequence of words, 0 to 1, higher is nearer."""
    made = words(text)
    common = _longest_common(made, reference)
    return 2 * common / (len(made) + reference.length) if common else 0.0


def _longest_common(made: list[str], reference: Places) -> int:
    """The length of the longest common subsequence, by bits (Hyyrö 2004)."""
    every = (1 << reference.length) - 1
    left = every
    for word in made:
        hit = left & reference.places.get(word, 0)
        if hit:
            left = ((left + hit) | (left - hit)) & every
    return reference.length - bin(left).count("1")
