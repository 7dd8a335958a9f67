"""Which side a statement favours: clauses by the side they speak of, then quality words and what turns them.

A statement is cut into parts, each about one image (or both); `than Image B` and the like belong to the part
they stand in. Every part gets a sum over its quality words: defects and merits, turned by "less" or "no",
strengthened by "severe", weakened by "slightly", discounted after "despite". The larger sum is favoured.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from twinlens.core.types import Favours
from twinlens.language import lexicon as v
from twinlens.language.polarity import Tally
from twinlens.language.side_mentions import Mention, find

LONGEST = 3000
"""Characters of one statement that are weighed; what follows is not part of any honest sentence."""
CLEAR = 0.2
"""Smallest difference of sums that favours a side; twice and a half this where likeness is asserted."""

_ALIKE = v.Words(v.ALIKE)
_PHRASES = tuple((re.compile(rf"\b(?:{phrase})\b"), f" {word} ") for phrase, word in v.PHRASES.items())
_REWRITES = (
    (re.compile(r"\([^()@]{0,80}\d[^()@]{0,80}\)"), " "),
    (re.compile(r"[’`]"), "'"),
    (re.compile(r"\bnot (?:quite |nearly |just )?(?:as|so) ([\w-]{2,30}) as\b"), r" less \1 than "),
    (re.compile(r"\bas ([\w-]{2,30}) as\b"), " as_as than "),
    (re.compile(r"\b(?:at first glance|at first sight|at first)\b"), " at_first "),
    (re.compile(r"\bat the (?:cost|expense|price) of\b"), " despite "),
    (re.compile(r"\b(?:in spite of|even (?:though|if|with)|notwithstanding)\b"), " despite "),
    (
        re.compile(r"\b(?:has|have|takes|holds) (?:the|an|a \w{1,12}) (?:edge|advantage|upper hand)\b"),
        " excels ",
    ),
    (re.compile(r"\b(?:by|in) (?:contrast|comparison)(?! (?:to|with)\b)"), " "),
)
_WORD = re.compile(r"@\w+|[^\W\d][\w'-]*|[,.;:!?—]")
_BREAKS = v.Words(". ; ! ? — while whereas but however although though yet conversely")
_COMPARED = re.compile(
    r"(?:\bthan|\b(?:compar\w+|comparison|contrast) (?:to|with)|\bover|\bunlike|\bagainst|\bversus|\bvs|"
    r"\bbehind|(?:superior|inferior|similar|comparable|identical|equal|equivalent|closer?|opposed) to|"
    r"(?:preferable|relative) to|short of|\bfall_short(?: of)?|par with|loses_to|"
    r"\boutperform\w*|\bsurpass\w*|\bexceed\w*|\bbeats?|\bmatch\w*)"
    r"(?: (?:that|those|the|what|ones?|seen|in|of|is|found|does|it|when)){0,4}$"
)
_FURTHER = re.compile(r"(?:\bthan|\bcompar\w+ (?:to|with)|\brelative to|\bunlike)((?: (?!@|,)[\w'-]+){1,6})$")
_SPLITS = v.Words(", and that which where when not absent as or")
_HELPERS = v.Words("does do did is are was were has have be been")


@dataclass
class Part:
    """Words about one image or both, and how the clause that holds them opens."""

    subject: str | None
    words: list[str] = field(default_factory=list)
    opener: str = ""


def lean(text: str, about: str = "", subject: str | None = None) -> Favours | None:
    """The side a statement favours, "same" where it likens or balances both, None where it tells nothing.

    `about` is what a heading speaks of ("noise"), for bare comparisons ("higher in Image A"); `subject` the
    side spoken of before the statement began.

    >>> lean("Image A (Left) shows less noise, while Image B (Right) is grainy.")
    'a'
    >>> lean("more visible in the left image", about="noise")
    'b'
    """
    words = _words(text[:LONGEST])
    if "no_winner" in words:
        return "same"
    tally = Tally(about)
    sums: dict[str, float] = {}
    alike = False
    for part in _parts(words, subject):
        alike = alike or any(word in _ALIKE for word in part.words)
        value = tally.weigh(part.words, conceding=part.opener)
        if part.subject and value is not None:
            sums[part.subject] = sums.get(part.subject, 0.0) + value
    difference = sums.get("a", 0.0) - sums.get("b", 0.0)
    if abs(difference) >= (2.5 * CLEAR if alike else CLEAR):
        return "a" if difference > 0 else "b"
    return "same" if alike or "both" in sums or {"a", "b"} <= set(sums) else None


def _words(text: str) -> list[str]:
    """The statement as lower-case words and marks, with each mention of a side as `@a`, `@b` or `@both`."""
    pieces, at, seen = [], 0, ["a"]
    for mention in find(text):
        if mention.start < at:
            continue
        pieces += [text[at : mention.start].replace("@", " ").lower(), f" @{_resolved(mention, seen)} "]
        pieces += ["neither "] if mention.denied else []
        at = mention.end
    plain = "".join((*pieces, text[at:].replace("@", " ").lower()))
    plain = " ".join(plain.split())
    for pattern, instead in (*_REWRITES, *_PHRASES):
        plain = pattern.sub(instead, plain)
    words: list[str] = []
    for word in _WORD.findall(plain):
        words += word.split("-") if "-" in word and not Tally.knows(word) else [word]
    return words


def _resolved(mention: Mention, seen: list[str]) -> str:
    side: str = mention.side
    first = next((s for s in seen[1:] if s in "ab"), "a")
    if side in ("former", "latter"):
        return first if side == "former" else _other(first)
    if side == "other":
        return _other(seen[-1]) if seen[-1] in "ab" else "b"
    seen.append(side)
    return side


def _other(side: str) -> str:
    return "b" if side == "a" else "a"


def _clauses(words: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Runs of words between marks and conjunctions, each with the conjunction that opens it."""
    opener, run = ".", list[str]()
    for word in words:
        if word in _BREAKS:
            if run:
                yield opener, run
            opener = f"{word} first" if not run and opener in ".;!?" and word not in ".;!?—" else word
            run = []
        else:
            run.append(word)
    if run:
        yield opener, run


