"""What a lens adds: light lost towards the corners, colours displaced against each other."""

import cv2
import numpy as np

from twinlens.distortions.distortion import Pixels, family, rounded


def vignetting(photo: Pixels, strength: float) -> Pixels:
    """The share of light (of a gamma of 2.2) that the corners lose; it falls off as a polynomial of r²."""
    height, width = photo.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    squared = ((2 * y / height - 1) ** 2 + (2 * x / width - 1) ** 2) / 2
    light = 1 - strength * (0.4 * squared + 0.6 * squared**2)
    return rounded(photo * (light ** (1 / 2.2))[..., None])


def lateral_chromatic_aberration(photo: Pixels, pixels: float) -> Pixels:
    """Red drawn larger and blue smaller than green: by so many pixels of 2048 at the corners."""
    height, width = photo.shape[:2]
    grown = pixels / 1024 * max(height, width) / float(np.hypot(height, width))
    planes = [
        _zoomed(np.ascontiguousarray(photo[..., channel]), 1 + sign * grown)
        for channel, sign in enumerate((1, 0, -1))
    ]
    return np.stack(planes, axis=2)


def _zoomed(plane: Pixels, times: float) -> Pixels:
    """A plane (height, width) enlarged about its middle."""
    height, width = plane.shape
    middle = (width - 1) / 2, (height - 1) / 2
    matrix = np.array([[times, 0, middle[0] * (1 - times)], [0, times, middle[1] * (1 - times)]])
    size, way = (width, height), cv2.INTER_CUBIC
    return np.asarray(cv2.warpAffine(plane, matrix, size, flags=way, borderMode=cv2.BORDER_REPLICATE))


DISTORTIONS = family(
    "lens",
    ("vignetting", "exposure", (0.25, 0.45, 0.7), vignetting),
    ("lateral_chromatic_aberration", "color artifacts sharpness", (2, 4, 8), lateral_chromatic_aberration),
)
