"""The step that each of two photos takes where the one region in which they differ ends.

The difference of both photos ends at a border that the scene need not have. Pairs of points close by, one on
either side of it, show in which photo that step is: of the photo as it was they differ as the scene does
there, of the changed one by the change as well.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from twinlens.features.change_mask import changed_region
from twinlens.features.clipped_tones import pixel_mask
from twinlens.features.pyramid import Map, Pyramid

APART = 4
"""How far the points of a pair lie apart, in pixels of `Pyramid.lab`."""
INSIDE, OUTSIDE = 0.5, 0.2
"""Share of the usual change from which a point is inside, and up to which it is outside."""
FEWEST = 12
LIGHTNESS, COLOR = slice(0, 1), slice(1, 3)
"""Of CIELAB."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class BorderStep:
    """What changes across the border: `size` is the root mean square of the change there, in ΔE*ab or L*.

    `margin` is how much more of a's steps than of b's is of the change: about 1 where a was changed, -1 where
    b was. `rest` is the mean square step of the photo that goes on better, as a share of the change's.
    """

    size: float
    margin: float
    rest: float
    points: int


def border_step(pyramid: Pyramid, weight: Map, channels: slice) -> BorderStep | None:
    """The step of some channels of CIELAB along the border of a place (rows, columns; 0 to 1).

    None where not one region alone differs, the place reaches beyond it, or has none of its border.
    """
    place, borders = pyramid.cached(changed_region), pyramid.cached(_inside_and_outside)
    if place is None or borders is None or not ((weight > 0.5) <= (place > 0.5)).all():
        return None
    inside, outside = borders
    inside = inside & _enlarged(weight > 0.5, inside.shape)
    a, b = (np.asarray(cv2.blur(photo, (3, 3))[..., channels], np.float32) for photo in pyramid.lab)
    own, other = (_across(photo, inside, outside).astype(np.float64) for photo in (a, b))
    total = float(((own - other) ** 2).sum())
    if len(own) < FEWEST or total <= 0:
        return None
    both = [float((step**2).sum()) for step in (own, other)]
    return BorderStep((total / len(own)) ** 0.5, (both[0] - both[1]) / total, min(both) / total, len(own))


def _across(photo: Map, inside: Mask, outside: Mask) -> Map:
    """A photo's differences (pairs, channels) of points inside from points outside, down and across."""
    made = []
    for axis in (0, 1):
        values, within, beyond = np.moveaxis(photo, axis, 0), inside, outside
        if axis:
            within, beyond = within.T, beyond.T
        before, after = slice(None, -APART), slice(APART, None)
        for here, there in ((before, after), (after, before)):
            use = within[here] & beyond[there]
            made.append(values[here][use] - values[there][use])
    return np.concatenate(made)


def _inside_and_outside(pyramid: Pyramid) -> tuple[Mask, Mask] | None:
    """Which pixels of `Pyramid.lab` by the border of the one place that differs are in it, and which not."""
    place = pyramid.cached(changed_region)
    if place is None:
        return None
    a, b = pyramid.lab
    change = cv2.blur(np.sqrt(((a - b) ** 2).sum(axis=2)), (3, 3))
    usual = float(np.median(change[pixel_mask(pyramid, place)]))
    inside = _enlarged(place > 0.5, change.shape) & (change > INSIDE * usual)
    closed = cv2.morphologyEx(inside.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)) > 0
    return closed, ~closed & (change < OUTSIDE * usual)


def _enlarged(place: Mask, shape: tuple[int, ...]) -> Mask:
    """A place of cells, and a cell about it, in pixels of `Pyramid.lab`."""
    wider = cv2.dilate(place.astype(np.uint8), np.ones((3, 3), np.uint8))
    return np.asarray(cv2.resize(wider, shape[1::-1], interpolation=cv2.INTER_NEAREST), bool)
