"""What a line is about: its heading, and the regions and aspects that heading and statement name."""

import re

from twinlens.language.lexicon import ASPECTS, REGIONS, TOPIC_REWRITES, WEAK_ASPECTS, WORDS, matching
from twinlens.language.side_mentions import mentions

HEADING = 80
"""Longest heading, in characters."""

_COLON = re.compile(r"\s{0,2}[:：]\s{0,4}|\s{1,2}[-–—]\s{1,2}")
_WORD = re.compile(r"[^\W\d_][\w-]*")
_CHUNK = re.compile(r"[,;.!?]")
_NOT_PLACES = re.compile(r"\b(?:signs? of|on the (?:one|other) hand|to the eye|at face value|in general)\b")
_EXAMPLES = re.compile(
    r"\b(?:particularly|especially|notably|such as|including|include|e\.g|for example|"
    r"like|where|due to|because|suggest\w*|indicat\w*|contribut\w*|"
    r"result\w*|lead\w*|appear\w*|accompanied|offset)\b"
)
_PLACED = re.compile(r"\b(?:in|on|within|across|along|around|throughout|near|of|under|at)\b")
_PLACE_ENDS = WORDS["place_ends"]
_PERSON = frozenset(("face", "body", "neck"))
_OUTCOME = re.compile(
    r"\b(?:contribut\w{1,4}|result\w{0,3}|lead\w{0,3}|suggesting|indicating) (?:to|in)?[^;.,]{0,200}",
    re.IGNORECASE,
)
"""What a quality leads to is no further aspect of the line."""


def split_heading(line: str) -> tuple[str, str]:
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
        if mentions(head) or not any(_named(head)):
            break
        heading, body = f"{heading} {head}".strip(), body[mark.end() :]
    return heading, body


def regions_and_aspects(heading: str, body: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The regions and aspects of a line: those its heading names, and the places its statement names.

    What the heading leaves open is taken from the statement; a line that names no region speaks of the
    whole, one that names no aspect of quality.
    """
    regions, aspects = _named(heading)
    if heading:
        placed = _places(body, examples=not regions)
        implied = {"skin"} if _PERSON & set(regions) else set()
        regions = _ordered({*regions, *(placed - implied)})
    else:
        named, _ = _named(body)
        regions = tuple(region for region in named if region != "global")
    return regions or ("global",), aspects or _named(_OUTCOME.sub(" ", body))[1] or ("quality",)


def names_region(heading: str) -> bool:
    """Whether a heading names a region."""
    return bool(_named(heading)[0])


def _named(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    words = _listed(text)
    aspects = set()
    for name, known in ASPECTS.items():
        weak, _ = WEAK_ASPECTS.get(name, ((), ""))
        if any(word in known and word not in weak for word in words):
            aspects.add(name)
    for name, (weak, unless) in WEAK_ASPECTS.items():
        if any(word in weak for word in words) and not (aspects if unless == "any" else unless in aspects):
            aspects.add(name)
    return matching(words, REGIONS), tuple(name for name in ASPECTS if name in aspects)


def _listed(text: str) -> list[str]:
    plain = text.lower()
    for pattern, replacement in TOPIC_REWRITES:
        plain = pattern.sub(replacement, plain)
    words = []
    for word in _WORD.findall(_NOT_PLACES.sub(" ", plain)):
        words += [word, *(word.split("-") if "-" in word and not word.startswith(("mid", "well")) else ())]
    return words


def _places(body: str, examples: bool) -> set[str]:
    """Regions a statement is placed in ("noise in the fence area"), with or without mere examples."""
    places: set[str] = set()
    for chunk in _CHUNK.split(body.lower()):
        plain = _NOT_PLACES.sub(" ", chunk)
        example = None if examples else _EXAMPLES.search(plain)
        plain = plain[: example.start()] if example else plain
        for place in _PLACED.finditer(plain):
            words = _WORD.findall(plain[place.end() : place.end() + 60])[:5]
            stop = next((at for at, word in enumerate(words) if word in _PLACE_ENDS), len(words))
            places.update(matching([word for word in words[:stop] if not word.startswith("mid")], REGIONS))
    return places - {"global"}


def _ordered(names: set[str]) -> tuple[str, ...]:
    return tuple(name for name in REGIONS if name in names)
