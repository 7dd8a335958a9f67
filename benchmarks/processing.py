"""Ways of processing that separate sharpening from blur and noise from detail, three strengths (0 to 2) each.

Either photo of a pair can be the processed one: a sharper photo is sharpened where sharpening made it, not where the
other was blurred, denoised, compressed or given another tone curve; what a photo holds beyond the other is noise where
noise was added, and detail where the other lost it. `python -m benchmarks sharpening` and `noise` fit on these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from benchmarks import fitting
from benchmarks.baselines import Array, left_out
from benchmarks.material import reduced
from benchmarks.tables import share
from twinlens.distortions.compression import encode
from twinlens.distortions.distortion import Pixels, rounded
from twinlens.features.noise_floor import BandEnergies
from twinlens.features.pyramid import Pyramid

SIDE = 1280
Sample = tuple[str, bool, Array]
"""The way, whether the answer is yes, and the features."""


def blurred(photo: Pixels, sigma: float) -> Array:
    return cv2.GaussianBlur(photo.astype(np.float32), (0, 0), sigma).astype(np.float64)


def unsharp(radius: float) -> Callable[[Pixels, int], Pixels]:
    return lambda photo, k: rounded(photo + (0.4, 1.0, 2.5)[k] * (photo - blurred(photo, radius)))


def blur(photo: Pixels, k: int) -> Pixels:
    return rounded(blurred(photo, (0.6, 1.0, 2.0)[k]))


def scaled(photo: Pixels, k: int) -> Pixels:
    height, width = photo.shape[:2]
    small = cv2.resize(
        photo, None, fx=(0.7, 0.5, 0.3)[k], fy=(0.7, 0.5, 0.3)[k], interpolation=cv2.INTER_AREA
    )
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def median(photo: Pixels, k: int) -> Pixels:
    return np.asarray(cv2.medianBlur(photo, (3, 5, 7)[k]), np.uint8)


def bilateral(photo: Pixels, k: int) -> Pixels:
    return np.asarray(cv2.bilateralFilter(photo, 9, (20, 45, 90)[k], (2, 4, 7)[k]), np.uint8)


def shrunk(photo: Pixels, k: int) -> Pixels:
    """Each pixel drawn to the mean about it, the more the flatter it is there (Lee 1980)."""
    values, noise = photo.astype(np.float32), (25, 80, 250)[k]
    mean = cv2.blur(values, (5, 5))
    variance = cv2.blur(values * values, (5, 5)) - mean * mean
    return rounded(mean + np.maximum(variance - noise, 0) / np.maximum(variance, noise) * (values - mean))


def jpeg(photo: Pixels, k: int) -> Pixels:
    return encode(photo, "JPEG", quality=(75, 40, 15)[k])


def curve(photo: Pixels, k: int) -> Pixels:
    """An S-curve."""
    x = photo / 255.0
    return rounded(255 * (x + (0.3, 0.6, 0.9)[k] * (3 * x**2 - 2 * x**3 - x)))


def gamma(photo: Pixels, k: int) -> Pixels:
    return rounded(255 * (photo / 255.0) ** (0.85, 0.7, 0.5)[k])


def clarity(photo: Pixels, k: int) -> Pixels:
    """Unsharp masking of a large radius: deeper forms."""
    return rounded(photo + (0.4, 0.8, 1.5)[k] * (photo - blurred(photo, max(photo.shape) / 60)))


def equalized(photo: Pixels, k: int) -> Pixels:
    """Each tile's lightness spread out (contrast-limited adaptive histogram equalisation)."""
    lab = cv2.cvtColor(photo, cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE((1.0, 2.0, 4.0)[k], (6, 6)).apply(lab[..., 0])
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8)


def noise(size: float, coloured: bool) -> Callable[[Pixels, int], Pixels]:
    def add(photo: Pixels, k: int) -> Pixels:
        shape = photo.shape if coloured else photo.shape[:2]
        drawn = np.random.default_rng(int(photo[::32].sum()) + k).normal(0, 1, shape).astype(np.float32)
        drawn = cv2.GaussianBlur(drawn, (0, 0), size) if size else drawn
        drawn = (drawn / drawn.std()).reshape(*photo.shape[:2], -1)
        return rounded(photo + (3.0, 7.0, 14.0)[k] * drawn)

    return add


SHARPENING = {f"unsharp, radius {radius}": unsharp(radius) for radius in (0.7, 1.3, 2.5)}
NOISE = {"noise": noise(0, True), "fine grain": noise(0.7, False), "coarse grain": noise(1.2, False)}
DENOISING = {"median": median, "bilateral": bilateral, "local mean": shrunk}
LOSS = {"blur": blur, "upscaling": scaled, **DENOISING, "JPEG": jpeg}
CURVES = {"S-curve": curve, "gamma": gamma, "clarity": clarity, "local equalisation": equalized}
WAYS = {**SHARPENING, **NOISE, **LOSS, **CURVES}


def processed(file: Path) -> Iterator[tuple[str, BandEnergies, int]]:
    """Of each processed self of a photograph: the way, the band energies of both, and the size of cells.

    The photographs of hecd, scans of grainy film, are not denoised.
    """
    photo = reduced(file, SIDE)
    for name, way in WAYS.items():
        for k in range(3) if not ("hecd" in file.name and name in DENOISING) else ():
            pyramid = Pyramid.of(photo, way(photo, k))
            place = BandEnergies.of(pyramid, np.ones(pyramid.shape, np.float32))
            if place.cells.size:
                yield name, place, pyramid.size


def rows(what: str, names: Array, samples: list[Sample]) -> Iterator[list[str]]:
    """A row a way: how often what was fitted on other photographs is right."""
    ways, wants = np.array([one[0] for one in samples]), np.array([one[1] for one in samples])
    known = np.array([one[2] for one in samples])

    def log_odds(others: Array, here: Array) -> Array:
        weights = fitting.balanced(known[others], wants[others])
        return np.asarray(known[here] @ weights[:-1] + weights[-1])

    right = (left_out(names, log_odds) > 0) == wants
    for way in dict.fromkeys(ways):
        here = ways == way
        answer = what if wants[here].mean() > 0.5 else "not"
        yield [f"{way}: {answer}", share(right[here], names[here], 2)]
