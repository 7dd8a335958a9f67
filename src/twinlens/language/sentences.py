"""Where a line ends one statement and begins the next."""

import re
from collections.abc import Iterator
from itertools import islice

from twinlens.language.chinese import english
from twinlens.language.lexicon import Lexicon
from twinlens.language.region_aspect import split_heading, topic
from twinlens.language.side_mentions import mentions

MOST = 400
"""Sentences of a line."""
_END = re.compile(
    r"\s(?=\(?\d{1,2}[.)]\s[A-Z][\w /-]{1,40}:)"
    r"|[;,]\s+(?=[A-Za-z][\w /()-]{1,40}\s?(?:[:→—]|[-=]>)\s)|[;,]\s+(?=[A-Z]\w{2,20} [AB] ?[<>=] ?[AB]\b)"
    r"|(?<=[.!?])(?<!e\.g\.)(?<!i\.e\.)(?<!vs\.)(?<!etc\.)[\"')]?\s+(?=[A-Z\"'(“])|(?<=[。！？；])"
)
_CONTRAST = re.compile(r"(?i)\s*(?:however|but|yet|nevertheless|that said|on the other hand|still)\b")
_TURN = re.compile(r"[,;]\s+(?=(?:but|although|though|yet|however)\b)", re.IGNORECASE)
_LEAD_IN = re.compile(r"(?i)\b(?:in|by) (?:contrast|comparison)\b|\boverall\b")
_OPENING = 80
"""Characters in which a sentence says what it is about."""


def sentences(line: str) -> list[str]:
    """The sentences of a line, in English or Chinese."""
    return [sentence for sentence in _END.split(line, MOST) if sentence.strip()]


def headed(line: str, heading: str, body: str, lexicon: Lexicon) -> Iterator[tuple[str, str, str]]:
    """A headed line as statements (text, heading, body): one, but for sentences that turn to something else.

    >>> from twinlens.language.lexicon import ENGLISH
    >>> line = "Sharpness: Image A is crisp. Skin looks waxy in B. Image B is fine."
    >>> [(head, body) for _, head, body in headed(line, "Sharpness", line[11:], ENGLISH)]
    [('Sharpness', 'Image A is crisp.'), ('', 'Skin looks waxy in B. Image B is fine.')]
    """
    parts, texts = [(heading, list[str]())], [list[str]()]
    regions, aspects = topic(heading, lexicon)
    bodies, lines = (
        [part for sentence in sentences(text) for part in _parts_by_place(sentence, heading, lexicon)]
        for text in (body, line)
    )
    for sentence, text in zip(bodies, lines if len(lines) == len(bodies) else bodies, strict=True):
        own, rest = split_heading(english(sentence), lexicon)
        if own and parts[-1][1]:
            above = () if aspects or topic(own, lexicon)[0] else regions
            parts.append((" ".join((*above, own)), []))
        elif parts[-1][1]:
            other = _other_heading(english(sentence), heading, lexicon)
            if other is not None and (other, parts[-1][0]) != (heading, heading):
                parts.append((other, []))
        texts += [[] for _ in parts[len(texts) :]]
        parts[-1][1].append(rest if own else sentence)
        texts[-1].append(text)
    for (head, said), own_text in zip(parts, texts, strict=True):
        yield line if len(parts) == 1 else " ".join(own_text), head, " ".join(said)


def _other_heading(sentence: str, heading: str, lexicon: Lexicon) -> str | None:
    """What a sentence under a heading stands under where it opens with another place or quality, or turns.

    "Skin looks waxy in B" opens with a place; "However, A is noisier" turns to a quality of the same place.
    """
    regions, aspects = topic(heading, lexicon)
    first = next((mention.start for mention in mentions(sentence)), _OPENING)
    opening = topic(_LEAD_IN.sub(" ", sentence[: min(first, _OPENING)]), lexicon)
    elsewhere = {*opening[0]} - {*regions, "global"}
    if elsewhere:
        return ""
    of_others = {*opening[1]} - {*aspects} if aspects else set()
    if not of_others and aspects and _CONTRAST.match(sentence):
        named = {*topic(sentence, lexicon)[1]}
        of_others = named if not named & {*aspects} else set()
    if {*opening[1]} & {*aspects}:
        return heading
    return " ".join(regions) if of_others else None


def _parts_by_place(sentence: str, heading: str, lexicon: Lexicon) -> list[str]:
    """A sentence, cut where it turns elsewhere: "equal, though the eyes in A are sharper"."""
    regions, aspects = topic(heading, lexicon)
    for turn in islice(_TURN.finditer(sentence), 8):
        rest = english(sentence[turn.end() :])
        first = next(iter(mentions(rest)), None)
        elsewhere = first and {*topic(rest[: min(first.start, _OPENING)], lexicon)[0]} - {*regions, "global"}
        named = {*topic(rest, lexicon)[1]} if elsewhere and aspects else set()
        if named and not named & {*aspects}:
            return [sentence[: turn.start() + 1], sentence[turn.end() :]]
    return [sentence]
