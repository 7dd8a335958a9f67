"""What is nearer to the original beside what is nicer, in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from twinlens.core.fidelity import Nearness
from twinlens.core.types import Verdict
from twinlens.features.full_reference import MEASURES

TRADE_OFF = (
    "What is nearer and what is nicer disagree here: beyond a point a restoration pleases more only by "
    "departing from the original (the perception-distortion trade-off, Blau and Michaeli 2018)."
)


def fidelity_lines(verdict: Verdict, nicer: str) -> Iterator[str]:
    """The sentences on an original; none where there is none. `nicer` is the probability in words."""
    if verdict.reference is None:
        return
    known = verdict.reference.measures
    sides = {side: [one for one in known if one.nearer == side] for side in ("a", "b", "same")}
    nearer = verdict.reference.nearer
    if nearer is None:
        said = "; ".join(f"{side.upper()} by {_listed(sides[side])}" for side in ("a", "b") if sides[side])
    else:
        said = f"{'neither' if nearer == 'same' else nearer.upper()} ({_listed(known)})"
    yield f"Nearer to the original: {said}."
    choice = "neither" if verdict.choice == "tie" else verdict.choice.upper()
    yield f"Nicer: {choice}{f' ({nicer})' if nicer else ''}."
    if {nearer, verdict.choice} == {"a", "b"}:
        yield TRADE_OFF


def _listed(measures: Sequence[Nearness]) -> str:
    """The values of measures, the nearer photo's first."""
    return ", ".join(f"{one.measure} {_values(one)}" for one in measures)


def _values(one: Nearness) -> str:
    decimals = MEASURES[one.measure][2]
    a, b = (f"{value:.{decimals}f}" if math.isfinite(value) else "∞" for value in (one.a, one.b))
    near, far = (b, a) if one.nearer == "b" else (a, b)
    return " ".join(filter(None, (f"{near} against {far}", one.unit)))
