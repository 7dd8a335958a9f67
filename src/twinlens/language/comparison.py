"""Which side a statement favours: its segments by the image they speak of, and the polarity of each.

A statement is cut into segments, each about one image (or both); the standard of a comparison ("than Image
B") belongs to the segment it stands in. The side whose segments sum to the better polarity is favoured.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from twinlens.core.types import Favours
from twinlens.language.lexicon import REWRITES, WORDS
from twinlens.language.polarity import is_listed, polarity, prior_polarity
from twinlens.language.side_mentions import Mention, mentions

LONGEST = 3000
"""Characters of one statement that are weighed; what follows is not part of any honest sentence."""
CLEAR = 0.2
"""Smallest difference of polarities that favours a side; twice and a half this where equality is asserted."""

_EQUALITY, _CLAUSE_BREAKS, _SEGMENT_BREAKS, _AUXILIARIES = (
    WORDS[name] for name in ("equality", "clause_breaks", "segment_breaks", "auxiliaries")
)
_WORD = re.compile(r"@\w+|[^\W\d][\w'-]*|[,.;:!?—]")
_STANDARD = re.compile(
    r"(?:\bthan|\b(?:compar\w+|comparison|contrast) (?:to|with)|\bover|\bunlike|\bagainst|\bversus|\bvs|"
    r"\bbehind|(?:superior|inferior|similar|comparable|identical|equal|equivalent|closer?|opposed) to|"
    r"(?:preferable|relative) to|short of|\bfall_short(?: of)?|par with|loses_to|"
    r"\boutperform\w*|\bsurpass\w*|\bexceed\w*|\bbeats?|\bmatch\w*)"
    r"(?: (?:that|those|the|what|ones?|seen|in|of|is|found|does|it|when)){0,4}$"
)
"""What stands before the standard of a comparison: "than", "superior to the one in"."""
_DESCRIBED_STANDARD = re.compile(
    r"(?:\bthan|\bcompar\w+ (?:to|with)|\brelative to|\bunlike)((?: (?!@|,)[\w'-]+){1,6})$"
)
"""The same with words that describe the standard: "than the smudged letters in"."""


@dataclass
class Segment:
    """Words about one image or both, and the conjunction that opens their clause."""

    subject: str | None
    words: list[str] = field(default_factory=list)
    opener: str = ""


def favoured_side(text: str, aspect: str = "", subject: str | None = None) -> Favours | None:
    """The side a statement favours, "same" where it likens or balances both, None where it favours nothing.

    `aspect` is what a heading speaks of ("noise"), for bare comparisons ("higher in Image A"); `subject` the
    side spoken of before the statement began.

    >>> favoured_side("Image A (Left) shows less noise, while Image B (Right) is grainy.")
    'a'
    >>> favoured_side("more visible in the left image", aspect="noise")
    'b'
    """
    words = _tokens(text[:LONGEST])
    if "no_winner" in words:
        return "same"
    antecedent, equal = prior_polarity(aspect), False
    sums: dict[str, float] = {}
    for segment in _segments(words, subject):
        equal = equal or any(word in _EQUALITY for word in segment.words)
        value, antecedent = polarity(segment.words, segment.opener, antecedent)
        if segment.subject and value is not None:
            sums[segment.subject] = sums.get(segment.subject, 0.0) + value
    difference = sums.get("a", 0.0) - sums.get("b", 0.0)
    if abs(difference) >= (2.5 * CLEAR if equal else CLEAR):
        return "a" if difference > 0 else "b"
    return "same" if equal or "both" in sums or {"a", "b"} <= set(sums) else None


def _tokens(text: str) -> list[str]:
    """The statement as lower-case words and marks, with each mention of a side as `@a`, `@b` or `@both`."""
    pieces, at, earlier = [], 0, list[str]()
    for mention in mentions(text):
        if mention.start < at:
            continue
        pieces += [text[at : mention.start].replace("@", " ").lower(), f" @{_resolved(mention, earlier)} "]
        pieces += ["neither "] if mention.negated else []
        at = mention.end
    plain = " ".join("".join((*pieces, text[at:].replace("@", " ").lower())).split())
    for pattern, replacement in REWRITES:
        plain = pattern.sub(replacement, plain)
    words: list[str] = []
    for word in _WORD.findall(plain):
        words += word.split("-") if "-" in word and not is_listed(word) else [word]
    return words


def _resolved(mention: Mention, earlier: list[str]) -> str:
    """The side of a mention; "the former" and the like by the sides mentioned `earlier`, which grows."""
    if mention.side == "other":
        latest = earlier[-1] if earlier else "a"
        return _opposite(latest) if latest in "ab" else "b"
    if mention.side in ("former", "latter"):
        first = next((side for side in earlier if side in "ab"), "a")
        return first if mention.side == "former" else _opposite(first)
    earlier.append(mention.side)
    return mention.side


def _opposite(side: str) -> str:
    return "b" if side == "a" else "a"


def _clauses(words: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Runs of words between marks and conjunctions, each with the conjunction that opens it."""
    opener, run = ".", list[str]()
    for word in words:
        if word not in _CLAUSE_BREAKS:
            run.append(word)
            continue
        if run:
            yield opener, run
        opener = f"{word} first" if not run and opener in ".;!?" and word not in ".;!?—" else word
        run = []
    if run:
        yield opener, run


