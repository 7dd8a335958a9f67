"""Samples of 16 bits and of floating point, rounded to 8 bits."""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

ROWS = 256
CHANNELS = {"RGB": [2, 1, 0], "LA": [0, 3]}
"""Channels of OpenCV's order (blue, green, red, alpha) by mode; grey beside alpha comes thrice."""


def rounded(samples: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """The nearest of 256 levels to each of 65,536: round(x / 257), exact; uint16 (height, width, …) to uint8.

    >>> rounded(np.array([[0, 128, 129, 65535]], np.uint16)).tolist()
    [[0, 0, 1, 255]]
    """
    return np.asarray(cv2.convertScaleAbs(samples, alpha=1 / 257), np.uint8)


def from_sixteen(data: bytes, mode: str, transparent: object = None) -> Image.Image:
    """An 8-bit picture of the bytes of a PNG or TIFF of 16 bits a sample, decoded by OpenCV.

    `mode` is L, LA, RGB, RGBA, RGBa or CMYK; `transparent` is a PNG's transparent colour, exact to 16 bits.
    ValueError where OpenCV finds no such samples.
    """
    samples = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if samples is None or samples.dtype != np.uint16:
        raise ValueError("no samples of 16 bits")
    if samples.ndim == 3:
        samples = samples[..., CHANNELS.get(mode, [2, 1, 0, 3])]
    image = Image.fromarray(rounded(np.ascontiguousarray(samples, np.uint16)), mode)
    if transparent is not None:
        clear = (samples == transparent).reshape(*samples.shape[:2], -1).all(axis=2)
        image.putalpha(Image.fromarray(np.where(clear, 0, 255).astype(np.uint8)))
    return image


def from_float(samples: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Samples of 0 to 1 times 255, rounded; ValueError with what was found where they are anything else.

    >>> from_float(np.array([[0.0, 0.5, 1.0]])).tolist()
    [[0, 128, 255]]
    """
    low, high = float(samples.min()), float(samples.max())
    if not np.isfinite(low) or not np.isfinite(high):
        raise ValueError("samples that are no finite numbers")
    if low < 0 or high > 1:
        raise ValueError(f"samples from {low:.6g} to {high:.6g}")
    tops = range(0, len(samples), ROWS)  # in parts: a large photo in float64 is large
    rows = (np.rint(samples[top : top + ROWS].astype(np.float64) * 255).astype(np.uint8) for top in tops)
    return np.concatenate(list(rows))
