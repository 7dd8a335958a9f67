"""The answer a text gives: the last well-formed `<answer>`, else the last plain "Answer: B" or the like.

Else a text is an answer that as a whole says which image is better ("Option A", "The left photo is better",
"A: 8/10, B: 6/10"), or that ends in a line which does so as a conclusion ("Overall, B is better.").
"""

import re
from collections import deque

from twinlens.core.types import Favours, Side
from twinlens.language.chinese import chinese, english
from twinlens.language.lexicon import ENGLISH, Lexicon
from twinlens.language.side_mentions import mentions

_OPEN = re.compile(r"<\s{0,3}answer\s{0,3}>", re.IGNORECASE)
_CLOSE = re.compile(r"\s{0,8}<\s{0,3}/\s{0,3}answer", re.IGNORECASE)
_FORM = re.compile(r"<(think|thinking)>(.*)</\1>\n<answer>([AB])</answer>", re.DOTALL)
_STRICT = re.compile(r"<answer>([AB])</answer>\s*\Z")
_TAG = re.compile(r"<[\s/]{0,9}(?:think|thinking|answer)\s{0,9}>?", re.IGNORECASE)
_ANSWERS = re.compile(r"<[\s/]{0,9}answer", re.IGNORECASE)
_LONGEST = 200
"""Longest answer, in characters."""
_MOST = 500
"""Answers looked at, from the end of a text."""

_DECOR = r"[\s*_\"'`(\[{$\\.:#]{0,12}(?:text\{|boxed\{|mathrm\{|textbf\{){0,2}"
_LEAD = (
    r"(?:(?:the|my)\s)?(?:final\s|correct\s)?(?:(?:answer|choice|verdict|winner)\s?(?:is|:)\s?)?"
    r"(?:(?:the\s)?(?:better|best|preferred|superior)\s(?:image|photo|one)\s?(?:is|:)\s?)?(?:the\s)?"
)
_NOUN = r"(?:image|photo|photograph|picture|option|version|rendering|choice)"
_NAMED = (
    rf"(?:{_NOUN}\s?#?)?[\"'*(\[]{{0,2}}(?P<side>[ab12]|left|right|first|second|1st|2nd)\b[\"'*]{{0,2}}"
    rf"(?:[\s-]?(?:hand|side))?(?:\s{_NOUN})?"
)
_BESIDE = r"(?:\s?[(/\[]\s?(?P<beside>(?:image\s)?(?:left|right|[ab])(?:\simage)?)\s?[)\]]?)?"
_AFTER = (
    r"(?=\s*$|\s?[.,;:!*_\"`)\]}$\\|<—–\n]|'(?!s\b)|\s(?:is|because|since|as|due|wins|with|for|-)\b|\s[-(])"
    r"(?!\s?[,/]\s?(?:[ab12]|left|right|image)\b)"
)
_ANSWER = re.compile(rf"{_DECOR}{_LEAD}{_DECOR}{_NAMED}{_BESIDE}{_AFTER}", re.IGNORECASE | re.ASCII)
_TIE = re.compile(
    rf"{_DECOR}(?:it'?s\s)?(?:an?\s)?(?:tied?|draw|same|equal|no (?:clear )?(?:difference|preference)|"
    r"(?:they|both)(?: images?| photos?)?(?: are| look)? (?:equal(?:ly good)?|(?:the )?same))\b",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"\s{0,2}(?:[,/&|]|or\b|and\b|nor\b|vs\b)\s{0,2}(?:\w{1,12}\s){0,2}(?:[ab12]|left|right)\b", re.IGNORECASE
)
_PLAIN = re.compile(
    r"\b(?:answer|verdict|winner|choice|decision|selection|conclusion|my pick)\b"
    r"[\"'*_`]{0,3}\s{0,2}(?:is|:|=|：|->|→)"
    r"|\"(?:[a-z]{1,12}[_ -])?(?:chosen|better|best|preferred|preference|selected|pick|winning|choose)"
    r"(?:[_ -](?:image|photo|picture|side|option|one|version))?\"\s{0,3}:"
    rf"|\b(?:better|best|preferred|superior|winning)\s(?:{_NOUN}|one)\s?(?:is|:)"
    r"|(?:^|\n)\W{0,4}(?:better|best|preferred|result)\W{0,3}:"
    r"|\bi(?:\swould|\swill|['’]d|['’]ll)?\s(?:choose|pick|select|prefer|vote for|go with)\b"
    r"|\\boxed\s?\{|<\|begin_of_box\|>|\[\[(?=\s?[AB]\b)",
    re.IGNORECASE,
)
_ORDER = re.compile(
    rf"\W*(?:{_NOUN}\s?)?([ab12]|left|right)\s?([<>≻≺=≈])[<>=]{{0,2}}\s?(?:{_NOUN}\s?)?([ab12]|left|right)\b",
    re.IGNORECASE,
)
"""One side before the other: "A > B" says that A is better."""
_BARE = re.compile(
    rf"\s*{_DECOR}(?:(?:{_NOUN}\s)?[(\[]?(?:[AB]|Left|Right)|(?:{_NOUN})\s[12]|IMAGE [AB])\b{_BESIDE}"
    rf"(?:\s{_NOUN})?[*_\"'`)\].}}\s]*",
    re.IGNORECASE,
)
_CONCLUDES = re.compile(
    r"\W*(?:overall|therefore|thus|so|hence|finally|to conclude|in (?:conclusion|summary|short))\W*"
    r"(?:the\s)?",
    re.IGNORECASE,
)
_WINS = re.compile(
    r"\s{0,3}(?:is|are|looks?|seems|appears)?\s{0,3}(?:(?:much|far|slightly|clearly|visibly|marginally|somewhat|"
    r"definitely|overall|generally|noticeably|significantly|the)\s){0,3}"
    r"(?:better|superior|best|preferred|preferable|nicer|clearer|wins|winner)"
    r"(?:\s(?:overall|image|photo|picture|one|option|version|of the two|quality|than|to|to me)){0,3}\W*",
    re.IGNORECASE,
)
_BECAUSE = re.compile(r"\W*(?:\b(?:because|since)\b.*)?", re.IGNORECASE)
_RATED = re.compile(
    r"\W*(?:json\s)?(?:(?:overall|final|total)\W+)?(?:(?:scores?|ratings?)\W+)?"
    + r"\W{0,3}(?:and|vs\.?)?\s*".join(
        rf"(?:(?:scores?|ratings?)\s(?:of\s|for\s)?)?(?:{_NOUN}\s?)?([ab12]|left|right)(?:\W{{1,3}}|\s(?:gets|scores)\s)(\d{{1,4}}(?:\.\d{{1,4}})?)(?:\s?/\s?(\d{{1,4}}))?"
        for _ in "ab"
    )
    + r"\W*",
    re.IGNORECASE,
)
_OTHER = re.compile(
    rf"(?<=than )(?:the )?(?:other|{_NOUN}\s[ab12]|[ab]|(?:left|right|first|second)(?:\s{_NOUN})?)\b",
    re.IGNORECASE,
)
_QUOTES = str.maketrans("", "", '{}"*`')
_LAST = 200_000
"""Characters from the end of a text in which an answer without tags, or one in Chinese, is looked for."""
_SHORT = 120
"""Longest line that may be an answer as a whole, in characters."""


