"""Rationales that are nearly the same: within a submission, and of the same items in two of them.

Two texts are compared by the resemblance of Broder (1997): the Jaccard index of their shingles, here of three
words. Of the 4,950 pairs of the challenge's 100 expert texts none exceeds 0.17; a text with every tenth word
replaced keeps about 0.58, with every seventh 0.48.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array  # type: ignore[import-untyped]
from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

from twinlens.stats.interval import Array

Matrix = NDArray[np.bool_]
SHINGLE = 3
"""Words of a shingle."""
ALIKE = 0.5
"""Texts of at least this resemblance are nearly the same."""
SHARED = 0.5
"""Two submissions are near-duplicates where so many of their texts are nearly the same, item by item."""
_WORD = re.compile(r"\w+")
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Copies:
    """Two submissions with the share (0 to 1) of texts that are nearly the same, and of equal answers."""

    first: int
    second: int
    texts: float
    answers: float


def resemblance(texts: Sequence[str]) -> Array:
    """The Jaccard index of the shingles of each two texts: (n, n), 0 to 1; 0 for a text without words.

    >>> resemblance(["a cat on a mat", "A cat on a rug.", ""]).round(2).tolist()
    [[1.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 0.0]]
    """
    rows, shingles = _shingles(texts)
    _, columns = np.unique(shingles, return_inverse=True)
    ones = np.ones(len(rows), np.float32)
    matrix = csr_array((ones, (rows, columns)), shape=(len(texts), int(columns.max(initial=0)) + 1))
    matrix.data[:] = 1  # a shingle that comes twice counts once
    both = np.asarray((matrix @ matrix.T).todense(), np.float64)
    size = np.diag(both)
    union = size[:, None] + size - both
    return np.where(union > 0, both / np.where(union > 0, union, 1.0), 0.0)


def _shingles(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """The shingles of all texts as hashes, and the text each is of; a shorter text is one shingle."""
    known: dict[str, int] = {}
    words = [
        [known.setdefault(word, len(known) + 1) for word in _WORD.findall(text.lower())] for text in texts
    ]
    words = [one + [0] * (SHINGLE - len(one)) if one else [] for one in words]
    owner = np.repeat(np.arange(len(texts)), [len(one) for one in words])
    flat = np.array([word for one in words for word in one], np.uint64)
    many = max(len(flat) - SHINGLE + 1, 0)
    hashes = np.zeros(many, np.uint64)
    for shift in range(SHINGLE):
        hashes = hashes * _FACTOR + flat[shift : shift + many]
    within = owner[:many] == owner[SHINGLE - 1 :][:many]
    return owner[:many][within], hashes[within]


def distinct(texts: Sequence[str]) -> float:
    """The share of different texts among those of a submission, nearly the same ones counted once.

    >>> distinct(["one fixed text for all", "One fixed text for all!", "something else to say"]).__round__(2)
    0.67
    """
    written = [text for text in texts if text.strip()]
    if not written:
        return 0.0
    count, _ = connected_components(resemblance(written) >= ALIKE, directed=False)
    return int(count) / len(written)


def copies(texts: Sequence[Sequence[str]], answers: Sequence[Sequence[str]]) -> list[Copies]:
    """The submissions that are near-duplicates, of their texts and answers item by item.

    All have the same items in the same order. An item counts where both wrote a text, answers where both gave
    one.
    """
    count, items = len(texts), len(texts[0]) if texts else 0
    alike, both = np.zeros((count, count)), np.zeros((count, count))
    for item in range(items):
        column = [one[item] for one in texts]
        written = np.array([bool(text.strip()) for text in column])
        alike += resemblance(column) >= ALIKE
        both += written[:, None] & written
    share = np.where(both > 0, alike / np.maximum(both, 1), 0.0)
    pairs = zip(*np.nonzero(np.triu(share >= SHARED, 1)), strict=True)
    return [Copies(int(a), int(b), float(share[a, b]), _same(answers[a], answers[b])) for a, b in pairs]


def _same(mine: Sequence[str], theirs: Sequence[str]) -> float:
    """The share of equal answers where both gave one."""
    both = [one == other for one, other in zip(mine, theirs, strict=True) if one and other]
    return sum(both) / len(both) if both else 0.0
