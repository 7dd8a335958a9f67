"""Two renderings of one scene, brought to a common frame before anything local is compared.

Small grey copies give a first guess: nothing moved, a shift (phase correlation, Kuglin and Hines 1975), or a
similarity of matched keypoints (SIFT, Lowe 2004; RANSAC, Fischler and Bolles 1981). A guess counts only where
blocks of band-passed luma agree (normalised correlation). Patches at full resolution then measure what
displacement is left, and the simplest frame that leaves no more than 0.4 pixels is taken: the photos
as they are, a crop of both by whole pixels, one of them reduced (or, where the finer one truly holds more
detail, the other one enlarged) by a Lanczos filter, and only then a warp by
Lanczos interpolation, which changes the finest detail of the warped photo a little.

Left out: perspective, lens distortion and parallax; such pairs come out warped by their best similarity, or
failed.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import cv2
import numpy as np

from twinlens.core.types import Box, Pair, Photo
from twinlens.registration.affine import Affine, apply, fit, moved_box, scale_of, shifted, similarity, stretch
from twinlens.registration.motion import Guess, Pixels, drift, guess
from twinlens.registration.resampling import at_smaller_size, holds_more, resampled

How = Literal["same", "resized", "enlarged", "shifted", "warped", "failed"]

THUMB = 512
LEAST_SIDE = 24
TOLERANCE = 0.4
"""Pixels of displacement that are left alone."""
PHASE = 0.6
"""Pixels by which two ways of resizing a photo may differ."""
LARGEST_SCALE = 8.0
FINER = 1.1
"""A photo finer than the other by more than this factor is reduced first."""
LEAST_SHARED = 0.25
"""The least share of the smaller photo that the frame must hold."""
ALL, PART = 0.95, 0.85
"""Shares of two photos in the frame from which, and up to which, the first is a crop of the second."""
LONGEST = 32_000
"""Pixels of a side beyond which OpenCV does not warp."""
FAILED = "The photos could not be aligned: only whole-photo statistics that need no alignment are compared."


@dataclass(frozen=True, eq=False)
class Frame:
    """Two photos in one frame.

    `a` and `b` are uint8 sRGB arrays of one shape (height, width, 3), except where `how` is "failed": then
    they are the photos as they are. `to_a` and `to_b` are 3x3 matrices that take frame pixels (x, y, 1),
    centres at whole numbers, to pixels of each photo. `size_a` and `size_b` are the width and height of the
    photos.
    """

    a: Pixels
    b: Pixels
    to_a: Affine
    to_b: Affine
    how: How
    size_a: tuple[int, int]
    size_b: tuple[int, int]

    def note(self, a: str = "A", b: str = "B") -> str:
        """How the photos, called `a` and `b`, were brought together; "" where nothing was."""
        shares = {
            name: self._share(*of)
            for name, of in ((a, (self.to_a, self.size_a)), (b, (self.to_b, self.size_b)))
        }
        part, whole = sorted((a, b), key=lambda name: -shares[name])
        crop = self.how != "failed" and shares[part] >= ALL and shares[whole] <= PART
        cropped = (
            f"Photo {part} shows a part of what photo {whole} shows; that part is compared. " if crop else ""
        )
        return cropped + self._changed(a, b)

    def _share(self, to: Affine, size: tuple[int, int]) -> float:
        """The share of a photo that the frame shows."""
        shown = scale_of(to) ** 2 * self.a.shape[0] * self.a.shape[1]
        return float(shown / (size[0] * size[1]))

    def _changed(self, a: str, b: str) -> str:
        """A sentence on what was done to the photos."""
        if self.how in ("same", "failed"):
            return "" if self.how == "same" else FAILED
        size = f"{self.a.shape[1]}x{self.a.shape[0]}"
        if self.how == "shifted":
            return f"The photos are shifted against each other: {size} pixels shared by both are compared."
        changed_a = not np.allclose(self.to_a[:2, :2], np.eye(2))
        name, other = (a, b) if changed_a else (b, a)
        width, height = self.size_a if changed_a else self.size_b
        if self.how == "resized":
            return f"Photo {name} ({width}x{height}) was reduced to the scale of photo {other} ({size})."
        if self.how == "enlarged":
            return (
                f"Photo {name} ({width}x{height}) was enlarged to the scale of photo {other}, "
                f"which holds more detail: {size} pixels compared."
            )
        return (
            f"Photo {name} was warped onto photo {other}, which changes its finest detail a little: "
            f"{size} pixels compared."
        )

    @cached_property
    def identical(self) -> bool:
        """Whether both photos are equal in every pixel; a few lines are compared first."""
        return np.array_equal(self.a[::97], self.b[::97]) and np.array_equal(self.a, self.b)

    def swapped(self) -> "Frame":
        """The same with sides exchanged."""
        return Frame(self.b, self.a, self.to_b, self.to_a, self.how, self.size_b, self.size_a)

    def box_in_a(self, box: Box) -> Box:
        """The box of the frame (x, y, width, height) in pixels of photo a, clipped to it."""
        return moved_box(box, self.to_a, self.size_a)

    def box_in_b(self, box: Box) -> Box:
        """The box of the frame (x, y, width, height) in pixels of photo b, clipped to it."""
        return moved_box(box, self.to_b, self.size_b)


def align_pair(pair: Pair) -> "Frame":
    """The common frame of a pair's photos in canonical order, found once."""
    return pair.cached(align, lambda canonical: align(canonical.a, canonical.b))


