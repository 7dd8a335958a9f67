"""The sum of the quality words of one part of a statement: positive speaks well of it, negative badly."""

from __future__ import annotations

from twinlens.language import lexicon as v

_MERITS, _DEFECTS, _GOOD, _BAD = (v.Words(x) for x in (v.MERITS, v.DEFECTS, v.GOOD, v.BAD))
_LESS, _MORE, _EXCESS = (v.Words(x) for x in (v.LESS, v.MORE, v.EXCESS))
_STRONG, _SLIGHT, _PREFER = (v.Words(x) for x in (v.STRONG, v.SLIGHT, v.PREFER))
_PRESENT = v.Words(
    "pronounced visible evident noticeable prominent apparent obvious severe so marked present seen"
)
_NEUTRAL_TONES = v.Words("dark bright light saturat* warm cold")
_LOST = v.Words(v.LOST)
_KEEPING = v.Words(v.KEEPING)
_GRAIN = v.Words("noise grain graininess")
_ENDS = v.Words(
    "due because resulting results leading leads causing making makes giving which where from for around "
    "with along across by than in on at suggesting indicating contributing contributes enabling showing "
    "appearing despite albeit : there"
)
_PASSED = v.Words("in to from of with on at for")
"""Prepositions that may follow "less" and the like at once: "reduction in noise", "fails to"."""
_THEREFORE = v.Words(
    "resulting leading contributing contributes causing making makes giving enhancing enhances reducing "
    "reduces degrading degrades degrade conveys"
)
_CONCEDING = v.Words("although though despite albeit")


class Tally:
    """Weighs the parts of a statement in order; keeps what was last spoken of for "more so in Image B"."""

    def __init__(self, about: str = "") -> None:
        self._last = _sign(about)

    @staticmethod
    def knows(word: str) -> bool:
        """Whether a hyphenated word is listed whole."""
        return any(
            word in known for known in (_MERITS, _DEFECTS, _GOOD, _BAD, _LESS, _MORE, _STRONG, _SLIGHT)
        )

    def weigh(self, words: list[str], conceding: str = "") -> float | None:
        """The sum of a part, None where no word is of quality; `conceding` is the word that opens it."""
        scan = _Scan(self._last, _opening(conceding))
        for at, word in enumerate(words):
            scan.take(word, words[at + 1 : at + 5])
        scan.settle()
        if scan.terms == 0 and scan.present:
            scan.add(float(self._last))
        self._last = scan.last
        return scan.total if scan.terms else None


def _opening(opener: str) -> float:
    word = opener.split(" ")[0]
    if opener == "while first":
        return 0.8
    return 0.4 if word in _CONCEDING else 1.0


def _sign(word: str) -> int:
    """+1 for what is good to have, -1 for what is bad to have, 0 for other words."""
    if word in _DEFECTS or word in _BAD:
        return -1
    return 1 if word in _MERITS or word in _GOOD else 0


