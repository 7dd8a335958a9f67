"""Two renderings of one scene, brought to a common frame before anything local is compared.

Small grey copies give a first guess: nothing moved, a shift (phase correlation, Kuglin and Hines 1975), or a
similarity of matched keypoints (SIFT, Lowe 2004; RANSAC, Fischler and Bolles 1981). A guess counts only where
blocks of band-passed luma agree (normalised correlation). Patches at full resolution then measure what
displacement is left, and the simplest frame that leaves less than a quarter of a pixel is taken: the photos
as they are, a crop of both by whole pixels, one of them reduced by area averaging, and only then a warp by
Lanczos interpolation, which changes the finest detail of the warped photo a little.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from twinlens.core.types import Box, Photo

How = Literal["same", "resized", "shifted", "warped", "failed"]
Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]
Affine = NDArray[np.float64]

THUMB = 512
LEAST_SIDE = 24
AGREE = 0.35
CLEARLY = 0.05
"""How much better than 'nothing moved' a movement must agree."""
LEAST_BLOCKS = 5
TEXTURED = 1.0
"""Standard deviation of band-passed luma (code values) below which a block shows nothing."""
TOLERANCE = 0.25
LARGEST_SCALE = 8.0
FAILED = "The photos could not be aligned: only whole-photo statistics that need no alignment are compared."


@dataclass(frozen=True, eq=False)
class Frame:
    """Two photos in one frame.

    `a` and `b` are uint8 sRGB arrays of one shape (height, width, 3), except where `how` is "failed": then they
    are the photos as they are. `to_a` and `to_b` are 2x3 matrices that take frame pixels (x, y, 1), centres at
    whole numbers, to pixels of each photo. `note` is a sentence for people, empty where `how` is "same".
    """

    a: Pixels
    b: Pixels
    to_a: Affine
    to_b: Affine
    how: How
    note: str
    size_a: tuple[int, int]
    size_b: tuple[int, int]

    def box_in_a(self, box: Box) -> Box:
        """The box of the frame (x, y, width, height) in pixels of photo a, clipped to it."""
        return _box(box, self.to_a, self.size_a)

    def box_in_b(self, box: Box) -> Box:
        """The box of the frame (x, y, width, height) in pixels of photo b, clipped to it."""
        return _box(box, self.to_b, self.size_b)


@dataclass(frozen=True, eq=False)
class _Match:
    """A frame in canonical order: the first photo is the one that is not resampled where only one is."""

    how: How
    pixels: tuple[Pixels, Pixels]
    to: tuple[Affine, Affine]
    moved: int = 1


def align(a: Photo, b: Photo) -> Frame:
    """The common frame of two photos; `align(b, a)` mirrors it bit for bit.

    Errors up to a quarter of a pixel are left alone, because resampling would cost more than it gives. Photos
    without structure to measure are taken as aligned where their sizes allow it. Nothing is raised: photos of
    two scenes give `how == "failed"`.
    """
    swapped = _later(a.pixels, b.pixels)
    first, second = (b.pixels, a.pixels) if swapped else (a.pixels, b.pixels)
    match = _match(first, second)
    note = _note(match, "BA" if swapped else "AB", (first.shape, second.shape))
    i, j = (1, 0) if swapped else (0, 1)
    sizes = (a.width, a.height), (b.width, b.height)
    return Frame(match.pixels[i], match.pixels[j], match.to[i], match.to[j], match.how, note, *sizes)


def _later(a: Pixels, b: Pixels) -> bool:
    """Whether a comes after b in an order that knows nothing of sides: fewer pixels, then shape, then content."""
    key_a, key_b = (a.shape[0] * a.shape[1], a.shape[0]), (b.shape[0] * b.shape[1], b.shape[0])
    if key_a != key_b:
        return key_a > key_b
    for row_a, row_b in zip(a, b, strict=True):
        if not np.array_equal(row_a, row_b):
            return row_a.tobytes() > row_b.tobytes()
    return False


def _match(first: Pixels, second: Pixels) -> _Match:
    failed = _Match("failed", (first, second), (_identity(), _identity()))
    one_view = _one_view(first.shape, second.shape)
    if first.shape == second.shape and np.array_equal(first[::97], second[::97]) and np.array_equal(first, second):
        return _Match("same", (first, second), (_identity(), _identity()))
    if min(first.shape[:2] + second.shape[:2]) < LEAST_SIDE:
        return _whole(first, second) if one_view else failed
    grey = cv2.cvtColor(first, cv2.COLOR_RGB2GRAY), cv2.cvtColor(second, cv2.COLOR_RGB2GRAY)
    guess = _Guess.of(np.asarray(grey[0]), np.asarray(grey[1]), one_view)
    if guess is None:
        return failed
    if not len(guess.centres):
        return _whole(first, second) if one_view else failed
    return _finish(first, second, guess) or failed


def _one_view(shape: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether one could be the other resized: sides in one proportion, up to rounding."""
    (h, w), (k, v) = shape[:2], other[:2]
    scale = np.sqrt(k * v / (h * w))
    return bool(scale <= LARGEST_SCALE and abs(h * v / w - k) <= 0.5 * (1 + v / w) and abs(w * k / h - v) <= 0.5 * (1 + k / h))


