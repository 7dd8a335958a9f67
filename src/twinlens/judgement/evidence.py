"""A pair becomes evidence: every metric on every region that both photos share.

The photos are brought to one frame, the regions found, each metric measured at each, and what it says set
beside its just-noticeable difference. Frame, pyramid, regions and evidence are computed once a pair, in the
canonical order of its photos, and mirrored once, where they leave for a and b: so swapping the photos of a
pair mirrors its evidence to the last bit.
"""

import math
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import cv2
import numpy as np

from twinlens.core.types import Evidence, Favours, Pair, Wanted
from twinlens.features.place_statistics import PlaceStatistics, place_statistics
from twinlens.features.pyramid import Map, Pyramid
from twinlens.features.segmentation import Region, find_regions, global_region
from twinlens.imaging.processor import one_thread, retain_memory
from twinlens.metrics import Metric, metrics
from twinlens.registration.align import Frame, align_pair

NAMED = {"text": 4.0, "face": 1.5, "hair": 1.4, "clothing": 1.2, "background": 0.6, "shadows": 0.4}
"""Where one changed place lies in several regions: how fitting each name is."""
LARGE = 3 << 20
"""Values of a photo, three a pixel, from which two threads are quicker than one."""
PACKAGE = "twinlens.metrics."


@dataclass(frozen=True, eq=False)
class Measurement:
    """What is measured of a pair: the evidence on its a and b, and notes for people on how it came about.

    `identical` photos have equal pixels wherever both show the scene: the same photo, or a crop of it.
    `aligned` is False where the photos could not be brought to one frame; then there are no `regions`.
    """

    evidence: tuple[Evidence, ...]
    notes: tuple[str, ...]
    identical: bool
    aligned: bool
    regions: tuple[Region, ...]
    statistics: Mapping[str, PlaceStatistics] = field(default_factory=dict)
    """What each region where photos may differ looks like."""

    @property
    def place(self) -> str:
        """The region that holds the one place that differs; "global" where the photos differ all over."""
        local = [region for region in self.regions if region.local]
        return max(local, key=naming).name if local else "global"


def naming(region: Region) -> float:
    """How fitting it is to name the one place that differs after a region that holds some of it."""
    return region.local * NAMED.get(region.name, 1.0)


class PairFeatures:
    """What all that looks at a pair shares, in the canonical order of its photos: each part is made once."""

    def __init__(self, canonical: Pair) -> None:
        retain_memory()
        with one_thread:
            self.frame: Frame = align_pair(canonical)
        whole_pixels = self.frame.how in ("same", "shifted")
        self.identical = whole_pixels and self.frame.identical
        self._evidence: dict[tuple[str, str], Evidence | None] = {}

    @property
    def aligned(self) -> bool:
        """Whether both photos are in one frame."""
        return self.frame.how != "failed"

    @cached_property
    def pyramid(self) -> Pyramid:
        """The octave bands of the aligned photos."""
        return Pyramid.of(self.frame.a, self.frame.b)

    @cached_property
    def regions(self) -> tuple[Region, ...]:
        """The places that both photos share, the whole first."""
        return self.pyramid.cached(find_regions)

    @cached_property
    def statistics(self) -> dict[str, PlaceStatistics]:
        """Of the regions that hold the one place that differs, or of all."""
        local = [region for region in self.regions if region.local] or self.regions
        return {region.name: place_statistics(self.pyramid, region.weight) for region in local}

    def evidence(self, wanted: Wanted | None = None) -> tuple[Evidence, ...]:
        """The evidence, region by region; with `wanted` these pieces only, metrics in alphabetical order."""
        find, threads = self._aligned if self.aligned else self._unaligned, cv2.getNumThreads()
        with one_thread:
            if threads > 1 and wanted is None and self.aligned and self.frame.a.size >= LARGE:
                self._side_by_side()
            return tuple(piece for piece in find(wanted) if piece is not None)

    def _side_by_side(self) -> None:
        """The regions and what is measured of the whole photos, in two threads: by metrics of this package
        only, since one from outside may never end."""
        whole = self.pyramid.cached(global_region)
        own = {name: one for name, one in metrics().items() if type(one).__module__.startswith(PACKAGE)}
        with ThreadPoolExecutor(2) as pool:
            parts = (lambda: self.pyramid.bands, lambda: self.pyramid.chroma_bands, lambda: self.regions)
            begun = [pool.submit(part) for part in parts]
            pieces = {name: pool.submit(self._measured, name, one, whole) for name, one in own.items()}
        for part in begun:
            part.result()
        self._evidence |= {("global", name): piece.result() for name, piece in pieces.items()}

    def _aligned(self, wanted: Wanted | None) -> Iterator[Evidence | None]:
        in_places = wanted is None or any(region != "global" for region, _ in wanted)
        for region in self.regions if in_places else (self.pyramid.cached(global_region),):
            for name, metric in _wanted(region.name, wanted):
                if (region.name, name) not in self._evidence:
                    self._evidence[region.name, name] = self._measured(name, metric, region)
                yield self._evidence[region.name, name]

    def _measured(self, name: str, metric: Metric, region: Region) -> Evidence | None:
        numbers = _numbers(name, metric, self.pyramid, region.weight)
        if numbers is None:
            return None
        piece = evidence_of(name, region.name, *numbers)
        if region.name == "global":
            return piece
        return replace(piece, box=self.frame.box_in_a(region.box), box_b=self.frame.box_in_b(region.box))

    def _unaligned(self, wanted: Wanted | None) -> Iterator[Evidence | None]:
        """Whole-photo evidence that needs no alignment: each photo is measured by itself."""
        for name, metric in _wanted("global", wanted):
            if not metric.needs_alignment:
                if ("global", name) not in self._evidence:
                    places = ((one, np.ones(one.shape, np.float32)) for one in self._apart)
                    a, b = (_numbers(name, metric, *place) for place in places)
                    piece = None if a is None or b is None else evidence_of(name, "global", a[0], b[0])
                    self._evidence["global", name] = piece
                yield self._evidence["global", name]

    @cached_property
    def _apart(self) -> tuple[Pyramid, Pyramid]:
        """Each photo's own pyramid, where the two could not be aligned."""
        return Pyramid.of(self.frame.a, self.frame.a), Pyramid.of(self.frame.b, self.frame.b)


