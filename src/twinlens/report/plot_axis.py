"""The axis of a plot: round marks that cover all values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale of a plot: the values at its ends, and those that are marked."""

    name: str
    ticks: tuple[float, ...]

    @classmethod
    def over(cls, name: str, values: Sequence[float]) -> Axis:
        """The axis that holds all values, with two to eight round marks, at both ends too.

        >>> Axis.over("x", [0.212, 0.689]).ticks
        (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
        """
        low, high = min(values), max(values)
        step = 10.0 ** math.floor(math.log10(max(high - low, 0.01)))
        wide = next(size for size in (0.1, 0.2, 0.5, 1.0, 2.0) if _marks(low, high, step * size) <= 8)
        first, many = math.floor(low / (step * wide) + 1e-9), _marks(low, high, step * wide)
        return cls(name, tuple(round((first + at) * step * wide, 6) for at in range(many)))

    def at(self, value: float) -> float:
        """Where a value lies, from 0 to 1."""
        return (value - self.ticks[0]) / (self.ticks[-1] - self.ticks[0])

    def label(self, tick: float) -> str:
        """A mark in words, with the digits that set it apart from the next."""
        digits = max(1, -math.floor(math.log10(self.ticks[1] - self.ticks[0]) + 1e-9))
        return f"{tick:.{digits}f}"


def _marks(low: float, high: float, step: float) -> int:
    """How many marks cover the values at a step; two at least."""
    return max(2, math.ceil(high / step - 1e-9) - math.floor(low / step + 1e-9) + 1)
