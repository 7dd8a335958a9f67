"""Numbers about photos, one file a metric, which owns all that is known of it.

A metric is a frozen dataclass named after its file and derived from `Metric`. It measures one place of two
aligned photos. What its number means (unit, range, direction, just-noticeable difference), what people make
of it, in which words it is said and what it causes in other metrics stand beside the measurement, as
constants of its class. `judgement` reads them all: a new file is measured, weighed, grounded, explained and
listed.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Literal

from twinlens.core import catalog
from twinlens.core.errors import BadSpec
from twinlens.core.types import ASPECTS, OPINION
from twinlens.features.pyramid import Map, Pyramid

__all__ = ["Confound", "Effect", "Map", "Metric", "Pyramid", "metrics"]


@dataclass(frozen=True)
class Effect:
    """What a difference in one metric brings about in others, to the other side: they then count for nothing.

    Noise raises the measured texture of the worse photo, and nobody praises it for that. `on` names metrics
    and families of metrics, parted by spaces. The effect applies from a difference of `at_least` JNDs on, to
    differences of less than `up_to` times its size; effects are applied by ascending `stage`. It counts when
    a preference is formed, and when reasons are given.
    """

    on: str
    stage: int
    up_to: float = math.inf
    at_least: float = 1.0


@dataclass(frozen=True)
class Confound(Effect):
    """The same to either side: a halo moves tones. It counts when reasons are given only.

    With `numbers_apart` it applies from so large a difference of the metric's own numbers on, whatever their
    merit.
    """

    up_to: float = 1.0
    numbers_apart: float | None = None

    def applies(self, size: float, apart: float) -> bool:
        """Whether a difference of `size` JNDs, of numbers so far `apart`, moves others."""
        return size >= self.at_least if self.numbers_apart is None else apart >= self.numbers_apart


@dataclass(frozen=True)
class Metric(ABC):
    """A number about one place of a photo, measured in both photos of a pair.

    The class says: `aspects` of quality on which the number bears, its own first; `unit`; `low` and `high`,
    the range; `better`, the direction; `jnd`, the just-noticeable difference in the unit, or as a share of
    the smaller number where `relative` (then `offset` is added before the logarithm); `masking`, the number
    from which on a difference is seen as a share rather than as such; `source`.
    """

    aspects: ClassVar[tuple[str, ...]]
    unit: ClassVar[str]
    low: ClassVar[float] = 0.0
    high: ClassVar[float]
    better: ClassVar[Literal["higher", "lower", "target"]]
    jnd: ClassVar[float]
    relative: ClassVar[bool] = False
    offset: ClassVar[float] = 1.0
    masking: ClassVar[float | None] = None
    source: ClassVar[str]
    needs_alignment: ClassVar[bool] = True
    """False where each photo can be measured by itself, also where the two could not be aligned."""

    saturation: ClassVar[float | None] = None
    """JNDs beyond which a further difference adds little to a preference; None: it has no weight itself."""
    prior: ClassVar[float] = 1.0
    """What a JND is worth beside that of other metrics: its weight before one is fitted."""
    fidelity: ClassVar[bool] = False
    """Whether it is what one photo has lost or was spoiled by: people agree on that more than on taste."""
    rendering: ClassVar[bool] = False
    """Liked in a rendering as a whole: in one place alone it may as well have been put there."""
    credited_lightness: ClassVar[float] = math.inf
    """Mean L* up to which a difference that comes of more light alone counts."""

    families: ClassVar[tuple[str, ...]] = ()
    """Names under which effects of other metrics reach this one."""
    effects: ClassVar[tuple[Effect, ...]] = ()

    praise: ClassVar[str]
    """What an expert sees in the better photo, and in the worse one."""
    blame: ClassVar[str]
    ratio: ClassVar[str] = ""
    """How the worse photo's number compares with the better one's, such as "{change} grain"; said where the
    better photo has something of it. A relative metric needs none."""
    amount: ClassVar[str] = ""
    """How much it is, a format of `worse` and `better`, such as "edges overshoot by {worse} %"; else both
    numbers with the unit."""
    local_jnds: ClassVar[float] = 1.0
    local_jnds_in: ClassVar[dict[str, float]] = {}
    """JNDs that a reason needs where one place alone differs, as that may not show which is right."""
    claimed_in: ClassVar[tuple[str, ...] | None] = None
    """The regions about which a reason is given; None: all."""
    pervasive: ClassVar[bool] = False
    """It lies all over a photo: what only one region seems to have of it is something else."""
    follows_exposure: ClassVar[bool] = False
    """An amplitude that a brighter rendering scales with all tones: only what is beyond that is a reason."""

    @abstractmethod
    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        """The numbers of both photos at one place, or None where the place does not allow the measurement.

        `pyramid` is that of both photos, `weight` (rows, columns; float32, 0 to 1) the place. Swapping the
        photos swaps the numbers.
        """

    @property
    def aspect(self) -> str:
        """The aspect that the number is of."""
        return self.aspects[0]

    def merit(self, value: float) -> float:
        """A number whose difference is that in quality (a logarithm where `relative`); higher is better."""
        masked = self.masking * math.log1p(value / self.masking) if self.masking else value
        merit = math.log(value + self.offset) if self.relative else masked
        return merit if self.better == "higher" else -merit

    def jnds(self, a: float, b: float) -> float:
        """By how many just-noticeable differences a is better than b; negative where b is better."""
        step = math.log1p(self.jnd) if self.relative else self.jnd
        return (self.merit(a) - self.merit(b)) / step

    def describe(self, own: float, other: float) -> str:
        """What an expert sees in the photo with the number `own`, beside the one with `other`.

        Of the worse photo also how far it is from the better one: "is softer (38 % less fine detail)".
        """
        if self.merit(own) > self.merit(other):
            return self.praise
        return f"{self.fault(own, other)} ({self.apart(own, other)})"

    def fault(self, own: float, other: float) -> str:
        """What an expert sees in the worse photo, whose number is `own`."""
        return self.blame

    def apart(self, worse: float, better: float) -> str:
        """How far the worse photo's number is from the better one's, for people."""
        ratio = self.ratio or "{change}" * self.relative
        if ratio and better > (0.0 if self.relative else self.jnd):
            return ratio.format(change=change(worse / better))
        if self.amount:
            return self.amount.format(worse=shown(worse), better=shown(better))
        return f"{shown(worse)} {self.unit} against {shown(better)}"

    def claimable(self, a: float, b: float) -> bool:
        """Whether numbers like these can be a reason at all."""
        return True


def shown(value: float) -> str:
    """A measured number for people: two significant digits below 10, whole above."""
    return f"{value:.0f}" if abs(value) >= 9.95 else f"{value:.2g}"


def change(ratio: float) -> str:
    """How much more or less of something there is, before its name.

    >>> change(1.38), change(0.62), change(0.5), change(3.04)
    ('38 % more', '38 % less', 'half as much', '3 times as much')
    """
    if ratio >= 1.95:
        return f"{shown(ratio)} times as much"
    if 0.45 < ratio < 0.55:
        return "half as much"
    return f"{shown(100 * abs(ratio - 1))} % {'more' if ratio > 1 else 'less'}"


@cache
def metrics() -> dict[str, Metric]:
    """Every metric of the catalog by name, in alphabetical order; BadSpec where one is not as it must be."""
    known: dict[str, Metric] = catalog.parts("metrics")
    for name in set(catalog.names("metrics")) - known.keys():
        raise BadSpec(f"the metric {name}: found fields without a default; expected constants of its class")
    reached = {family for one in known.values() for family in getattr(one, "families", ())} | known.keys()
    for name, metric in known.items():
        for fault in _faults(metric, reached):
            raise BadSpec(f"the metric {name}: {fault}")
    return known


def _faults(metric: Metric, known: Collection[str]) -> Iterator[str]:
    """What is wrong with the constants of a metric's class; `known` are all metrics and families."""
    if not isinstance(metric, Metric):
        yield f"found a {type(metric).__name__}; expected a class derived from twinlens.metrics.Metric"
        return
    needed = ("aspects", "unit", "high", "better", "jnd", "source", "praise", "blame")
    missing = [name for name in needed if not hasattr(metric, name)]
    if missing:
        yield f"found no {' and no '.join(missing)} among its constants; expected {', '.join(needed)}"
        return
    aspects, ours = metric.aspects, [aspect for aspect in ASPECTS if aspect != OPINION]
    if not isinstance(aspects, tuple) or not aspects or set(aspects) - {*ours}:
        yield f"found aspects = {aspects!r}; expected a tuple of {', '.join(ours)}"
    if metric.better not in ("higher", "lower", "target"):
        yield f"found better = {metric.better!r}; expected higher, lower or target"
    if not (metric.jnd > 0 and metric.low < metric.high and metric.prior >= 0):
        numbers = f"jnd {metric.jnd}, range {metric.low} to {metric.high}, prior {metric.prior}"
        yield f"found {numbers}; expected a jnd above 0, a range, and a prior of 0 or more"
    if metric.saturation is not None and not metric.saturation > 0:
        yield f"found saturation = {metric.saturation}; expected a number above 0, or None"
    try:
        metric.ratio.format(change=""), metric.amount.format(worse="", better="")
    except (AttributeError, LookupError, ValueError):
        said = f"ratio = {metric.ratio!r} and amount = {metric.amount!r}"
        yield f"found {said}; expected a format of change, and one of worse and better"
    if not isinstance(metric.effects, tuple) or not all(isinstance(one, Effect) for one in metric.effects):
        yield 'found effects that are no tuple of Effect; expected such as (Effect("tone", stage=1),)'
    unknown = {name for effect in metric.effects for name in effect.on.split()} - {*known}
    if unknown:
        yield f"found an effect on {', '.join(sorted(unknown))}; expected names of metrics or families"
