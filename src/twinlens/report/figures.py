"""What the page of a run says first, and what its plots show: the words and numbers, not yet drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from twinlens.core.types import ASPECTS, REGIONS
from twinlens.report.pairs import Row, versions_of

Record = dict[str, Any]
GROUNDINGS = ("supported", "unmeasured", "contradicted")
TILES = {
    "accuracy": ("Agrees with people", "share of labelled pairs; a tie counts half"),
    "swap_consistency": ("Same choice in both orders", "a judge that looks does not mind the order"),
    "first_position_rate": ("Chooses the photo shown first", "50 % for a judge that looks"),
    "calibration_error": ("Calibration error", "distance from how sure it is to how often it is right"),
    "claim_f1": ("Experts’ reasons found again", "F1 of its claims: region, aspect and side agree"),
    "supported": ("Reasons the pixels bear out", "share of all its claims"),
}
CALM = ("The judge is symmetric", "There are only")
"""How remarks begin that are no fault of the judge."""
MOST_VERSIONS = 4
"""Versions that have a tile."""
MOST_BALANCES = 4
"""Pairs of versions that are plotted."""
MOST_GROUPS = 12
"""Different values a column may have to be plotted by."""
FEWEST = 4
"""Rows a value of a column has at least, in the mean, to be plotted by."""
NO_GROUPS = frozenset({"version_a", "version_b", "share", "solution", "reference", "strength", "raters"})


@dataclass(frozen=True, slots=True)
class Tile:
    """A number of the first screen."""

    name: str
    value: str
    interval: str
    n: str
    note: str


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
            net[region, aspect] += {"b": many, "a": -many}.get(side, 0)
        said = []
        for verb, sign in (("gained", 1), ("lost", -1)):
            best = sorted((cell for cell in net if net[cell] * sign > 0), key=lambda c: (-sign * net[c], c))[
                :4
            ]
            if best:
                told = ", ".join(
                    f"{region} {aspect} ({sign * net[region, aspect]})" for region, aspect in best
                )
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


def failures(rows: Iterable[Row]) -> list[tuple[str, int]]:
    """How many rows failed, by kind of failure, most first."""
    counted = Counter(str(row.get("failure") or "unknown") for row in rows if "choice" not in row)
    return sorted(counted.items(), key=lambda one: (-one[1], one[0]))


def columns_to_plot(rows: Iterable[Row]) -> tuple[str, ...]:
    """The columns of a table of pairs whose values group them: few different ones, several rows each."""
    values: dict[str, Counter[str]] = {}
    for row in rows:
        columns = row.get("columns")
        for name, value in columns.items() if isinstance(columns, dict) else ():
            if name not in NO_GROUPS and value not in (None, ""):
                seen = values.setdefault(name, Counter())
                if len(seen) <= MOST_GROUPS:
                    seen[str(value)] += 1
    return tuple(
        name
        for name, seen in values.items()
        if 2 <= len(seen) <= MOST_GROUPS and seen.total() >= FEWEST * len(seen)
    )


def win_rates(scores: Mapping[str, Record]) -> dict[str, Record]:
    """The win rate of each version, by its name."""
    prefix = "win_rate("
    return {name[len(prefix) : -1]: made for name, made in scores.items() if name.startswith(prefix)}


def groups(record: Record) -> list[tuple[str, str, list[tuple[str, Record]]]]:
    """For each column: its name, what is plotted, and the score of each value."""
    found = []
    for column, values in record["by"].items():
        versions = list(win_rates(record["scores"]))[-1:]
        for name in ("accuracy", *(f"win_rate({version})" for version in versions), "swap_consistency"):
            rows = [(value, scores[name]) for value, scores in values.items() if name in scores]
            if rows:
                found.append((column, name, rows))
                break
    return found


def tiles(record: Record, symmetric: bool) -> Iterator[Tile]:
    """The numbers of the first screen."""
    scores = record["scores"]
    for version, made in list(win_rates(scores).items())[:MOST_VERSIONS]:
        yield _tile(f"{version} wins", made, "share of its pairs; a tie counts half")
    for name, (words, note) in TILES.items():
        if name in scores and scores[name]["value"] is not None:
            shown = symmetric and name in ("swap_consistency", "first_position_rate")
            yield _tile(
                words, scores[name], "no test: this judge is symmetric by construction" if shown else note
            )


def _tile(name: str, made: Record, note: str) -> Tile:
    told = "" if made["low"] is None else "95 % interval, "
    return Tile(name, share(made["value"]), spread(made), f"{told}{made['n']:,} pairs", note)


def share(value: float | None) -> str:
    """A share (0 to 1) as people read it."""
    return "–" if value is None else f"{100 * value:.0f} %"


def spread(made: Record) -> str:
    """The 95 % interval of a share as people read it."""
    if made["low"] is None:
        return "no interval"
    return f"{100 * made['low']:.0f} to {100 * made['high']:.0f} %"


def headline(record: Record) -> str:
    """What the run comes to, in one sentence."""
    scores, rates = record["scores"], win_rates(record["scores"])
    first, swap, accuracy = (
        scores.get(name) for name in ("first_position_rate", "swap_consistency", "accuracy")
    )
    if first and first["low"] is not None and (first["low"] > 0.6 or first["high"] < 0.4):
        place = "first" if first["low"] > 0.6 else "second"
        return f"This judge goes by place, not by pixels: it chooses the photo shown {place}"
    if swap and swap["value"] is not None and swap["value"] < 0.2:
        return "This judge does not look: it changes its mind when the photos change places"
    if accuracy and accuracy["value"] is not None:
        said = f"Agrees with people in {share(accuracy['value'])} of {accuracy['n']:,} pairs"
        return f"{said}: no better than a coin toss, as far as can be told" if _open(accuracy) else said
    best = max(rates, key=lambda name: rates[name]["value"] or 0.0, default=None)
    if best is not None and rates[best]["value"] is not None:
        if _open(rates[best]):
            return "The versions cannot be told apart"
        return f"{best} wins {share(rates[best]['value'])} of its {rates[best]['n']:,} pairs"
    return f"{record['run']['rows']:,} pairs judged"


def warnings(record: Record, failed: list[tuple[str, int]], balances: int) -> Iterator[tuple[str, bool]]:
    """What a reader must not miss, and whether it is grave; `balances` counts the pairs of versions."""
    if failed:
        yield "Failures: " + ", ".join(f"{many:,} {kind}" for kind, many in failed) + ".", True
    unsure = [version for version, made in win_rates(record["scores"]).items() if _open(made)]
    if unsure:
        names = " and ".join((", ".join(unsure[:-1]), unsure[-1]) if unsure[1:] else unsure)
        yield f"The win rate{'s' if unsure[1:] else ''} of {names} cannot be told from one half.", True
    for note in record["notes"]:
        yield note, not note.startswith(CALM)
    rates = len(win_rates(record["scores"]))
    if rates > MOST_VERSIONS or balances > MOST_BALANCES:
        yield (
            f"Of {rates} versions and {balances} pairs of them the first {MOST_VERSIONS} are shown here.",
            False,
        )


def _open(made: Record) -> bool:
    return made["low"] is not None and made["low"] <= 0.5 <= made["high"]
