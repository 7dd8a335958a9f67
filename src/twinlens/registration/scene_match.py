"""Whether two photos show one scene, and upright: small copies are correlated in all eight orientations.

Luma is brought to one small square, whatever the photo's proportions, so that a turned photo stays one;
band-passed, and its local contrast evened out, so that exposure, colours, noise and blur hardly count. The
correlation of two such squares at rest is then given in standard deviations of the correlations at all
circular shifts in all orientations, which is what unrelated structure reaches (a peak-to-sidelobe ratio).
Photos that do not lie on each other so may still align by `registration.align`: a crop is a pair. A photo
without any structure, such as a black one, is taken for a damaged photo of the scene, since nothing can show
otherwise.
"""

from dataclasses import dataclass, replace
from typing import Literal, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from twinlens.core.types import Pair, Photo
from twinlens.registration.align import align_pair

Number = TypeVar("Number", bound=np.generic)
Square = NDArray[np.float32]
Relation = Literal["pair", "turned", "different", "too small"]

LEAST_SIDE = 32
"""Pixels of a photo's shorter side below which it is too small to show a scene."""
SIDE = 128
"""Pixels of the squares that are correlated."""
FINE, COARSE, AROUND = 1.0, 4.0, 8.0
"""Gaussian scales, in pixels of the squares, of the band and of what is local."""
UPRIGHT = 7.0
"""The least correlation at rest, in standard deviations, of one scene; 3,000 pairs of others reached 6.4."""
ROTATED = 8.0
"""The same of another orientation, of which there are seven."""
MOVED = 9.0
"""The same at any shift: 400 pairs of others reached 7.8."""
SYMMETRIC = 1.1
"""How many times better than as it is a photo must lie in another orientation, for symmetric scenes."""
STRUCTURED, BLURRED = 0.1, 0.06
"""The least share of a square with a band of one code value, and its least contrast by that of the luma."""


@dataclass(frozen=True)
class SceneMatch:
    """How the photos of a pair, a and b, are related.

    `orientation` is what brings b upright (see `oriented`): 0 where it stands as a does.
    """

    relation: Relation
    orientation: int = 0

    def detail(self, pair: Pair, a: str = "A", b: str = "B") -> str:
        """What the photos, called `a` and `b`, are to each other, in words; "" of a pair.

        >>> SceneMatch("turned", 5).detail(None)
        'B is A mirrored and turned by 90° clockwise'
        """
        if self.relation == "too small":
            sizes = [
                f"{name} is {photo.width}x{photo.height}"
                for name, photo in ((a, pair.a), (b, pair.b))
                if _too_small(photo)
            ]
            least = f"expected a shorter side of at least {LEAST_SIDE} pixels"
            return f"too small to show the scene: {', '.join(sizes)}; {least}"
        if self.relation == "different":
            return "two different scenes"
        mirrored, quarters = divmod(self.orientation, 4)
        degrees = f"turned by {90 * quarters}°{'' if quarters == 2 else ' clockwise'}" if quarters else ""
        words = " and ".join(filter(None, ("mirrored" if mirrored else "", degrees)))
        return f"{b} is {a} {words}" if words else ""


def scene_match(pair: Pair) -> SceneMatch:
    """How the photos of a pair are related; computed once for both orders of its photos.

    The 13.8 MP of two photos take some 20 ms; photos of two scenes, or moved ones, also take an alignment.
    """
    canonical: SceneMatch = pair.cached(scene_match, _match)
    return replace(canonical, orientation=_inverse(canonical.orientation)) if pair.mirrored else canonical


def oriented(pixels: NDArray[Number], orientation: int) -> NDArray[Number]:
    """A picture (height, width, …) turned counter-clockwise by so many quarters, from 4 on then mirrored.

    >>> oriented(np.array([[1, 2]]), 5).tolist()
    [[2], [1]]
    """
    rotated = np.rot90(pixels, orientation % 4)
    return rotated[:, ::-1] if orientation >= 4 else rotated


def _inverse(orientation: int) -> int:
    """What undoes an orientation; one with a mirror undoes itself."""
    return orientation if orientation >= 4 else -orientation % 4


def _too_small(photo: Photo) -> bool:
    return min(photo.width, photo.height) < LEAST_SIDE


def _match(pair: Pair) -> SceneMatch:
    """The relation of two photos in canonical order."""
    if _too_small(pair.a) or _too_small(pair.b):
        return SceneMatch("too small")
    (first, structured), (second, other_structured) = (_square(photo.pixels) for photo in (pair.a, pair.b))
    rest, anywhere = _correlations(first, second)
    if (best := int(rest.argmax())) and rest[best] >= max(ROTATED, SYMMETRIC * rest[0]):
        return SceneMatch("turned", best)
    if rest[0] >= UPRIGHT or not (structured and other_structured):
        return SceneMatch("pair")
    if anywhere[0] >= MOVED or align_pair(pair).how != "failed":
        return SceneMatch("pair")
    best = int(anywhere.argmax())
    return SceneMatch("turned", best) if anywhere[best] >= MOVED else SceneMatch("different")


def _square(pixels: NDArray[np.uint8]) -> tuple[Square, bool]:
    """The evened band of a photo (height, width, 3) on a square, and whether it holds any structure."""
    step = max(1, min(pixels.shape[:2]) // (4 * SIDE))
    how = cv2.INTER_AREA if min(pixels.shape[:2]) >= SIDE else cv2.INTER_LINEAR
    small = cv2.resize(np.ascontiguousarray(pixels[::step, ::step]), (SIDE, SIDE), interpolation=how)
    luma = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.float32)
    band = cv2.GaussianBlur(luma, (0, 0), FINE) - cv2.GaussianBlur(luma, (0, 0), COARSE)
    contrast = np.sqrt(cv2.GaussianBlur(band * band, (0, 0), AROUND))
    window = np.asarray(cv2.createHanningWindow((SIDE, SIDE), cv2.CV_32F))  # the square root of a Hann window
    even = band / (contrast + 1) * window
    sharp = float(contrast.mean()) >= BLURRED * float(luma.std())
    return np.asarray(even - even.mean(), np.float32), sharp and bool((contrast > 1).mean() >= STRUCTURED)


def _correlations(first: Square, second: Square) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The absolute correlation in each of eight orientations, at rest (within a pixel) and at any shift.

    In standard deviations over all shifts and orientations; 0 where either square is flat.
    """
    spectrum, flags = cv2.dft(first), cv2.DFT_INVERSE | cv2.DFT_SCALE
    others = (cv2.dft(np.ascontiguousarray(oriented(second, k))) for k in range(8))
    products = (cv2.mulSpectrums(spectrum, other, 0, conjB=True) for other in others)
    surfaces = np.abs([cv2.dft(product, flags=flags) for product in products])
    deviation = max(float(np.sqrt(np.mean(surfaces * surfaces, dtype=np.float64))), 1e-12)
    near = np.arange(-1, 2)
    rest = surfaces[:, near[:, None], near].max(axis=(1, 2))
    return rest / deviation, surfaces.max(axis=(1, 2)) / deviation
