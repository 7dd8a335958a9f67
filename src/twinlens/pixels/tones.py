"""Tones and colours of two photos over places of the grid."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .cells import Cells, Map

WHITE, BLACK = 253, 3
"""8-bit code values beyond which a pixel at half size holds no structure."""


def weighted_mean(plane: Map, weight: Map) -> float:
    """The mean of a map over a place."""
    return float(np.sum(plane * weight, dtype=np.float64) / np.sum(weight, dtype=np.float64))


def clipped(cells: Cells) -> list[tuple[Map, Map]]:
    """For a and b: the share of pixels, a cell, that are blown (two channels at white) and crushed (all at black)."""
    shares = []
    for half in cells.half:
        red, green, blue = cv2.split(half)
        middle = cv2.max(cv2.min(red, green), cv2.min(cv2.max(red, green), blue))
        top = cv2.max(cv2.max(red, green), blue)
        blown = cv2.threshold(middle, WHITE - 1, 255, cv2.THRESH_BINARY)[1]
        crushed = cv2.threshold(top, BLACK, 255, cv2.THRESH_BINARY_INV)[1]
        shares.append((cells.pool(blown) / 255, cells.pool(crushed) / 255))
    return shares


def chroma(cells: Cells) -> tuple[Map, Map]:
    """CIELAB chroma C*ab of both photos, a cell."""
    a, b = (cells.pool(cv2.magnitude(lab[..., 1].copy(), lab[..., 2].copy())) for lab in cells.lab)
    return a, b


def fine_weight(cells: Cells, weight: Map) -> NDArray[np.bool_]:
    """Which pixels of `cells.lab` belong to a place; shape as those planes."""
    rows, columns = cells.shape
    height, width = cells.lab[0].shape[:2]
    return np.repeat(np.repeat(weight > 0.5, height // rows, 0), width // columns, 1)
