"""The polarity of a segment of a statement: prior polarities of its quality words, moved by valence shifters.

A quality word is good (+1) or bad (-1) in itself. What stands before it, seldom after it, reverses,
strengthens or weakens it: "no", "less", "too", "severe", "slightly" (Polanyi and Zaenen, Contextual Valence
Shifters, 2006). The sum weighs more after "resulting in", less after "although". The factors were set by hand
on the experts' lines of the challenge; tests/language/test_comparison.py holds lines they were not set on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from twinlens.language.lexicon import ENGLISH, Lexicon

CONCEDED, CONTRASTED, CONSEQUENCE, FIRST_GLANCE = 0.4, 0.8, 1.4, 0.3
"""Weights: after "although"; after "While" that opens a sentence; of results; of what shows "at first"."""
PREFERENCE = 4.0
"""What "is preferred" counts beside a quality word."""
INTENSIFIED, DIMINISHED = 1.5, 0.5
MORE_MERIT, BARE_MERIT, PRESERVED_MERIT = 1.25, 0.25, 0.5
"""What a merit counts: "more detail"; "detail" with nothing said of it; "preserves detail", for the verb."""
COMPARED = 2.0
"""What "fewer than" of the antecedent counts: more than that it is there ("shows halos, but fewer than")."""
NEAR = 3
"""Words within which an adjective speaks of a noun after it."""

Term = tuple[float, int]
"""What a word counts for, with its sign, and its place in the segment."""


def polarity(
    words: Sequence[str], opener: str = "", antecedent: int = 0, lexicon: Lexicon = ENGLISH
) -> tuple[list[Term], int]:
    """What the words of quality in a segment count for, in order, and the polarity it was last about.

    `opener` is the conjunction that opens its clause. `antecedent` is what was last spoken of, +1 (good), -1
    (bad) or 0 (nothing): a bare comparison ("more so in Image B") speaks of that.

    >>> polarity("no noise or halos".split())
    ([(1.0, 1), (1.0, 3)], -1)
    >>> polarity(["more", "so"], antecedent=-1)
    ([(-1.0, 0)], -1)
    """
    segment = _Segment(words, antecedent, _opening_weight(opener, lexicon), lexicon)
    for at in range(len(words)):
        segment.read(at)
    segment.end_phrase()
    if segment.present and not segment.terms:
        segment.count(float(segment.antecedent))
    return segment.terms, segment.antecedent


def prior_polarity(word: str, lexicon: Lexicon = ENGLISH) -> int:
    """+1 for what is good to have, -1 for what is bad to have, 0 for other words."""
    listed = lexicon.words
    if word in listed["defects"] or word in listed["negative"]:
        return -1
    return 1 if word in listed["merits"] or word in listed["positive"] else 0


def _opening_weight(opener: str, lexicon: Lexicon) -> float:
    if opener == "while first":
        return CONTRASTED
    return CONCEDED if opener.split(" ")[0] in lexicon.words["concession"] else 1.0


@dataclass(frozen=True, slots=True)
class _Phrase:
    """The valence shifters in force, and how far the phrase has come since them."""

    negations: int = 0
    increased: bool = False
    excessive: bool = False
    degree: float = 1.0
    reducer: str = ""
    """The last reducer, until a quality word follows it."""
    increaser: bool = False
    """Whether an increaser waits for its quality word."""
    prior: int | None = None
    """The prior polarity of the quality word that was shifted, once there is one."""
    coordinated: bool = False
    """Whether a comma, "and" or "or" followed that word."""
    distance: int = 0
    """Neutral words since the last that counted."""

    @property
    def sign(self) -> float:
        """-1 under one negation, +1 under none or two."""
        return -1.0 if self.negations % 2 else 1.0

    def after(self, prior: int) -> _Phrase:
        """The phrase after a quality word: only negations and "more" reach the words beside it."""
        if not (self.negations or self.increased):
            return _Phrase()
        return replace(self, reducer="", increaser=False, prior=prior, coordinated=False, distance=0)


class _Segment:
    """The walk over the words of a segment: the sum so far, and what later words refer back to."""

    def __init__(self, words: Sequence[str], antecedent: int, weight: float, lexicon: Lexicon) -> None:
        self.words, self.at, self.weight, self.antecedent = words, 0, weight, antecedent
        self.lexicon, self.listed = lexicon, lexicon.words
        self.terms: list[Term] = []
        self.present = False
        self.phrase = _Phrase()
        self._noun: tuple[int, int] | None = None
        self._adjective_at, self._adjective_value, self._alternative_at = -9, 0.0, -9

    def count(self, value: float) -> None:
        """Adds one term at the present weight."""
        self.terms.append((value * self.weight, self.at))

    def read(self, at: int) -> None:
        """Takes the word at a place."""
        self.at, word = at, self.words[at]
        if self._in(word, "consequence"):
            self.weight = CONSEQUENCE
        if word in ("despite", "albeit"):
            self.end_phrase()
            self.weight = CONCEDED
        elif word == "at_first":
            self.terms = [(value * FIRST_GLANCE, at) for value, at in self.terms]
        elif word in (",", "and", "or"):
            self._coordinate(word)
        elif self._in(word, "phrase_ends") and not (
            self._in(word, "prepositions") and self._follows_reducer()
        ):
            self.end_phrase()
        elif not (self._reduce(word) or self._increase(word) or self._grade(word)):
            self._judge(word)

    def end_phrase(self) -> None:
        """Ends a phrase: a shifter without a word after it is of the noun before, or of the antecedent."""
        phrase, self.phrase = self.phrase, _Phrase()
        if not (phrase.reducer or phrase.increaser):
            return
        if self._noun is not None:
            prior, term = self._noun
            self.terms[term] = (phrase.sign * prior * phrase.degree * self.weight, self.terms[term][1])
            self._noun = None
        elif phrase.reducer in self.listed["negative"] and not self.antecedent:
            self.count(-phrase.degree)
        elif self.antecedent:
            weight = COMPARED if self.words[self.at] == "than" else 1.0
            self.count(phrase.sign * self.antecedent * phrase.degree * weight)

    def _follows_reducer(self) -> bool:
        return bool(self.phrase.reducer) and self.phrase.distance == 0

    def _coordinate(self, word: str) -> None:
        """A comma, "and" or "or": goes on with the phrase, or ends it where nothing followed its shifter."""
        if self.phrase.prior is not None:
            self.phrase = replace(self.phrase, coordinated=True, distance=0)
        elif self.phrase.reducer and (word == "," or (word == "and" and self.phrase.degree != 1.0)):
            self.end_phrase()  # "not severe and"
        elif self.phrase.reducer:
            self._alternative_at = self.at
        if word == ",":
            self.weight = max(self.weight, 1.0)

    def _unused_phrase(self) -> _Phrase:
        """The phrase, begun anew where its shifters have met a quality word."""
        return self.phrase if self.phrase.prior is None else _Phrase()

    def _reduce(self, word: str) -> bool:
        """Takes "less", "no"; a word that is bad in itself ("poor") only where it can speak of a noun."""
        of_noun = word in ("weak", "weaker") and bool(self._noun or self.antecedent)
        if not self._in(word, "reducers") or (
            self._in(word, "negative") and not (of_noun or self._quality_follows())
        ):
            return False
        phrase = self._unused_phrase()
        more = self.at - self._alternative_at > 2  # "fewer or less noticeable" reduces once
        self.phrase = replace(phrase, negations=phrase.negations + more, reducer=word, distance=0)
        return True

    def _increase(self, word: str) -> bool:
        """Takes "more"; a word that is good in itself ("better") only before a quality word."""
        if not self._in(word, "increasers") or (self._in(word, "positive") and not self._quality_follows()):
            return False
        self.phrase = replace(self._unused_phrase(), increased=True, increaser=True, distance=0)
        return True

    def _grade(self, word: str) -> bool:
        """Takes "too", "severe", "slightly"."""
        if self._in(word, "excess"):
            self.phrase = replace(self.phrase, excessive=True)
        elif self._in(word, "intensifiers", "diminishers"):
            phrase = self._unused_phrase() if self.phrase.coordinated else self.phrase
            self.phrase = replace(
                phrase, degree=INTENSIFIED if self._in(word, "intensifiers") else DIMINISHED
            )
            self.present = self.present or self._in(word, "presence")
        else:
            return False
        return True

    def _judge(self, word: str) -> None:
        """Takes any other word: a preference, a quality, or one that says nothing of either."""
        prior = prior_polarity(word, self.lexicon)
        if self._in(word, "preference"):
            self.count(PREFERENCE * self.phrase.sign)
            self.phrase = replace(self.phrase, reducer="")
        elif prior:
            self._add_quality(word, prior)
        elif self.phrase.excessive and self._in(word, "tones"):
            self._add_quality(word, -1)
        else:
            self._pass(self._in(word, "presence"))

    def _pass(self, presence: bool) -> None:
        """Takes a neutral word: two of them after a list end it, unless they assert presence."""
        phrase = replace(self.phrase, distance=self.phrase.distance + 1)
        self.present = self.present or presence
        self.phrase = _Phrase() if phrase.coordinated and phrase.distance > 1 and not presence else phrase

    def _add_quality(self, word: str, prior: int) -> None:
        noun = self._in(word, "merits", "defects")
        comparative = word.endswith("ier") or (word.endswith("er") and not noun)
        anew = comparative or (self.phrase.coordinated and self._in(word, "praise"))
        if prior != self.phrase.prior or anew:
            self.phrase = self._unused_phrase()
        value = self._strength(word, prior) * self.phrase.sign * self.phrase.degree
        self.count(value)
        if value:
            self.antecedent = 1 if self._in(word, "losing") else prior
        if noun:
            self._noun = prior, len(self.terms) - 1
        else:
            self._adjective_at, self._adjective_value = self.at, value
        self.phrase = self.phrase.after(prior)

    def _strength(self, word: str, prior: int) -> float:
        """The value of a quality word before negation and degree."""
        described = self.at - self._adjective_at <= NEAR
        if self.phrase.excessive:
            return -1.0
        if self._in(word, "preserving"):
            return PRESERVED_MERIT
        if self._in(word, "merits") and not self.phrase.negations:
            return MORE_MERIT if self.phrase.increased else 0.0 if described else BARE_MERIT
        if self._in(word, "noise") and described and self._adjective_value > 0 and not self.phrase.negations:
            return 0.0
        return float(prior)

    def _quality_follows(self) -> bool:
        """Whether one of the next four words, before the phrase ends, is a noun of quality or praises one."""
        for word in self.words[self.at + 1 : self.at + 5]:
            if self._in(word, "merits", "defects", "positive"):
                return True
            ends = self._in(word, "phrase_ends") and not self._in(word, "prepositions")
            if ends or word in (",", ".", ";", "and"):
                return False
        return False

    def _in(self, word: str, *lists: str) -> bool:
        return any(word in self.listed[name] for name in lists)
