"""Three or more versions in order, as the page of a run shows `twinlens rank`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from twinlens.core.errors import BadInput
from twinlens.core.version import __version__
from twinlens.report.gains import Balance
from twinlens.scoring.compare_runs import INDISTINGUISHABLE
from twinlens.scoring.rank import rank_run

Record = dict[str, Any]
FEWEST = 3
"""Versions below which a win rate says all."""


@dataclass(frozen=True, slots=True)
class Order:
    """The ranking of a run's versions, the best first; `why` there is none."""

    versions: tuple[Record, ...] = ()
    steps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    leaders: tuple[str, ...] = ()
    """The best version, and those after it that cannot be told apart from the one before them."""
    why: str = ""

    @property
    def chances(self) -> list[tuple[str, Record]]:
        """For each version the chance (0 to 1) that it wins against one of middling strength."""
        return [(one["version"], one | {end: _chance(one[end]) for end in ("value", "low", "high")})
                for one in ({**one, "value": one["strength"]} for one in self.versions)]  # fmt: skip

    def best_first(self, names: Iterable[str]) -> list[str]:
        """Names of versions, those that win most first."""
        rank = {one["version"]: one["rank"] for one in self.versions}
        return sorted(names, key=lambda name: rank.get(name, 0))

    def best_pairs_first(self, balances: Iterable[Balance]) -> list[Balance]:
        """Pairs of versions, those of the best ones first."""
        rank = {one["version"]: one["rank"] for one in self.versions}
        return sorted(balances, key=lambda made: rank.get(made.a, 0) + rank.get(made.b, 0))


def order(folder: Path, versions: int) -> Order:
    """The order of a run's versions; empty of fewer than three, or where nothing puts them in order."""
    if versions < FEWEST:
        return Order()
    try:
        record = rank_run(folder, __version__)
    except BadInput as error:
        return Order(why=f"The versions are in no order: {error}.")
    names = [one["version"] for one in record["versions"]]
    leaders = names[:1]
    for step in record["steps"]:
        if step["words"] != INDISTINGUISHABLE or step["better"] != leaders[-1]:
            break
        leaders.append(step["worse"])
    chances = [row[at + 1] for at, row in enumerate(record["chances"][:-1])]
    steps = [
        _step(one, other, chance, step["words"])
        for (one, other), chance, step in zip(pairwise(names), chances, record["steps"], strict=True)
    ]
    return Order(tuple(record["versions"]), tuple(steps), tuple(record["notes"]), tuple(leaders))


def _step(better: str, worse: str, chance: float, words: str) -> str:
    told = f"{100 * chance:.0f} %"
    if words == INDISTINGUISHABLE:
        return f"{better} and {worse} cannot be told apart ({told})."
    if "too few" in words:
        return f"{better} wins against {worse} with a chance of {told}; there are too few scenes to tell."
    return f"{better} wins against {worse} with a chance of {told}."


def _chance(strength: float | None) -> float | None:
    """The chance to win against a version whose strength is 0, the mean of all."""
    return None if strength is None else 1 / (1 + math.exp(-strength))
