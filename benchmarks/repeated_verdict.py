"""A judge that says one stored verdict of every pair: runs over it cost what is not judging (`row_costs`)."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from twinlens.core.types import Pair, Verdict


@dataclass(frozen=True)
class Repeated:
    """The verdict in a file, with its claims and what they rest on."""

    file: str
    symmetric = True

    def judge(self, pair: Pair) -> Verdict:
        """The verdict, of this pair."""
        return replace(stored(self.file), pair=pair)


@cache
def stored(file: str) -> Verdict:
    """The verdict that was pickled."""
    verdict: Verdict = pickle.loads(Path(file).read_bytes())
    return verdict
