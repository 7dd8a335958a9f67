"""Photos of one scene at one size: reduced or enlarged by Lanczos filters, whose passband is nearly flat.

Area averaging takes some of the finest detail that is left, so that a photo lost by being reduced. Which size
to compare at is decided by `holds_more`.
"""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]

LEAST_SCALE = 1.5
"""Less than this many times finer, a photo's own detail is too little to be known for certain."""
OWN_DETAIL = 0.55
"""Amplitude above the other's Nyquist frequency by that of the octave below, where it is no interpolation.

Of 17 photographs 1.6 to 4 times finer the least decile was .65 to 1.0; of interpolated ones, also sharpened
or compressed to JPEG of quality 60, the highest decile .28 to .52.
"""
ALIKE = 0.6
"""The least correlation of both bands' local log-energies, which noise has not."""
REPEATED = 0.4
"""The correlation with repeated coarser pixels of a copy of these: from .59, of photographs to .22."""
TILE, BLOCK, MARGIN = 256, 8, 8


def resampled(photo: Pixels, shape: tuple[int, ...]) -> Pixels:
    """The photo (height, width, 3) at another height and width, by Lanczos filters with anti-aliasing."""
    size = (shape[1], shape[0])
    return np.asarray(Image.fromarray(photo).resize(size, Image.Resampling.LANCZOS), np.uint8)


def at_smaller_size(small: Pixels, large: Pixels) -> tuple[Pixels, Pixels]:
    """Both photos (height, width, 3) at the smaller one's size, each through the same filters.

    The smaller one is enlarged and reduced again, so that a copy that was merely enlarged comes out as it
    is and loses nothing by our reduction.
    """
    return resampled(resampled(small, large.shape), small.shape), resampled(large, small.shape)


def holds_more(photo: Pixels, scale: float) -> bool:
    """Whether a photo (height, width, 3) holds detail that one `scale` times coarser cannot hold.

    Where the octave below the coarser one's Nyquist frequency is strong, true detail is strong above it
    too; an interpolated copy has little there, noise lies everywhere alike, and whole
    pixels that were repeated are recognised. Nine tiles are looked at.
    """
    if scale < LEAST_SCALE:
        return False
    tiles = list(_tiles(photo, max(1, round(scale))))
    bands = [_energies(tile, scale) for tile in tiles]
    above, below = (np.concatenate(part) for part in zip(*bands, strict=True))
    if above.size < 2 or not np.ptp(above) or not np.ptp(below):
        return False
    root = 1 / np.sqrt(below + 1)
    slope = np.linalg.lstsq(np.stack([root, below * root], 1), above * root, rcond=None)[0][1]
    alike = np.corrcoef(np.log(above + 0.3), np.log(below + 0.3))[0, 1]
    return bool(slope >= OWN_DETAIL**2 and alike >= ALIKE and _repeated(tiles, scale) < REPEATED)


def _tiles(photo: Pixels, step: int) -> Iterator[Plane]:
    """Nine squares of luma, or what there is, that begin and end at whole steps."""
    height, width = photo.shape[:2]
    for top in np.linspace(0, max(0, height - TILE), 3).astype(int) // step * step:
        for left in np.linspace(0, max(0, width - TILE), 3).astype(int) // step * step:
            high, wide = (min(TILE, side) // step * step for side in (height - top, width - left))
            tile = np.ascontiguousarray(photo[top : top + high, left : left + wide])
            yield np.asarray(cv2.cvtColor(tile, cv2.COLOR_RGB2GRAY), np.float32)


def _energies(luma: Plane, scale: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The energy of blocks above the Nyquist frequency of a coarser grid, and in the octave below it."""
    coarse = _coarser(luma, scale)
    return _blocks(luma - coarse), _blocks(coarse - _coarser(coarse, 2 * scale))


def _coarser(luma: Plane, scale: float, back: int = cv2.INTER_LANCZOS4) -> Plane:
    """The plane as a grid `scale` times coarser holds it."""
    height, width = luma.shape
    size = max(1, round(width / scale)), max(1, round(height / scale))
    small = cv2.resize(luma, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=back), np.float32)


def _repeated(tiles: Sequence[Plane], scale: float) -> float:
    """The correlation of what the coarser grid lacks with what its pixels, repeated, have more."""
    sums = np.zeros(3)
    for luma in tiles:
        coarse, repeated = (_coarser(luma, scale, back) for back in (cv2.INTER_LANCZOS4, cv2.INTER_NEAREST))
        one, two = luma - coarse, repeated - coarse
        sums += np.vdot(one, two), np.vdot(one, one), np.vdot(two, two)
    return float(sums[0] / np.sqrt(max(sums[1] * sums[2], 1e-9)))


def _blocks(band: Plane) -> NDArray[np.float64]:
    """The mean energy of blocks, the border left out."""
    inner = np.ascontiguousarray(band[MARGIN:-MARGIN, MARGIN:-MARGIN]) ** 2
    if min(inner.shape) < BLOCK:
        return np.empty(0)
    size = inner.shape[1] // BLOCK, inner.shape[0] // BLOCK
    return np.asarray(cv2.resize(inner, size, interpolation=cv2.INTER_AREA), np.float64).ravel()
