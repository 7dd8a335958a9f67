"""Discontinuity of two photos at the border of the one region where they differ.

Around it both photos are the same, and a scene goes on across a border that it does not know of: the photo
whose values inside lie further from those around is the one that was changed (Wertheimer 1923).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from twinlens.features.change_mask import changed_region
from twinlens.features.pyramid import Map, Pyramid

ROUNDING = 0.3
RING = 7
"""Cells across which the surroundings are looked at, the border cells between left out."""
FEWEST = 4
LEAST_MARGIN, EDGE_MARGIN, CERTAIN_MARGIN = 0.15, 0.5, 0.35
"""How far the squared distances from the surroundings must differ, as a share of the change, to count; how
much further where the scene itself ends at the border; and how much beyond that is certain."""
CONTINUOUS, SCENE_EDGE = 0.5, 1.0
"""Distance of the more continuous photo up to which the scene goes on at the border, from which it ends."""
RELIABLE, UNRELIABLE = 2.0, 3.5
"""The same, up to which the border is reliable, from which it is not."""
LEAST_CHROMA_RATIO, CHROMA_BIAS = 0.14, 0.8
"""Log ratio of deviations of chroma from which one photo has deeper colours; what its distance is lowered."""


def discontinuity(pyramid: Pyramid, weight: Map, planes: tuple[Map, Map]) -> tuple[float, float] | None:
    """The discontinuity of a and of b, in the planes' unit; that of the more continuous photo is 0.

    `planes` have shape (rows, columns, channels), `weight` (rows, columns). None where not one region alone
    differs, or `weight` reaches beyond it; (0, 0) where the border does not show which photo changed.
    """
    place = pyramid.cached(changed_region)
    if place is None or not ((weight > 0.5) <= (place > 0.5)).all():
        return None
    inside, around = _rings(place > 0.5)
    count = _sum(around)
    use = inside & (count >= 2)
    if np.count_nonzero(use) < FEWEST:
        return None
    mean = np.where(around[..., None], (planes[0] + planes[1]) / 2, 0)
    outside = np.stack([_sum(channel) for channel in np.moveaxis(mean, 2, 0)], axis=2)[use] / count[use, None]
    a, b = (plane[use].astype(np.float64) for plane in planes)
    change = float(((a - b) ** 2).sum())
    if change <= 0:
        return 0.0, 0.0
    spread = [float(np.sqrt(plane[place > 0.5].var(axis=0).sum() + 0.05)) for plane in planes]
    deeper = float(np.log(spread[0] / spread[1])) if planes[0].shape[2] > 1 else 0.0
    shift = CHROMA_BIAS * float(np.sign(deeper)) if abs(deeper) > LEAST_CHROMA_RATIO else 0.0
    distance_a, distance_b = (float(((side - outside) ** 2).sum()) / change for side in (a, b))
    margin = distance_a - distance_b - shift
    size = float(np.sqrt(change / len(a)) * _trust(abs(margin), min(distance_a, distance_b)))
    return (size, 0.0) if margin > 0 else (0.0, size)


def _trust(margin: float, best: float) -> float:
    """How far to trust a difference of distances, by that of the more continuous photo (0 to 1)."""
    least = LEAST_MARGIN + EDGE_MARGIN * np.clip((best - CONTINUOUS) / (SCENE_EDGE - CONTINUOUS), 0, 1)
    sure = np.clip((margin - least) / CERTAIN_MARGIN, 0, 1)
    return float(sure * np.clip((UNRELIABLE - best) / (UNRELIABLE - RELIABLE), 0, 1))


def detail_discontinuity(pyramid: Pyramid, weight: Map) -> tuple[float, float]:
    """The discontinuity of the finest detail of a and b, in natural logarithms of energy; 0 where unknown."""
    finest = pyramid.bands[0]
    a, b = (np.asarray(np.log(energy + ROUNDING)[..., None], np.float32) for energy in (finest.aa, finest.bb))
    return discontinuity(pyramid, weight, (a, b)) or (0.0, 0.0)


def _rings(place: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The cells of a place along its border, and those around it."""
    filled = place.astype(np.uint8)
    core = cv2.erode(filled, np.ones((5, 5), np.uint8), borderValue=1)
    out = cv2.dilate(filled, np.ones((3, 3), np.uint8)) == 0
    near = cv2.dilate(filled, np.ones((RING, RING), np.uint8)) > 0
    return place & (core == 0), out & near


def _sum(plane: NDArray[np.generic]) -> NDArray[np.float32]:
    size, border = (RING, RING), cv2.BORDER_CONSTANT
    return np.asarray(cv2.boxFilter(plane.astype(np.float32), -1, size, normalize=False, borderType=border))
