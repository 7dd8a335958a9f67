"""The words experts use of places and qualities, ready to look words up in: the lists of `lexicon.toml`.

A file of one's own has the same form. Its words and expressions are added to the built-in ones, which it
needs not repeat; `answers` are regular expressions for answers in a form of one's own.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any

from twinlens.core.errors import BadInput

Rewrites = tuple[tuple[re.Pattern[str], str], ...]
"""Expressions, and what stands for their match; to be applied in this order."""
ANSWER_GROUPS = frozenset(("side", "a", "b", "same"))
"""Groups of an expression for answers: `side` holds the answer; a, b or same is it by having matched."""
_TABLES = ("regions", "aspects", "words")
_LISTS = ("rewrites", "phrases", "answers")
_EXPECTED = f"expected the tables {', '.join(_TABLES)} and the lists {', '.join(_LISTS)} of lexicon.toml"


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


@dataclass(frozen=True, eq=False)
class Lexicon:
    """Everything that is known of words.

    `weak_aspects` are words that name an aspect only where nothing else ("any"), or not that other aspect, is
    named; `preamble` is how sentences open that announce an examination, which claim nothing; `sha256` is
    that of a file of one's own, "" for the built-in words.
    """

    regions: Mapping[str, Words]
    aspects: Mapping[str, Words]
    weak_aspects: Mapping[str, tuple[Words, str]]
    words: Mapping[str, Words]
    rewrites: Rewrites
    preamble: re.Pattern[str]
    answers: tuple[re.Pattern[str], ...] = ()
    sha256: str = ""

    @cached_property
    def _polar(self) -> tuple[Words, ...]:
        names = ("merits", "defects", "positive", "negative", "reducers", "increasers")
        return tuple(self.words[name] for name in (*names, "intensifiers", "diminishers"))

    @cached_property
    def _hyphenated(self) -> Words:
        """The words of places and aspects that have a hyphen."""
        lists = (*self.regions.values(), *self.aspects.values())
        return Words(" ".join(word for words in lists for word in words.listed if "-" in word))

    def has(self, word: str) -> bool:
        """Whether a word with a hyphen is listed as it is, so that its parts are no words of their own."""
        return word in self._hyphenated or any(word in known for known in self._polar)


@dataclass(frozen=True, slots=True)
class Named:
    """What one word names: regions, aspects, and weakly aspects, each with what keeps it from that."""

    regions: tuple[str, ...]
    aspects: tuple[str, ...]
    weakly: tuple[tuple[str, str], ...]


@lru_cache(maxsize=4096)
def named_by(word: str, lexicon: Lexicon) -> Named:
    """What a word names; `about_noise` stands for "in terms of noise", which names the same.

    >>> named_by("detail", ENGLISH).weakly
    (('sharpness', 'texture'),)
    """
    word = word.removeprefix("about_")
    weakly = tuple((name, unless) for name, (weak, unless) in lexicon.weak_aspects.items() if word in weak)
    aspects = matching([word], lexicon.aspects)
    strongly = tuple(name for name in aspects if name not in dict(weakly))
    return Named(matching([word], lexicon.regions), strongly, weakly)


def _expressions(listed: Iterable[Iterable[str]], pattern: str = "{}", to: str = "{}") -> Rewrites:
    pairs = ((expression, word) for expression, word in listed)
    return tuple((re.compile(pattern.format(expression)), to.format(word)) for expression, word in pairs)


def _made(data: Mapping[str, Any], sha256: str = "") -> Lexicon:
    regions, aspects, words = (
        {name: Words(listed) for name, listed in data[table].items()} for table in _TABLES
    )
    weak = {name: (Words(listed), unless) for name, (listed, unless) in data["weak_aspects"].items()}
    phrases = _expressions(data["phrases"], r"\b(?:{})\b", " {} ")
    return Lexicon(
        regions, aspects, weak, words, (*_expressions(data["rewrites"]), *phrases),
        re.compile(data["preamble"]), tuple(map(re.compile, data.get("answers", ()))), sha256,
    )  # fmt: skip


_DATA = tomllib.loads((files("twinlens.language") / "lexicon.toml").read_text("utf-8"))
ENGLISH = _made(_DATA)
"""The built-in words."""


def open_lexicon(path: str) -> Lexicon:
    """The built-in words with those of a file, "" for none; BadInput says what is wrong with it."""
    if not path:
        return ENGLISH
    try:
        with open(path, "rb") as stream:
            content = stream.read()
    except (OSError, ValueError) as error:
        raise BadInput.unreadable(path, error, "words in the form of lexicon.toml") from error
    try:
        own = _added(tomllib.loads(content.decode("utf-8")))
        return _made(own, hashlib.sha256(content).hexdigest())
    except (ValueError, TypeError, AttributeError, RecursionError, re.error) as error:
        raise BadInput(f"{path}: {error}; {_EXPECTED}") from None


def _added(own: Mapping[str, Any]) -> dict[str, Any]:
    """The built-in lists with one's own; ValueError where a name or an expression is none."""
    unknown = [name for name in own if name not in (*_TABLES, *_LISTS)]
    unknown += [f"{t}.{name}" for t in _TABLES for name in own.get(t, ()) if name not in _DATA[t]]
    if unknown:
        raise ValueError(f"found {', '.join(unknown)}")
    for expression in own.get("answers", ()):
        if not ANSWER_GROUPS & re.compile(expression).groupindex.keys():
            raise ValueError(f"found the answer {expression!r} without a group side, a, b or same")
    tables = {
        t: _DATA[t] | {n: f"{_DATA[t][n]} {w.lower()}" for n, w in own.get(t, {}).items()} for t in _TABLES
    }
    lists = {name: [*own.get(name, ()), *_DATA.get(name, ())] for name in _LISTS}
    return {**_DATA, **tables, **lists}
