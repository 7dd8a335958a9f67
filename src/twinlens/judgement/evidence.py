"""A pair becomes evidence: every metric on every region that both photos share.

The photos are brought to one frame, the regions found, each metric measured at each, and what it says set
beside its just-noticeable difference. Everything is computed in an order of the photos that only their
content decides, and the numbers exchanged where the pair has them the other way round: so swapping the photos
of a pair mirrors its evidence to the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import numpy as np

from twinlens.core import catalog
from twinlens.core.types import Evidence, Favours, Pair, Photo, Wanted
from twinlens.features.pyramid import Map, Pyramid
from twinlens.features.segmentation import Region, find_regions, global_region
from twinlens.metrics import Metric
from twinlens.registration.align import Frame, align_pair


@dataclass(frozen=True, eq=False)
class Findings:
    """What was measured of a pair: the evidence, and what people should know of how it came about."""

    evidence: tuple[Evidence, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Measurement(Findings):
    """The same, and where it was measured; `grid` is None where the photos could not be aligned."""

    identical: bool
    frame: Frame
    grid: Grid | None
    regions: tuple[Region, ...]


@dataclass(frozen=True, eq=False)
class Grid:
    """The cells of a pair in an order that only content decides; `swapped` where it is not the pair's."""

    pyramid: Pyramid
    swapped: bool

    def measure(self, metric: Metric, weight: Map) -> tuple[float, float] | None:
        """The numbers of the pair's a and b at one place, or None."""
        found = metric.measure(self.pyramid, weight)
        return found[::-1] if found is not None and self.swapped else found


@cache
def metrics() -> dict[str, Metric]:
    """Every metric of the catalog by name."""
    return catalog.parts("metrics")


def signed_steps(metric: Metric, a: float, b: float) -> float:
    """How many just-noticeable differences a is better than b; negative where b is better."""
    step = math.log1p(metric.jnd) if metric.relative else metric.jnd
    return (metric.merit(a) - metric.merit(b)) / step


def measure(pair: Pair, wanted: Wanted | None = None) -> Measurement:
    """The evidence of a pair, region by region; the metrics of a region in alphabetical order.

    With `wanted` only these pieces are measured, and regions looked for only where some lie in one.
    """
    frame = align_pair(pair)
    identical = pair.a.pixels.shape == pair.b.pixels.shape and np.array_equal(pair.a.pixels, pair.b.pixels)
    notes = (frame.note,) if frame.note else ()
    if frame.how == "failed":
        return Measurement(tuple(_unaligned(pair, wanted)), notes, identical, frame, None, ())
    swapped = _later(pair.a, pair.b)
    grid = Grid(Pyramid.of(frame.b, frame.a) if swapped else Pyramid.of(frame.a, frame.b), swapped)
    in_places = wanted is None or any(region != "global" for region, _ in wanted)
    regions = grid.pyramid.cached(find_regions) if in_places else (global_region(grid.pyramid),)
    return Measurement(tuple(_aligned(grid, regions, frame, wanted)), notes, identical, frame, grid, regions)


def findings(pair: Pair) -> Findings:
    """What `measure` finds, measured once for both orders of a pair."""

    def made() -> Findings:
        measured = measure(pair)
        return Findings(measured.evidence, measured.notes)

    def turned(found: Findings) -> Findings:
        frame = align_pair(pair)
        named = {frame.turned().note: frame.note}  # it tells which photo was brought to the other's frame
        return Findings(
            tuple(map(_turned, found.evidence)), tuple(named.get(note, note) for note in found.notes)
        )

    return pair.once(findings, made, turned)


def _turned(piece: Evidence) -> Evidence:
    """The same with sides exchanged."""
    other = evidence_of(piece.metric, piece.region, piece.b, piece.a)
    return replace(other, box=piece.box_b, box_b=piece.box)


def _later(a: Photo, b: Photo) -> bool:
    """Whether a comes after b in an order that knows nothing of sides."""
    return (a.sha256, a.pixels.shape) > (b.sha256, b.pixels.shape)


def _aligned(
    grid: Grid, regions: tuple[Region, ...], frame: Frame, wanted: Wanted | None
) -> Iterator[Evidence]:
    for region in regions:
        for name, metric in _wanted(region.name, wanted):
            found = grid.measure(metric, region.weight)
            if found is not None:
                piece = evidence_of(name, region.name, *found)
                if region.name == "global":
                    yield piece
                else:
                    yield replace(piece, box=frame.box_in_a(region.box), box_b=frame.box_in_b(region.box))


def _wanted(region: str, wanted: Wanted | None) -> Iterator[tuple[str, Metric]]:
    """The metrics that are wanted of a region."""
    return ((name, one) for name, one in metrics().items() if wanted is None or (region, name) in wanted)


def _unaligned(pair: Pair, wanted: Wanted | None) -> Iterator[Evidence]:
    """Whole-photo evidence that needs no alignment: each photo is measured by itself."""
    grids = [Pyramid.of(photo.pixels, photo.pixels) for photo in (pair.a, pair.b)]
    for name, metric in _wanted("global", wanted):
        if metric.alone:
            a, b = (metric.measure(grid, np.ones(grid.shape, np.float32)) for grid in grids)
            if a is not None and b is not None:
                yield evidence_of(name, "global", a[0], b[0])


def evidence_of(name: str, region: str, a: float, b: float) -> Evidence:
    """What a metric's two numbers say."""
    metric = metrics()[name]
    steps = signed_steps(metric, a, b)
    says: Favours = "same" if abs(steps) < 1 else "a" if steps > 0 else "b"
    better: Literal["higher", "lower"] = "higher" if (steps > 0) == (a > b) else "lower"
    return Evidence(name, region, metric.aspect, float(a), float(b), metric.unit, better, says, abs(steps))
