"""Two aligned photos on one grid of square cells: what each holds there, and what both share.

Each cell and octave band of a Laplacian pyramid of luma (Burt and Adelson 1983) has the mean squares of both
photos and the mean of their product: shared structure is in the product, while noise, ringing and invention
are in one photo only. All is pooled once, so a further metric or region costs that of a small array.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import RLock
from typing import Any, Generic, TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float32]
Pixels = NDArray[np.uint8]
LEVELS = 5
STRIP = 32
"""Rows that are looked at together, so that they stay in cache; a power of two, as a cell's side is."""
CACHED = 1 << 18
"""Pixels of a strip, where its rows are short."""
T = TypeVar("T")


def cell_size(width: int, height: int) -> int:
    """Pixels of a cell's side: 8 times a power of two, so that the long side holds some 45 to 90 cells.

    >>> cell_size(512, 384), cell_size(4000, 3000)
    (8, 64)
    """
    return int(8 * 2 ** max(0, round(np.log2(max(width, height) / 512))))


@dataclass(frozen=True, eq=False)
class Band:
    """One octave band pooled a cell: mean squares of a and of b, and mean product, in code values².

    Each is float32 of shape (rows, columns).
    """

    aa: Map
    bb: Map
    ab: Map

    @property
    def dd(self) -> Map:
        """Mean square of the difference a - b, in code values²; shape (rows, columns)."""
        return np.asarray(np.maximum(self.aa + self.bb - 2 * self.ab, 0), np.float32)


class _Once:
    """What is made at the first call, also where two threads call at once, with the weight that it is of.

    The weight is kept so that its id stays its own.
    """

    def __init__(self, weight: Map | None) -> None:
        self.weight, self.lock, self.value = weight, RLock(), cast(Any, self)


class made_once(Generic[T]):  # noqa: N801  it reads as a property
    """A property of a pyramid, made at the first call."""

    def __init__(self, make: Callable[[Pyramid], T]) -> None:
        self.make, self.__doc__ = make, make.__doc__

    def __get__(self, pyramid: Pyramid, owner: type) -> T:
        return pyramid.cached(self.make)


