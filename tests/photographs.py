"""Real photographs for tests, spoiled on purpose, and what is measured of them; each made once a run."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import data

from twinlens.core.types import Evidence, Pair, Photo, Verdict
from twinlens.distortions.distortion import distortions
from twinlens.features.pyramid import Pyramid
from twinlens.judgement.evidence import measure
from twinlens.runs.compare import compare_pair
from twinlens.train.examples import photo_of

Pixels = NDArray[np.uint8]
NAMES = ("astronaut", "chelsea", "coffee", "rocket")
FACE = (170, 60, 110, 130)
"""Where the astronaut's face is: x, y, width, height."""
OTHER = {"a": "b", "b": "a", "same": "same", "tie": "tie"}


@cache
def picture(name: str) -> Pixels:
    """A photograph of scikit-image, some 500 pixels wide."""
    return np.ascontiguousarray(getattr(data, name)())


@cache
def spoiled(name: str, defect: str, strength: int = 3) -> Pixels:
    """A photograph with a defect: one of those below, or else a distortion."""
    photo = picture(name).astype(np.float64)
    values = {
        "as it is": lambda: photo,
        "flat": lambda: 128 + (photo - 128) * 0.5,
        "dark": lambda: photo * 0.12,
        "bright": lambda: 255 - (255 - photo) * 0.12,
        "banded": lambda: photo // 8 * 8 + 4,
        "speckled": lambda: speckled(picture(name)),
        "one_hue": lambda: one_hue(picture(name)),
        "bleeding": lambda: bleeding(picture(name)),
        "face blurred": lambda: in_face(picture(name), spoiled(name, "blur")),
    }.get(defect, lambda: distortions()[defect](picture(name), strength))()
    return np.ascontiguousarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))


def speckled(photo: Pixels) -> Pixels:
    """The photo with coarse noise in its colours only."""
    planes = np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2YCrCb), np.float64)
    noise = np.random.default_rng(1).normal(0, 1, (*photo.shape[:2], 2))
    noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), 1.0))
    planes[..., 1:] += 16 * noise / noise.std()
    whole = np.clip(np.rint(planes), 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(whole, cv2.COLOR_YCrCb2RGB), np.uint8)


def one_hue(photo: Pixels) -> Pixels:
    """The photo with all its colours on one line from orange to blue."""
    planes = np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2YCrCb))
    planes[..., 2] = 255 - planes[..., 1]
    return np.asarray(cv2.cvtColor(planes, cv2.COLOR_YCrCb2RGB), np.uint8)


def bleeding(photo: Pixels) -> Pixels:
    """The photo with its colours blurred; the lightness stays."""
    planes = np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2YCrCb))
    planes[..., 1:] = cv2.GaussianBlur(planes[..., 1:], (0, 0), 8)
    return np.asarray(cv2.cvtColor(planes, cv2.COLOR_YCrCb2RGB), np.uint8)


def in_face(photo: Pixels, processed: Pixels) -> Pixels:
    """The photo, processed where the astronaut's face is."""
    x, y, w, h = FACE
    whole = photo.copy()
    whole[y : y + h, x : x + w] = processed[y : y + h, x : x + w]
    return whole


@cache
def photo(name: str, defect: str = "as it is", strength: int = 3) -> Photo:
    """The same as a photo."""
    return photo_of(spoiled(name, defect, strength))


@cache
def pyramid(name: str, defect: str, strength: int = 3) -> Pyramid:
    """The grid of a photograph (a) beside its spoiled self (b)."""
    return Pyramid.of(picture(name), spoiled(name, defect, strength))


@cache
def verdict(name: str, defect: str, strength: int = 3, *, swapped: bool = False) -> Verdict:
    """What the measured judge says of a photograph (a) and its spoiled self (b), or of b and a."""
    pair = Pair(name, photo(name), photo(name, defect, strength))
    outcome = compare_pair(Pair(name, pair.b, pair.a) if swapped else pair, "measured")
    assert isinstance(outcome, Verdict)
    return outcome


def evidence(pair: Pair) -> tuple[Evidence, ...]:
    """What is measured of a pair."""
    return measure(pair).evidence
