"""Where the content of one picture lies in another: a guess, and how far it is off.

Arrays in, maps (see affine.py) from the first picture to the second out. Everything here is deterministic.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product

import cv2
import numpy as np
from numpy.typing import NDArray

from twinlens.registration.affine import Affine, fit, scale_of, shifted

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]

AGREE = 0.3
"""The least mean absolute correlation of blocks at which two pictures show one scene at rest."""
AGREE_MOVED = 0.4
"""The same after a movement, which is chosen to agree best: reflections in water reach 0.31."""
COARSELY = 0.45
"""The same for tiny copies of the whole pictures, sign kept."""
LOST = 0.7
"""Tiny copies count only where one picture has less than this share of the other's fine contrast."""
CLEARLY = 0.03
"""How much better than 'nothing moved' a movement must agree."""
LEAST_BLOCKS = 5
TEXTURED = 0.7
"""Standard deviation of band-passed luma (code values) below which a block shows nothing."""
FINE, COARSE = 1.0, 4.0
"""Gaussian scales (pixels) between which luma is compared."""
MARGIN = 8
LEAST_PEAK = 0.5
AT_REST = 0.2
"""Pixels of a small picture below which a movement is left to full resolution."""
LARGEST_TURN = 0.12
"""Radians beyond which a turn is not tried."""
LARGEST_ZOOM = 2.5


def band(grey: NDArray[np.generic]) -> Plane:
    """Luma (height, width) between the two Gaussian scales: a difference of Gaussians, in code values."""
    plane = np.asarray(grey, np.float32)
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), FINE) - cv2.GaussianBlur(plane, (13, 13), COARSE))


@dataclass(frozen=True, eq=False)
class Guess:
    """A map between two small pictures, and the places (n, 2) of the first where it can be checked best."""

    map: Affine
    moved: bool
    centres: Affine


def guess(first: Pixels, second: Pixels, still: Affine, one_view: bool) -> Guess | None:
    """The map between two small uint8 grey pictures (height, width); None where they agree under none.

    `still` is the map if nothing moved; it is only trusted where `one_view` says the sizes allow it. Two
    pictures without structure agree, and there is no place to check.

    >>> flat = np.full((64, 64), 128, np.uint8)
    >>> guess(flat, flat, np.eye(3), one_view=True).moved
    False
    """
    bands = band(first), band(second)
    textured = [_textured(b) for b in bands]
    if not any(textured):
        return Guess(still, False, np.empty((0, 2))) if one_view else None
    if not all(textured):
        return None
    score = agreement(*bands, still) if one_view else 0.0
    best, at_rest = still, places(*bands, still)
    for start in [still] if score >= AGREE else _candidates(bands):
        closer = _closer(bands, start, at_rest if start is still else places(*bands, start))
        reached = score if closer is still else agreement(*bands, closer)
        if reached >= max(AGREE_MOVED, score + CLEARLY):
            best, score = closer, reached
    if score >= AGREE:
        return Guess(best, best is not still, at_rest if best is still else places(*bands, best))
    detail = sorted(float(b.std()) for b in bands)
    if one_view and detail[0] < LOST * detail[1] and _coarsely_still(first, second):
        return Guess(still, False, np.empty((0, 2)))
    return None


def _coarsely_still(first: Pixels, second: Pixels, reach: int = 8) -> bool:
    """Whether tiny copies agree best where nothing moved, for a photo compressed beyond all detail."""
    side = 96
    if min(first.shape + second.shape) < side:
        return False
    shrink = side / min(first.shape)
    size = round(first.shape[1] * shrink), round(first.shape[0] * shrink)
    one, two = (_even(band(cv2.resize(p, size, interpolation=cv2.INTER_AREA))) for p in (first, second))
    match = np.asarray(cv2.matchTemplate(two, one[reach:-reach, reach:-reach], cv2.TM_CCOEFF_NORMED))
    y, x = divmod(int(match.argmax()), match.shape[1])
    return bool(max(abs(y - reach), abs(x - reach)) <= 1 and match[y, x] > COARSELY)


