"""Loss of resolution: defocus, camera shake, and making a photo smaller and larger again."""

import cv2
import numpy as np

from twinlens.distortions.distortion import Pixels, family, scale


def gaussian(photo: Pixels, sigma: float) -> Pixels:
    """Gaussian blur of a standard deviation in pixels."""
    return np.asarray(cv2.GaussianBlur(photo, (0, 0), sigma))


def motion(photo: Pixels, length: float) -> Pixels:
    """Camera shake along a line of so many pixels."""
    size = max(3, round(length * scale(photo)))
    kernel = np.zeros((size, size), np.float32)
    cv2.line(kernel, (0, size // 4), (size - 1, size - 1 - size // 4), 1.0, 1)
    return np.asarray(cv2.filter2D(photo, -1, kernel / kernel.sum()))


def defocus(photo: Pixels, pixels: float) -> Pixels:
    """Out of focus: every point a disc of such a radius."""
    radius = pixels * scale(photo, 0.5)
    y, x = np.mgrid[-np.ceil(radius) : np.ceil(radius) + 1, -np.ceil(radius) : np.ceil(radius) + 1]
    disc = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    return np.asarray(cv2.filter2D(photo, -1, disc / disc.sum(), borderType=cv2.BORDER_REFLECT))


def resample(photo: Pixels, times: float, down: int, up: int) -> Pixels:
    """Made smaller by a factor, and brought back, by OpenCV's interpolations."""
    times = 1 + (times - 1) * scale(photo, 0.5)
    height, width = photo.shape[:2]
    small = cv2.resize(photo, (round(width / times), round(height / times)), interpolation=down)
    return np.asarray(cv2.resize(small, (width, height), interpolation=up), np.uint8)


def shift(photo: Pixels, across: float, down: float) -> Pixels:
    """Moved by so many pixels."""
    matrix = np.array([[1, 0, across], [0, 1, down]], np.float32)
    size = photo.shape[1::-1]
    return np.asarray(cv2.warpAffine(photo, matrix, size, borderMode=cv2.BORDER_REPLICATE))


DISTORTIONS = family(
    "blur",
    ("blur", "sharpness texture", (0.9, 1.8, 3.5), lambda p, sigma: gaussian(p, sigma * scale(p, 0.5))),
)
