"""Regions of text: rows of small shapes of even height, stroke and baseline."""

import cv2
import numpy as np
from numpy.typing import NDArray

LEAST_LETTERS = 4
LOW, HIGH = 6, 90
"""Height of a letter, in pixels."""
MOST_SHAPES = 2000
"""More candidate shapes than this are a texture (grass, gravel), not text."""

Boxes = NDArray[np.float64]


def text_mask(picture: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """True where text stands in a uint8 sRGB picture (height, width, 3); shape (height, width).

    >>> text_mask(np.full((64, 64, 3), 200, np.uint8)).any()
    np.False_
    """
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))
    mask = np.zeros(grey.shape, np.uint8)
    for plane in (grey, 255 - grey):
        for row in _rows(_letters(np.asarray(plane, np.uint8))):
            left, top = (row[:, :2].min(axis=0) - 2).astype(int).tolist()
            right, bottom = ((row[:, :2] + row[:, 2:4]).max(axis=0) + 2).astype(int).tolist()
            cv2.rectangle(mask, (left, top), (right, bottom), 1, -1)
    return np.asarray(mask, bool)


def _letters(plane: NDArray[np.uint8]) -> Boxes:
    """Dark shapes that could be letters, from left to right: x, y, width, height, area; shape (n, 5)."""
    dark = cv2.adaptiveThreshold(plane, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 41, 18)
    _, _, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    shapes = stats.astype(np.float64)
    w, h, area = shapes[:, 2], shapes[:, 3], shapes[:, 4]
    fill = area / np.maximum(w * h, 1)
    good = (h >= LOW) & (h <= HIGH) & (w >= 2) & (w <= 1.7 * h) & (fill > 0.2) & (fill < 0.8)
    shapes = shapes[good]
    return shapes[np.argsort(shapes[:, 0], kind="stable")] if len(shapes) <= MOST_SHAPES else shapes[:0]


def _rows(letters: Boxes) -> list[Boxes]:
    """Rows of letters side by side: each letter goes on with the first row whose last one it follows."""
    rows, row_of = list[list[int]](), list[int]()
    before = [list[int]() for _ in letters]
    for one, other in zip(*(at.tolist() for at in _followers(letters)), strict=True):
        before[other].append(one)
    for at, earlier in enumerate(before):
        row = min((row_of[one] for one in earlier if rows[row_of[one]][-1] == one), default=len(rows))
        if row == len(rows):
            rows.append([])
        rows[row].append(at)
        row_of.append(row)
    return [letters[row] for row in rows if _is_text(letters[row])]


def _followers(letters: Boxes) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs of letters, by place from left to right, of which the second may stand next to the first."""
    x, y, width, height = letters[:, :4].T
    right, middle = x + width, y + height / 2
    order = np.argsort(right)
    first, end = np.searchsorted(right[order], (x - HIGH, x + 0.2 * HIGH))
    number = np.maximum(end - first, 0)
    then = np.repeat(np.arange(len(letters)), number)
    here = order[np.arange(len(then)) - np.repeat(np.cumsum(number) - number - first, number)]
    here, then = here[here < then], then[here < then]
    gap, ratio = x[then] - right[here], height[then] / height[here]
    high = np.maximum(height[then], height[here])
    follows = (gap > -0.2 * high) & (gap < high) & (ratio > 0.65) & (ratio < 1.55)
    follows &= np.abs(middle[then] - middle[here]) < 0.3 * high
    return here[follows], then[follows]


def _is_text(row: Boxes) -> bool:
    """Whether enough shapes of a row stand on one line with one height and one stroke."""
    if len(row) < LEAST_LETTERS:
        return False
    x, bottom, height = row[:, 0], row[:, 1] + row[:, 3], row[:, 3]
    slope = np.median(np.diff(bottom) / np.maximum(np.diff(x), 1))
    level = bottom - slope * x
    stroke = row[:, 4] / (row[:, 2] + row[:, 3])  # half the outline of the box: about the width of its line
    typical = np.median(height)
    even = np.abs(level - np.median(level)) < 0.14 * typical
    even &= np.abs(height - typical) < 0.2 * typical
    even &= np.abs(stroke - np.median(stroke)) < 0.3 * np.median(stroke)
    return int(even.sum()) >= max(LEAST_LETTERS, 0.6 * len(row))
