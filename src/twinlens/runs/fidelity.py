"""Which of two restorations is nearer to the original, by full-reference measures.

A shift of one pixel costs more PSNR than most restorations differ by, and warping changes the finest detail.
So nothing is moved here: what does not lie on the original is a failure of the kind "not-a-pair".
"""

from __future__ import annotations

import math

from twinlens.core.fidelity import Nearness, Reference
from twinlens.core.types import Failure, Favours, Pair, Photo
from twinlens.features.full_reference import LEAST_SIDE, MEASURES, Pixels
from twinlens.registration.align import align_pair, same_proportions
from twinlens.registration.resampling import resampled
from twinlens.registration.scene_match import scene_match


def fidelity(pair: Pair, original: Photo, force: bool = False) -> Reference | Failure:
    """How near each photo of a pair comes to the original, by each of `MEASURES`.

    A photo of another size, in the same proportions, is resampled to the original's, and a note says so. By
    `force` photos that do not seem to lie on the original are measured all the same, pixel by pixel.
    """
    shown: list[Pixels] = []
    notes, shape = [], original.pixels.shape
    for name, photo in (("A", pair.a), ("B", pair.b)):
        if why := _unfit(name, photo, original, force):
            return Failure("not-a-pair", f"{why}; expected both pixel on pixel")
        same = photo.pixels.shape == shape
        shown.append(photo.pixels if same else resampled(photo.pixels, shape))
        if not same:
            sizes = f"({photo.width}x{photo.height}) was resampled to the size of the original"
            notes.append(f"{name} {sizes} ({original.width}x{original.height}).")
    made = []
    for name, (measure, unit, decimals) in MEASURES.items():
        a, b = (measure(pixels, original.pixels) for pixels in shown)
        if math.isnan(a):
            notes.append(f"{name} is left out: it takes sides of {LEAST_SIDE} pixels or more.")
            continue
        one, other = round(a, decimals), round(b, decimals)
        nearer: Favours = "a" if one > other else "b" if other > one else "same"
        made.append(Nearness(name, a, b, unit, nearer))
    return Reference(original, tuple(made), tuple(notes))


def _unfit(name: str, photo: Photo, original: Photo, force: bool) -> str:
    """Why a photo cannot be measured beside the original; "" where it can."""
    if not same_proportions(photo.pixels.shape, original.pixels.shape):
        sizes = f"{name} is {photo.width}x{photo.height}, the original {original.width}x{original.height}"
        return f"{sizes}: not in the same proportions"
    if force:
        return ""
    both = Pair("", photo, original)
    if detail := scene_match(both).detail(both, name, "the original"):
        return f"{name} and the original: {detail}"
    frame = align_pair(both)
    whole = frame.a.shape in (photo.pixels.shape, original.pixels.shape)
    if whole and frame.how in ("same", "resized", "enlarged"):
        return ""
    return f"{name} {'cannot be aligned with' if frame.how == 'failed' else 'is moved against'} the original"
