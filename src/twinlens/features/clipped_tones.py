"""Tones and colours of two photos over places of the grid."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from twinlens.features.pyramid import Map, Pyramid

Plane = NDArray[np.uint8]
WHITE, BLACK = 253, 3
"""8-bit code values from which and up to which a pixel at half size holds no structure."""
HEADROOM = 10
"""Code values that the other photo must lie inside these ends for the tone to be lost."""
DARK, BRIGHT = 25, 235
"""Mean luma of a cell, in code values, below and above which tones are pressed against black or white."""
LEAST_FORM_ENERGY = 9.0
"""Energy (code values²) of coarse forms that can be pressed."""
NOISE_QUANTILE = 0.1
"""Share of cells with the least energy: what they hold is the noise of all."""
LEAST_FORM_VARIANCE = 0.5
"""Variance (code values²) from which the other photo holds forms there: white made grey holds none."""


def weighted_mean(plane: Map, weight: Map) -> float:
    """The mean of a map over a place."""
    return float(np.sum(plane * weight, dtype=np.float64) / np.sum(weight, dtype=np.float64))


def channel_extremes(half: Plane) -> tuple[Plane, Plane]:
    """Of each pixel the middle channel, white when two are, and the highest, black when all are."""
    red, green, blue = cv2.split(half)
    middle = cv2.max(cv2.min(red, green), cv2.min(cv2.max(red, green), blue))
    return np.asarray(middle, np.uint8), np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)


def clipping_loss(pyramid: Pyramid) -> tuple[Map, Map]:
    """For a and b: the share, a cell, of what is lost in white or black of the other photo's forms."""
    (middle_a, top_a), (middle_b, top_b) = (channel_extremes(half) for half in pyramid.half)

    def loss(middle: Plane, top: Plane, other_middle: Plane, other_top: Plane) -> Map:
        white = cv2.bitwise_and(
            above(middle, WHITE - 1), cv2.bitwise_not(above(other_middle, WHITE - HEADROOM - 1))
        )
        black = cv2.bitwise_and(cv2.bitwise_not(above(top, BLACK)), above(other_top, BLACK + HEADROOM))
        blown, crushed = (
            _with_forms(pyramid, np.asarray(mask, np.uint8), other)
            for mask, other in ((white, other_middle), (black, other_top))
        )
        return blown + crushed

    a, b = loss(middle_a, top_a, middle_b, top_b), loss(middle_b, top_b, middle_a, top_a)
    energies = [np.sum([getattr(band, name) for band in pyramid.bands[2:5]], axis=0) for name in ("aa", "bb")]
    pressed = [
        _pressed(pyramid.pool(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)), *pair)
        for small, pair in zip(pyramid.small, (energies, energies[::-1]), strict=True)
    ]
    return np.maximum(a, pressed[0]), np.maximum(b, pressed[1])


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
    """255 where a plane is over a value, 0 elsewhere."""
    return np.asarray(cv2.threshold(plane, value, 255, cv2.THRESH_BINARY)[1], np.uint8)


def clipped_share(pyramid: Pyramid) -> Map:
    """The share of pixels, a cell, at white or black in either photo."""
    shares = []
    for half in pyramid.half:
        middle, top = channel_extremes(half)
        ended = cv2.bitwise_or(above(middle, WHITE - 1), cv2.bitwise_not(above(top, BLACK)))
        shares.append(pyramid.pool(np.asarray(ended)) / np.float32(255))
    return np.asarray(np.maximum(*shares), np.float32)


def pixel_mask(pyramid: Pyramid, weight: Map) -> NDArray[np.bool_]:
    """Which pixels of `pyramid.lab` (and of `pyramid.small`) belong to a place; shape as those planes."""
    rows, columns = pyramid.shape
    height, width = pyramid.lab[0].shape[:2]
    return np.repeat(np.repeat(weight > 0.5, height // rows, 0), width // columns, 1)
