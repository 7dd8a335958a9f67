"""Moiré: coloured waves where the sensor met a texture as fine as itself."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from twinlens.features.clipped_tones import weighted_mean
from twinlens.metrics import Confound, Effect, Map, Metric, Pyramid

CELL, TILE = 8, 32
"""Pixels of a cell's side, and of a tile's, in planes of that size."""
LOWEST, HIGHEST = 4.0, 14.0
"""Cycles a tile between which waves are looked for."""
CONCENTRATED, AMPLITUDE, TIMES = 0.5, 2.0, 6.0
"""Share of a tile's chroma that one wave holds, its amplitude in code values, and its energy in times of the
other photo's."""
NEAR = 2.0
"""Cycles a tile by which a wave may differ from that of a tile beside."""
FEWEST = 4
"""Tiles from which waves are a pattern."""


@dataclass(frozen=True)
class Moire(Metric):
    """Share of a place with waves of colour that the other photo has not: 0 to 100 %, lower is better.

    Tiles in which one spatial frequency holds most of the chroma, where the other photo has it neither in
    chroma nor in luma, beside tiles with nearly the same wave.
    """

    aspects = ("artifacts", "color")
    unit = "%"
    high = 100.0
    better = "lower"
    jnd = 1.5
    masking = 10.0
    source = "spectral peaks, after Sidorov and Kokaram 2002 (suppression of moiré)"
    saturation = 3.0
    prior = 2.0
    fidelity = True
    families = ("chromatic",)
    effects = (
        Effect("detail color chroma_noise noise color_bleeding halo", stage=2, up_to=2.0),
        Confound("chromatic noise halo", stage=36, up_to=2.0),
    )
    praise = "is free of moiré"
    blame = "shows coloured moiré patterns"
    amount = "in {worse} % of the area"

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        if float(weight.sum()) <= 0 or min(pyramid.shape) * CELL < 2 * TILE:
            return None
        a, b = (100 * weighted_mean(share, weight) for share in pyramid.cached(wave_maps))
        return a, b


def wave_maps(pyramid: Pyramid) -> tuple[Map, Map]:
    """1 where tiles have waves of colour of a only, and of b only; shape (rows, columns)."""
    a, b = (_tiles(photo) for photo in pyramid.medium)
    chroma_a, chroma_b = (_energies(tiles[1]) + _energies(tiles[2]) for tiles in (a, b))
    return _waves(pyramid, chroma_a, chroma_b, b[0]), _waves(pyramid, chroma_b, chroma_a, a[0])


Tiles = NDArray[np.float32]
"""Of a plane (down, across, TILE, TILE); of its energies by frequency (down, across, TILE, TILE // 2 + 1)."""


def _tiles(photo: NDArray[np.generic]) -> list[Tiles]:
    """Luma, Cr and Cb in tiles, without their mean, under a window whose mean square is that of a wave."""
    window = np.hanning(TILE).astype(np.float32)
    window = window[:, None] * (window / np.float32(window.sum() ** 2 / 2))
    tiled = []
    for plane in cv2.split(cv2.cvtColor(np.asarray(photo, np.uint8), cv2.COLOR_RGB2YCrCb)):
        down, across = plane.shape[0] // TILE, plane.shape[1] // TILE
        cut = plane[: down * TILE, : across * TILE].reshape(down, TILE, across, TILE).swapaxes(1, 2)
        tiles = np.ascontiguousarray(cut, np.float32)
        tiled.append((tiles - tiles.mean(axis=(2, 3), keepdims=True)) * window)
    return tiled


