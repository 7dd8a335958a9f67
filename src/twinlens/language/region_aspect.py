"""What words are about: the regions and aspects that a heading, a statement or a single word of it names."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from twinlens.language.comparison import tokens
from twinlens.language.lexicon import ENGLISH, Lexicon, named_by
from twinlens.language.side_mentions import mentions

HEADING = 80
"""Longest heading, in characters."""

_COLON = re.compile(r"\s{0,2}(?:[:：→]|[-=]>)\s{0,4}|\s{1,2}[-–—]\s{1,2}")
_WORD = re.compile(r"[^\W\d_][\w-]*")
_CHUNK = re.compile(r"[,;.!?]")
_NOT_PLACES = re.compile(r"\b(?:signs? of|on the (?:one|other) hand|to the eye|at face value|in general)\b")
_EXAMPLES = re.compile(
    r"\b(?:particularly|especially|notably|such as|including|include|e\.g|for example|"
    r"like|where|due to|because|suggest\w*|indicat\w*|contribut\w*|"
    r"result\w*|lead\w*|appear\w*|accompanied|offset)\b"
)
_PLACED = re.compile(r"\b(?:in|on|within|across|along|around|throughout|near|of|under|at)\b")
_PERSON = frozenset(("face", "body", "neck"))


Topic = tuple[tuple[str, ...], tuple[str, ...]]
"""Regions and aspects."""


def split_heading(line: str, lexicon: Lexicon = ENGLISH) -> tuple[str, str]:
    """The heading of a line and the statement after it; "" where no region or aspect heads the line.

    >>> split_heading("Hair and Clothing Texture: Image A is soft.")
    ('Hair and Clothing Texture', 'Image A is soft.')
    >>> split_heading("Image A: soft hair.")
    ('', 'Image A: soft hair.')
    """
    heading, body = "", line
    for _ in range(3):
        mark = _COLON.search(body[: HEADING + 3])
        if mark is None:
            break
        head = body[: mark.start()]
        if mentions(head) or not any(topic(head, lexicon)):
            break
        heading, body = f"{heading} {head}".strip(), body[mark.end() :]
    return heading, body


@lru_cache(maxsize=16)  # of texts of any length
def topic(heading: str, lexicon: Lexicon = ENGLISH) -> Topic:
    """The regions and aspects that a heading names.

    >>> topic("Hair and Clothing Texture")
    (('hair', 'clothing'), ('texture',))
    """
    words = tokens(heading, lexicon)
    return named_regions(words, lexicon), named_aspects(words, lexicon)


def named_regions(words: Iterable[str], lexicon: Lexicon = ENGLISH) -> tuple[str, ...]:
    """The regions that words name."""
    regions = {region for word in words for region in named_by(word, lexicon).regions}
    return tuple(name for name in lexicon.regions if name in regions)


def named_aspects(
    words: Sequence[str], lexicon: Lexicon = ENGLISH, beside: Iterable[str] = ()
) -> tuple[str, ...]:
    """The aspects that words name; weak words name theirs by what else is named, by them or `beside` them."""
    named = [named_by(word, lexicon) for word in words]
    aspects = {aspect for each in named for aspect in each.aspects}
    weakly = dict(pair for each in named for pair in each.weakly)
    for name in (name for name in lexicon.weak_aspects if name in weakly):
        if not (aspects if weakly[name] == "any" else {weakly[name]} & {*aspects, *beside}):
            aspects.add(name)
    return tuple(name for name in lexicon.aspects if name in aspects)


def places(body: str, heads: Sequence[str], lexicon: Lexicon = ENGLISH) -> tuple[str, ...]:
    """The regions that head a statement, and those it is placed in, mere examples left out.

    >>> places("Image A is noisy in the grass, particularly in the hair.", ["global"])
    ('global', 'foliage')
    """
    placed = set[str]()
    for chunk in _CHUNK.split(body.lower()):
        plain = _NOT_PLACES.sub(" ", chunk)
        example = _EXAMPLES.search(plain)
        plain = plain[: example.start()] if example else plain
        for place in _PLACED.finditer(plain):
            words = _WORD.findall(plain[place.end() : place.end() + 60])[:5]
            ends = lexicon.words["place_ends"]
            stop = next((at for at, word in enumerate(words) if word in ends), len(words))
            placed.update(named_regions((w for w in words[:stop] if not w.startswith("mid")), lexicon))
    every = {*heads, *(placed - {"global"} - ({"skin"} if _PERSON & set(heads) else set()))}
    return tuple(name for name in lexicon.regions if name in every)