def strict_form(text: str) -> re.Match[str] | None:
    """The one form that is asked for: reasons between tags, then the answer, each once and nothing beside.

    Groups: 2 the reasons, 3 the answer. None for any other text.

    >>> strict_form("<thinking>Hair Noise: …</thinking>\\n<answer>B</answer>")[3]
    'B'
    >>> strict_form("Sure! <thinking>Hair Noise: …</thinking>\\n<answer>B</answer>")
    """
    form = _FORM.fullmatch(text.strip())
    return form if form and form[2].strip() and len(_TAG.findall(text)) == 4 else None


def strict_answer(text: str) -> Side | None:
    """The answer of a text that ends in exactly one `<answer>A</answer>` or `<answer>B</answer>`.

    >>> strict_answer("Hair Noise: …\\n<answer>B</answer>"), strict_answer("<answer>b</answer>")
    ('b', None)
    """
    answer = _STRICT.search(text)
    once = answer and len(_ANSWERS.findall(text)) == 2
    return None if not (answer and once) else "a" if answer[1] == "A" else "b"


def last_answer(text: str, lexicon: Lexicon = ENGLISH) -> Favours | None:
    """The last answer of a text, None where it gives none ("A or B" is none); claims never stand in.

    >>> last_answer("<answer>A</answer> or rather <answer>Image B (Right).</answer>")
    'b'
    >>> last_answer("Final answer: the left image")
    'a'
    """
    if own := _in_own_form(text, lexicon):
        return own
    text = english(text[-_LAST:]) if chinese(text) else text
    tagged, after = _tagged(text)
    ends = [
        match.end() for match in deque(_PLAIN.finditer(text, max(after, len(text) - _LAST)), maxlen=_MOST)
    ]
    sides = (named_side(_sentence(text[end : end + _LONGEST])) for end in reversed(ends))
    stated = next((side for side in sides if side), None)
    return stated or tagged or _concluded(text.strip())