def _energies(tiles: Tiles) -> Tiles:
    """The squared magnitudes of `np.fft.rfft2`, in a tenth of its time.

    The transform along y of the real and the imaginary part of that along x, as OpenCV packs both (x is
    Re 0, Re 1, Im 1, …, Re TILE / 2), holds a frequency and that of the opposite sense of y.
    """
    down, across = tiles.shape[:2]
    along_x = cv2.dft(tiles.reshape(-1, TILE), flags=cv2.DFT_ROWS).reshape(-1, TILE, TILE)
    columns = np.ascontiguousarray(along_x.swapaxes(1, 2)).reshape(-1, TILE)
    packed = cv2.dft(columns, flags=cv2.DFT_ROWS).reshape(-1, TILE, TILE)
    out = np.empty((len(packed), TILE // 2 + 1, TILE), np.float32)
    real, imaginary = packed[:, 1:-1:2], packed[:, 2::2]
    (p, q), (r, s) = ((part[:, :, 1:-1:2], part[:, :, 2::2]) for part in (real, imaginary))
    out[:, 1:-1, 1 : TILE // 2] = (p - s) ** 2 + (q + r) ** 2
    out[:, 1:-1, : TILE // 2 : -1] = (p + s) ** 2 + (q - r) ** 2
    out[:, 1:-1, :: TILE // 2] = real[:, :, :: TILE - 1] ** 2 + imaginary[:, :, :: TILE - 1] ** 2
    ends = packed[:, :: TILE - 1]
    out[:, :: TILE // 2, :: TILE // 2] = ends[:, :, :: TILE - 1] ** 2
    both = ends[:, :, 1:-1:2] ** 2 + ends[:, :, 2::2] ** 2
    out[:, :: TILE // 2, 1 : TILE // 2] = out[:, :: TILE // 2, : TILE // 2 : -1] = both
    return out.swapaxes(1, 2).reshape(down, across, TILE, -1)


def _waves(pyramid: Pyramid, own: Tiles, other: Tiles, luma: Tiles) -> Map:
    """1 where a photo's chroma has waves that the other's has not, nor its luma, in tiles."""
    down, across = np.fft.fftfreq(TILE)[:, None] * TILE, np.fft.rfftfreq(TILE)[None] * TILE
    cycles = np.hypot(down, across)
    band = (cycles >= LOWEST) & (cycles <= HIGHEST)
    chroma = np.where(cycles >= 1.5, own, 0)
    count = chroma.shape[:2]
    peak = np.where(band, chroma, 0).reshape(*count, -1).argmax(axis=2)
    y, x = np.unravel_index(peak, band.shape)
    fy, fx = down[y, 0], across[0, x]
    near = (np.abs(down[None, None] - fy[..., None, None]) <= 1.5) & (
        np.abs(across[None, None] - fx[..., None, None]) <= 1.5
    )
    mine = (near * chroma).sum(axis=(2, 3))
    strong = (mine > CONCENTRATED * chroma.sum(axis=(2, 3))) & (mine > AMPLITUDE**2)
    if np.count_nonzero(strong) < FEWEST:
        return np.zeros(pyramid.shape, np.float32)
    theirs, their_luma = ((near * part).sum(axis=(2, 3)) for part in (other, _energies(luma)))
    gain = float((chroma.sum() - mine.sum()) / max(other.sum() - theirs.sum(), 1.0))
    new = (mine > TIMES * max(1.0, gain) * theirs) & (mine > their_luma)
    waves = strong & new
    beside = np.zeros(count, bool)
    for way in ((0, 1), (1, 0), (1, 1), (1, -1)):
        for sign in (1, -1):
            at = tuple(sign * step for step in way)
            moved = [np.roll(part, at, (0, 1)) for part in (waves, fy, fx)]
            beside |= moved[0] & (np.hypot(moved[1] - fy, moved[2] - fx) <= NEAR)
    waves &= beside
    if np.count_nonzero(waves) < FEWEST:
        return np.zeros(pyramid.shape, np.float32)
    rows, columns = pyramid.shape
    return np.asarray(
        cv2.resize(waves.astype(np.float32), (columns, rows), interpolation=cv2.INTER_NEAREST), np.float32
    )