@dataclass(frozen=True, eq=False)
class Pyramid:
    """Two uint8 sRGB arrays of one shape (height, width, 3), and what metrics need of them, a cell at a time.

    Maps are float32 of shape (rows, columns). The photos are cut to whole cells, so up to one cell at the
    right and lower edge is not measured; a photo smaller than a cell is first extended by reflection.

    >>> flat = np.full((64, 80, 3), 128, np.uint8)
    >>> pyramid = Pyramid.of(flat, flat)
    >>> pyramid.shape, len(pyramid.bands), float(pyramid.bands[0].aa.max())
    ((8, 10), 5, 0.0)
    """

    a: Pixels
    b: Pixels
    size: int
    _made: dict[object, _Once] = field(default_factory=dict, repr=False)

    @staticmethod
    def of(a: Pixels, b: Pixels) -> Pyramid:
        """The pyramid of two photos (height, width, 3) of one shape; ValueError where the shapes differ."""
        if a.shape != b.shape:
            raise ValueError(f"a pyramid needs two photos of one shape, found {a.shape} and {b.shape}")
        size = cell_size(a.shape[1], a.shape[0])
        return Pyramid(_whole(a, size), _whole(b, size), size)

    def cached(self, make: Callable[[Pyramid], T]) -> T:
        """`make(self)`, computed at the first call."""
        return self._cached(make, None, lambda: make(self))

    def cached_at(self, weight: Map, make: Callable[[Pyramid, Map], T]) -> T:
        """`make(self, weight)` of a place, computed at the first call with this very array."""
        return self._cached((make, id(weight)), weight, lambda: make(self, weight))

    def _cached(self, key: object, weight: Map | None, make: Callable[[], T]) -> T:
        made = self._made.setdefault(key, _Once(weight))
        with made.lock:
            if made.value is made:
                made.value = make()
        return made.value  # type: ignore[no-any-return]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of cells."""
        return self.a.shape[0] // self.size, self.a.shape[1] // self.size

    @made_once
    def luma(self) -> tuple[Pixels, Pixels]:
        """Luma of both photos (Rec. 601 weights on sRGB code values), full resolution."""
        a, b = (np.asarray(cv2.cvtColor(x, cv2.COLOR_RGB2GRAY), np.uint8) for x in (self.a, self.b))
        return a, b

    @made_once
    def bands(self) -> tuple[Band, ...]:
        """Octave bands of luma, finest (periods of 2 to 5 pixels) first; one more a doubling of the cell."""
        return tuple(_bands(*self.luma, self.shape, LEVELS + round(np.log2(self.size / 8))))

    @made_once
    def half(self) -> tuple[Pixels, Pixels]:
        """Both photos at half size, area averaged."""
        size = self.a.shape[1] // 2, self.a.shape[0] // 2
        return _reduced(self.a, size), _reduced(self.b, size)

    @made_once
    def chroma_bands(self) -> tuple[tuple[Band, Band], ...]:
        """Octave bands of Cr and of Cb, finest (periods of 4 to 10 pixels) first, as many as luma has."""
        planes = zip(*map(_chroma, self.half), strict=True)
        both = (_bands(a, b, self.shape, len(self.bands) - 1) for a, b in planes)
        return tuple(zip(*both, strict=True))

    @made_once
    def medium(self) -> tuple[Pixels, Pixels]:
        """Both photos at eight pixels a cell's side, area averaged."""
        size = self.shape[1] * 8, self.shape[0] * 8
        if self.size == 8:
            return self.a, self.b
        return self.half if self.size == 16 else (_reduced(self.half[0], size), _reduced(self.half[1], size))

    @made_once
    def small(self) -> tuple[Pixels, Pixels]:
        """Both photos at four pixels a cell's side, area averaged."""
        size = self.shape[1] * 4, self.shape[0] * 4
        return self.half if self.size == 8 else (_reduced(self.half[0], size), _reduced(self.half[1], size))

    @made_once
    def lab(self) -> tuple[Map, Map]:
        """CIELAB (D65) of the small photos, float32 of shape (4 rows, 4 columns, 3)."""
        small = (x.astype(np.float32) / 255 for x in self.small)
        a, b = (np.asarray(cv2.cvtColor(x, cv2.COLOR_RGB2Lab), np.float32) for x in small)
        return a, b

    @made_once
    def pooled_lab(self) -> tuple[Map, Map]:
        """Mean CIELAB of a and b, a cell; shape (rows, columns, 3)."""
        size = self.shape[::-1]
        a, b = (np.asarray(cv2.resize(x, size, interpolation=cv2.INTER_AREA), np.float32) for x in self.lab)
        return a, b

    def pool(self, plane: NDArray[np.generic]) -> Map:
        """The mean of a plane of any resolution (height, width) over each cell."""
        (rows, columns), (height, width) = self.shape, plane.shape
        if height % rows or width % columns or height < STRIP // 2 * rows:
            part = np.asarray(plane, np.float32)
            return np.asarray(cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)
        sums = np.add.reduce(plane.reshape(rows, -1, width), axis=1, dtype=np.float32)
        return np.asarray(
            sums.reshape(rows, columns, -1).mean(axis=2) / np.float32(height // rows), np.float32
        )


def _whole(pixels: Pixels, size: int) -> Pixels:
    down, right = (max(0, size - side) for side in pixels.shape[:2])
    if down or right:
        pixels = np.asarray(cv2.copyMakeBorder(pixels, 0, down, 0, right, cv2.BORDER_REFLECT), np.uint8)
    return pixels[: pixels.shape[0] // size * size, : pixels.shape[1] // size * size]


def _reduced(photo: Pixels, size: tuple[int, int]) -> Pixels:
    return np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)


def _chroma(photo: Pixels) -> Pixels:
    """Cr and Cb of a photo: (2, height, width)."""
    planes = np.empty((2, *photo.shape[:2]), np.uint8)
    for top in range(0, len(photo), STRIP):
        strip = cv2.cvtColor(photo[top : top + STRIP], cv2.COLOR_RGB2YCrCb)
        for channel, plane in enumerate(planes, 1):
            cv2.extractChannel(strip, channel, dst=plane[top : top + STRIP])
    return planes


def _bands(a: Pixels, b: Pixels, shape: tuple[int, int], levels: int) -> list[Band]:
    bands = []
    for _ in range(levels):
        bands.append(_energies(a, b, shape))
        a, b = (np.asarray(cv2.pyrDown(x), np.uint8) for x in (a, b))
    return bands


def _energies(a: Pixels, b: Pixels, shape: tuple[int, int]) -> Band:
    """Mean squares and product of two planes' finest band, a cell."""
    (rows, columns), (height, width) = shape, a.shape
    if height < rows or width < columns:  # coarser than a cell
        x, y = (_high(plane, slice(0, height)) for plane in (a, b))
        return Band(*(np.asarray(cv2.resize(z, (columns, rows)), np.float32) for z in (x * x, y * y, x * y)))
    side, sums = height // rows, np.zeros((3, rows, width), np.float32)
    count = max(STRIP, CACHED // width // side * side)
    for top in range(0, height, count):
        strip = slice(top, min(top + count, height))
        x, y = (_high(plane, strip).reshape(-1, min(side, count), width) for plane in (a, b))
        cells = slice(top // side, -(-strip.stop // side))
        for total, pair in zip(sums, ((x, x), (y, y), (x, y)), strict=True):
            total[cells] += np.einsum("rij,rij->rj", *pair)
    parts = sums.reshape(3, rows, columns, -1)
    return Band(*np.einsum("krcj->krc", parts) / np.float32(side * parts.shape[3]))


def _high(plane: Pixels, rows: slice) -> Map:
    """Some rows of a plane less what a blur of 5 x 5 leaves of them."""
    above, below = max(0, rows.start - 2), min(len(plane), rows.stop + 2)
    blurred = cv2.GaussianBlur(plane[above:below], (5, 5), 0)[rows.start - above : rows.stop - above]
    return np.asarray(cv2.subtract(plane[rows], blurred, dtype=cv2.CV_32F), np.float32)
