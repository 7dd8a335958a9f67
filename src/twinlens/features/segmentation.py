"""The named regions that two aligned photos share, without a model download.

Faces come from a Haar cascade (Viola and Jones 2001; Lienhart and Maydt 2002) that ships inside OpenCV; the
person around a face from GrabCut (Rother, Kolmogorov and Blake 2004) started from the face; skin, hair and
clothing from colour and position inside the person; text, foliage and shadows from their look. All is
computed of the mean of both photos, reduced, so swapping them changes nothing.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from twinlens.core.types import Box
from twinlens.features.change_mask import changed_region
from twinlens.features.pyramid import Map, Pyramid
from twinlens.features.text_regions import text_mask

LONG_SIDE = 480
"""Pixels of the reduced photo's long side in which regions are looked for."""
TEXT_SIDE = 1024
"""The same, for text."""
FEWEST_CELLS = 6
LEAST_SHARE = 0.2
"""Share of the changed region from which a region is cut to it."""
LEAST_FACE = 24
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
    people = _people(small, lab)
    masks = [*people, *_by_look(mean, small, lab, pyramid, dict(people))]
    return [region for name, mask in masks if (region := _region(name, pyramid.pool(mask), pyramid))]


def regions_within(places: list[Region], pyramid: Pyramid) -> tuple[Region, ...]:
    """Global, and the regions at these places, cut to the one region in which the photos differ."""
    change = pyramid.cached(changed_region)
    return (global_region(pyramid), *(places if change is None else _cut(places, change, pyramid)))


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
    photos = pyramid.half if max(pyramid.a.shape) >= 2 * TEXT_SIDE else (pyramid.a, pyramid.b)
    a, b = (_reduced(photo, TEXT_SIDE) for photo in photos)
    return np.asarray(cv2.addWeighted(a, 0.5, b, 0.5, 0), np.uint8)


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


_cascades = threading.local()
"""The cascades of each thread: one that two threads use at once finds other faces."""


def find_faces(small: Picture) -> list[Box]:
    """Boxes (x, y, w, h) of upright frontal faces in a uint8 sRGB picture, the largest first.

    A face is what a face cascade detects and an eye confirms.

    >>> find_faces(np.zeros((64, 64, 3), np.uint8))
    []
    """
    grey = np.asarray(cv2.equalizeHist(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)), np.uint8)
    faces: list[Box] = []
    for name, neighbours in (("frontalface_alt2", 2), ("frontalface_default", 5)):
        for box in _detect(name, grey, neighbours, LEAST_FACE):
            if not any(_overlap(box, other) > 0.2 for other in faces) and _has_eye(grey, box):
                faces.append(box)
    return sorted(faces, key=lambda box: (-box[2], box))


def _detect(name: str, grey: NDArray[np.uint8], neighbours: int, least: int) -> list[Box]:
    if name not in vars(_cascades):
        file = Path(cv2.__file__).parent / "data" / f"haarcascade_{name}.xml"
        setattr(_cascades, name, cv2.CascadeClassifier(str(file)))
    boxes = vars(_cascades)[name].detectMultiScale(grey, 1.15, neighbours, 0, (least, least))
    return [(int(x), int(y), int(w), int(h)) for x, y, w, h in boxes]


def _has_eye(grey: NDArray[np.uint8], box: Box) -> bool:
    x, y, w, h = box
    upper = np.asarray(cv2.resize(grey[y + h // 6 : y + h * 3 // 5, x : x + w], (160, 70)), np.uint8)
    return bool(_detect("eye", upper, 3, 26))


def _overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes."""
    width, height = (
        min(one[k] + one[k + 2], other[k] + other[k + 2]) - max(one[k], other[k]) for k in (0, 1)
    )
    shared = max(0, width) * max(0, height)
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)


def _people(small: Picture, lab: Picture) -> list[tuple[str, Mask]]:
    faces = find_faces(small)
    if not faces:
        return []
    shape = small.shape[:2]
    face, hair, below = np.zeros(shape, np.uint8), np.zeros(shape, bool), np.zeros(shape, bool)
    for x, y, w, h in faces:
        middle, axes = (round(x + w / 2), round(y + h * 0.54)), (round(w * 0.44), round(h * 0.56))
        cv2.ellipse(face, middle, axes, 0, 0, 360, 255, -1)
    person = _person(small, faces, face)
    skin = person & np.logical_or.reduce([_like_the_face(lab, box) for box in faces])
    for x, y, w, h in faces:
        hair[max(0, y - h) : y + h, max(0, x - w // 2) : x + w + w // 2] = True
        below[y + h + h // 5 :, max(0, x - 2 * w) : x + 3 * w] = True
    faced = face > 0
    return [
        ("face", faced),
        ("skin", (skin & ~hair) | (faced & skin)),
        ("hair", person & hair & ~below & ~skin & ~faced),
        ("clothing", person & below & ~skin & ~faced),
        ("background", ~np.asarray(cv2.dilate(person.astype(np.uint8), np.ones((9, 9), np.uint8)), bool)),
    ]


def _like_the_face(lab: Picture, box: Box) -> Mask:
    """Where colour is that of the middle of the face."""
    x, y, w, h = box
    middle = lab[y + h // 4 : y + h * 3 // 4, x + w // 4 : x + w * 3 // 4].reshape(-1, 3).astype(np.float32)
    centre = np.median(middle, axis=0)
    spread = np.maximum(1.4826 * np.median(np.abs(middle - centre), axis=0), (14, 4, 4))
    far = ((lab.astype(np.float32) - centre) / (2.5 * spread)) ** 2
    return np.asarray(far.sum(axis=2) < 1)


def _person(small: Picture, faces: list[Box], face: NDArray[np.uint8]) -> Mask:
    """The people around the faces."""
    marks = np.full(small.shape[:2], cv2.GC_BGD, np.uint8)
    for x, y, w, h in faces:
        marks[max(0, y - h) :, max(0, x - 2 * w) : x + 3 * w] = cv2.GC_PR_BGD
    for x, y, w, h in faces:
        marks[max(0, y - h // 3) : y + h, max(0, x - w // 5) : x + w + w // 5] = cv2.GC_PR_FGD
        marks[y + h + h // 4 :, max(0, x - w // 4) : x + w + w // 4] = cv2.GC_PR_FGD
        marks[y + h * 8 // 5 : y + h * 5 // 2, x + w // 4 : x + w - w // 4] = cv2.GC_FGD
    marks[face > 0] = cv2.GC_FGD
    shrink = min(1.0, 160 / max(small.shape[:2]))
    size = max(8, round(small.shape[1] * shrink)), max(8, round(small.shape[0] * shrink))
    little = cv2.resize(small, size, interpolation=cv2.INTER_AREA)
    trimap = cv2.resize(marks, size, interpolation=cv2.INTER_NEAREST)
    if not np.isin(trimap, (cv2.GC_BGD, cv2.GC_PR_BGD)).any():
        return np.ones(small.shape[:2], bool)
    cv2.setRNGSeed(1)
    cv2.grabCut(little, trimap, None, np.zeros((1, 65)), np.zeros((1, 65)), 3, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
    person = np.isin(trimap, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    return np.asarray(cv2.resize(person, small.shape[1::-1], interpolation=cv2.INTER_LINEAR), bool)


def _by_look(
    mean: Picture, small: Picture, lab: Picture, pyramid: Pyramid, people: dict[str, Mask]
) -> Iterator[tuple[str, Mask]]:
    """Text, foliage and shadows, and the background of a scene without people."""
    person = people["face"] | people["skin"] | people["hair"] if people else np.zeros(small.shape[:2], bool)
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
