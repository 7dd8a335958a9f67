"""Light and colour: exposure, white balance and saturation."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from twinlens.distortions.distortion import Pixels, family, rounded


def recolored(photo: Pixels, change: Callable[[NDArray[Any]], NDArray[Any]]) -> Pixels:
    """The photo with its planes Cr and Cb, shape (height, width, 2), changed; the luma stays."""
    planes = np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2YCrCb))
    planes[..., 1:] = rounded(change(planes[..., 1:]))
    return np.asarray(cv2.cvtColor(planes, cv2.COLOR_YCrCb2RGB), np.uint8)


def saturate(photo: Pixels, factor: float) -> Pixels:
    """Colour drained (below 1) or pushed (above 1)."""
    grey = np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), np.float32)[..., None]
    return rounded(grey + factor * (photo - grey))


def gain(photo: Pixels, push: NDArray[Any]) -> Pixels:
    """White-balance gains of code values: red, green and blue times 1 + push."""
    return rounded(photo * (1 + push))


DISTORTIONS = (
    *family("tone", ("clipping", "exposure", (1.25, 1.5, 2.0), lambda p, factor: rounded(p * factor))),
    *family(
        "color",
        ("cast", "color", (0.06, 0.12, 0.22), lambda p, k: gain(p, np.array([k, 0, -k], np.float32))),
        ("gray_out", "color", (0.7, 0.45, 0.15), saturate),
        ("oversaturate", "color", (1.4, 1.8, 2.6), saturate),
    ),
)
