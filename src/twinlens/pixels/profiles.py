"""Luma along the normals of strong, isolated edges that both photos share."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .cells import Cells

REACH = 16
PLATEAU = 10
TILE = 8
LEAST_STEP = 24.0
FLATNESS = 0.12
"""How far a plateau may stray from its mean, as a share of the step."""


@dataclass(frozen=True, eq=False)
class Profiles:
    """Profiles of a and b, shape (edges, 2 * REACH + 1), scaled so that the plateaus lie at 0 and 1, and their cells."""

    a: NDArray[np.float32]
    b: NDArray[np.float32]
    row: NDArray[np.intp]
    column: NDArray[np.intp]


def edge_profiles(cells: Cells) -> Profiles:
    """The profiles of two photos; ask for them by `cells.once(edge_profiles)`."""
    a, b = cells.luma
    x, y, dx, dy = _edges(cv2.addWeighted(a, 0.5, b, 0.5, 0))
    offsets = np.arange(-REACH, REACH + 1, dtype=np.float32)
    map_x, map_y = x[:, None] + dx[:, None] * offsets, y[:, None] + dy[:, None] * offsets
    scaled, good = [], np.ones(len(x), bool)
    for luma in (a, b):
        lines = _sample(luma, map_x, map_y)
        low, high = lines[:, : REACH - PLATEAU + 1], lines[:, REACH + PLATEAU :]
        step = high.mean(axis=1) - low.mean(axis=1)
        stray = np.maximum(np.ptp(low, axis=1), np.ptp(high, axis=1)) / 2
        good &= (step > LEAST_STEP) & (stray < FLATNESS * step)
        scaled.append((lines - low.mean(axis=1, keepdims=True)) / np.maximum(step, 1)[:, None])
    row, column = (y / cells.size).astype(np.intp), (x / cells.size).astype(np.intp)
    return Profiles(scaled[0][good], scaled[1][good], row[good], column[good])


def _sample(luma: NDArray[np.uint8], map_x: NDArray[np.float32], map_y: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bilinear samples; `cv2.remap` takes at most 32,767 rows, so the points are sampled in parts."""
    parts = [
        cv2.remap(luma, map_x[i : i + 30_000], map_y[i : i + 30_000], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for i in range(0, len(map_x), 30_000)
    ]
    return np.concatenate(parts).astype(np.float32) if parts else np.empty(map_x.shape, np.float32)


def _edges(mean: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
    """The strongest edge point of each tile: position, and unit normal from dark to bright."""
    small = cv2.pyrDown(mean)
    gx, gy = cv2.Sobel(small, cv2.CV_16S, 1, 0), cv2.Sobel(small, cv2.CV_16S, 0, 1)
    rows, columns = small.shape[0] // TILE, small.shape[1] // TILE
    size = cv2.addWeighted(cv2.convertScaleAbs(gx), 1, cv2.convertScaleAbs(gy), 1, 0)[: rows * TILE, : columns * TILE]
    tiles = size.reshape(rows, TILE, columns, TILE).swapaxes(1, 2).reshape(rows * columns, TILE * TILE)
    best = tiles.argmax(axis=1)
    tile = np.flatnonzero(tiles[np.arange(len(tiles)), best] > 2 * LEAST_STEP)
    y = tile // columns * TILE + best[tile] // TILE
    x = tile % columns * TILE + best[tile] % TILE
    dx, dy = gx[y, x].astype(np.float32), gy[y, x].astype(np.float32)
    length = np.maximum(np.hypot(dx, dy), 1)
    inside = (x * 2 >= REACH) & (y * 2 >= REACH) & (x * 2 < mean.shape[1] - REACH) & (y * 2 < mean.shape[0] - REACH)
    return tuple(v[inside].astype(np.float32) for v in (x * 2, y * 2, dx / length, dy / length))