def _segments(words: list[str], subject: str | None) -> Iterator[Segment]:
    """The clauses, cut further where the image spoken of changes; those before the first subject take it."""
    unassigned: list[Segment] = []
    for opener, run in _clauses(words):
        segments, standard = _cut(run, opener)
        for segment in segments:
            segment.subject = segment.subject or subject or (_opposite(standard) if standard else None)
            unassigned.append(segment)
            if segment.subject is not None:
                for waiting in unassigned:
                    waiting.subject = segment.subject
                yield from unassigned
                unassigned = []
        subject = next((segment.subject for segment in segments if segment.subject), subject)
    yield from unassigned


def _cut(run: list[str], opener: str) -> tuple[list[Segment], str]:
    """The segments of one clause, and the standard it compares with ("" where none)."""
    segments, standard, standard_at = [Segment(None, [], opener)], "", -9
    for at, word in enumerate(run):
        current, side = segments[-1], word[1:]
        before = " ".join(run[max(0, at - 8) : at])
        if not word.startswith("@"):
            relative = word in ("which", "where", "who") and at - standard_at <= 2
            if relative and current.subject != standard:
                segments.append(Segment(standard, [], opener))
            else:
                current.words.append(word)
        elif side != "both" and _STANDARD.search(before):
            standard, standard_at = side, at
        elif side != "both" and (described := _DESCRIBED_STANDARD.search(before)):
            standard, standard_at = side, at
            words = _take_from(len(current.words) - len(described[1].split()), current.words)
            segments.insert(-1, Segment(side, words, opener))
        elif current.subject is None and not (opener in ("although", "though") and "," in current.words):
            current.subject = side
        elif current.subject != side:
            conceded = "" if current.subject is None or "," in run[:at] else opener
            segments.append(Segment(side, _lead_in(current.words), conceded))
    return segments, standard


def _take_from(start: int, words: list[str]) -> list[str]:
    """Takes the words from a place on."""
    taken = words[start:]
    del words[start:]
    return taken


def _lead_in(words: list[str]) -> list[str]:
    """Takes from the end of a segment the words that lead to the next mention ("and clean in")."""
    for at in range(len(words) - 1, max(-1, len(words) - 12), -1):
        negates = words[at] in ("not", "absent") and words[at - 1] in _AUXILIARIES
        if words[at] in _SEGMENT_BREAKS and not negates:
            return _take_from(at, words)
    return []
