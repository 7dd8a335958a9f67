"""Specks: single pixels, or a few together, that stand out from all about them in one of two photos only.

Hot and dead pixels of a sensor, dust, and holes. A speck is impulse noise: within one pixel it rises from an
even surround, while what a lens draws spreads. What the other photo shows too is no speck.
"""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from twinlens.features.pyramid import Pixels, Pyramid

LEAST_RISE = 20
"""Luma by which a pixel must differ from the median of its 3 x 3 to be looked at, in code values."""
CROWDED = 0.2
"""Share of such pixels about one from which it is texture."""
STRIP, REACH = 64, 4
"""Rows that are looked at together, so that they stay in cache, and those about them that count too."""
MOST = 4_000
"""Pixels that are looked at; of more, an even part."""
AMPLITUDE, PURE_AMPLITUDE = 90.0, 30.0
"""Code values, in some channel, that a speck differs by from its surround; and one that is white, black or a
colour of full saturation, as dead and hot pixels are."""
PURE = 4
"""Code values from either end within which all channels of such a speck lie."""
UNEVEN, SPREAD, SHARED = 0.25, 0.2, 0.25
"""As shares of the amplitude: how uneven the surround may be, how far the pixels beside a speck may follow
it, and what the other photo may have of it."""
LARGEST_BLOB = 3
LOOKALIKES = 0.02
"""Share of the pixels that stand out in one photo only which may look so without being specks."""
ROUGH = 8.0
"""Code values of noise that any photo may have."""
_NEAR = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0)]
_RING = [(y, x) for y in range(-2, 3) for x in range(-2, 3) if max(abs(y), abs(x)) == 2]

Points = NDArray[np.intp]
Flat = NDArray[np.intp]
Floats = NDArray[np.float32]


def speck_share(pyramid: Pyramid) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The share of pixels, a cell, that are specks of a, and of b; maps of shape (rows, columns).

    What fine detail may look like specks is taken off, so a cell without any may be slightly negative.
    """
    a, b = (np.concatenate(parts) for parts in zip(*_single(*pyramid.luma), strict=True))
    return _map(pyramid, a, pyramid.a, pyramid.b), _map(pyramid, b, pyramid.b, pyramid.a)


def _map(pyramid: Pyramid, single: Flat, own: Pixels, other: Pixels) -> NDArray[np.float32]:
    """The share of pixels, a cell, that are specks of one photo among those that stand out in it only."""
    every = max(1, -(-single.size // MOST))
    points = np.array(np.unravel_index(single[::every], own.shape[:2]))
    accepted = _isolated(own, other, points) - LOOKALIKES
    return _share(pyramid, points, accepted.astype(np.float32) / np.float32(1 / every))


def _single(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> Iterator[tuple[Flat, Flat]]:
    """Of each strip the pixels, in places of the flat photo, that stand out in a only, and in b only, with
    few about them."""
    height, width = a.shape
    for top in range(0, height, STRIP):
        bottom = min(top + STRIP, height)
        first, last = max(0, top - REACH), min(height, bottom + REACH)
        raised = [_raised(luma[first:last]) for luma in (a, b)]
        inner = slice(max(top, 2) - first, min(bottom, height - 2) - first)
        flat = []
        for own, other in (raised, raised[::-1]):
            if not cv2.countNonZero(own):
                flat.append(np.empty(0, np.intp))
                continue
            crowd = cv2.boxFilter(own, -1, (7, 7), normalize=False)
            few = cv2.threshold(crowd, int(CROWDED * 49), 1, cv2.THRESH_BINARY_INV)[1]
            single = cv2.bitwise_and(few, cv2.subtract(own, other))[inner]
            single[:, :2] = single[:, -2:] = 0
            flat.append(np.flatnonzero(single.view(bool)) + (first + inner.start) * width)
        yield flat[0], flat[1]


def _raised(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """1 where a pixel stands out from the median of its 3 x 3."""
    away = cv2.absdiff(luma, cv2.medianBlur(luma, 3))
    return np.asarray(cv2.threshold(away, LEAST_RISE, 1, cv2.THRESH_BINARY)[1], np.uint8)


def _isolated(own: Pixels, other: Pixels, points: Points) -> NDArray[np.bool_]:
    """Which points (2, n) are specks of one photo."""
    if not points.size:
        return np.zeros(0, bool)
    centre, near, ring = (_at(own, points, where) for where in ([(0, 0)], _NEAR, _RING))
    pure = (np.minimum(centre[0], 255 - centre[0]) <= PURE).all(axis=1)
    ground = np.median(ring, axis=0)
    rise = centre[0] - ground
    channel = np.abs(rise).argmax(axis=1)[None, :, None]
    rise, ground = (np.take_along_axis(x[None], channel, 2)[0, :, 0] for x in (rise, ground))
    near, ring = (np.take_along_axis(x, channel, 2)[..., 0] for x in (near, ring))
    amplitude = np.maximum(np.abs(rise), 1.0)
    uneven = np.sort(np.abs(ring - ground), axis=0)[-3] / amplitude
    follow = (near - ground) * np.sign(rise) / amplitude
    in_blob = follow > 0.5
    beside = np.abs(np.where(in_blob, 0, follow)).sum(axis=0) / np.maximum((~in_blob).sum(axis=0), 1)
    single = (
        (amplitude >= np.where(pure, PURE_AMPLITUDE, AMPLITUDE))
        & (uneven < UNEVEN)
        & (in_blob.sum(axis=0) < LARGEST_BLOB)
        & (beside < SPREAD)
    )
    at = np.flatnonzero(single)
    single[at] = _lacks(other, points[:, at], channel[:, at], np.sign(rise[at]), SHARED * amplitude[at])
    return np.asarray(single)


def _lacks(
    photo: Pixels, points: Points, channel: NDArray[np.intp], sign: NDArray[np.generic], most: Floats
) -> NDArray[np.bool_]:
    """Where a photo does not stand out at points to the same side, by `most` or beyond its noise."""
    centre, ring = (np.take_along_axis(_at(photo, points, where), channel, 2) for where in ([(0, 0)], _RING))
    ground = np.median(ring, axis=0)
    uneven = np.sort(np.abs(ring - ground), axis=0)[-3, :, 0]
    rise = (centre[0] - ground)[:, 0] * sign
    return np.asarray(rise < np.minimum(most, np.maximum(ROUGH, 3 * uneven)))


def _at(photo: Pixels, points: Points, where: list[tuple[int, int]]) -> NDArray[np.float32]:
    """The pixels at some offsets from points: (offsets, n, channels)."""
    y, x = np.array(where).T[:, :, None] + points[:, None]
    return np.asarray(photo[y, x], np.float32)


def _share(pyramid: Pyramid, points: Points, counts: NDArray[np.float32]) -> NDArray[np.float32]:
    """The sum of what counts at points, a cell, over the cell's pixels."""
    total = np.zeros(pyramid.shape, np.float32)
    np.add.at(total, (points[0] // pyramid.size, points[1] // pyramid.size), counts)
    return total / np.float32(pyramid.size**2)