def _parts(words: list[str], subject: str | None) -> Iterator[Part]:
    """The clauses, cut further where the image spoken of changes."""
    waiting: list[Part] = []
    for opener, run in _clauses(words):
        parts, compared = _cut(run, opener)
        for part in parts:
            if part.subject is None:
                part.subject = subject or (_other(compared) if compared in ("a", "b") else None)
            if part.subject is None:
                waiting.append(part)
                continue
            for early in waiting:
                early.subject = part.subject
                yield early
            waiting = []
            yield part
        subject = next((p.subject for p in parts if p.subject), subject)
    yield from waiting


def _cut(run: list[str], opener: str) -> tuple[list[Part], str]:
    """The parts of one clause, and the image it compares with ("" where none)."""
    parts, compared, last = [Part(None, [], opener)], "", -9
    for at, word in enumerate(run):
        part = parts[-1]
        if not word.startswith("@"):
            if (
                word in ("which", "where", "who")
                and 0 <= at - last <= 2
                and part.subject != compared
                and compared
            ):
                parts.append(Part(compared, [], opener))
                continue
            part.words.append(word)
            continue
        side = word[1:]
        before = " ".join(run[max(0, at - 8) : at])
        further = None if side == "both" or _COMPARED.search(before) else _FURTHER.search(before)
        if side != "both" and (further or _COMPARED.search(before)):
            compared, last = side, at
            if further:
                parts.insert(-1, Part(side, _taken(part.words, len(further[1].split())), opener))
        elif part.subject is None and opener in ("although", "though") and "," in part.words:
            parts.append(Part(side, _tail(part.words)))
        elif part.subject is None:
            part.subject = side
        elif part.subject != side:
            parts.append(Part(side, _tail(part.words), "" if "," in run[:at] else opener))
    return parts, compared


def _taken(words: list[str], count: int) -> list[str]:
    """Takes the last words of a part."""
    tail = words[-count:]
    del words[-count:]
    return tail


def _tail(words: list[str]) -> list[str]:
    """Takes from the end of a part the words that lead to the next mention ("and clean in")."""
    for back in range(len(words) - 1, max(-1, len(words) - 12), -1):
        denies = words[back] in ("not", "absent") and words[back - 1] in _HELPERS
        if words[back] in _SPLITS and not denies:
            tail = words[back:]
            del words[back:]
            return tail
    return []
