"""Where versions gained and lost: their claims by region and by aspect, with what the pixels say of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from twinlens.core.run_records import Row, VerdictRow
from twinlens.core.types import ASPECTS, REGIONS, Claim
from twinlens.report.pairs import topic, versions_of

OTHER = {"a": "b", "b": "a", "same": "same"}
Bar = tuple[str, Counter[str], Counter[str]]
"""A region or aspect, and its claims for a and for b by grounding."""


def _by_side() -> defaultdict[str, Counter[str]]:
    return defaultdict(Counter)


@dataclass
class ClaimBalance:
    """Claims of two versions by region and by aspect: which side they favour, and what the pixels say.

    `counts` is keyed by region or aspect, then by side ("a", "b", "same"), then by grounding. Without
    versions every claim counts for "b".
    """

    a: str
    b: str
    counts: dict[str, defaultdict[str, Counter[str]]] = field(default_factory=lambda: defaultdict(_by_side))
    net: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Supported claims for b less those for a, by region and aspect."""

    def add(self, claims: Iterable[Claim], swapped: bool) -> None:
        """Count the claims of a pair; `swapped` where its photo a is of version b."""
        for claim in claims:
            side = "b" if not self.a else OTHER[claim.favours] if swapped else claim.favours
            for name in (claim.region, claim.aspect):
                self.counts[name][side][claim.grounding] += 1
            if claim.grounding == "supported":
                self.net[claim.region, claim.aspect] += {"b": 1, "a": -1}.get(side, 0)

    def bars(self, names: tuple[str, ...]) -> list[Bar]:
        """The bars of those names that have any claims, most claims first."""
        made = [
            (name, self.counts[name]["a"], self.counts[name]["b"]) for name in names if name in self.counts
        ]
        total = {name: a.total() + b.total() for name, a, b in made}
        return sorted((bar for bar in made if total[bar[0]]), key=lambda bar: -total[bar[0]])

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
        said = []
        for verb, sign in (("gained", 1), ("lost", -1)) if self.a else ():
            cells = sorted((-sign * many, cell) for cell, many in self.net.items() if many * sign > 0)[:4]
            if cells:
                most = ", ".join(f"{topic(*cell)} ({-many})" for many, cell in cells)
                said.append(f"{self.b} {verb} most in {most}.")
        return said


def balances(rows: Iterable[Row]) -> list[ClaimBalance]:
    """The balance of each two versions; where no row names versions, one of all claims."""
    made: dict[tuple[str, str], ClaimBalance] = {}
    for row in rows:
        if isinstance(row, VerdictRow):
            a, b = versions_of(row) or ("", "")
            swapped = (b, a) in made
            balance = made.setdefault((b, a) if swapped else (a, b), ClaimBalance(a, b))
            balance.add(row.claims, swapped and a != b)
    return [balance for balance in made.values() if balance.counts]