def _numbers(name: str, metric: Metric, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
    """What a metric measures; RuntimeError that names it where it breaks or gives no finite numbers."""
    try:
        numbers = metric.measure(pyramid, weight)
        a, b = (0.0, 0.0) if numbers is None else map(float, numbers)
    except Exception as error:  # a metric from outside may break in any way
        raise RuntimeError(f"the metric {name} broke: {type(error).__name__}: {error}") from error
    if not (math.isfinite(a) and math.isfinite(b)):
        raise RuntimeError(f"the metric {name} gave {a} and {b}; expected two finite numbers, or None")
    return None if numbers is None else (a, b)


def features(pair: Pair) -> PairFeatures:
    """What is shared by all that looks at a pair, made once for both orders of its photos."""
    return pair.cached(PairFeatures, PairFeatures)


def measure(pair: Pair, wanted: Wanted | None = None) -> Measurement:
    """The evidence of a pair; with `wanted`, names of regions and metrics, these pieces only."""
    shared = features(pair)
    evidence, note = shared.evidence(wanted), shared.frame.note(*("BA" if pair.mirrored else "AB"))
    if pair.mirrored:
        evidence = tuple(map(mirrored, evidence))
    regions, statistics = (
        (shared.regions, shared.statistics) if shared.aligned and wanted is None else ((), {})
    )
    if pair.mirrored:
        statistics = {region: one.swapped for region, one in statistics.items()}
    return Measurement(
        evidence, (note,) if note else (), shared.identical, shared.aligned, regions, statistics
    )


def mirrored(piece: Evidence) -> Evidence:
    """The evidence of the photos exchanged."""
    other = evidence_of(piece.metric, piece.region, piece.b, piece.a)
    return replace(other, box=piece.box_b, box_b=piece.box)


def _wanted(region: str, wanted: Wanted | None) -> Iterator[tuple[str, Metric]]:
    """The metrics that are wanted of a region."""
    return ((name, one) for name, one in metrics().items() if wanted is None or (region, name) in wanted)


def evidence_of(name: str, region: str, a: float, b: float) -> Evidence:
    """What a metric's two numbers say."""
    metric = metrics()[name]
    steps = metric.jnds(a, b)
    says: Favours = "same" if abs(steps) < 1 else "a" if steps > 0 else "b"
    towards: Literal["higher", "lower"] = "higher" if (steps > 0) == (a > b) else "lower"
    better = towards if metric.better == "target" else metric.better
    return Evidence(name, region, metric.aspect, float(a), float(b), metric.unit, better, says, abs(steps))