def align(a: Photo, b: Photo) -> "Frame":
    """The common frame of two photos in canonical order, so that b has no fewer pixels than a.

    Displacements up to 0.4 pixels are left alone, because resampling would cost more than it gives.
    Photos without structure to measure are taken as aligned where their sizes allow it. Nothing is raised:
    photos of two scenes give `how == "failed"`.
    """
    first, second, still = a.pixels, b.pixels, np.eye(3)
    as_they_are = Frame(first, second, still, still, "same", (a.width, a.height), (b.width, b.height))
    failed = replace(as_they_are, how="failed")
    one_view = same_proportions(first.shape, second.shape)
    if as_they_are.identical:
        return as_they_are
    if min(first.shape[:2] + second.shape[:2]) < LEAST_SIDE:
        return _whole(as_they_are) if one_view else failed
    (small, to_first), (other, to_second) = _thumbs(first, second)
    if min(other.shape) < LEAST_SIDE or max(small.shape) > LONGEST:
        return _whole(as_they_are) if one_view else failed
    still = np.linalg.inv(to_second) @ stretch(first.shape, second.shape) @ to_first
    coarse = guess(small, other, still, one_view)
    if coarse is None and first.shape != second.shape:  # a crop has the scale of the whole, not its size
        (small, to_first), (other, to_second) = _thumbs(first, second, one_scale=True)
        coarse = guess(small, other, np.eye(3), False)
    if coarse is None:
        return failed
    if not len(coarse.centres) or max(first.shape + second.shape) > LONGEST:
        return failed if coarse.moved else _whole(as_they_are)
    map, centres = to_second @ coarse.map @ np.linalg.inv(to_first), apply(to_first, coarse.centres)
    full = Guess(similarity(map, centres) if coarse.moved else map, coarse.moved, centres)
    return _settled(as_they_are, full, scale_of(to_first)) or failed


