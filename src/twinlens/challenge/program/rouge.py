"""ROUGE-L of a text and one reference (Lin 2004), the F-measure, equal to rouge-score's without stemming."""

from __future__ import annotations


def rouge_l(words: list[str], places: dict[str, int], length: int) -> float:
    """ROUGE-L of a text, 0 to 1, higher is nearer; `places` and `length` are of the reference's words.

    The longest common subsequence is that of Hyyrö 2004, by bits.
    """
    every = (1 << length) - 1
    left = every
    for at in filter(None, map(places.get, words)):
        hit = left & at
        left = (left + hit | left - hit) & every
    common = length - bin(left).count("1")
    return 2 * common / (len(words) + length) if common else 0.0