class _Scan:
    """The state while walking over the words of a part."""

    def __init__(self, last: int, factor: float) -> None:
        self.total, self.terms, self.last, self.present = 0.0, 0, last, False
        self._factor, self._base = factor, 1.0
        self._noun: tuple[int, float] | None = None
        self._praised = self._either = -9
        self._at = 0
        self._fresh()

    def _fresh(self) -> None:
        self._flips, self._more, self._excess, self._weight = 0, False, False, 1.0
        self._used: int | None = None
        self._open, self._open_more = "", False
        self._list, self._since = False, 0

    def take(self, word: str, ahead: list[str]) -> None:
        """Reads the next word, knowing the four that follow."""
        self._at += 1
        if word in _THEREFORE:
            self._factor = 1.4 * self._base
        if word in ("despite", "albeit"):
            self.settle()
            self._factor = 0.4 * self._base
        elif word == "at_first":
            self.total *= 0.3
        elif word in (",", "and", "or"):
            self._joint(word)
        elif word in _ENDS and not (word in _PASSED and self._open and self._since == 0):
            self.settle()
        elif not self._modifies(word, ahead):
            self._judge(word)

    def _joint(self, word: str) -> None:
        if self._used is None and word == "," and self._open:
            self.settle()
        elif self._used is None and self._open:
            self._either = self._at
        elif self._used is not None:
            self._list, self._since = True, 0
        if word == "," and self._factor < self._base:
            self._factor = self._base

    def _modifies(self, word: str, ahead: list[str]) -> bool:
        """Takes a word that changes the next term; False for a word to be judged itself."""
        if word in _EXCESS:
            self._excess = True
        elif word in _LESS and not (word in _BAD and not _noun_ahead(ahead) and not self._weaker(word)):
            if self._used is not None:
                self._fresh()
            self._flips += self._at - self._either > 2
            self._open, self._since = word, 0
        elif word in _MORE and not (word in _GOOD and not _noun_ahead(ahead)):
            if self._used is not None:
                self._fresh()
            self._more, self._open_more, self._since = True, True, 0
        elif word in _STRONG or word in _SLIGHT:
            if self._used is not None and self._list:
                self._fresh()
            self._weight = 1.5 if word in _STRONG else 0.5
            self.present = self.present or word in _PRESENT
        else:
            return False
        return True

    def _weaker(self, word: str) -> bool:
        """Whether "weaker" can speak of a noun before it ("halos are weaker")."""
        return word in ("weak", "weaker") and bool(self._noun or self.last)

    def _judge(self, word: str) -> None:
        sign = _sign(word)
        if word in _PREFER:
            self.add(-4.0 if self._flips % 2 else 4.0)
            self._open = ""
        elif sign:
            self._term(word, sign)
        elif self._excess and word in _NEUTRAL_TONES:
            self._term(word, -1)
        else:
            self._since += 1
            self.present = self.present or word in _PRESENT
            if self._list and self._since > 1 and word not in _PRESENT:
                self._fresh()

    def _term(self, word: str, sign: int) -> None:
        noun = word in _MERITS or word in _DEFECTS
        compared = word.endswith("er") and not noun
        if self._used is not None and (sign != self._used or compared):
            self._fresh()
        value = float(sign)
        if self._excess:
            value = -1.0
        elif word in _KEEPING:
            value = 0.5
        elif word in _MERITS and self._more and not self._flips:
            value = 1.25
        elif word in _MERITS and not (self._more or self._flips):
            value = 0.0 if self._at - self._praised <= 3 else 0.25
        elif word in _GRAIN and self._praised_now():
            value = 0.0
        value *= -self._weight if self._flips % 2 else self._weight
        self._used, self._open, self._open_more, self._since, self._list = sign, "", False, 0, False
        self.add(value)
        if value:
            self.last = 1 if word in _LOST else sign
        if noun:
            self._noun = (sign, value * self._factor)
        else:
            self._praised, self._praise = self._at, value
        if not self._flips and not self._more:
            self._used = None
            self._excess, self._weight = False, 1.0

    def _praised_now(self) -> bool:
        return self._at - self._praised <= 3 and self._praise > 0 and not self._flips

    def settle(self) -> None:
        """Ends a phrase; an open "less" speaks of the noun before it, or of what was spoken of last."""
        if self._open or self._open_more:
            turn = -1.0 if self._flips % 2 else 1.0
            if self._noun is not None:
                sign, counted = self._noun
                self.total -= counted
                self.add(turn * sign * self._weight)
                self._noun = None
            elif self._open in _BAD and not self.last:
                self.add(-self._weight)
            elif self.last:
                self.add(turn * self.last * self._weight)
        self._fresh()

    def add(self, value: float) -> None:
        """Counts one judgement at the present weight."""
        self.total += value * self._factor
        self.terms += 1


def _noun_ahead(ahead: list[str]) -> bool:
    for word in ahead:
        if word in _MERITS or word in _DEFECTS or word in _GOOD:
            return True
        if (word in _ENDS and word not in _PASSED) or word in (",", ".", ";"):
            return False
    return False
