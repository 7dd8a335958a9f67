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
    spectra = [_spectra(photo) for photo in pyramid.medium]
    return _waves(pyramid, spectra[0], spectra[1]), _waves(pyramid, spectra[1], spectra[0])


Spectra = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Energies of chroma and of luma by tile and frequency: (down, across, TILE, TILE // 2 + 1)."""


def _spectra(photo: NDArray[np.generic]) -> Spectra:
    planes = np.asarray(cv2.cvtColor(np.asarray(photo, np.uint8), cv2.COLOR_RGB2YCrCb), np.float32)
    down, across = planes.shape[0] // TILE, planes.shape[1] // TILE
    cut = planes[: down * TILE, : across * TILE].reshape(down, TILE, across, TILE, 3)
    tiles = np.ascontiguousarray(cut.transpose(0, 2, 4, 1, 3))
    window = np.hanning(TILE).astype(np.float32)
    window = window[:, None] * window
    spectra = np.fft.rfft2((tiles - tiles.mean(axis=(3, 4), keepdims=True)) * window)
    scale = np.float32(4 / window.sum() ** 2)
    energy = np.asarray((spectra.real**2 + spectra.imag**2) * scale, np.float32)
    return energy[:, :, 1] + energy[:, :, 2], energy[:, :, 0]


def _waves(pyramid: Pyramid, own: Spectra, other: Spectra) -> Map:
    down, across = np.fft.fftfreq(TILE)[:, None] * TILE, np.fft.rfftfreq(TILE)[None] * TILE
    cycles = np.hypot(down, across)
    band = (cycles >= LOWEST) & (cycles <= HIGHEST)
    chroma = np.where(cycles >= 1.5, own[0], 0)
    count = chroma.shape[:2]
    peak = np.where(band, chroma, 0).reshape(*count, -1).argmax(axis=2)
    y, x = np.unravel_index(peak, band.shape)
    fy, fx = down[y, 0], across[0, x]
    near = (np.abs(down[None, None] - fy[..., None, None]) <= 1.5) & (
        np.abs(across[None, None] - fx[..., None, None]) <= 1.5
    )
    mine, theirs, their_luma = ((near * part).sum(axis=(2, 3)) for part in (chroma, other[0], other[1]))
    strong = (mine > CONCENTRATED * chroma.sum(axis=(2, 3))) & (mine > AMPLITUDE**2)
    gain = float((chroma.sum() - mine.sum()) / max(other[0].sum() - theirs.sum(), 1.0))
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
