"""Where two aligned photos differ at all, when that is one place and not everywhere."""

import cv2
import numpy as np
from numpy.typing import NDArray

from twinlens.features.pyramid import Map, Pyramid

LEVELS = 3
TEXTURED = 8.0
"""Energy (code values²) from which a cell would show a change of detail."""
COLOURFUL, DARK = 4.0, 15.0
"""Chroma and lightness from which a cell would show a change of colour or tone."""
LEAST_RELATIVE, LEAST_ENERGY, LEAST_COLOUR = 0.01, 1.0, 1.2
OF_STRONGEST = 0.15
"""Share of the strongest change below which a cell counts as unchanged."""
FEWEST_CELLS = 6
MOST = 0.6
WITNESSES = 0.15
"""Share of cells that would show a change and do not, from which the change is local."""


def changed_region(pyramid: Pyramid) -> Map | None:
    """The weight (rows, columns; float32, 0 or 1) of the one region that differs; None where it is not one.

    Cells inside it that do not differ are not of it: they would show neither photo's noise or detail.

    >>> changed_region(Pyramid.of(np.zeros((64, 64, 3), np.uint8), np.zeros((64, 64, 3), np.uint8))) is None
    True
    """
    energy = np.sum([band.aa + band.bb for band in pyramid.bands[:LEVELS]], axis=0)
    difference = np.sum([band.dd for band in pyramid.bands[:LEVELS]], axis=0)
    lab_a, lab_b = pyramid.pooled_lab
    colour = np.sqrt(((lab_a - lab_b) ** 2).sum(axis=2))
    textured = energy > TEXTURED
    relative = np.where(textured, difference / np.maximum(energy, TEXTURED), 0)
    changes = ((relative, LEAST_RELATIVE), (difference, LEAST_ENERGY), (colour, LEAST_COLOUR))
    changed = np.asarray(np.logical_or.reduce([_strong(*change) for change in changes]))
    shows = textured & (np.hypot(lab_a[..., 1], lab_a[..., 2]) > COLOURFUL) & (lab_a[..., 0] > DARK)
    place = _filled(changed)
    inside = int(place.sum())
    if not FEWEST_CELLS <= inside <= MOST * place.size or changed[place].mean() < 0.6:
        return None
    witnesses = np.count_nonzero(shows & ~changed & ~place)
    if witnesses < max(FEWEST_CELLS, WITNESSES * np.count_nonzero(shows)) or changed[~place].mean() > 0.05:
        return None
    return np.asarray(place & changed, np.float32)


def _strong(change: NDArray[np.floating], least: float) -> NDArray[np.bool_]:
    return np.asarray(change > max(least, OF_STRONGEST * float(np.quantile(change, 0.98))))


def _filled(changed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The largest connected change, small gaps closed."""
    closed = cv2.morphologyEx(changed.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=8)
    if count < 2:
        return np.zeros(changed.shape, bool)
    return np.asarray(labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax()))
