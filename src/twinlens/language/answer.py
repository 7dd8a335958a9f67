"""The answer a text gives: the last well-formed `<answer>`, else the last plain "Answer: B" or the like.

Else a text is an answer that as a whole says which image is better ("Option A", "The left photo is better",
"A: 8/10, B: 6/10"), or that ends in a line which does so as a conclusion ("Overall, B is better.").
"""

import re
from collections import deque

from twinlens.core.types import Favours, Side
from twinlens.language.chinese import chinese, english
from twinlens.language.json_text import unwrapped
from twinlens.language.lexicon import ENGLISH, Lexicon
from twinlens.language.propositions import propositions
from twinlens.language.region_aspect import topic
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
    r"(?:(?:definitely|clearly|certainly|probably|likely|obviously|overall|i (?:think|believe|guess|say)|"
    r"i['’]d say|i would say|it['’]s|it is|choose|pick|select|go with)\b[\s,:]{1,2}){0,3}"
    r"(?:(?:the|my)\s)?(?:final\s|correct\s)?(?:(?:answer|choice|verdict|winner)\s?(?:is|:)\s?)?"
    r"(?:(?:the\s)?(?:better|best|preferred|superior)\s(?:image|photo|one)\s?(?:is|:)\s?)?(?:the\s)?"
)
_NOUN = r"(?:image|photo|photograph|picture|option|version|rendering|choice|one)"
_NAMED = (
    rf"(?:{_NOUN}[\s_]?#?)?[\"'*(\[]{{0,2}}(?P<side>[ab12]|left|right|first|second|1st|2nd)\b[\"'*]{{0,2}}"
    rf"(?:[\s-]?(?:hand|side))?(?:(?:['’]s)?\s{_NOUN})?"
)
_BESIDE = r"(?:\s?[(/\[]\s?(?P<beside>(?:image\s)?(?:left|right|[ab])(?:\simage)?)\s?[)\]]?)?"
_AFTER = (
    r"(?=\s*$|\s?[.,;:!*_\"`)\]}$\\|<—–\n]|'(?!s\b)"
    r"|\s(?:because|since|as(?! the (?:loser|wors))|due|wins|with|by|over|to|rather than|instead of)\b"
    r"|\sdespite\b|\s[-(\d]|\s(?:even )?though\b|\s(?:more|most)\W*$)"
    r"(?!\s?[,/]\s?(?:[ab12]|left|right|image)\b)"
)
_ANSWER = re.compile(rf"{_DECOR}{_LEAD}{_DECOR}{_NAMED}{_BESIDE}{_AFTER}", re.IGNORECASE | re.ASCII)
_TIE = re.compile(
    rf"{_DECOR}(?:it'?s\s)?(?:an?\s)?(?:tied?|draw|same|equal|no (?:clear )?(?:difference|preference|winner)|"
    r"neither(?: (?:one|image|photo))?(?: is)? (?:better|preferred)|"
    r"(?:they|both)(?: images?| photos?)?(?: are| look)? (?:equal(?:ly good)?|(?:the )?same|similar))\b",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"\s{0,2}(?:[,/&|]|or\b|and\b|nor\b|vs\b)\s{0,2}(?:\w{1,12}\s){0,2}(?:[ab12]|left|right)\b", re.IGNORECASE
)
_PLAIN = re.compile(
    r"(?:\b|_)(?:answer|verdict|winner|choice|decision|selection|conclusion|my (?:pick|vote))\b"
    r"[\"'*_`]{0,3}\s{0,2}(?:is|would be|goes to|:|=|：|->|→|[-–—](?=\s))"
    r"|\"(?:[a-z]{1,12}[_ -])?(?:chosen|better|best|preferred|preference|selected|pick|winning|choose)"
    r"(?:[_ -](?:image|photo|picture|side|option|one|version))?\"\s{0,3}:"
    rf"|\b(?:better|best|preferred|superior|winning)\s(?:{_NOUN}|one)\s?(?:is|:)"
    r"|(?:^|\n)\W{0,4}(?:better|best|preferred|preference|result|response|output)\W{0,3}:"
    rf"|\bthe\s{_NOUN}\si\s(?:prefer|choose|pick)\sis\b"
    r"|\bi(?:\swould|\swill|['’]d|['’]ll)?(?:\srather)?\s(?:choose|pick|select|prefer|vote for|go with"
    r"|like(?=\s[^.,;\n]{1,40}\s(?:more|better|best|most)\b))\s"
    r"|\\boxed\s?\{|<\|begin_of_box\|>|\[\[(?=\s?[AB]\b)",
    re.IGNORECASE,
)
_ORDER = re.compile(
    rf"\W*(?:{_NOUN}\s?)?([ab12]|left|right)\s?([<>≻≺=≈])[<>=]{{0,2}}\s?(?:{_NOUN}\s?)?([ab12]|left|right)\b(?!\s(?:in|on|for|at|by)\b)",
    re.IGNORECASE,
)
"""One side before the other: "A > B" says that A is better."""
_BARE = re.compile(rf"(?:{_ANSWER.pattern}|{_ORDER.pattern})[*_\"'`)\].!}}\s]*", re.IGNORECASE)
_CONCLUDES = re.compile(
    r"\W*(?:overall(?:\s(?:quality|impression|winner))?|therefore|thus|so|hence|finally|to conclude|"
    r"to sum up|all in all|on balance|between the two|in (?:conclusion|summary|short|the end))\b\W*",
    re.IGNORECASE,
)
_LETTERED = re.compile(r"\(?([AB])[.)]\s+(?=\w)")
"""A letter before the answer it stands for: "B. Image B is better"."""
_WINS = re.compile(
    r"\b(?:better|best|superior|preferable|preferred|nicer|clearer|winner|wins|worse|worst|inferior|weaker|"
    r"as good|poor|same|equal(?:ly good)?)(?=\W*$|\W*[,;]|\s(?:overall|quality|than|as|to|"
    rf"of (?:the two|both)|{_NOUN}|but|and|although|though|in (?:my|every|all))\b)",
    re.IGNORECASE,
)
"""What a statement must say of a whole photo to be an answer."""
_COMPARES = re.compile(
    r"\b(?:than|worse|worst|less|fewer|more|lower|higher|compared|weaker|softer|inferior|\w{3,}ier|"
    r"as \w+ as|loser|loses(?=\W*$|\sin\b))\b",
    re.IGNORECASE,
)
"""With these, what is said against one photo is said for the other."""
_NEGATED = re.compile(
    r"(?:\b(?:not|never|cannot|nor)\b|n['’]t\b)(?!.*\bas\b)|\?|\bfor\b.*\bfor\b", re.IGNORECASE
)
_RATED = re.compile(
    r"\W*(?:json\s)?(?:(?:overall|final|total)\W+)?(?:(?:scores?|ratings?)\W+)?"
    + r"\W{0,3}(?:and|vs\.?)?\s*".join(
        rf"(?:(?:scores?|ratings?)\s(?:of\s|for\s)?)?(?:{_NOUN}\s?)?([ab12]|left|right)\W{{0,3}}(?:(?:gets|scores?)\W{{0,3}})?\b(\d{{1,4}}(?:\.\d{{1,4}})?)(?:\s?/\s?(\d{{1,4}}))?"
        for _ in "ab"
    )
    + r"\W*",
    re.IGNORECASE,
)
_STOP = re.compile(r"\n|[.!?;](?=\s|$)|,\s(?!(?:[AB]|but)\b)")
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
    plain = deque(_PLAIN.finditer(text, max(after, len(text) - _LAST)), maxlen=_MOST)
    lines = (text[one.end() : one.end() + _LONGEST].lstrip(" \t*_\"'`:") for one in reversed(plain))
    sides = (named_side(_STOP.split(line, maxsplit=1)[0]) for line in lines)
    return next((side for side in sides if side), None) or tagged or _concluded(text.strip())


