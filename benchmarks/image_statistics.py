"""Fifty plain numbers about a photo, and two blind quality measures of other packages, for baselines.

The numbers know nothing of what people like: energies of octave bands, local contrasts, tones, clipped shares, colours.
Lightness and colour are CIELAB (L* 0 to 100).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from pypiqe import piqe
from skimage.measure import blur_effect

from twinlens.distortions.distortion import Pixels

Plane = NDArray[np.float32]
LEAST = 0.01
"""Added before a logarithm, in units of L*: about a tenth of what 8 bits can hold."""


def numbers(photo: Pixels) -> dict[str, float]:
    """The fifty numbers of sRGB pixels (height, width, 3), by name."""
    lab = cv2.cvtColor(photo.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    light, red_green, yellow_blue = (np.ascontiguousarray(lab[..., k]) for k in range(3))
    return {
        **dict(detail(light)),
        **{f"colour_band_{k}": log(rms(bands)) for k, bands in enumerate(zip(octaves(red_green, 5), octaves(yellow_blue, 5), strict=True))},
        **dict(local_contrast(light)),
        **{f"local_colour_{size}": log(float(cv2.magnitude(spread_in(red_green, size), spread_in(yellow_blue, size)).mean())) for size in (21, 51)},
        **dict(tones(light)),
        **dict(colours(photo, red_green, yellow_blue)),
        **dict(flaws(light)),
    }  # fmt: skip


def log(value: float) -> float:
    return float(np.log(value + LEAST))


def rms(planes: tuple[Plane, ...]) -> float:
    return float(np.sqrt(sum(float(np.mean(plane * plane)) for plane in planes)))


def quantiles(plane: Plane, percent: Sequence[int]) -> list[float]:
    """Quantiles of values from 0 to 150, to 0.01."""
    below = np.cumsum(np.histogram(plane, 15_000, (0, 150))[0]) / plane.size
    return [float(np.searchsorted(below, share / 100)) / 100 for share in percent]


def octaves(plane: Plane, count: int) -> Iterator[Plane]:
    """The octave bands of a plane, the finest first, each at its own size (Burt and Adelson 1983)."""
    for _ in range(count):
        small = cv2.pyrDown(plane)
        yield plane - cv2.pyrUp(small, dstsize=plane.shape[::-1])
        plane = small


def spread_in(plane: Plane, size: int) -> Plane:
    """The standard deviation in a square about each pixel."""
    mean, square = (cv2.blur(values, (size, size)) for values in (plane, plane * plane))
    return np.asarray(np.sqrt(np.maximum(square - mean * mean, 0)), np.float32)


def detail(light: Plane) -> Iterator[tuple[str, float]]:
    """How much there is in each band of lightness, and in its middle pixel."""
    for k, band in enumerate(octaves(light, 7)):
        yield f"band_{k}", log(rms((band,)))
        if k < 4:
            yield f"middle_of_band_{k}", log(quantiles(np.abs(band), (50,))[0])
        if k == 0:
            square = band * band
            yield "peaks_of_band_0", float(np.mean(square * square) / (square.mean() ** 2 + LEAST**4))
    slope = cv2.magnitude(cv2.Sobel(light, -1, 1, 0), cv2.Sobel(light, -1, 0, 1)) / 8
    yield "slope", log(float(slope.mean()))
    yield "steep", float((slope > 5).mean())


def local_contrast(light: Plane) -> Iterator[tuple[str, float]]:
    """How much differs between Gaussians of so many pixels and of twice as many."""
    small = cv2.resize(light, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    for sigma in (1, 2, 4, 8):
        near, wide = (np.asarray(cv2.GaussianBlur(small, (0, 0), k * sigma), np.float32) for k in (1, 2))
        yield f"local_contrast_{4 * sigma}", log(rms((near - wide,)))


def tones(light: Plane) -> Iterator[tuple[str, float]]:
    """Where the lightness lies."""
    shares = (1, 10, 25, 50, 75, 90, 99)
    yield from (
        (f"light_{share}%", value) for share, value in zip(shares, quantiles(light, shares), strict=True)
    )
    yield "light", float(light.mean())
    yield "light_spread", float(light.std())
    away = (light - light.mean()) / (light.std() + LEAST)
    yield "light_skew", float(np.mean(away * away * away))
    share = np.histogram(light, 100, (0, 100))[0] / light.size
    yield "light_entropy", float(-np.sum(share[share > 0] * np.log2(share[share > 0])))
    yield "white", float((light > 95).mean())
    yield "black", float((light < 5).mean())


def colours(photo: Pixels, red_green: Plane, yellow_blue: Plane) -> Iterator[tuple[str, float]]:
    """How much colour, which, and how much is clipped; colourfulness after Hasler and Süsstrunk 2003."""
    chroma = np.asarray(cv2.magnitude(red_green, yellow_blue), np.float32)
    yield "chroma", float(chroma.mean())
    yield "chroma_spread", float(chroma.std())
    yield "chroma_90%", quantiles(chroma, (90,))[0]
    yield "red", float(red_green.mean())
    yield "yellow", float(yellow_blue.mean())
    yield "away_from_grey", float(np.hypot(red_green.mean(), yellow_blue.mean()))
    red, green, blue = (photo[..., k].astype(np.float32) for k in range(3))
    first, second = red - green, (red + green) / 2 - blue
    spreads, means = np.hypot(first.std(), second.std()), np.hypot(first.mean(), second.mean())
    yield "colourfulness", float(spreads + 0.3 * means)
    top, low = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue)
    yield "saturation", float(np.mean((top - low) / np.maximum(top, 1)))
    yield "clipped_highlights", float((top >= 254).mean())
    yield "clipped_shadows", float((top <= 2).mean())


def flaws(light: Plane) -> Iterator[tuple[str, float]]:
    """Noise (Immerkær 1996), and steps at the borders of blocks of 8 pixels."""
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    yield "noise", log(float(np.abs(cv2.filter2D(light, -1, kernel)).mean() * np.sqrt(np.pi / 2) / 6))
    across, down = np.abs(np.diff(light, axis=1)).mean(axis=0), np.abs(np.diff(light, axis=0)).mean(axis=1)
    at_borders, anywhere = (
        np.mean([steps[start].mean() for steps in (across, down)])
        for start in (slice(7, None, 8), slice(None))
    )
    yield "blocks", log(float(at_borders)) - log(float(anywhere))


def blind(photo: Pixels) -> dict[str, float]:
    """Two blind measures, lower is better: PIQE (pypiqe) and the blur of Crete et al. 2007 (scikit-image)."""
    score = piqe(np.ascontiguousarray(photo[..., ::-1]))[0]
    return {"PIQE": float(score), "blur": float(blur_effect(photo, channel_axis=2))}
