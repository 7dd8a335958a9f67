"""Samples of 16 bits and of floating point, rounded to 8 bits."""

from typing import Any

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


def decoded(data: bytes, kind: type[np.generic], mode: str = "RGB") -> NDArray[Any]:
    """Samples of a type in the bytes of a PNG, TIFF or AVIF, by OpenCV: (height, width) or with channels.

    ValueError where OpenCV finds no such samples.
    """
    samples = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if samples is None or samples.dtype != kind:
        raise ValueError(f"no samples of {np.dtype(kind)}")
    return samples if samples.ndim == 2 else samples[..., CHANNELS.get(mode, [2, 1, 0, 3])]


def from_sixteen(data: bytes, mode: str, transparent: object = None) -> Image.Image:
    """An 8-bit picture of the bytes of a PNG or TIFF of 16 bits a sample, decoded by OpenCV.

    `mode` is L, LA, RGB, RGBA, RGBa or CMYK; `transparent` is a PNG's transparent colour, exact to 16 bits.
    ValueError where OpenCV finds no such samples.
    """
    samples = decoded(data, np.uint16, mode)
    image = Image.fromarray(rounded(np.ascontiguousarray(samples, np.uint16)), mode)
    if transparent is not None:
        clear = (samples == transparent).reshape(*samples.shape[:2], -1).all(axis=2)
        image.putalpha(Image.fromarray(np.where(clear, 0, 255).astype(np.uint8)))
    return image


def from_float(samples: NDArray[Any]) -> NDArray[np.uint8]:
    """Samples of 0 to 1 times 255, rounded.

    >>> from_float(np.array([[0.0, 0.5, 1.0]])).tolist()
    [[0, 128, 255]]
    """
    tops = range(0, len(samples), ROWS)  # in parts: a large photo in float64 is large
    rows = (np.rint(samples[top : top + ROWS].astype(np.float64) * 255).astype(np.uint8) for top in tops)
    return np.concatenate(list(rows))
