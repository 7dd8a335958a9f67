"""Where a text speaks of which image: "Image A (Left)", "A/Left", "the left photo", "photo 1", "both images".

The first (left) image is a, the second (right) is b. Every rule treats the two alike, so that exchanging the
sides of a text exchanges its mentions. Words that mean something else ("the left eye", "A halo") mention no
image: a bare letter counts only where a verb, a mark or the end follows it.
"""

import re
from dataclasses import dataclass
from typing import Literal

from twinlens.core.types import Side
from twinlens.language.chinese import image_names

Referent = Literal["a", "b", "both", "former", "latter", "other"]

_NOUN = (
    r"(?:images?|photos?|photographs?|pictures?|pics?|renderings?|renditions?|versions?|options?|samples?|"
    r"shots?|frames?|results?|crops?|outputs?|ones?)"
)
_PLACE = r"(?:left|right|leftmost|rightmost|first|second|1st|2nd)"
_VERB = (
    r"(?:is|has|was|does|had|did|are|were|have|do|may|might|can|could|will|would|and|or|nor|than|but|while|"
    r"whereas|\w{1,6}n['’]t|in|on|at|with|without|for|to|over|by|show|exhibit|vs|versus|because|as|due|despite|which|both|not|"
    r"lost|kept|held|won|gave|became|came|took|beat|looked|seemed|appeared|showed|"
    r"(?:\w+ly )?(?!less\b|thus\b|its\b|plus\b)\w{2,20}(?<!ou)(?<!s)(?<!i)s)\b"
)
_SHOWS = r"\s(?:is|has|shows|looks|appears|keeps|retains|exhibits|displays)\b"
_ENDS = rf"(?=['’]s\b|\s?[^\w\s'’&-]|\s?-\s|\s?&|\s*$|\s*\n|\s{{1,3}}{_VERB})"
_TELEGRAM = r"(?= (?:\w+ )?(?:\w{3,}er|worse)\s?(?:[.;]|$|, (?:\w+ )?[AB]\b| than\b| but\b))"
_LETTER = rf"(?:[AB12](?![\w'’-])|[AB](?=['’]s\b)|[ab]\b{_ENDS})"
_BESIDE = (
    r"(?:\s?[(/\[]\s?(?:image\s)?(?:left|right|a|b)(?:\s(?:image|side))?\s?[)\]]"
    r"|\s?/\s?(?:left|right)\b|,\s(?:left|right)(?=,))"
)
_ONE = (
    rf"(?:(?i:\b{_NOUN})(?:[\s_]{{0,2}}|-)#?[\"'(\[*]{{0,2}}{_LETTER}[\"')\]]?(?i:{_BESIDE})?"
    rf"|(?i:\b(?:the\s)?{_PLACE}(?:[\s-](?:hand|side))?\s{{1,2}}{_NOUN})\b(?i:{_BESIDE})?"
    rf"|(?i:\b(?:the\s)?{_NOUN}\s(?:on|at|to)\s(?:the\s)?(?:left|right)\b(?!\s(?:of|side\sof|edge|half|eye)\b))"
    rf"|(?i:(?<!on\s)(?<!to\s)(?<!at\s)(?<!in\s)(?<!from\s)\bthe\s(?:left|right)\b(?={_SHOWS}|[.;]|\s*$))"
    rf"|(?i:\bthe\s(?:first|second)\b(?={_SHOWS})|(?<=than\s)the\s(?:first|second)\b(?=\s?[.,;:]|\s*$))"
    rf"|\b[AB](?i:{_BESIDE})"
    rf"|\b(?:Left|Right|LEFT|RIGHT)\b(?i:{_BESIDE})?(?!\s(?:eye|ear|cheek|arm|hand|leg|foot|"
    r"shoulder|side of|half|edge|corner|part|of the|portion|third|wall|lens|nostril|sleeve|click))"
    rf"|(?:(?<=, )|(?<=; )|(?<=while )|(?<=whereas ))(?:left|right)\b(?={_SHOWS})"
    rf"|(?<![\w'’&-])(?<!letter )[AB](?![\w-])(?:{_ENDS}|{_TELEGRAM})"
    r"|(?:(?<=[a-z,;] )(?<!letter )|(?<=\bIn ))[AB](?![\w'’-])(?! [A-Z]))"
)
_JOIN = r"(?:\s{1,2}(?:and|or|nor|vs\.?|versus|with)(?:\s(?:in|the|of)){0,2}\s{1,2}|\s?&\s?)"
_BOTH = (
    r"(?i:\b(?:both|neither(?! [a-z-]+(?: [a-z-]+)? nor\b)|either|each)"
    rf"(?:\s(?:of\s)?(?:the\s)?(?:two\s)?(?:{_NOUN}|sides|them))?\b"
    rf"|\b(?:the\s)?two\s{_NOUN}|\b(?:left|right) and (?:left|right) {_NOUN}"
    rf"|\b(?:these|the) {_NOUN}(?<=s) (?:are|look|appear|seem)\b)"
)
_MENTION = re.compile(
    rf"(?P<both>{_BOTH}(?:\s(?:in\s)?{_ONE}{_JOIN}{_ONE})?)"
    rf"|(?P<pair>{_ONE}{_JOIN}{_ONE})|(?P<one>{_ONE})"
    rf"|(?P<back>(?i:\bthe\s(?:former|latter|other(?:\s{_NOUN})?)\b))",
    re.ASCII,
)
_ONE_OF = re.compile(r"(?i)\bone (?:side|part|half|eye|cheek|edge|area|region|end|corner|ear|hand)\b[^.;]*$")
_WEAK = re.compile(
    rf"(?i:\b(?:on|to|in)\s(?:the\s)?(?:left|right)\b|\bin\sthe\s(?:first|second)\b(?=,))|\b(?:left|right)\b(?=(?:\sside)?{_SHOWS})"
    r"|(?<=than\s)(?:left|right)(?:\sside)?\b(?=\s?[.,;:]|\s*$)",
    re.ASCII,
)
_BARE = re.compile(r"(?:the )?(?:left|right|first|second)", re.ASCII | re.IGNORECASE)
_TOKEN = re.compile(
    r"\b(?:[AB12]|(?:left|right)(?:most)?|first|second|1st|2nd)\b|[左右一二]",
    re.ASCII | re.IGNORECASE,
)
_SWAP = {"a": "b", "left": "right", "leftmost": "rightmost", "first": "second", "1": "2", "1st": "2nd"}
_SWAP |= {"左": "右", "一": "二"}
_SWAP |= {there: here for here, there in _SWAP.items()}
_FIRST = ("a", "left", "leftmost", "first", "1", "1st")
_BACK: tuple[Referent, ...] = ("former", "latter", "other")


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of text that names an image, or both; `negated` where it says "neither"."""

    start: int
    end: int
    side: Referent
    negated: bool = False


def mentions(text: str) -> list[Mention]:
    """Every mention, in order. "on the left" counts only in a text that names its images by places only.

    >>> [mention.side for mention in mentions("Image A (Left) is sharper than the right one.")]
    ['a', 'b']
    """
    named = [_mention(match) for match in _MENTION.finditer(text)]
    named = [
        one
        for one in named
        if one.side != "other" or not _ONE_OF.search(text, max(0, one.start - 80), one.start)
    ]
    if any(m.side in ("a", "b") and not _BARE.fullmatch(text[m.start : m.end]) for m in named):
        return named
    weak = [Mention(match.start(), match.end(), _side(match.group())) for match in _WEAK.finditer(text)]
    return sorted(named + weak, key=lambda mention: mention.start)


def mirror(text: str) -> str:
    """The text as it would read with the images exchanged; mirroring twice gives the text back.

    Only words that name an image change ("the left eye" and "A halo" stay, and so does "the former").

    >>> mirror("Image A (Left) is sharper than B.\\n<answer>A</answer>")
    'Image B (Right) is sharper than A.\\n<answer>B</answer>'
    """
    parts, at = [], 0
    for start, end in sorted([*((one.start, one.end) for one in mentions(text)), *image_names(text)]):
        if start < at:
            continue
        parts += [text[at:start], _TOKEN.sub(_exchanged, text[start:end])]
        at = end
    return "".join((*parts, text[at:]))


def _mention(match: re.Match[str]) -> Mention:
    kind, words = match.lastgroup, match.group()
    side: Referent = "both"
    if kind == "back":
        side = next(each for each in _BACK if each in words.lower())
    elif kind == "one" or (kind == "pair" and len({_side(token) for token in _TOKEN.findall(words)}) == 1):
        side = _side(words)
    return Mention(match.start(), match.end(), side, words[:7].lower() == "neither")


def _side(words: str) -> Side:
    token = _TOKEN.search(words)
    return "a" if token is None or token.group().lower() in _FIRST else "b"


def _exchanged(match: re.Match[str]) -> str:
    token = match.group()
    swapped = _SWAP[token.lower()]
    return swapped.upper() if token.isupper() else swapped.capitalize() if token[0].isupper() else swapped
