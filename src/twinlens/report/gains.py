"""Where versions gained and lost: their claims by region and by aspect, with what the pixels say of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from twinlens.core.types import ASPECTS, REGIONS
from twinlens.report.pairs import Row, topic, versions_of


@dataclass
class Balance:
    """Claims of two versions by region and by aspect: which side they favour, and what the pixels say.

    `counts` is keyed by region or aspect, then by side ("a", "b", "same"), then by grounding. Without
    versions every claim counts for "b".
    """

    a: str
    b: str
    pairs: int = 0
    counts: dict[str, dict[str, Counter[str]]] = field(default_factory=dict)
    cells: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Supported claims by region, aspect and side."""

    def add(self, claims: Iterable[Row], turned: bool) -> None:
        """Count the claims of a pair; `turned` where its photo a is of version b."""
        self.pairs += 1
        for claim in claims:
            side = str(claim.get("favours"))
            if not self.a:
                side = "b"
            elif turned and side in ("a", "b"):
                side = "b" if side == "a" else "a"
            for name in (str(claim.get("region")), str(claim.get("aspect"))):
                sides = self.counts.setdefault(name, {"a": Counter(), "b": Counter(), "same": Counter()})
                sides.setdefault(side, Counter())[str(claim.get("grounding"))] += 1
            if claim.get("grounding") == "supported":
                self.cells[str(claim.get("region")), str(claim.get("aspect")), side] += 1

    def bars(self, names: tuple[str, ...]) -> list[tuple[str, Counter[str], Counter[str]]]:
        """Name, claims for a and claims for b, of those names that have any, most claims first."""
        found = [
            (name, self.counts[name]["a"], self.counts[name]["b"]) for name in names if name in self.counts
        ]
        found = [one for one in found if one[1].total() + one[2].total()]
        return sorted(found, key=lambda one: -(one[1].total() + one[2].total()))

    @property
    def charts(self) -> list[tuple[str, list[tuple[str, Counter[str], Counter[str]]]]]:
        """The two charts: by region and by aspect."""
        return [("by region", self.bars(REGIONS)), ("by aspect", self.bars(ASPECTS))]

    @property
    def most(self) -> int:
        """The longest bar, in claims."""
        bars = [*self.bars(REGIONS), *self.bars(ASPECTS)]
        return max((side.total() for bar in bars for side in bar[1:]), default=1)

    @property
    def words(self) -> list[str]:
        """Where b gained and lost most, of the claims that the pixels bear out."""
        if not self.a:
            return []
        net = Counter[tuple[str, str]]()
        for (region, aspect, side), many in self.cells.items():
            if aspect != "quality":  # that line only says who won
                net[region, aspect] += {"b": many, "a": -many}.get(side, 0)
        said = []
        for verb, sign in (("gained", 1), ("lost", -1)):
            best = sorted((cell for cell in net if net[cell] * sign > 0), key=lambda c: (-sign * net[c], c))[
                :4
            ]
            if best:
                told = ", ".join(f"{topic(*cell)} ({sign * net[cell]})" for cell in best)
                said.append(f"{self.b} {verb} most in {told}.")
        return said


def balances(rows: Iterable[Row]) -> list[Balance]:
    """The balance of each two versions; where no row names versions, one of all claims."""
    found: dict[tuple[str, str], Balance] = {}
    for row in rows:
        if "choice" not in row:
            continue
        a, b = versions_of(row) or ("", "")
        turned = (b, a) in found
        made = found.setdefault((b, a) if turned else (a, b), Balance(a, b))
        made.add(row.get("claims") or (), turned and a != b)
    return [made for made in found.values() if made.counts]