def _closer(bands: tuple[Plane, Plane], map: Affine, centres: Affine) -> Affine:
    """The map after two rounds of block matching, about centres that both planes show under it.

    The map itself where blocks rest or cannot be matched.
    """
    for reach in (10, 4):
        where, shift, peak = _drift_planes(bands, map, centres, reach)
        better = fit(where, shift, peak)
        if better is None or np.median(np.hypot(*shift.T)) < AT_REST:
            break
        map = map @ better
        if reach == 10:
            centres = places(*bands, map)
    return map


def _blocks(plane: Plane) -> int:
    return int(np.clip(min(plane.shape) // 6, 8, 32))


def _pool(plane: Plane) -> Plane:
    side = _blocks(plane)
    rows, columns = plane.shape[0] // side, plane.shape[1] // side
    whole = plane[: rows * side, : columns * side]
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA))


def _textured(plane: Plane) -> bool:
    return int((_pool(plane * plane) > TEXTURED**2).sum()) >= LEAST_BLOCKS


def _moved(second: Plane, map: Affine, shape: tuple[int, ...]) -> Plane:
    """The second plane on the first one's grid; zero outside."""
    if second.shape == shape and np.array_equal(map, np.eye(3)):
        return second
    size = (shape[1], shape[0])
    return np.asarray(cv2.warpAffine(second, map[:2], size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP))


def agreement(first: Plane, second: Plane, map: Affine) -> float:
    """The mean absolute correlation (0 to 1) of blocks with structure in both band-passed planes."""
    moved = _moved(second, map, first.shape)
    xx, yy, xy = _pool(first * first), _pool(moved * moved), _pool(first * moved)
    good = np.minimum(xx, yy) > TEXTURED**2
    if good.sum() < LEAST_BLOCKS:
        return 0.0
    return float(np.mean(np.abs(xy[good]) / np.sqrt(xx[good] * yy[good])))


