"""Numbers about photos, one file a metric.

A metric is a frozen dataclass named after its file. It measures one place of two aligned photos:
`measure(pyramid, weight)` takes the shared grid (`features.pyramid.Pyramid`) and the place's weight (rows,
columns; 0 to 1) and returns the numbers of a and of b, or None where the place does not allow the
measurement. Swapping the photos swaps the numbers. `jnd` is the just-noticeable difference, in the metric's
unit, or as a share of the smaller number where `relative`; docs/conventions.md tells how it was
measured. A metric that is `alone` can also be measured on photos that could not be aligned.
"""

from __future__ import annotations

from typing import Literal, Protocol

from twinlens.features.pyramid import Map, Pyramid


class Metric(Protocol):
    """What every metric carries."""

    aspect: str
    unit: str
    low: float
    high: float
    better: Literal["higher", "lower", "middle"]
    jnd: float
    relative: bool
    alone: bool
    source: str

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        """The numbers of a and of b at one place, or None."""
        ...

    def merit(self, value: float) -> float:
        """A number whose difference is that in quality (its logarithm where `relative`); higher is better."""
        ...

    def describe(self, own: float, other: float) -> str:
        """What an expert sees in the photo with the number `own`, beside the one with `other`."""
        ...