def _whole(first: Pixels, second: Pixels) -> _Match:
    if first.shape == second.shape:
        return _Match("same", (first, second), (_identity(), _identity()))
    height, width = first.shape[:2]
    small = cv2.resize(second, (width, height), interpolation=cv2.INTER_AREA)
    return _Match("resized", (first, np.asarray(small, np.uint8)), (_identity(), _stretch(first.shape, second.shape)))


@dataclass(frozen=True, eq=False)
class _Guess:
    """What the small copies say: grey photos, the map from the first to the second, and where to look closer."""

    grey: tuple[Pixels, Pixels]
    map: Affine
    still: bool
    centres: Affine

    @staticmethod
    def of(first: Pixels, second: Pixels, one_view: bool) -> _Guess | None:
        """The best guess, or None where the photos do not agree under any."""
        small = _thumb(first), _thumb(second, max(_thumb_size(first.shape)))
        out, back = _stretch(small[1].shape, second.shape), _stretch(first.shape, small[0].shape)
        bands = _band(small[0], 1, 4), _band(small[1], 1, 4)
        still = _stretch(small[0].shape, small[1].shape)
        agree, energy = _agreement(bands[0], bands[1], still)
        flat = (energy > TEXTURED**2).sum() < LEAST_BLOCKS
        score = agree if one_view else -1.0
        if flat and one_view:
            return _Guess((first, second), _chain(out, _chain(still, back)), True, np.empty((0, 2)))
        best, moved = still, False
        if score < AGREE or not _at_rest(*bands):
            for candidate in _candidates(small, bands):
                candidate = _refined(bands, candidate, _centres(bands, candidate), 20, 6, 2)
                found = _agreement(bands[0], bands[1], candidate)[0]
                if found > score + (0 if moved else CLEARLY):
                    best, score, moved = candidate, found, True
        if score < AGREE:
            return None
        centres = _centres(bands, best)
        scale = _stretch(small[0].shape, first.shape)
        return _Guess((first, second), _chain(out, _chain(best, back)), not moved, _apply(scale, centres))


def _thumb_size(shape: tuple[int, ...], long: int = THUMB) -> tuple[int, int]:
    shrink = min(1.0, long / max(shape[:2]))
    return max(1, round(shape[1] * shrink)), max(1, round(shape[0] * shrink))


def _thumb(grey: Pixels, long: int = THUMB) -> Pixels:
    while max(grey.shape) >= 4 * long:  # a mean of 2x2 is much faster than a fractional one
        grey = np.asarray(cv2.resize(grey, (grey.shape[1] // 2, grey.shape[0] // 2), interpolation=cv2.INTER_AREA))
    return np.asarray(cv2.resize(grey, _thumb_size(grey.shape, long), interpolation=cv2.INTER_AREA))


def _band(grey: NDArray[np.generic], fine: float, coarse: float) -> Plane:
    """Luma between two Gaussian scales (pixels)."""
    plane = np.asarray(grey, np.float32)
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), fine) - cv2.GaussianBlur(plane, (0, 0), coarse))