def bare_side(text: str) -> Favours | None:
    """The side where a text is nothing but its name, or two scores.

    >>> bare_side("Option B."), bare_side("B is fine"), bare_side("A 8/10, B 6/10")
    ('b', None, 'a')
    """
    if rated := _rated(text):
        return rated
    if re.fullmatch(rf"{_TIE.pattern}\W*", text[:_SHORT], re.IGNORECASE):
        return "same"
    return named_side(text) if len(text) <= 60 and _BARE.fullmatch(text.rstrip()) else None


def _in_own_form(text: str, lexicon: Lexicon) -> Favours | None:
    """The last answer in the forms of a user's lexicon."""
    matches = (match for pattern in lexicon.answers for match in deque(pattern.finditer(text), maxlen=1))
    named: tuple[Favours, ...] = ("a", "b", "same")
    for match in sorted(matches, key=re.Match.end, reverse=True):
        groups = match.groupdict("")
        side = next((name for name in named if groups.get(name)), named_side(english(groups.get("side", ""))))
        if side:
            return side
    return None


def _concluded(text: str) -> Favours | None:
    """The answer that a whole text is, or that its last line gives as a conclusion."""
    whole, text = text, unwrapped(text) if len(text) <= _LAST else text
    if text != whole and (side := next((side for row in text.splitlines() if (side := _rated(row))), None)):
        return side
    line = text[-_SHORT - 1 :].splitlines()[-1] if text else ""
    concludes = _CONCLUDES.match(line)
    if len(line) > _SHORT or not (concludes or line == text):
        return bare_side(text)
    said = line[concludes.end() if concludes else 0 :].rpartition("? ")[2]
    said = re.split(r"(?i)[\s,]+(?:because|since)\b", said, maxsplit=1)[0]
    if lettered := _LETTERED.match(said):
        side = _concluded(said[lettered.end() :])
        return side if side == _side(lettered[1]) else None
    return bare_side(said) or (_stated(said, overall=True) if _WINS.search(said) else None)


def _stated(text: str, overall: bool = False) -> Favours | None:
    """The side that a sentence says is better, or that it only names; `overall`: not in one respect.

    What is said against a photo is for the other only where the sentence compares.
    """
    named = {mention.side for mention in mentions(text)}
    if not named or _NEGATED.search(text):
        return None
    claims = propositions("", re.sub(r"(?i)\b(?:nicer|clearer)\b", "better", text) if overall else text)
    of_all = {side for region, aspect, side in claims if (region, aspect) == ("global", "quality")}
    sides = of_all or {side for _, _, side in claims if not overall}
    if claims or overall:
        side = sides.pop() if len(sides) == 1 else None
        return side if side in named or side == "same" or _COMPARES.search(text) else None
    return None if any(topic(text)) else "a" if named == {"a"} else "b" if named == {"b"} else None


def _rated(text: str) -> Favours | None:
    """The side with the higher of two scores; None where one is scored twice or the scales differ."""
    if len(text) > _SHORT or not (rated := _RATED.fullmatch(text)):
        return None
    one, first, most, other, second, at_most = rated.groups()
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
    return _stated(content)


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