def same_proportions(shape: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether one could be the other resized: sides in one proportion, up to rounding."""
    (h, w), (k, v) = shape[:2], other[:2]
    near = abs(h * v / w - k) <= 0.5 * (1 + v / w) and abs(w * k / h - v) <= 0.5 * (1 + k / h)
    return bool(near and np.sqrt(k * v / (h * w)) <= LARGEST_SCALE)


def _whole(frame: Frame) -> "Frame":
    """The pair where nothing moved: as it is, or b, never the smaller, reduced to a."""
    a, b = frame.a, frame.b
    if a.shape == b.shape:
        return frame
    a, reduced = at_smaller_size(a, b)
    return replace(frame, how="resized", a=a, b=reduced, to_b=stretch(a.shape, b.shape))


def _reduced(photo: Pixels, shape: tuple[int, ...]) -> Pixels:
    return np.asarray(cv2.resize(photo, (shape[1], shape[0]), interpolation=cv2.INTER_AREA), np.uint8)


def _thumbs(
    first: Pixels, second: Pixels, one_scale: bool = False
) -> tuple[tuple[Pixels, Affine], tuple[Pixels, Affine]]:
    """Small grey copies of about one size, or reduced alike, and the maps from them to the photos."""
    height, width = first.shape[:2]
    k = max(1, min(round(max(height, width) / THUMB), min(height, width) // LEAST_SIDE))
    if first.shape != second.shape:
        k = max(k, -(-max(second.shape[:2]) // (4 * THUMB))) if one_scale else k
        shrink = (1 if one_scale else np.sqrt(height * width / (second.shape[0] * second.shape[1]))) / k
        shape, (high, wide) = (height // k, width // k), second.shape[:2]
        other = max(1, round(high * shrink)), max(1, round(wide * shrink))
        return (_grey(first, shape), stretch(shape, first.shape)), (
            _grey(second, other), stretch(other, second.shape),
        )  # fmt: skip
    # A mean over whole squares is several times faster than a fractional one, so up to a square is cut off.
    # Of large photos every second row does: both lose the same rows.
    step = 2 if k >= 6 else 1
    k -= k % step
    shape = height // k, width // k
    maps = stretch(shape, (shape[0] * k, shape[1] * k))
    small = [_grey(p[: shape[0] * k : step, : shape[1] * k], shape) for p in (first, second)]
    return (small[0], maps), (small[1], maps)


def _grey(photo: Pixels, shape: tuple[int, int]) -> Pixels:
    small = _reduced(photo, shape) if shape != photo.shape[:2] else photo
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)


def _settled(frame: Frame, start: Guess, coarse: float) -> "Frame | None":
    """The simplest frame that a guess, good to `coarse` pixels, leads to; None where too little is shared."""
    first, second = frame.a, frame.b
    scale, phase = scale_of(start.map), PHASE
    if start.moved and scale < 1 / FINER:
        back = Guess(np.linalg.inv(start.map), True, apply(start.map, start.centres))
        other = _settled(frame.swapped(), back, coarse * scale)
        return other and other.swapped()
    if (scale > FINER or (first.shape != second.shape and not start.moved)) and holds_more(second, scale):
        whole = (round(first.shape[0] * scale), round(first.shape[1] * scale), 3)
        first = resampled(first, whole if start.moved else second.shape)
        frame = replace(frame, how="enlarged", a=first, to_a=stretch(first.shape, frame.a.shape))
        there = apply(np.linalg.inv(frame.to_a), start.centres)
        start, coarse, phase = (
            Guess(start.map @ frame.to_a, start.moved, there),
            coarse * scale,
            PHASE * scale,
        )
        scale = 1.0
    map, picture = start.map, second
    if first.shape != second.shape and not start.moved:
        first, picture = at_smaller_size(first, second)
    elif scale > FINER:
        picture = resampled(second, (round(second.shape[0] / scale), round(second.shape[1] / scale)))
    resized = picture is not second
    if resized:
        frame = replace(frame, how="resized", a=first, b=picture, to_b=stretch(picture.shape, second.shape))
        map = np.linalg.inv(frame.to_b) @ map
    map, known = _closer(first, picture, start, map, coarse)
    return _framed(
        frame, map, known, phase if frame.how in ("resized", "enlarged") and not start.moved else TOLERANCE
    )


def _closer(
    first: Pixels, second: Pixels, guessed: Guess, map: Affine, coarse: float
) -> tuple[Affine, Affine]:
    """The map corrected by patches at full resolution, and the places where it is known.

    A movement that only full resolution shows counts where it explains most of what the patches show.
    """
    start, known = map, guessed.centres
    for reach in (int(3 + coarse), 3, 3):
        where, shift, peak = drift(first, second, map, guessed.centres, reach)
        better = fit(where, shift, peak)
        if better is None:
            break
        map, known = map @ better, where
        left = np.median(np.hypot(*(apply(better, where) - where - shift).T))
        moved = np.median(np.hypot(*(apply(map, where) - apply(start, where)).T))
        if not guessed.moved and (moved <= TOLERANCE or left > min(TOLERANCE, moved / 2)):
            return start, guessed.centres
    return map, known


def _framed(frame: Frame, map: Affine, known: Affine, tolerance: float) -> "Frame | None":
    """The simplest frame that leaves no more than the tolerance at the known places."""
    there = apply(map, known)
    whole = np.round(np.median(there - known, axis=0))
    for shift in (np.zeros(2), whole):
        if np.median(np.hypot(*(there - known - shift).T)) > tolerance:
            continue
        if frame.a.shape == frame.b.shape and not shift.any():
            return frame
        return _cropped(frame, "shifted" if frame.how == "same" else frame.how, shifted(*shift))
    return _cropped(frame, "warped", map)


def _cropped(frame: Frame, how: How, map: Affine) -> "Frame | None":
    """Both pictures on the grid of a, where both have pixels; `map` takes pixels of a to those of b."""
    height, width = frame.a.shape[:2]
    bottom, right = frame.b.shape[0] - 1, frame.b.shape[1] - 1
    corners = apply(np.linalg.inv(map), np.array([[0.0, 0], [right, 0], [right, bottom], [0, bottom]]))
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners.round(6)
    left, top = int(np.ceil(max(0, x0, x3))), int(np.ceil(max(0, y0, y1)))
    wide = int(np.floor(min(width - 1, x1, x2))) - left + 1
    high = int(np.floor(min(height - 1, y2, y3))) - top + 1
    smaller = min(height * width, (bottom + 1) * (right + 1))
    if min(wide, high) < LEAST_SIDE or wide * high < LEAST_SHARED * smaller:
        return None
    at = shifted(left, top)
    there = map @ at
    x, y = (int(k) for k in there[:2, 2])
    moved = frame.b[y : y + high, x : x + wide]
    if how == "warped":
        flags, border = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP, cv2.BORDER_REPLICATE
        warped = cv2.warpAffine(frame.b, there[:2], (wide, high), flags=flags, borderMode=border)
        moved = np.asarray(warped, np.uint8)
    crop = frame.a[top : top + high, left : left + wide]
    return replace(frame, how=how, a=crop, b=moved, to_a=frame.to_a @ at, to_b=frame.to_b @ there)
