"""Tones and colours of two photos over places of the grid."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .cells import Cells, Map

WHITE, BLACK = 253, 3
"""8-bit code values from which and up to which a pixel at half size holds no structure."""
HELD = 10
"""Code values that the other photo must lie inside these ends for the tone to be lost."""


def weighted_mean(plane: Map, weight: Map) -> float:
    """The mean of a map over a place."""
    return float(np.sum(plane * weight, dtype=np.float64) / np.sum(weight, dtype=np.float64))


def ends(half: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Of each pixel the middle channel, which is white when two are, and the highest, which is black when all are."""
    red, green, blue = cv2.split(half)
    middle = cv2.max(cv2.min(red, green), cv2.min(cv2.max(red, green), blue))
    return np.asarray(middle, np.uint8), np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)


def lost_tones(cells: Cells) -> tuple[Map, Map]:
    """For a and b: the share of pixels, a cell, at white or black where the other photo is clearly not."""
    (middle_a, top_a), (middle_b, top_b) = (ends(half) for half in cells.half)

    def lost(middle: NDArray[np.uint8], top: NDArray[np.uint8], m: NDArray[np.uint8], t: NDArray[np.uint8]) -> Map:
        blown = cv2.bitwise_and(cv2.compare(middle, WHITE, cv2.CMP_GE), cv2.compare(m, WHITE - HELD, cv2.CMP_LT))
        crushed = cv2.bitwise_and(cv2.compare(top, BLACK, cv2.CMP_LE), cv2.compare(t, BLACK + HELD, cv2.CMP_GT))
        return cells.pool(cv2.bitwise_or(blown, crushed)) / 255

    return lost(middle_a, top_a, middle_b, top_b), lost(middle_b, top_b, middle_a, top_a)


def clipped(cells: Cells) -> Map:
    """The share of pixels, a cell, at white or black in either photo."""
    shares = []
    for half in cells.half:
        middle, top = ends(half)
        ended = cv2.bitwise_or(cv2.compare(middle, WHITE, cv2.CMP_GE), cv2.compare(top, BLACK, cv2.CMP_LE))
        shares.append(cells.pool(ended) / 255)
    return np.maximum(*shares)


def chroma(cells: Cells) -> tuple[Map, Map]:
    """CIELAB chroma C*ab of both photos, a cell."""
    a, b = (cells.pool(cv2.magnitude(lab[..., 1].copy(), lab[..., 2].copy())) for lab in cells.lab)
    return a, b


def fine_weight(cells: Cells, weight: Map) -> NDArray[np.bool_]:
    """Which pixels of `cells.lab` (and of `cells.small`) belong to a place; shape as those planes."""
    rows, columns = cells.shape
    height, width = cells.lab[0].shape[:2]
    return np.repeat(np.repeat(weight > 0.5, height // rows, 0), width // columns, 1)