def _agreement(first: Plane, second: Plane, guess: Affine) -> tuple[float, Plane]:
    """The mean correlation (-1 to 1) of blocks that show structure in both, and the smaller energy of each block."""
    height, width = first.shape
    side = int(np.clip(min(height, width) // 6, 8, 32))
    rows, columns = height // side, width // side
    moved = cv2.warpAffine(second, guess, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderValue=np.nan)
    x, y = first[: rows * side, : columns * side], np.asarray(moved)[: rows * side, : columns * side]
    xx, yy, xy = (
        np.asarray(cv2.resize(p, (columns, rows), interpolation=cv2.INTER_AREA)) for p in (x * x, y * y, x * y)
    )
    energy = np.nan_to_num(np.minimum(xx, yy), nan=0.0)
    good = energy > TEXTURED**2
    if good.sum() < LEAST_BLOCKS:
        return 0.0, energy
    return float(np.mean(xy[good] / np.sqrt(xx[good] * yy[good]))), energy


def _even(band: Plane) -> Plane:
    """The band with local contrast evened out."""
    return np.asarray(band / (np.sqrt(cv2.GaussianBlur(band * band, (0, 0), 12)) + 2), np.float32)


def _phase(first: Plane, second: Plane) -> tuple[float, float]:
    window = cv2.createHanningWindow((first.shape[1], first.shape[0]), cv2.CV_32F)
    (x, y), _ = cv2.phaseCorrelate(_even(first), _even(second), window)
    return x, y


def _at_rest(first: Plane, second: Plane) -> bool:
    return first.shape != second.shape or float(np.hypot(*_phase(first, second))) < 0.6


def _candidates(small: tuple[Pixels, Pixels], bands: tuple[Plane, Plane]) -> Iterator[Affine]:
    """Maps from the first small copy to the second that are worth a try."""
    if bands[0].shape == bands[1].shape:
        x, y = _phase(*bands)
        yield np.array([[1, 0, x], [0, 1, y]])
    sift = cv2.SIFT.create(nfeatures=1500, contrastThreshold=0.02)
    seen = [sift.detectAndCompute(np.clip(_even(_band(s, 0.8, 12)) * 50 + 128, 0, 255).astype(np.uint8), None) for s in small]
    (points, words), (others, other_words) = seen
    if words is None or other_words is None or len(words) < 4 or len(other_words) < 4:
        return
    pairs = [p for p in cv2.BFMatcher(cv2.NORM_L2).knnMatch(words, other_words, k=2) if p[0].distance < 0.85 * p[1].distance]
    if len(pairs) < 4:
        return
    start = np.array([points[p[0].queryIdx].pt for p in pairs])
    end = np.array([others[p[0].trainIdx].pt for p in pairs])
    found, _ = cv2.estimateAffinePartial2D(start, end, ransacReprojThreshold=2.5, maxIters=5000, confidence=0.999)
    if found is not None and abs(found[1, 0]) < 0.12 * found[0, 0] and 0.4 < found[0, 0] < 2.5:
        yield np.asarray(found)


def _centres(bands: tuple[Plane, Plane], guess: Affine) -> Affine:
    """The places (n, 2) of the small first copy with most structure in both, spread over the picture."""
    energy = _agreement(*bands, guess)[1]
    height, width = bands[0].shape
    rows, columns = energy.shape
    side = height // rows if rows == height // (height // rows) else height / rows
    side = int(np.clip(min(height, width) // 6, 8, 32))
    places = []
    for part in np.array_split(np.arange(rows), min(4, rows)):
        for piece in np.array_split(np.arange(columns), min(5, columns)):
            zone = energy[np.ix_(part, piece)]
            y, x = np.unravel_index(int(zone.argmax()), zone.shape)
            if zone[y, x] > TEXTURED**2:
                places.append(((piece[x] + 0.5) * side - 0.5, (part[y] + 0.5) * side - 0.5))
    return np.array(places).reshape(-1, 2)
