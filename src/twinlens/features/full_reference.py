"""How near a photo comes to the original, pixel by pixel: the full-reference measures of restoration.

Photos are uint8 sRGB of one shape (height, width, 3); of each measure the higher value is the nearer.
"""

import math
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]
SCALES = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Exponents of MS-SSIM, the finest scale first."""
WINDOW, SIGMA = 11, 1.5
"""Pixels of the side of SSIM's Gaussian window, and its standard deviation."""
LEAST_SIDE = WINDOW * 2 ** (len(SCALES) - 1)
"""Pixels of a side of which the coarsest scale of MS-SSIM still fills the window."""
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def psnr(photo: Pixels, original: Pixels) -> float:
    """The peak signal-to-noise ratio over all three channels, in dB; infinite where all pixels are equal."""
    squared_error = float(np.mean(np.square(photo.astype(np.float32) - original)))
    return 10 * math.log10(255**2 / squared_error) if squared_error else math.inf


def ssim(photo: Pixels, original: Pixels) -> float:
    """The structural similarity of luma, -1 to 1, with the Gaussian window of Wang and others (2004)."""
    return _similarity(_luma(photo), _luma(original))[0]


def ms_ssim(photo: Pixels, original: Pixels) -> float:
    """The multi-scale structural similarity of luma, 0 to 1 (Wang, Simoncelli and Bovik 2003).

    Contrast and structure at five scales, each half the one before, luminance at the coarsest; negative means
    count as 0. Not-a-number where a side has fewer than `LEAST_SIDE` pixels.
    """
    if min(photo.shape[:2]) < LEAST_SIDE:
        return math.nan
    a, b, product = _luma(photo), _luma(original), 1.0
    for exponent in SCALES[:-1]:
        product *= max(0.0, _similarity(a, b)[1]) ** exponent
        a, b = _halved(a), _halved(b)
    return float(product * max(0.0, _similarity(a, b)[0]) ** SCALES[-1])


def gradient_similarity(photo: Pixels, original: Pixels) -> float:
    """Minus the gradient magnitude similarity deviation (Xue and others 2014); 0 where both are alike."""
    magnitude = []
    for x in (photo, original):
        gray = cv2.pyrDown(cv2.cvtColor(x, cv2.COLOR_RGB2GRAY)).astype(np.float32)
        across, down = (cv2.Scharr(gray, cv2.CV_32F, *way) / 16 for way in ((1, 0), (0, 1)))
        magnitude.append(np.hypot(across, down))
    a, b = magnitude
    return -float(np.std((2 * a * b + 170) / (a * a + b * b + 170)))


MEASURES: dict[str, tuple[Callable[[Pixels, Pixels], float], str, int]] = {
    "PSNR": (psnr, "dB", 1), "SSIM": (ssim, "", 3), "MS-SSIM": (ms_ssim, "", 3),
}  # fmt: skip
"""The measures that are reported: the function, its unit, and the decimals that are shown of it."""


def _luma(photo: Pixels) -> Plane:
    return np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), np.float32)


def _halved(plane: Plane) -> Plane:
    """The means of squares of two by two; a last odd row or column is left out."""
    height, width = (side // 2 for side in plane.shape)
    even = plane[: 2 * height, : 2 * width]
    return np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA))


def _similarity(a: Plane, b: Plane) -> tuple[float, float]:
    """The mean SSIM of two planes, and that of contrast times structure, where the window lies inside."""
    inside = slice(WINDOW // 2, -(WINDOW // 2))
    mean_a, mean_b, aa, bb, ab = (
        np.asarray(cv2.GaussianBlur(x, (WINDOW, WINDOW), SIGMA))[inside, inside]
        for x in (a, b, a * a, b * b, a * b)
    )
    luminance = (2 * mean_a * mean_b + C1) / (mean_a**2 + mean_b**2 + C1)
    contrast = (2 * (ab - mean_a * mean_b) + C2) / (aa + bb - mean_a**2 - mean_b**2 + C2)
    return float((luminance * contrast).mean()), float(contrast.mean())
