"""Two aligned photos on one grid of square cells: what each holds there, and what both share.

A pair tells more than two single images. In each cell and each octave band of luma we keep the mean
squares of both photos and the mean of their product: shared structure is in the product, while noise,
ringing and invention are in one photo only. Everything a metric needs is pooled here once, so that the
cost of a further metric or region is that of a small array.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float32]
LEVELS = 5
T = TypeVar("T")


def cell_size(width: int, height: int) -> int:
    """Pixels of a cell's side: 8 times a power of two, so that the long side holds some 45 to 90 cells."""
    return int(8 * 2 ** max(0, round(np.log2(max(width, height) / 512))))


@dataclass(frozen=True, eq=False)
class Band:
    """One octave band of luma, pooled a cell: mean squares of a and of b, and mean product (code values²)."""

    aa: Map
    bb: Map
    ab: Map

    @property
    def dd(self) -> Map:
        """Mean square of the difference a - b."""
        return np.asarray(np.maximum(self.aa + self.bb - 2 * self.ab, 0), np.float32)


@dataclass(frozen=True, eq=False)
class Pyramid:
    """Two uint8 sRGB arrays of one shape (height, width, 3), and what metrics ask of them, a cell at a time.

    Maps have shape (rows, columns). The photos are cut to whole cells, so up to one cell at the right and
    lower edge is not measured; a photo smaller than a cell is first extended by reflection.
    """

    a: NDArray[np.uint8]
    b: NDArray[np.uint8]
    size: int

    @staticmethod
    def of(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> Pyramid:
        """The grid of two photos of one shape."""
        if a.shape != b.shape:
            raise ValueError(f"cells need two photos of one shape, found {a.shape} and {b.shape}")
        size = cell_size(a.shape[1], a.shape[0])
        return Pyramid(_whole(a, size), _whole(b, size), size)

    def cached(self, make: Callable[[Pyramid], T]) -> T:
        """What `make` makes of this grid, made at the first call and kept."""
        kept = self.__dict__.setdefault("_kept", {})
        if make not in kept:
            kept[make] = make(self)
        return kept[make]  # type: ignore[no-any-return]

    def cached_at(self, weight: Map, make: Callable[[Pyramid, Map], T]) -> T:
        """The same of a place of the grid; the weight is kept too, so that its id stays its own."""
        kept = self.__dict__.setdefault("_kept_at", {})
        key = make, id(weight)
        if key not in kept:
            kept[key] = weight, make(self, weight)
        return kept[key][1]  # type: ignore[no-any-return]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of cells."""
        return self.a.shape[0] // self.size, self.a.shape[1] // self.size

    @cached_property
    def luma(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Luma of both photos (Rec. 601 weights on sRGB code values), full resolution."""
        a, b = (np.asarray(cv2.cvtColor(x, cv2.COLOR_RGB2GRAY), np.uint8) for x in (self.a, self.b))
        return a, b

    @cached_property
    def bands(self) -> tuple[Band, ...]:
        """Octave bands of luma, finest (periods of 2 to 5 pixels) first; one more a doubling of the cell."""
        return tuple(_bands(*self.luma, self.shape, LEVELS + round(np.log2(self.size / 8))))

    @cached_property
    def half(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Both photos at half size, area averaged."""
        size = self.a.shape[1] // 2, self.a.shape[0] // 2
        return _reduced(self.a, size), _reduced(self.b, size)

    @cached_property
    def chroma_bands(self) -> tuple[tuple[Band, Band], ...]:
        """Octave bands of Cr and of Cb, finest (periods of 4 to 10 pixels) first, as many as luma has."""
        pair = [cv2.cvtColor(x, cv2.COLOR_RGB2YCrCb) for x in self.half]
        both = []
        for channel in (1, 2):
            a, b = (np.asarray(cv2.extractChannel(x, channel), np.uint8) for x in pair)
            both.append(_bands(a, b, self.shape, len(self.bands) - 1))
        return tuple(zip(*both, strict=True))

    @cached_property
    def small(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Both photos at four pixels a cell's side, area averaged."""
        rows, columns = self.shape
        if self.size == 8:
            return self.half
        a, b = (_reduced(x, (columns * 4, rows * 4)) for x in self.half)
        return a, b

    @cached_property
    def lab(self) -> tuple[Map, Map]:
        """CIELAB (D65) of the small photos, float32."""
        small = (x.astype(np.float32) / 255 for x in self.small)
        a, b = (np.asarray(cv2.cvtColor(x, cv2.COLOR_RGB2Lab), np.float32) for x in small)
        return a, b

    def pool(self, plane: NDArray[np.generic]) -> Map:
        """The mean of a plane of any resolution over each cell."""
        rows, columns = self.shape
        pooled = cv2.resize(np.asarray(plane, np.float32), (columns, rows), interpolation=cv2.INTER_AREA)
        return np.asarray(pooled, np.float32)


def _whole(pixels: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    if height < size or width < size:
        down, right = max(0, size - height), max(0, size - width)
        pixels = np.asarray(cv2.copyMakeBorder(pixels, 0, down, 0, right, cv2.BORDER_REFLECT), np.uint8)
        height, width = pixels.shape[:2]
    return pixels[: height // size * size, : width // size * size]


def _reduced(photo: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)


def _bands(a: NDArray[np.uint8], b: NDArray[np.uint8], shape: tuple[int, int], levels: int) -> list[Band]:
    bands = []
    for _ in range(levels):
        bands.append(_energies(a, b, shape))
        a, b = (np.asarray(cv2.pyrDown(x), np.uint8) for x in (a, b))
    return bands


def _energies(a: NDArray[np.uint8], b: NDArray[np.uint8], shape: tuple[int, int]) -> Band:
    """Mean squares and product of two planes' finest band, a cell; in strips, so memory stays in cache."""
    rows, columns = shape
    height, width = a.shape
    high_a, high_b = (cv2.subtract(x, cv2.GaussianBlur(x, (5, 5), 0), dtype=cv2.CV_16S) for x in (a, b))
    products = ((high_a, high_a), (high_b, high_b), (high_a, high_b))
    step = max(1, height // rows) if height >= rows else height
    if height < rows or width < columns:  # coarser than a cell: pooled by interpolation
        maps = [
            cv2.resize(cv2.multiply(x, y, dtype=cv2.CV_32F), (columns, rows), interpolation=cv2.INTER_LINEAR)
            for x, y in products
        ]
        return Band(*(np.asarray(pooled, np.float32) for pooled in maps))
    strip = step * 4
    out = np.empty((3, rows, columns), np.float32)
    product = np.empty((strip, width), np.float32)
    for top in range(0, step * rows, strip):
        part = slice(top, min(top + strip, step * rows))
        count = (part.stop - part.start) // step
        for k, (x, y) in enumerate(products):
            block = cv2.multiply(x[part], y[part], dst=product[: count * step], dtype=cv2.CV_32F)
            pooled = cv2.resize(block, (columns, count), interpolation=cv2.INTER_AREA)
            out[k, top // step : top // step + count] = pooled
    return Band(out[0], out[1], out[2])
