"""Tones and colours of two photos over places of the grid."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .cells import Cells, Map

Plane = NDArray[np.uint8]
WHITE, BLACK = 253, 3
"""8-bit code values from which and up to which a pixel at half size holds no structure."""
HELD = 10
"""Code values that the other photo must lie inside these ends for the tone to be lost."""


def weighted_mean(plane: Map, weight: Map) -> float:
    """The mean of a map over a place."""
    return float(np.sum(plane * weight, dtype=np.float64) / np.sum(weight, dtype=np.float64))


def ends(half: Plane) -> tuple[Plane, Plane]:
    """Of each pixel the middle channel, white when two are, and the highest, black when all are."""
    red, green, blue = cv2.split(half)
    middle = cv2.max(cv2.min(red, green), cv2.min(cv2.max(red, green), blue))
    return np.asarray(middle, np.uint8), np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)


def lost_tones(cells: Cells) -> tuple[Map, Map]:
    """For a and b: the share of pixels, a cell, at white or black where the other photo is clearly not."""
    (middle_a, top_a), (middle_b, top_b) = (ends(half) for half in cells.half)

    def lost(middle: Plane, top: Plane, other_middle: Plane, other_top: Plane) -> Map:
        blown = cv2.bitwise_and(
            over(middle, WHITE - 1), cv2.bitwise_not(over(other_middle, WHITE - HELD - 1))
        )
        crushed = cv2.bitwise_and(cv2.bitwise_not(over(top, BLACK)), over(other_top, BLACK + HELD))
        return cells.pool(np.asarray(cv2.bitwise_or(blown, crushed))) / np.float32(255)

    return lost(middle_a, top_a, middle_b, top_b), lost(middle_b, top_b, middle_a, top_a)


def over(plane: Plane, value: int) -> Plane:
    """255 where a plane is over a value, 0 elsewhere."""
    return np.asarray(cv2.threshold(plane, value, 255, cv2.THRESH_BINARY)[1], np.uint8)


def clipped(cells: Cells) -> Map:
    """The share of pixels, a cell, at white or black in either photo."""
    shares = []
    for half in cells.half:
        middle, top = ends(half)
        ended = cv2.bitwise_or(over(middle, WHITE - 1), cv2.bitwise_not(over(top, BLACK)))
        shares.append(cells.pool(np.asarray(ended)) / np.float32(255))
    return np.asarray(np.maximum(*shares), np.float32)


def fine_weight(cells: Cells, weight: Map) -> NDArray[np.bool_]:
    """Which pixels of `cells.lab` (and of `cells.small`) belong to a place; shape as those planes."""
    rows, columns = cells.shape
    height, width = cells.lab[0].shape[:2]
    return np.repeat(np.repeat(weight > 0.5, height // rows, 0), width // columns, 1)