def bare_side(text: str) -> Favours | None:
    """The side where a text is nothing but its name, or two scores.

    >>> bare_side("Option B."), bare_side("B is fine"), bare_side("A 8/10, B 6/10")
    ('b', None, 'a')
    """
    if len(text) <= _SHORT and (rated := _RATED.fullmatch(text.translate(_QUOTES))):
        return _better_rated(*rated.groups())
    if re.fullmatch(rf"{_TIE.pattern}\W*", text[:_SHORT], re.IGNORECASE):
        return "same"
    bare = len(text) <= 60 and (_BARE.fullmatch(text) or _ORDER.fullmatch(text.rstrip(" ].*")))
    return named_side(text) if bare else None


def _in_own_form(text: str, lexicon: Lexicon) -> Favours | None:
    """The last answer in the forms of a user's lexicon."""
    matches = (match for pattern in lexicon.answers for match in deque(pattern.finditer(text), maxlen=1))
    for match in sorted(matches, key=re.Match.end, reverse=True):
        groups = match.groupdict()
        named: tuple[Favours, ...] = ("a", "b", "same")
        if side := next((name for name in named if groups.get(name)), None) or named_side(
            english(groups.get("side") or "")
        ):
            return side
    return None


def _concluded(text: str) -> Favours | None:
    """The answer that a whole text is, or that its last line gives as a conclusion."""
    line = text[-_SHORT - 1 :].splitlines()[-1] if text else ""
    whole = line == text
    if len(line) > _SHORT:
        return None
    side = bare_side(text) or (bare_side(line) if _RATED.fullmatch(line.translate(_QUOTES)) else None)
    if side:
        return side
    first = next(iter(mentions(line)), None)
    if first is None:
        return None
    before, after = line[: first.start], line[first.end :]
    concludes = bool(_CONCLUDES.fullmatch(before))
    if not (concludes or (whole and not before.strip())):
        return None
    if not (
        _WINS.fullmatch(_OTHER.sub("", after, count=1)) or _BECAUSE.fullmatch(after, 0 if concludes else 1)
    ):
        return None
    return "same" if first.negated else first.side if first.side in ("a", "b") else None


def _better_rated(
    one: str, first: str, most: str | None, other: str, second: str, at_most: str | None
) -> Favours | None:
    """The side with the higher score; None where one is scored twice or the scales differ."""
    if _side(one) == _side(other) or (most and at_most and most != at_most):
        return None
    value, beside = float(first), float(second)
    return "same" if value == beside else _side(one) if value > beside else _side(other)


def without_answers(text: str) -> str:
    """The text with its tagged answers taken out."""
    parts, at = [], 0
    for opened in _OPEN.finditer(text):
        if opened.start() < at:
            continue
        end = _end(text, opened.end())
        parts.append(text[at : opened.start()])
        at = opened.end() if end is None else end
    return "\n".join((*parts, text[at:]))


def named_side(content: str) -> Favours | None:
    """The side that the content of an answer names, "same" for a tie, None where it names none or both."""
    if len(content) > _LONGEST:
        return None
    if _TIE.match(content.strip()):
        return "same"
    if order := _ORDER.match(content):
        first, sign, second = order.groups()
        return "same" if sign in "=≈" else _side(first if sign in ">≻" else second)
    match = _ANSWER.match(content.strip())
    if match is not None and not _MORE.match(content.strip(), match.end()):
        side, beside = _side(match["side"]), match["beside"]
        return side if beside is None or _side(beside.lower().replace("image", "").strip()) == side else None
    sides = {mention.side for mention in mentions(content)}
    if re.search(r"\b(?:not|neither|nor|or|cannot|worse|inferior)\b|n't|['’]s\b", content, re.IGNORECASE):
        return None
    return "a" if sides == {"a"} else "b" if sides == {"b"} else None


def _side(word: str) -> Favours:
    return "a" if word.lower().split()[0] in ("a", "left", "first", "1", "1st") else "b"


def _tagged(text: str) -> tuple[Favours | None, int]:
    """The last well-formed tagged answer, and where the last tag ends."""
    answer, after = None, 0
    for opened in deque(_OPEN.finditer(text), maxlen=_MOST):
        inner = text[opened.end() : opened.end() + _LONGEST]
        stop = inner.find("<")
        if stop >= 0 or len(text) <= opened.end() + _LONGEST:
            answer = named_side(inner[:stop] if stop >= 0 else inner.split("\n\n")[0]) or answer
        after = _end(text, opened.end()) or opened.end()
    return answer, after


def _end(text: str, start: int) -> int | None:
    """Where the closing tag of an answer begun at `start` ends."""
    stop = text.find("<", start, start + _LONGEST + 1)
    closing = _CLOSE.match(text, stop) if stop >= 0 else None
    return None if closing is None else closing.end() + text.startswith(">", closing.end())


def _sentence(text: str) -> str:
    return re.split(r"\n|[.!?;](?=\s|$)|,\s", text.lstrip(" \t*_\"'`:"), maxsplit=1)[0]
