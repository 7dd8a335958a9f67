"""A pair as a judge that is a model sees it: whole photos and detail crops, apart or side by side.

Inside a view "a" is the photo shown first (left) and "b" the one shown second (right); who shows a pair the
other way round exchanges its photos before. The layout "split" gives each photo's whole and crops as images
of their own, the challenge winner's choice; "side_by_side" gives composites a|b, as the challenge ships them.

Nothing is enlarged. What has more pixels than allowed is reduced by area averaging; all else is shown to the
last bit.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from twinlens.core.types import Box, Pair, Photo, Side
from twinlens.judgement.evidence import features

Pixels = NDArray[np.uint8]
Layout = Literal["split", "side_by_side"]
NAMES: dict[Side, str] = {"a": "Image A (Left)", "b": "Image B (Right)"}
WHOLE, CROP_OF_PAIR = "whole photo", "detail crop"
CROP = 512
"""Pixels of a crop's side, at most; also at most half the photo's side."""
FINE_BANDS = 3
"""Octave bands of luma in which crops are looked for: what only 100 % shows."""
LEAST_PIXELS = 1024
"""The smallest budget of an image; below, no model sees anything."""
MARGIN = 128
"""Code value of the margin of a composite whose photos have different proportions."""


@dataclass(frozen=True, eq=False)
class Image:
    """One image of a view: its caption, whose it is, and its pixels (height, width, 3), uint8, sRGB.

    `box` is where a crop was cut, in pixels of its photo (of photo a for "both"); None for whole photos and
    for crops that came with the pair.
    """

    name: str
    side: Literal["a", "b", "both"]
    pixels: Pixels
    box: Box | None = None


@dataclass(frozen=True, eq=False)
class _Shot:
    """One place of both photos: the words for it, the pixels of a and b, and where they were cut."""

    name: str
    pixels: tuple[Pixels, Pixels]
    boxes: tuple[Box | None, Box | None] = (None, None)


def view(
    pair: Pair, layout: Layout = "split", crops: int = 1, max_pixels: int = 1_048_576
) -> tuple[Image, ...]:
    """The images of a pair: "split" in the order a's whole, a's crops, b's whole, b's crops.

    Crops are those that came with the pair, else the places where the photos differ most in their finest
    detail, at 100 % and the same in both; none where the photos cannot be aligned. An image has at most
    `max_pixels` pixels. Exchanging the photos exchanges the images, to the last bit; the layout "split" shows
    both orders of a pair the very same arrays.
    """
    if max_pixels < LEAST_PIXELS or crops < 0:
        expected = f"crops from 0, max_pixels from {LEAST_PIXELS}"
        raise ValueError(f"found crops={crops}, max_pixels={max_pixels}; expected {expected}")
    settings = view, layout, crops, max_pixels
    shots = pair.cached(settings, lambda canonical: _shots(canonical, layout, crops, max_pixels))
    if pair.mirrored:
        shots = [_Shot(shot.name, shot.pixels[::-1], shot.boxes[::-1]) for shot in shots]
    if layout == "side_by_side":
        return tuple(
            Image(f"{NAMES['a']} and {NAMES['b']} side by side, {shot.name}", "both",
                  _side_by_side(shot.pixels, max_pixels), shot.boxes[0])
            for shot in shots
        )  # fmt: skip
    return tuple(
        Image(f"{NAMES[side]}, {shot.name}", side, shot.pixels[k], shot.boxes[k])
        for k, side in enumerate(NAMES)
        for shot in shots
    )  # fmt: skip


def _shots(pair: Pair, layout: Layout, crops: int, max_pixels: int) -> list[_Shot]:
    """The whole and the crops; those that stand alone as they are shown."""
    shots = [_Shot(WHOLE, (pair.a.pixels, pair.b.pixels)), *_crops(pair, layout, crops, max_pixels)]
    if layout == "side_by_side":
        return shots
    fitted = [[reduced(pixels, max_pixels) for pixels in shot.pixels] for shot in shots]
    return [replace(shot, pixels=(a, b)) for shot, (a, b) in zip(shots, fitted, strict=True)]


def reduced(pixels: Pixels, max_pixels: int) -> Pixels:
    """The picture with at most so many pixels, area averaged; the same pixels where it has no more."""
    height, width = pixels.shape[:2]
    if height * width <= max_pixels:
        return np.ascontiguousarray(pixels)
    scale = math.sqrt(max_pixels / (height * width))
    wide = min(max(1, int(width * scale)), max_pixels)
    return _resized(pixels, wide, min(max(1, int(height * scale)), max_pixels // wide))


def _crops(pair: Pair, layout: Layout, count: int, max_pixels: int) -> list[_Shot]:
    if not count:
        return []
    if pair.crops:
        shots = [_Shot(CROP_OF_PAIR, (a.pixels, b.pixels)) for a, b in pair.crops[:count]]
    else:
        longest = min(CROP, math.isqrt(max_pixels // (2 if layout == "side_by_side" else 1)))
        shots = [
            _Shot("detail crop at 100 %", (_cut(pair.a, a), _cut(pair.b, b)), (a, b))
            for a, b in _places(pair, count, longest)
        ]
    names = numbered([shot.name for shot in shots])
    return [replace(shot, name=name) for shot, name in zip(shots, names, strict=True)]


def numbered(names: Sequence[str]) -> list[str]:
    """The names of crops, with their numbers where there are several.

    >>> numbered(["detail crop", "detail crop"])
    ['detail crop 1', 'detail crop 2']
    """
    if len(names) < 2:
        return list(names)
    return [name.replace("crop", f"crop {k}") for k, name in enumerate(names, 1)]


def names_of(crops: int) -> list[str]:
    """The names of a pair's whole photos and of the crops that came with it, in the layout "split"."""
    places = [WHOLE, *numbered([CROP_OF_PAIR] * crops)]
    return [f"{side}, {place}" for side in NAMES.values() for place in places]


