"""Three or more versions in order, as the page of a run shows `twinlens rank`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twinlens.core.errors import BadInput
from twinlens.core.score_records import RankedVersion, RankStep, ScoreRecord
from twinlens.core.version import __version__
from twinlens.report.summary import NamedScores
from twinlens.scoring.compare_runs import INDISTINGUISHABLE, TOO_FEW

if TYPE_CHECKING:
    from twinlens.runs.store import RunFolder

FEWEST = 3
"""Versions below which a win rate says all."""


@dataclass(frozen=True, slots=True)
class Order:
    """The ranking of a run's versions, the best first; `why` there is none; `nu` says how often they tie.

    `leaders` are the best version, and those after it that cannot be told apart from the one before them.
    """

    versions: tuple[RankedVersion, ...] = ()
    steps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    leaders: tuple[str, ...] = ()
    why: str = ""
    nu: float = 0.0

    @property
    def win_probabilities(self) -> NamedScores:
        """For each version the probability (0 to 1) to win against one of mean strength, a tie as half."""
        made = []
        for one in self.versions:
            value, low, high = (self._share(end) for end in (one.strength, one.low, one.high))
            made.append((one.version, ScoreRecord(value, low, high, one.n, one.failed)))
        return made

    def _share(self, strength: float | None) -> float | None:
        if strength is None:
            return None
        win, tie = win_and_tie(strength, self.nu)
        return win + tie / 2

    def rank(self, *names: str) -> int:
        """The rank of a version, or the sum of several; to sort by, the best first."""
        return sum(one.rank for one in self.versions if one.version in names)


def order(run: RunFolder, versions: int) -> Order:
    """The order of a run's versions; empty of fewer than three, or where nothing puts them in order."""
    if versions < FEWEST:
        return Order()
    from twinlens.scoring.rank import rank_run  # and SciPy, which takes its time

    try:
        record = rank_run(run, __version__)
    except BadInput as error:
        return Order(why=f"The versions are in no order: {error}.")
    leaders = [record.versions[0].version]
    for step in record.steps:
        if step.words != INDISTINGUISHABLE:
            break
        leaders.append(step.worse)
    nu = record.ties.value if record.ties else 0.0
    steps = tuple(_step(step, nu) for step in record.steps)
    return Order(record.versions, steps, record.notes, tuple(leaders), nu=nu)


def win_and_tie(lead: float, nu: float) -> tuple[float, float]:
    """The probabilities that a version wins against one it leads by so much, in log-odds, and that they tie.

    >>> win_and_tie(0.0, 0.0), win_and_tie(0.0, 2.0)
    ((0.5, 0.0), (0.25, 0.5))
    """
    from twinlens.stats.bradley_terry import Fit

    made = Fit(np.array([lead, 0.0]), np.asarray(math.log(nu) if nu else -math.inf))
    win, _, tie = made.probabilities(np.array([0]), np.array([1]))
    return win.item(), tie.item()


def _step(step: RankStep, nu: float) -> str:
    win, tie = win_and_tie(step.value, nu)
    percent = f"{100 * win:.0f} %" + (f", ties with {100 * tie:.0f} %" if nu else "")
    if step.words == INDISTINGUISHABLE:
        return f"{step.better} and {step.worse} cannot be told apart ({percent})."
    few = "; there are too few scenes to tell" if step.words == TOO_FEW else ""
    return f"{step.better} wins against {step.worse} with a probability of {percent}{few}."
