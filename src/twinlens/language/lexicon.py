"""The words experts use of places and qualities: the lists of `lexicon.toml`, ready to look words up in."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files

_DATA = tomllib.loads((files("twinlens.language") / "lexicon.toml").read_text("utf-8"))


class Words:
    """A list of words, endings open where a `*` stands; `in` asks whether a lower-case word is among them."""

    def __init__(self, listed: str) -> None:
        self.listed = frozenset(listed.split())
        self._whole = frozenset(word for word in self.listed if not word.endswith("*"))
        self._stems = tuple(word[:-1] for word in self.listed if word.endswith("*"))

    def __contains__(self, word: str) -> bool:
        return word in self._whole or word.startswith(self._stems)


def matching(words: Iterable[str], table: Mapping[str, Words]) -> tuple[str, ...]:
    """The names of the table whose words occur, in the table's order."""
    given = tuple(words)
    return tuple(name for name, known in table.items() if any(word in known for word in given))


def _rewrites(name: str, pattern: str = "{}") -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern.format(expression)), to) for expression, to in _DATA[name])


REGIONS = {name: Words(listed) for name, listed in _DATA["regions"].items()}
ASPECTS = {name: Words(listed) for name, listed in _DATA["aspects"].items()}
WEAK_ASPECTS = {name: (Words(listed), unless) for name, (listed, unless) in _DATA["weak_aspects"].items()}
"""Words that name an aspect only where nothing else ("any"), or not that other aspect, is named."""
WORDS = {name: Words(listed) for name, listed in _DATA["words"].items()}
REWRITES = (
    *_rewrites("rewrites"),
    *((pattern, f" {word} ") for pattern, word in _rewrites("phrases", r"\b(?:{})\b")),
)
"""Expressions of a statement, and what stands for their match; to be applied in this order."""
TOPIC_REWRITES = _rewrites("topics")
PREAMBLE = re.compile(_DATA["preamble"])
"""How sentences open that announce an examination; they claim nothing."""
