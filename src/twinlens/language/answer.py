"""The answer a text gives: the last well-formed `<answer>`, else the last plain "Answer: B" or the like."""

import re
from collections import deque

from twinlens.core.types import Favours
from twinlens.language.side_mentions import mentions

_OPEN = re.compile(r"<\s{0,3}answer\s{0,3}>", re.IGNORECASE)
_CLOSE = re.compile(r"\s{0,8}<\s{0,3}/\s{0,3}answer", re.IGNORECASE)
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
    rf"(?:{_NOUN}\s?#?)?[\"'*]{{0,2}}(?P<side>[ab12]|left|right|first|second|1st|2nd)\b[\"'*]{{0,2}}"
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
    r"(?:they are|both|both are) (?:equal|the same))\b",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"\s{0,2}(?:[,/&|]|or\b|and\b|nor\b|vs\b)\s{0,2}(?:\w{1,12}\s){0,2}(?:[ab12]|left|right)\b", re.IGNORECASE
)
_PLAIN = re.compile(
    r"\b(?:answer|verdict|winner|final choice|final decision|my choice|conclusion)\b"
    r"[\"'*_`]{0,3}\s{0,2}(?:is|:|=|：|->|→)"
    rf"|\b(?:better|best|preferred|superior|winning)\s(?:{_NOUN}|one)\s(?:is|:)"
    r"|\bi\s(?:would\s|will\s|'d\s)?(?:choose|pick|select|vote for|go with)\b"
    r"|\\boxed\s?\{",
    re.IGNORECASE,
)
_BARE = re.compile(
    rf"\s*{_DECOR}(?:image\s|photo\s)?(?:[AB]|Left|Right|IMAGE [AB])\b{_BESIDE}[*_\"'`)\].}}\s]*",
    re.IGNORECASE,
)


def last_answer(text: str) -> Favours | None:
    """The last answer of a text, None where it gives none ("A or B" is none); claims never stand in.

    >>> last_answer("<answer>A</answer> or rather <answer>Image B (Right).</answer>")
    'b'
    >>> last_answer("Final answer: the left image")
    'a'
    """
    tagged, after = _tagged(text)
    statements = deque(_PLAIN.finditer(text, after), maxlen=_MOST)
    sides = (
        named_side(_sentence(text[match.end() : match.end() + _LONGEST])) for match in reversed(statements)
    )
    stated = next((side for side in sides if side), None)
    if tagged or stated:
        return stated or tagged
    return named_side(text) if len(text) <= 60 and _BARE.fullmatch(text) else None


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
    match = _ANSWER.match(content.strip())
    if match is not None and not _MORE.match(content.strip(), match.end()):
        side = _side(match["side"])
        beside = match["beside"]
        return side if beside is None or _side(beside.lower().replace("image", "").strip()) == side else None
    sides = {mention.side for mention in mentions(content)}
    if re.search(r"\b(?:not|neither|nor|or|cannot|worse|inferior)\b|n't", content, re.IGNORECASE):
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
    if closing is None:
        return None
    return closing.end() + 1 if text[closing.end() : closing.end() + 1] == ">" else closing.end()


def _sentence(text: str) -> str:
    return re.split(r"\n|[.!?;](?=\s|$)|,\s", text.lstrip(" \t*_\"'`:"), maxsplit=1)[0]
