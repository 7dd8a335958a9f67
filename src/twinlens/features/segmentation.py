"""The named regions that two aligned photos share.

Faces and people come from small networks in this package (`faces`, `people`); text, foliage and shadows from
their look. All is computed of the mean of both photos, reduced, so swapping them changes nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from twinlens.core.types import Box
from twinlens.features.change_mask import changed_region
from twinlens.features.faces import find_faces
from twinlens.features.people import find_parts
from twinlens.features.pyramid import Map, Pyramid
from twinlens.features.text_regions import text_mask

LONG_SIDE = 480
"""Pixels of the reduced photo's long side in which regions are looked for."""
TEXT_SIDE = 1024
"""The same, for text and faces."""
FEWEST_CELLS = 6
LEAST_SHARE = 0.2
"""Share of the changed region from which a region is cut to it."""
Mask = NDArray[np.bool_]
Picture = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Region:
    """A named place: weight by cell (rows, columns; 0 to 1), box (x, y, w, h) in pixels of the frame."""

    name: str
    weight: Map
    box: Box
    local: float = 0.0
    """Where the photos differ in one region only: the share of it which lies here (0 to 1)."""


def find_regions(pyramid: Pyramid) -> tuple[Region, ...]:
    """The regions of two aligned photos, global first.

    Where the photos differ in one region only (`change_mask`), a region with much of it is cut to it, and a
    change outside all regions is an "object", or "background" where it reaches the upper border.

    >>> [region.name for region in find_regions(Pyramid.of(*2 * [np.full((64, 64, 3), 128, np.uint8)]))]
    ['global']
    """
    return regions_within(named_places(pyramid), pyramid)


def named_places(pyramid: Pyramid) -> list[Region]:
    """The regions of two aligned photos but global, wherever these differ."""
    mean = _mean(pyramid)
    small = _reduced(mean, LONG_SIDE)
    lab = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), np.uint8)
    shrunk = max(small.shape[:2]) / max(mean.shape[:2])
    people = find_parts(small, [face.at(shrunk) for face in find_faces(mean)])
    masks = [*people.items(), *_by_look(mean, small, lab, pyramid, people)]
    return [region for name, mask in masks if (region := _region(name, pyramid.pool(mask), pyramid))]


def regions_within(places: list[Region], pyramid: Pyramid) -> tuple[Region, ...]:
    """Global, and the regions at these places, cut to the one region in which the photos differ."""
    change = pyramid.cached(changed_region)
    return (pyramid.cached(global_region), *(places if change is None else _cut(places, change, pyramid)))


def global_region(pyramid: Pyramid) -> Region:
    """The region that is all of the photos, "global"."""
    height, width = pyramid.a.shape[:2]
    return Region("global", np.ones(pyramid.shape, np.float32), (0, 0, width, height))


def _cut(regions: list[Region], change: Map, pyramid: Pyramid) -> Iterator[Region]:
    """The regions, those with much of the changed region cut to it."""
    is_in_one = False
    for region in regions:
        shared = np.minimum(region.weight, change)
        local = float(shared.sum() / change.sum())
        part = _region(region.name, shared, pyramid, local) if local >= LEAST_SHARE else None
        is_in_one |= part is not None
        yield part or region
    name = "background" if change[0].any() else "object"
    if not is_in_one and (only := _region(name, change, pyramid, 1.0)):
        yield only


def _mean(pyramid: Pyramid) -> Picture:
    """The mean of both photos, reduced to TEXT_SIDE."""
    long_side = max(pyramid.a.shape)
    a, b = pyramid.half if long_side >= 2 * TEXT_SIDE else (pyramid.a, pyramid.b)
    mean = np.asarray(cv2.addWeighted(a, 0.5, b, 0.5, 0), np.uint8)
    if long_side >= 4 * TEXT_SIDE:  # two whole steps take a third of the time of a fractional one
        mean = _reduced(mean, max(mean.shape) // 2)
    return _reduced(mean, TEXT_SIDE)


def _reduced(photo: Picture, long_side: int) -> Picture:
    height, width = photo.shape[:2]
    shrink = min(1.0, long_side / max(height, width))
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    return np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)


def _region(name: str, weight: Map, pyramid: Pyramid, local: float = 0.0) -> Region | None:
    """The region of a weight, or None where it fills too few cells to be measured."""
    cells = (weight > 0.5).astype(np.uint8)
    if np.count_nonzero(cells) < FEWEST_CELLS:
        return None
    x, y, w, h = (int(side) * pyramid.size for side in cv2.boundingRect(cells))
    return Region(name, weight, (x, y, w, h), local)


def _by_look(
    mean: Picture, small: Picture, lab: Picture, pyramid: Pyramid, people: dict[str, Mask]
) -> Iterator[tuple[str, Mask]]:
    """Text, foliage and shadows, and the background of a scene without people."""
    parts = [mask for name, mask in people.items() if name in ("face", "skin", "hair")]
    person = np.logical_or.reduce([np.zeros(small.shape[:2], bool), *parts])
    text = cv2.resize(text_mask(mean).astype(np.uint8), small.shape[1::-1], interpolation=cv2.INTER_AREA)
    yield "text", np.asarray(text, bool) & ~person
    red_green, blue_yellow = lab[..., 1].astype(np.int16) - 128, lab[..., 2].astype(np.int16) - 128
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    busy = np.sqrt(np.maximum(cv2.blur(grey * grey, (9, 9)) - cv2.blur(grey, (9, 9)) ** 2, 0)) > 7
    green = (red_green < -6) & (blue_yellow > 6) & (blue_yellow < 60) & (blue_yellow > -0.7 * red_green)
    leaves = (green & busy & ~person).astype(np.uint8)
    leaves = np.asarray(cv2.morphologyEx(leaves, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)), np.uint8)
    if leaves.mean() > 0.02:
        yield "foliage", np.asarray(cv2.blur(leaves.astype(np.float32), (9, 9)) > 0.5)
    dark = cv2.blur(lab[..., 0], (7, 7)) < 255 * 0.22
    if dark.mean() > 0.03:
        yield "shadows", np.asarray(dark)
    if not people:
        yield from _out_of_focus(pyramid, small)


def _out_of_focus(pyramid: Pyramid, small: Picture) -> Iterator[tuple[str, Mask]]:
    """What lies behind a sharp subject: smooth where the subject has fine detail, and touching the border."""
    band = pyramid.bands[1]
    detail = np.sqrt((band.aa + band.bb) / 2)
    limit = float(np.quantile(detail, 0.95)) / 8
    calm = np.asarray(cv2.blur(detail, (3, 3)) < limit)
    subject = float(np.mean(detail > 3 * limit))
    if 0.25 < calm.mean() < 0.9 and subject > 0.05:
        size = small.shape[1::-1]
        yield "background", cv2.resize(calm.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
