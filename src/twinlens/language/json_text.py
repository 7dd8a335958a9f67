"""Text inside JSON, as lines: what models write that were asked for a JSON object."""

import json
import re
from collections.abc import Iterator
from itertools import product
from typing import Any

from twinlens.language.side_mentions import mentions

_SIDES = (("a", "b"), ("A", "B"), ("left", "right"), ("1", "2"), ("first", "second"))
_NOUN = re.compile(r"(?i)image|photo|photograph|picture|option|side|version")
DEEPEST = 6
"""Objects in objects that are read."""
LONGEST_KEY = 40
"""Characters of a key that head a line."""
_FENCED = re.compile(r"```(?:json)?\s{0,4}(?=[{\[])", re.IGNORECASE)
_SIDE = re.compile(r"(?i)\s*(?:(?:image|photo|option)\s?)?(?:[ab]|left|right|tie|same|equal)\W*")
_ROLE = re.compile(
    r"(?i)(?:final.?)?(?:answer|winner|better|best|favou?rs?|favou?red|side|choice|verdict|preference|preferred|"
    r"reason(?:s|ing)?|text|explanation|rationale|why|comment|description|claims?|statement|region|aspect|area|"
    r"place|category|criterion|dimension|name|analysis)(?:.?(?:image|photo|side|option))?"
)
"""Keys that say what a value is for, and not what it is about."""


def unwrapped(text: str) -> str:
    """The text with the values of its JSON as lines, each after the keys that say what it is about.

    The text itself, or what stands in one fence of code, may be JSON; other text stays as it is.

    >>> print(unwrapped('{"answer": "A", "reasons": ["The face is sharper in A."], "noise": "B"}'))
    The face is sharper in A.
    noise: B
    """
    fence = _FENCED.search(text)
    start = fence.end() if fence else len(text) - len(text.lstrip())
    if text[start : start + 1] not in ("{", "["):
        return text
    try:
        value, end = json.JSONDecoder(strict=False).raw_decode(text, start)
    except (ValueError, RecursionError):
        return text
    return "\n".join((text[: fence.start() if fence else start], *_lines(value, ()), text[end:])).strip()


def _lines(value: Any, heads: tuple[str, ...], depth: int = 0) -> Iterator[str]:
    """The lines of a value under the words that head it."""
    if isinstance(value, str):
        for line in value.splitlines():
            yield f"{' '.join(heads)}: {line}" if heads else line
    elif isinstance(value, list) and depth < DEEPEST:
        for item in value:
            yield from _lines(item, heads, depth + 1)
    elif isinstance(value, dict) and depth < DEEPEST:
        yield from _lines_of_object(_by_side(value), heads, depth)


def _lines_of_object(value: dict[str, Any], heads: tuple[str, ...], depth: int) -> Iterator[str]:
    """The lines of an object: short words beside a sentence or a side ("region": "face") head it."""
    roles = {key: item for key, item in value.items() if _ROLE.fullmatch(key)}
    sides = [item for item in roles.values() if isinstance(item, str) and _SIDE.fullmatch(item)]
    words = [
        item for item in roles.values()
        if isinstance(item, str) and len(item) <= 40 and item not in sides and not mentions(item)
    ]  # fmt: skip
    about = (*heads, *words) if depth else heads
    said = [item for item in roles.values() if item not in sides and (not depth or item not in words)]
    for item in said or (sides[:1] if about else []):
        yield from _lines(item, about, depth + 1)
    for key, item in value.items():
        if key not in roles:
            own = key[:LONGEST_KEY].replace("_", " ").strip()
            yield from _lines(item, (*about, own) if own else about, depth + 1)


def _by_side(value: dict[str, Any]) -> dict[str, Any]:
    """An object whose keys name both sides, with one statement, or object, of both in place of the two.

    >>> _by_side({"a_noise": 8, "b_noise": 6, "image_a": {"hair": "crisp"}, "image_b": {"hair": "soft"}})
    {'noise': 'A: 8, B: 6', '': {'hair': 'Image A crisp; Image B soft'}}
    """
    made = dict(value)
    for key, (one, other) in product(value, _SIDES):
        beside = re.sub(rf"(?:(?<![^\W_])|(?<=[a-z])(?=[AB]$)){one}(?![^\W_])", other, key, count=1)
        if key in made and beside != key and beside in made and (both := _of_both(made[key], made[beside])):
            words = re.split(r"[\W_]+|(?<=[a-z])(?=[AB]$)", key)
            rest = " ".join(word for word in words if word != one and not _NOUN.fullmatch(word))
            del made[key], made[beside]
            made[key if rest in made else rest] = both
    return made


def _of_both(one: Any, other: Any) -> Any:
    """What is said of A and of B: scores, words, or objects with the same keys; None for anything else."""
    if isinstance(one, dict) and isinstance(other, dict):
        both = {key: _of_both(one[key], other[key]) for key in one if key in other}
        return both if len(both) == len(one) == len(other) and all(both.values()) else None
    if isinstance(one, str) and isinstance(other, str) and not (mentions(one) or mentions(other)):
        return " ".join(f"Image A {one}; Image B {other}".split())
    return f"A: {one}, B: {other}" if {type(one), type(other)} <= {int, float} else None