def _cut(photo: Photo, box: Box) -> Pixels:
    x, y, width, height = box
    return photo.pixels[y : y + height, x : x + width]


def _places(pair: Pair, count: int, longest: int) -> list[tuple[Box, Box]]:
    """Where aligned photos differ most, in pixels of a and of b, the most different place first."""
    shared = features(pair)
    if not shared.aligned:
        return []
    frame, pyramid = shared.frame, shared.pyramid
    high, wide = frame.a.shape[:2]
    if min(high, wide) < 2 * pyramid.size:
        return []
    rows, columns = (max(1, min(longest, side // 2) // pyramid.size) for side in (high, wide))
    different = np.asarray(sum(band.dd for band in pyramid.bands[:FINE_BANDS]), np.float64)
    corners = _windows(different, rows, columns, count)
    cells = (np.multiply((x, y, columns, rows), pyramid.size).tolist() for y, x in corners)
    return [(frame.box_in_a(box), frame.box_in_b(box)) for box in map(tuple, cells)]


def _windows(energy: NDArray[np.float64], rows: int, columns: int, count: int) -> list[tuple[int, int]]:
    """The upper left corners of the windows that hold most, each without what earlier ones hold.

    Where nothing differs there is one window, the middle.
    """
    corners: list[tuple[int, int]] = []
    left = energy.copy()
    for _ in range(count):
        if not left.any():
            break
        sums = cv2.integral(left)
        below, above = sums[rows:], sums[:-rows]
        within = below[:, columns:] - above[:, columns:] - below[:, :-columns] + above[:, :-columns]
        row, column = divmod(int(within.argmax()), within.shape[1])
        corners.append((row, column))
        left[row : row + rows, column : column + columns] = 0
    return corners or [((energy.shape[0] - rows) // 2, (energy.shape[1] - columns) // 2)]


def _side_by_side(pictures: tuple[Pixels, Pixels], max_pixels: int) -> Pixels:
    """Both pictures at one height in halves of one width, a on the left; margins are grey."""
    a, b = pictures
    height = min(a.shape[0], b.shape[0])
    wide = max(round(p.shape[1] * height / p.shape[0]) for p in (a, b))
    scale = min(1.0, math.sqrt(max_pixels / (2 * wide * height)))
    high = max(1, int(height * scale))
    half = min(max(1, int(wide * scale)), max_pixels // (2 * high))
    whole = np.full((high, 2 * half, 3), MARGIN, np.uint8)
    for left, picture in ((0, a), (half, b)):
        width = min(half, max(1, round(picture.shape[1] * high / picture.shape[0])))
        whole[:, left : left + width] = _resized(picture, width, high)
    return whole


def _resized(pixels: Pixels, width: int, height: int) -> Pixels:
    if pixels.shape[:2] == (height, width):
        return np.ascontiguousarray(pixels)
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
