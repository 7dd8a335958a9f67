"""Tones clipped to white or black, in one of two photos or in both."""

import cv2
import numpy as np
from numpy.typing import NDArray

from twinlens.features.pyramid import STRIP, Map, Pyramid

Plane = NDArray[np.uint8]
WHITE, BLACK = 253, 3
"""8-bit code values from which and up to which a pixel at half size holds no structure."""
HEADROOM = 10
"""Code values that the other photo must lie within these limits for the tone to be lost."""
DARK, BRIGHT = 25, 235
"""Mean luma of a cell, in code values, below and above which tones are pressed against black or white."""
LEAST_FORM_ENERGY = 9.0
"""Energy (code values²) of coarse forms that can be pressed."""
NOISE_QUANTILE = 0.1
"""Quantile of the energy of cells that is taken for the noise of all."""
LEAST_FORM_VARIANCE = 0.5
"""Variance (code values²) from which the other photo has forms there: white made grey has none."""


def weighted_mean(plane: Map, weight: Map) -> float:
    """The mean of a map over a place, both of shape (rows, columns).

    >>> weighted_mean(np.array([[1.0, 5.0]]), np.array([[3.0, 1.0]]))
    2.0
    """
    return float(np.sum(plane * weight, dtype=np.float64) / np.sum(weight, dtype=np.float64))


def channel_extremes(half: Plane) -> tuple[Plane, Plane]:
    """The middle channel of each pixel, white when two are, and the highest, black when all are.

    >>> [plane.tolist() for plane in channel_extremes(np.array([[[255, 254, 3]]], np.uint8))]
    [[[254]], [[255]]]
    """
    middle, top = np.empty((2, *half.shape[:2]), np.uint8)
    for first in range(0, len(half), STRIP):
        rows = slice(first, first + STRIP)
        red, green, blue = cv2.split(half[rows])
        high = cv2.max(red, green)
        cv2.max(cv2.min(red, green), cv2.min(high, blue), dst=middle[rows])
        cv2.max(high, blue, dst=top[rows])
    return middle, top


def clipping_loss(pyramid: Pyramid) -> tuple[Map, Map]:
    """The share (0 to 1), a cell, of the other photo's forms that a, and b, lose to white or black."""
    return pyramid.cached(_clipping)[:2]


def clipped_share(pyramid: Pyramid) -> Map:
    """The share (0 to 1) of pixels, a cell, at white or black in the photo with more of them."""
    return pyramid.cached(_clipping)[2]


def _clipping(pyramid: Pyramid) -> tuple[Map, Map, Map]:
    """What a and b lose, and the share that is clipped: from the same channels, which take room."""
    a, b = (channel_extremes(half) for half in pyramid.half)
    clipped = [pyramid.pool(above(middle, WHITE - 1) | ~above(top, BLACK)) for middle, top in (a, b)]
    energies = [np.sum([getattr(band, name) for band in pyramid.bands[2:5]], axis=0) for name in ("aa", "bb")]
    luma = [pyramid.pool(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)) for small in pyramid.small]
    return (
        np.maximum(_clipped(pyramid, a, b), _pressed(luma[0], *energies)),
        np.maximum(_clipped(pyramid, b, a), _pressed(luma[1], *energies[::-1])),
        np.asarray(np.maximum(*clipped) / np.float32(255), np.float32),
    )


def _clipped(pyramid: Pyramid, own: tuple[Plane, Plane], other: tuple[Plane, Plane]) -> Map:
    """The share of pixels clipped in one photo where the other has forms within the range."""
    (middle, top), (other_middle, other_top) = own, other
    white = above(middle, WHITE - 1) & ~above(other_middle, WHITE - HEADROOM - 1)
    lost = _with_forms(pyramid, white, other_middle)
    del white  # which takes room
    black = ~above(top, BLACK) & above(other_top, BLACK + HEADROOM)
    return lost + _with_forms(pyramid, black, other_top)


def _pressed(level: Map, own: Map, other: Map) -> Map:
    """1 where a cell is nearly white or black and its forms are half as deep as elsewhere, or less.

    As deep as elsewhere is what the photo's forms are beside the other's in the middle of all cells that have
    some: a darker or flatter rendering as a whole presses nothing.
    """
    other = other - np.float32(np.quantile(other, NOISE_QUANTILE))
    formed = other > LEAST_FORM_ENERGY
    if not formed.any():
        return np.zeros_like(own)
    ratio = own / np.maximum(other, LEAST_FORM_ENERGY)
    at_an_end = (level < DARK) | (level > BRIGHT)
    return np.asarray(at_an_end & formed & (ratio < float(np.median(ratio[formed])) / 4), np.float32)


def _with_forms(pyramid: Pyramid, mask: Plane, other: Plane) -> Map:
    """The share of a mask (0 or 255), a cell, where the other photo is not one tone under it nearby.

    Tones are averaged at four a cell's side first, so that noise is no form.
    """
    share = pyramid.pool(mask) / np.float32(255)
    if not share.any():
        return share
    height, width = pyramid.small[0].shape[:2]
    part, sums = (
        cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
        for plane in (mask, cv2.bitwise_and(other, mask))
    )
    levels = 255 * sums / np.maximum(part, 1)
    weighted = (part, part * levels, part * levels * levels)
    count, first, second = (np.asarray(cv2.blur(pyramid.pool(x), (3, 3)), np.float32) for x in weighted)
    count = np.maximum(count, np.float32(1e-3))
    return np.asarray(share * (second / count - (first / count) ** 2 > LEAST_FORM_VARIANCE), np.float32)


def above(plane: Plane, value: int) -> Plane:
    """255 where a uint8 plane is over a value, 0 elsewhere."""
    return np.asarray(cv2.threshold(plane, value, 255, cv2.THRESH_BINARY)[1], np.uint8)


def pixel_mask(pyramid: Pyramid, weight: Map) -> NDArray[np.bool_]:
    """Which pixels of `pyramid.lab` and `pyramid.small` belong to a place of weight (rows, columns)."""
    rows, columns = pyramid.shape
    height, width = pyramid.lab[0].shape[:2]
    return np.repeat(np.repeat(weight > 0.5, height // rows, 0), width // columns, 1)
