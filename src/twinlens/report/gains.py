"""Where versions gained and lost: their claims by region and by aspect, with what the pixels say of them."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from twinlens.core.run_records import FailureRow, Row
from twinlens.core.types import ASPECTS, REGIONS, Claim
from twinlens.language.render import topic
from twinlens.report.pairs import versions_of

OTHER = {"a": "b", "b": "a", "same": "same"}
SAME, OF_B = dict(zip(OTHER, OTHER, strict=True)), dict.fromkeys(OTHER, "b")
Groundings = Counter[str]
"""How many claims have each grounding."""
Bar = tuple[str, Groundings, Groundings]
"""A region or aspect, and the groundings of its claims for a and for b."""


@dataclass
class ClaimBalance:
    """Claims of two versions by region and by aspect: which side they favour, and what the pixels say.

    Without versions every claim counts for "b".
    """

    a: str
    b: str
    _claims: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)

    def add(self, claims: Iterable[Claim], swapped: bool) -> None:
        """Count the claims of a pair; `swapped` where its photo a is of version b."""
        sides = (OTHER if swapped else SAME) if self.a else OF_B
        self._claims.update([(one.region, one.aspect, sides[one.favours], one.grounding) for one in claims])

    @cached_property
    def counts(self) -> defaultdict[tuple[str, str], Groundings]:
        """How many claims have each grounding, by region or aspect and by side ("a", "b", "same")."""
        counts: defaultdict[tuple[str, str], Groundings] = defaultdict(Counter)
        for (region, aspect, side, grounding), many in self._claims.items():
            for name in (region, aspect):
                counts[name, side][grounding] += many
        return counts

    @cached_property
    def net(self) -> Counter[tuple[str, str]]:
        """The supported claims for b less those for a, by region and aspect."""
        net: Counter[tuple[str, str]] = Counter()
        for (region, aspect, side, grounding), many in self._claims.items():
            if grounding == "supported":
                net[region, aspect] += {"b": many, "a": -many}.get(side, 0)
        return net

    def bars(self, names: Iterable[str]) -> list[Bar]:
        """The bars of those names that have any claims for a side, most claims first."""
        bars = [(name, self.counts[name, "a"], self.counts[name, "b"]) for name in names]
        return sorted((bar for bar in bars if bar[1] or bar[2]), key=lambda bar: -(bar[1] + bar[2]).total())

    @property
    def charts(self) -> list[tuple[str, list[Bar]]]:
        """The two charts: by region and by aspect."""
        return [("by region", self.bars(REGIONS)), ("by aspect", self.bars(ASPECTS))]

    @property
    def most(self) -> int:
        """The longest bar, in claims."""
        return max((side.total() for _, bars in self.charts for bar in bars for side in bar[1:]), default=1)

    @property
    def words(self) -> list[str]:
        """Where b gained and lost most, of the claims that the pixels bear out."""
        sentences = []
        for verb, sign in (("gained", 1), ("lost", -1)) if self.a else ():
            cells = sorted((-sign * many, cell) for cell, many in self.net.items() if many * sign > 0)[:4]
            if cells:
                most = ", ".join(f"{topic(*cell)} ({-many})" for many, cell in cells)
                sentences.append(f"{self.b} {verb} most in {most}.")
        return sentences


@dataclass
class Balances:
    """The balance of each two versions, row by row; where no row names versions, one of all claims."""

    by_versions: dict[tuple[str, str], ClaimBalance] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        """Count the claims of a row."""
        if not isinstance(row, FailureRow):
            a, b = versions_of(row) or ("", "")
            swapped = a != b and (b, a) in self.by_versions
            balance = self.by_versions.setdefault((b, a) if swapped else (a, b), ClaimBalance(a, b))
            balance.add(row.claims, swapped)

    @property
    def made(self) -> list[ClaimBalance]:
        """Those that hold any claims."""
        return [balance for balance in self.by_versions.values() if balance.counts]
