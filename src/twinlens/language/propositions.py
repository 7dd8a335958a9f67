"""What one statement claims: regions, aspect and favoured side of each respect in which it compares.

"Image A is sharper but noisier, and the hair in B has more texture" compares in three respects. Each word
that counts for a side counts for the aspect it names itself, else for those named nearest to it: between the
same commas, in the same segment, in the one before. Regions reach no farther than to what is said of them, so
that no claim joins the place of one respect with the quality of another.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from twinlens.core.types import Favours
from twinlens.language.comparison import CONTRAST, Segment, favoured_side, tokens, weighed
from twinlens.language.lexicon import ENGLISH, Lexicon, named_by
from twinlens.language.polarity import BARE_MERIT, prior_polarity
from twinlens.language.region_aspect import Topic, named_aspects, named_regions, places, topic

Key = tuple[str, str]
"""A region ("" for the whole, where none is named) and an aspect."""
REACH = 12
"""Segments before or after one that names no aspect in which its aspect is looked for."""
COORDINATORS = (",", "and", "or")
Proposition = tuple[str, str, Favours]
"""Region, aspect and favoured side."""


_Term = tuple[str | None, float, bool]
"""What one word counts for: a side (None where equality is asserted), and whether it names the aspect."""


@dataclass
class _Piece:
    """Words of a segment that share their place: the chunks between commas, "and" and "or" they stand in."""

    segment: int
    chunks: list[list[int]]
    regions: tuple[str, ...]
    terms: int


def propositions(
    heading: str, body: str, subject: str | None = None, lexicon: Lexicon = ENGLISH
) -> list[Proposition]:
    """What a statement under a heading claims; `subject` is the side spoken of before it began.

    >>> propositions("", "Image A is sharper, but the hair in Image B has less noise.")
    [('global', 'sharpness', 'a'), ('hair', 'noise', 'b')]
    """
    regions, aspects = topic(heading, lexicon)
    words = tokens(body, lexicon)
    segments = weighed(words, aspects[0] if aspects else "", subject, lexicon)
    count: dict[Key, list[_Term]] = {}
    heads = places(body, regions, lexicon) if regions else ()
    for key, term in _Statement(words, segments, (regions, aspects), lexicon).terms(heads):
        count.setdefault(key, []).append(term)
    sides = {key: _side(terms) for key, terms in count.items()}
    if "no_winner" in words:
        sides |= {key: "same" for key in sides if key[1] in (*aspects, "quality")}
    return [
        (region or "global", aspect, side)
        for region in ("", *lexicon.regions)
        for aspect in lexicon.aspects
        if (side := sides.get((region, aspect))) and _says(region, aspect, sides)
    ]


def _side(terms: list[_Term]) -> Favours | None:
    """The side of one respect; where all that is said balances, that of the words that name the aspect."""
    equal = any(side is None for side, _, _ in terms)
    side = favoured_side(((side, value) for side, value, _ in terms), equal)
    balanced = side not in ("a", "b") and not equal
    return (balanced and favoured_side(((side, value) for side, value, own in terms if own), equal)) or side


def _says(region: str, aspect: str, sides: dict[Key, Favours | None]) -> bool:
    """Whether a respect is claimed: of the whole only what is not said of a named place."""
    named = {side for (place, of), side in sides.items() if place and side and of == aspect}
    side = sides[region, aspect]
    return bool(region) or not (side in named or (side == "same" and named))


class _Statement:
    """The words of a statement, its weighed segments, and which aspects its heading and each segment name."""

    def __init__(self, words: list[str], segments: list[Segment], topic: Topic, lexicon: Lexicon) -> None:
        self.words, self.segments, self.lexicon = words, segments, lexicon
        self.regions, self.heads = topic
        plain = [self._without_outcome(segment.places) for segment in segments]
        every = {name for own in plain for at in own for name in named_by(words[at], lexicon).aspects}
        self.aspects = [self._named_in(own, every) for own in plain]

    def _named_in(self, places: list[int], beside: set[str]) -> tuple[str, ...]:
        """The aspects that words name: those of the heading, or without one those of each chunk by itself."""
        if self.heads:
            return tuple(head for head in self.heads if self._named(head, self._words(places)))
        chunks = map(self._words, self._chunks(places))
        named = {name for chunk in chunks for name in named_aspects(chunk, self.lexicon, beside)}
        return tuple(name for name in self.lexicon.aspects if name in named)

    def terms(self, heads: tuple[str, ...]) -> Iterator[tuple[Key, _Term]]:
        """What each word counts for; `heads` are the regions of the heading, or none.

        Of those a piece is about the ones it names where others name others, or where it turns to them.
        """
        latest: tuple[str, ...] = ()
        aspects, topical = set[str](), False
        pieces = list(self._pieces())
        named = [set(each.regions) for each in pieces if each.regions and each.terms]
        disjoint = len(named) > 1 and not set.intersection(*named)
        within = heads if self.regions == ("global",) else self.regions
        for piece in pieces:
            segment, terms, opens = (
                self.segments[piece.segment],
                [*self._terms_of(piece)],
                self._topical(piece),
            )
            if piece.regions:
                latest, topical, aspects = piece.regions, opens, {aspect for aspect, _ in terms}
            apart = disjoint or (len(self.regions) > 1 and (opens or segment.opener in CONTRAST))
            own = tuple(region for region in piece.regions if apart and region in within)
            for aspect, term in terms:
                near = piece.regions or (latest if topical or aspect in aspects or not segment.named else ())
                for region in own or heads or near or ("",):
                    yield (region, aspect), term

    def _pieces(self) -> Iterator[_Piece]:
        """The segments, cut where each of two parts has a place and something said of it."""
        for at, segment in enumerate(self.segments):
            weighty = {place for _, place in segment.terms}
            piece = _Piece(at, [], (), 0)
            for chunk in self._chunks(segment.places):
                regions = self._regions(chunk)
                terms = weighty.intersection(chunk)
                opens = terms and self._first_region(chunk) < max(terms)
                if regions and terms and piece.terms and (piece.regions or opens):
                    yield piece
                    piece = _Piece(at, [], (), 0)
                piece.chunks.append(chunk)
                piece.regions = tuple(dict.fromkeys((*piece.regions, *regions)))
                piece.terms += len(terms)
            yield piece

    def _chunks(self, places: list[int]) -> Iterator[list[int]]:
        chunk = list[int]()
        for place in places:
            if self.words[place] in COORDINATORS:
                yield chunk
                chunk = []
            chunk.append(place)
        yield chunk

    def _terms_of(self, piece: _Piece) -> Iterator[tuple[str, _Term]]:
        """The terms of a piece with the aspects they count for."""
        segment, aspects = self.segments[piece.segment], self.aspects[piece.segment]
        reached = aspects or self._reached(piece.segment)
        if segment.equal:
            yield from ((aspect, (None, 0.0, True)) for aspect in reached)
        for chunk in piece.chunks if segment.subject else ():
            inside = [name for name in aspects if self._named(name, self._words(chunk))]
            terms = [
                (value, own) for value, place in segment.terms if place in chunk
                for own in [self._own(place, reached)]
                if own or aspects or self.heads or not named_by(self.words[place], self.lexicon).aspects
            ]  # fmt: skip
            praised = {name for value, own in terms for name in own if abs(value) > BARE_MERIT}
            for value, own in terms:
                for aspect in reached:
                    if aspect in (own or inside or reached) or (aspect in inside and aspect not in praised):
                        yield aspect, (segment.subject, value, aspect in own)

    def _own(self, place: int, aspects: tuple[str, ...]) -> tuple[str, ...]:
        """The aspects that a word names itself; a weak word names that which keeps it from naming its own."""
        weak = {unless for _, unless in named_by(self.words[place], self.lexicon).weakly}
        return tuple(name for name in aspects if self._named(name, [self.words[place]]) or name in weak)

    def _reached(self, at: int) -> tuple[str, ...]:
        """The aspects that a segment without any is about: those before it, else those after it.

        "But" of the same image turns to another respect, unless it is bare ("but fewer than").
        """
        others = (*range(at - 1, at - 1 - REACH, -1), *range(at + 1, at + 1 + REACH))
        near = next((o for o in others if 0 <= o < len(self.aspects) and self.aspects[o]), None)
        if near is None:
            return self.heads or ("quality",)
        between = self.segments[min(near, at) + 1 : max(near, at) + 1]
        contrasted = any(segment.opener in CONTRAST for segment in between)
        same = near > at or self.segments[near].subject == self.segments[at].subject
        bare = not any(prior_polarity(word, self.lexicon) for word in self._words(self.segments[at].places))
        return self.heads if contrasted and same and not bare else self.aspects[near]

    def _regions(self, places: list[int]) -> tuple[str, ...]:
        return tuple(name for name in named_regions(self._words(places), self.lexicon) if name != "global")

    def _words(self, places: list[int]) -> list[str]:
        return [self.words[at] for at in places]

    def _topical(self, piece: _Piece) -> bool:
        """Whether a piece names its place before it says anything of it."""
        places = [at for chunk in piece.chunks for at in chunk]
        terms = {at for _, at in self.segments[piece.segment].terms}.intersection(places)
        return self._first_region(places) < min(terms, default=inf)

    def _first_region(self, places: list[int]) -> float:
        """Which of the places first names a region, none being infinitely late."""
        return next((at for at in places if self._regions([at])), inf)

    def _named(self, aspect: str, words: list[str]) -> bool:
        named = (named_by(word, self.lexicon) for word in words)
        return any(aspect in each.aspects or aspect in dict(each.weakly) for each in named)

    def _without_outcome(self, places: list[int]) -> list[int]:
        """The places of a segment without those of what a quality leads to, which is no further aspect."""
        left, outcome = list[int](), False
        for place in places:
            word = self.words[place]
            outcome = word in self.lexicon.words["outcome"] or (outcome and word not in (",", ".", ";"))
            left += [] if outcome else [place]
        return left
