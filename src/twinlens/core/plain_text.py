"""Foreign text on one line, with nothing in it that a terminal or a page would obey."""

import unicodedata
from collections.abc import Iterable


def plain(text: str) -> str:
    """Text on one line that a terminal shows and never obeys.

    Space of any kind becomes one blank; control, formatting (such as a change of direction), private and
    unassigned characters become U+FFFD.

    >>> plain("a\\tb\\x1b[31m")
    'a b\\ufffd[31m'
    """
    line = " ".join(text.split())
    return "".join("\ufffd" if _unsafe(letter) else letter for letter in line)


def first(names: Iterable[str], most: int) -> str:
    """The first names, and how many more there are.

    >>> first(["a", "b", "c"], 2), first(["a", "b"], 2)
    ('a, b and 1 more', 'a, b')
    """
    every = list(names)
    return ", ".join(every[:most]) + f" and {len(every) - most:,} more" * (len(every) > most)


def _unsafe(letter: str) -> bool:
    # zero-width joiners hold emoji and some scripts together and move nothing
    return unicodedata.category(letter)[0] == "C" and letter not in "\u200c\u200d"