def places(first: Plane, second: Plane, map: Affine, rows: int = 4, columns: int = 4) -> Affine:
    """Corners that both planes show, at most one in each zone of the picture: shape (n, 2), x and y."""
    height, width = first.shape
    edge = 8
    both = [cv2.cornerMinEigenVal(p, 7) for p in (first, _moved(second, map, first.shape))]
    strength = cv2.min(*both)[edge : height - edge, edge : width - edge]
    corners = []
    tops, lefts = (
        pairwise(length * k // parts for k in range(parts + 1))
        for length, parts in zip(strength.shape, (rows, columns), strict=True)
    )
    for (top, bottom), (left, right) in product(tops, lefts):
        zone = strength[top:bottom, left:right]
        y, x = divmod(int(zone.argmax()), zone.shape[1]) if zone.size else (0, 0)
        if zone.size and zone[y, x] > 0:
            corners.append((x + left + edge, y + top + edge))
    return np.array(corners, np.float64).reshape(-1, 2)


def _candidates(bands: tuple[Plane, Plane]) -> Iterator[Affine]:
    """Maps from the first small picture to the second worth a try: a shift, and matched keypoints."""
    even = [_even(b) for b in bands]
    height, width = (min(even[0].shape[k], even[1].shape[k]) for k in (0, 1))
    window = cv2.createHanningWindow((width, height), cv2.CV_32F)
    (x, y), _ = cv2.phaseCorrelate(even[0][:height, :width], even[1][:height, :width], window)
    yield shifted(x, y)
    sift = cv2.SIFT.create(nfeatures=1500, contrastThreshold=0.02)
    seen = [sift.detectAndCompute(np.clip(e * 50 + 128, 0, 255).astype(np.uint8), None) for e in even]
    (points, words), (others, other_words) = seen
    if words is None or other_words is None or min(len(words), len(other_words)) < 8:
        return
    nearest = cv2.BFMatcher(cv2.NORM_L2).knnMatch(words, other_words, k=2)
    pairs = [p for p in nearest if p[0].distance < 0.85 * p[1].distance]
    if len(pairs) < 8:
        return
    start = np.array([points[p[0].queryIdx].pt for p in pairs])
    end = np.array([others[p[0].trainIdx].pt for p in pairs])
    options = {"ransacReprojThreshold": 2.5, "maxIters": 5000, "confidence": 0.999}
    similar = cv2.estimateAffinePartial2D(start, end, **options)[0]  # type: ignore[call-overload]
    if similar is None:
        return
    map = np.vstack([similar, [0, 0, 1]])
    if abs(np.arctan2(*map[1::-1, 0])) < LARGEST_TURN and 1 / LARGEST_ZOOM < scale_of(map) < LARGEST_ZOOM:
        yield map


def _even(plane: Plane) -> Plane:
    """The band with local contrast evened out."""
    return np.asarray(plane / (np.sqrt(cv2.GaussianBlur(plane * plane, (0, 0), 8)) + 2), np.float32)


Drift = tuple[Affine, Affine, NDArray[np.float64]]
"""Places (n, 2) of the first picture, how far off the map it lies (n, 2), and peak correlations."""


def _drift_planes(bands: tuple[Plane, Plane], map: Affine, centres: Affine, reach: int) -> Drift:
    """The drift of blocks of small band-passed planes."""
    first, second = bands[0], _moved(bands[1], map, bands[0].shape)
    height, width = first.shape
    side, patches = 48, []
    for x, y in centres.astype(int):
        top, left = max(reach, y - side // 2), max(reach, x - side // 2)
        bottom, right = min(height - reach, y + side // 2), min(width - reach, x + side // 2)
        if min(bottom - top, right - left) >= 12:
            target = second[top - reach : bottom + reach, left - reach : right + reach]
            middle = (left + right - 1) / 2, (top + bottom - 1) / 2
            patches.append((*middle, first[top:bottom, left:right], target))
    return _measured(patches, reach)


def drift(first: Pixels, second: Pixels, map: Affine, centres: Affine, reach: int, side: int = 64) -> Drift:
    """The drift of patches of two uint8 RGB photos at full resolution, looked for within `reach` pixels."""
    height, width = first.shape[:2]
    size = min(side + 2 * (reach + MARGIN), height, width)
    cut = reach + MARGIN
    cut = max(reach, (size - 12) // 2) if size - 2 * cut < 12 else cut
    inner, outer = slice(cut, size - cut), slice(cut - reach, size - cut + reach)
    patches = []
    for x, y in centres:
        left, top = int(np.clip(x - size / 2, 0, width - size)), int(np.clip(y - size / 2, 0, height - size))
        at, half = shifted(left, top), (size - 1) / 2
        one, two = _patch(first, at, size), _patch(second, map @ at, size)
        patches.append((left + half, top + half, one[inner, inner], two[outer, outer]))
    return _measured(patches, reach)


def _measured(patches: list[tuple[float, float, Plane, Plane]], reach: int) -> Drift:
    """The drift of patches, each given by its middle (x, y), its template, and where that is looked for."""
    peaks = [(x, y, _peak(template, target, reach)) for x, y, template, target in patches]
    table = np.array([(x, y, *peak) for x, y, peak in peaks if peak], np.float64).reshape(-1, 5)
    return table[:, :2], table[:, 2:4], table[:, 4]


def _patch(photo: Pixels, map: Affine, size: int) -> Plane:
    """Band-passed luma of a square of the photo; `map` takes pixels of the square to the photo."""
    flags, border = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, cv2.BORDER_REPLICATE
    colour = cv2.warpAffine(photo, map[:2], (size, size), flags=flags, borderMode=border)
    return band(np.asarray(cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY)))


def _peak(template: Plane, target: Plane, reach: int) -> tuple[float, float, float] | None:
    """Where the template lies in the target (dx, dy from its middle) and the correlation there, either sign.

    None where one is flat or the peak is weak or at the border, which says nothing.
    """
    if min(float(cv2.meanStdDev(plane)[1].item()) for plane in (template, target)) < TEXTURED:
        return None
    match = np.abs(np.asarray(cv2.matchTemplate(target, template, cv2.TM_CCOEFF_NORMED)))
    y, x = divmod(int(match.argmax()), match.shape[1])
    if not (0 < y < 2 * reach and 0 < x < 2 * reach) or match[y, x] < LEAST_PEAK:
        return None
    dx, dy = _vertex(*match[y, x - 1 : x + 2]), _vertex(*match[y - 1 : y + 2, x])
    return x - reach + dx, y - reach + dy, float(match[y, x])


def _vertex(before: float, here: float, after: float) -> float:
    """Where the parabola through three samples peaks, -0.5 to 0.5."""
    bend = before - 2 * here + after
    return float((before - after) / (2 * bend)) if bend < 0 else 0.0
