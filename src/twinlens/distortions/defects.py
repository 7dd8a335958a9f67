"""Defects put into a photo on purpose, so that what a judge should find there is known.

Each defect takes uint8 sRGB pixels (height, width, 3) and a strength from 1 (slight) to 3 (strong) and
returns pixels of the same shape. Lengths are in pixels of a photo of 2048 pixels on its long side and grow
with it. `DEFECTS` are for tuning, `UNSEEN` are other processing of the same families, kept aside for
reporting.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Process = Callable[[Pixels, int], Pixels]


@dataclass(frozen=True)
class Defect:
    """A kind of damage: how it is made, and the aspects under which an expert may name it."""

    name: str
    make: Process
    aspects: frozenset[str]


def local(photo: Pixels, processed: Pixels, mask: NDArray[np.float32]) -> Pixels:
    """The processed photo where `mask` (height, width; 0 to 1) is 1, the original elsewhere."""
    weight = mask[..., None]
    return _bytes(photo * (1 - weight) + processed * weight)


def _bytes(values: NDArray[Any]) -> Pixels:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


def _scale(photo: Pixels) -> float:
    return float(max(photo.shape[:2])) / 2048


def _random(photo: Pixels) -> np.random.Generator:
    return np.random.default_rng(int(photo[:: max(1, photo.shape[0] // 64)].sum()))


def blur(photo: Pixels, strength: int) -> Pixels:
    """Gaussian defocus."""
    sigma = (0.9, 1.8, 3.5)[strength - 1] * max(0.5, _scale(photo))
    return np.asarray(cv2.GaussianBlur(photo, (0, 0), sigma))


def motion(photo: Pixels, strength: int) -> Pixels:
    """Camera shake along one direction."""
    length = max(3, round((5, 9, 17)[strength - 1] * _scale(photo)))
    kernel = np.zeros((length, length), np.float32)
    cv2.line(kernel, (0, length // 4), (length - 1, length - 1 - length // 4), 1.0, 1)
    return np.asarray(cv2.filter2D(photo, -1, kernel / kernel.sum()))


def noise(photo: Pixels, strength: int) -> Pixels:
    """White Gaussian noise in all three channels."""
    sigma = (4, 9, 18)[strength - 1]
    return _bytes(photo + _random(photo).normal(0, sigma, photo.shape))


def grain(photo: Pixels, strength: int) -> Pixels:
    """Coarse luminance grain, stronger in the shadows."""
    plane = _random(photo).normal(0, 1, photo.shape[:2]).astype(np.float32)
    plane = np.asarray(cv2.GaussianBlur(plane, (0, 0), 0.8))
    plane *= (4, 8, 16)[strength - 1] / plane.std()
    light = photo.mean(axis=2) / 255
    return _bytes(photo + (plane * (1.3 - 0.8 * light))[..., None])


def halo(photo: Pixels, strength: int) -> Pixels:
    """Unsharp masking with a wide radius."""
    soft = np.asarray(cv2.GaussianBlur(photo, (0, 0), 4.0 * max(0.4, _scale(photo)))).astype(np.float32)
    return _bytes(photo + (0.5, 1.0, 2.0)[strength - 1] * (photo.astype(np.float32) - soft))


def ringing(photo: Pixels, strength: int) -> Pixels:
    """Narrow over-sharpening, as by a camera's own."""
    soft = np.asarray(cv2.GaussianBlur(photo, (0, 0), 1.8 * max(0.6, _scale(photo)))).astype(np.float32)
    return _bytes(photo + (0.9, 1.8, 3.5)[strength - 1] * (photo.astype(np.float32) - soft))


def jpeg(photo: Pixels, strength: int) -> Pixels:
    """Heavy JPEG compression."""
    return _encoded(photo, ".jpg", [cv2.IMWRITE_JPEG_QUALITY, (35, 18, 8)[strength - 1]])


def webp(photo: Pixels, strength: int) -> Pixels:
    """Heavy WebP compression."""
    return _encoded(photo, ".webp", [cv2.IMWRITE_WEBP_QUALITY, (25, 8, 1)[strength - 1]])


def _encoded(photo: Pixels, kind: str, options: list[int]) -> Pixels:
    _, data = cv2.imencode(kind, cv2.cvtColor(photo, cv2.COLOR_RGB2BGR), options)
    decoded = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)


def smear(photo: Pixels, strength: int) -> Pixels:
    """A denoiser gone too far: bilateral filtering that keeps edges and wipes texture."""
    passes, tone = ((1, 25), (2, 40), (3, 60))[strength - 1]
    for _ in range(passes):
        photo = np.asarray(cv2.bilateralFilter(photo, 9, tone, 4.0 * max(0.6, _scale(photo))))
    return photo


def paint(photo: Pixels, strength: int) -> Pixels:
    """Median filtering: the water-colour look."""
    size = max(3, round((3, 7, 11)[strength - 1] * max(0.5, _scale(photo))) // 2 * 2 + 1)
    return np.asarray(cv2.medianBlur(photo, size))


def clipping(photo: Pixels, strength: int) -> Pixels:
    """Highlights pushed to white by gain."""
    return _bytes(photo * np.float32((1.25, 1.5, 2.0)[strength - 1]))


def crushing(photo: Pixels, strength: int) -> Pixels:
    """Shadows pushed to black."""
    low = (20, 40, 70)[strength - 1]
    return _bytes((photo.astype(np.float32) - low) * (255 / (255 - low)))


def cast(photo: Pixels, strength: int) -> Pixels:
    """A warm cast by white-balance gains."""
    k = (0.06, 0.12, 0.22)[strength - 1]
    return _bytes(photo * np.array([1 + k, 1, 1 - k], np.float32))


def tint(photo: Pixels, strength: int) -> Pixels:
    """A green cast in the middle tones."""
    k = (6, 13, 24)[strength - 1]
    light = photo.mean(axis=2, keepdims=True) / 255
    return _bytes(photo + 4 * light * (1 - light) * np.array([-k / 2, k, -k / 2], np.float32))


def gray_out(photo: Pixels, strength: int) -> Pixels:
    """Colour drained away."""
    return _saturated(photo, (0.7, 0.45, 0.15)[strength - 1])


def oversaturate(photo: Pixels, strength: int) -> Pixels:
    """Colour pushed until it shouts."""
    return _saturated(photo, (1.4, 1.8, 2.6)[strength - 1])


def _saturated(photo: Pixels, factor: float) -> Pixels:
    grey = np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), np.float32)[..., None]
    return _bytes(grey + factor * (photo - grey))


def _defects(*listed: tuple[str, Process, str]) -> tuple[Defect, ...]:
    return tuple(Defect(name, make, frozenset(aspects.split())) for name, make, aspects in listed)


DEFECTS = _defects(
    ("blur", blur, "sharpness texture"),
    ("noise", noise, "noise"),
    ("halo", halo, "artifacts realism sharpness"),
    ("jpeg", jpeg, "artifacts texture"),
    ("smear", smear, "texture sharpness realism artifacts"),
    ("clipping", clipping, "exposure"),
    ("cast", cast, "color"),
    ("gray_out", gray_out, "color"),
    ("oversaturate", oversaturate, "color"),
)
UNSEEN = _defects(
    ("motion", motion, "sharpness texture"),
    ("grain", grain, "noise"),
    ("ringing", ringing, "artifacts realism sharpness"),
    ("webp", webp, "artifacts texture sharpness"),
    ("paint", paint, "texture sharpness realism artifacts"),
    ("crushing", crushing, "exposure"),
    ("tint", tint, "color"),
)
