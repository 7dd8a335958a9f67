"""What a statement counts for which side: its segments by the image they speak of, and the polarity of each.

A statement is cut into segments, each about one image (or both); the standard of a comparison ("than Image
B") belongs to the segment it stands in. The side whose segments sum to the better polarity is favoured.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from twinlens.core.types import Favours
from twinlens.language.lexicon import ENGLISH, Lexicon
from twinlens.language.polarity import Term, polarity, prior_polarity
from twinlens.language.side_mentions import Mention, mentions

LONGEST = 3000
"""Characters of one statement that are weighed; what follows is not part of any honest sentence."""
CLEAR = 0.2
"""Smallest difference of polarities that favours a side; twice and a half this where equality is asserted."""
CONTRAST = ("but", "however", "yet")
"""Conjunctions after which another respect of the same image may be spoken of."""

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
    r"(?:\b(?:than|unlike|without(?= the\b))|\bcompar\w+ (?:to|with)|\brelative to)"
    r"((?: (?!@|,)[\w'-]+){1,6})$"
)
"""The same with words that describe the standard: "than the smudged letters in"."""


@dataclass
class Segment:
    """Words about one image or both, by their places, and the conjunction that opens their clause.

    `named` is whether the words name the image; `terms` are what words count for it, and `equal` is whether
    equality is asserted.
    """

    subject: str | None
    places: list[int] = field(default_factory=list)
    opener: str = ""
    named: bool = False
    terms: list[Term] = field(default_factory=list)
    equal: bool = False


def favoured_side(terms: Iterable[tuple[str | None, float]], equal: bool) -> Favours | None:
    """The side with the better sum, "same" where equality is asserted or both weigh alike, None for nothing.

    >>> favoured_side([("a", 1.0), ("b", -1.0)], equal=False)
    'a'
    """
    sums: dict[str, float] = {}
    for side, value in terms:
        if side is not None:
            sums[side] = sums.get(side, 0.0) + value
    difference = sums.get("a", 0.0) - sums.get("b", 0.0)
    if abs(difference) >= (2.5 * CLEAR if equal else CLEAR):
        return "a" if difference > 0 else "b"
    return "same" if equal or "both" in sums or {"a", "b"} <= set(sums) else None


def weighed(
    words: list[str], topic: str = "", subject: str | None = None, lexicon: Lexicon = ENGLISH
) -> list[Segment]:
    """The segments of a statement's words (see `tokens`), weighed.

    `topic` is what a heading speaks of ("noise"), for bare comparisons ("higher in Image A"); `subject` the
    side spoken of before the statement began.

    >>> [(part.subject, part.terms) for part in weighed(tokens("Image A is clean, while Image B is noisy."))]
    [('a', [(1.0, 2)]), ('b', [(-1.0, 7)])]
    """
    antecedent, segments = prior_polarity(topic, lexicon), list(_segments(words, subject, lexicon))
    equality = lexicon.words["equality"]
    for segment in segments:
        own = [words[at] for at in segment.places]
        terms, antecedent = polarity(own, segment.opener, antecedent, lexicon)
        segment.terms = [(value, segment.places[at]) for value, at in terms]
        segment.equal = any(word in equality for word in own)
    return segments


def tokens(text: str, lexicon: Lexicon = ENGLISH) -> list[str]:
    """A statement as lower-case words and marks, with each mention of a side as `@a`, `@b` or `@both`."""
    text = text[:LONGEST]
    pieces, at, earlier = [], 0, list[str]()
    for mention in mentions(text):
        if mention.start < at:
            continue
        pieces += [text[at : mention.start].replace("@", " ").lower(), f" @{_resolved(mention, earlier)} "]
        pieces += ["neither "] if mention.negated else []
        at = mention.end
    plain = " ".join("".join((*pieces, text[at:].replace("@", " ").lower())).split())
    for pattern, replacement in lexicon.rewrites:
        plain = pattern.sub(replacement, plain)
    words: list[str] = []
    for word in _WORD.findall(plain):
        words += word.split("-") if "-" in word and not lexicon.has(word) else [word]
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


def _clauses(words: list[str], lexicon: Lexicon) -> Iterator[tuple[str, list[int]]]:
    """Runs of words between marks and conjunctions, by their places, each with the conjunction that opens it.

    What is only supposed ("if", "would be") is left out.
    """
    breaks, supposed = lexicon.words["clause_breaks"], lexicon.words["supposed"]
    opener, run = ".", list[int]()
    for at, word in enumerate((*words, ".")):
        if word not in breaks:
            run.append(at)
            continue
        if run and not any(words[place] in supposed for place in run):
            yield opener, run
        opener = f"{word} first" if not run and opener in ".;!?" and word not in ".;!?—" else word
        run = []


def _segments(words: list[str], subject: str | None, lexicon: Lexicon) -> Iterator[Segment]:
    """The clauses, cut further where the image spoken of changes; those before the first subject take it."""
    unassigned: list[Segment] = []
    for opener, run in _clauses(words, lexicon):
        segments, standard = _cut(words, run, opener, lexicon)
        for segment in segments:
            segment.named = segment.subject is not None
            segment.subject = segment.subject or subject or (_opposite(standard) if standard else None)
            unassigned.append(segment)
            if segment.subject is not None:
                for waiting in unassigned:
                    waiting.subject = segment.subject
                yield from unassigned
                unassigned = []
        subject = next((segment.subject for segment in segments if segment.subject), subject)
    yield from unassigned


def _cut(words: list[str], run: list[int], opener: str, lexicon: Lexicon) -> tuple[list[Segment], str]:
    """The segments of one clause, and the standard it compares with ("" where none)."""
    segments, standard, standard_at = [Segment(None, [], opener)], "", -9
    for at, place in enumerate(run):
        word = words[place]
        current, side = segments[-1], word[1:]
        before = [words[earlier] for earlier in run[max(0, at - 8) : at]]
        if not word.startswith("@"):
            relative = word in ("which", "where", "who") and at - standard_at <= 2
            if relative and current.subject != standard:
                segments.append(Segment(standard, [], opener))
            else:
                current.places.append(place)
        elif side != "both" and _STANDARD.search(" ".join(before)):
            standard, standard_at = side, at
        elif side != "both" and (described := _DESCRIBED_STANDARD.search(" ".join(before))):
            standard, standard_at = side, at
            start = len(current.places) - len(described[1].split())
            segments.insert(-1, Segment(side, current.places[start:], opener))
            del current.places[start:]
        elif current.subject is None and not (
            opener in ("although", "though") and "," in (words[earlier] for earlier in current.places)
        ):
            current.subject = side
        elif current.subject != side or before[-1:] in ([","], ["and"], ["or"]):
            conceded = "" if current.subject is None or "," in (words[p] for p in run[:at]) else opener
            segments.append(Segment(side, _lead_in(words, current.places, lexicon), conceded))
    return segments, standard


def _lead_in(words: list[str], places: list[int], lexicon: Lexicon) -> list[int]:
    """Takes from the end of a segment what leads to the next mention ("and clean in", "in the hair,")."""
    breaks, auxiliaries = lexicon.words["segment_breaks"], lexicon.words["auxiliaries"]
    last = len(places) - 1
    start = last if last >= 0 and words[places[last]] == "," else last + 1
    for at in range(last, max(-1, last - 11), -1):
        word = words[places[at]]
        negates = word in ("not", "absent") and words[places[at - 1]] in auxiliaries
        if word not in breaks or negates:
            continue
        if at < last or word != ",":
            placed = words[places[last]] != "," or words[places[at + 1]] in lexicon.words["prepositions"]
            start = at if placed else last
            break
    taken, places[start:] = places[start:], []
    return taken
