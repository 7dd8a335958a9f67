"""Noise: white, grainy, coloured, of photons, of the sensor."""

import cv2
import numpy as np

from twinlens.distortions.color import recolored
from twinlens.distortions.distortion import Pixels, family, generator, rounded, scale


def white(photo: Pixels, sigma: float) -> Pixels:
    """White Gaussian noise in all three channels."""
    return rounded(photo + generator(photo).normal(0, sigma, photo.shape))


def chroma(photo: Pixels, sigma: float) -> Pixels:
    """Coloured blotches; the lightness stays."""
    drawn = generator(photo, 1).normal(0, 1, (*photo.shape[:2], 2)).astype(np.float32)
    blotches = np.asarray(cv2.GaussianBlur(drawn, (0, 0), 2.0 * scale(photo, 0.5)))
    return recolored(photo, lambda planes: planes + blotches * (sigma / blotches.std()))


def salt(photo: Pixels, share: float) -> Pixels:
    """Dead and hot pixels."""
    drawn = generator(photo, 1).random(photo.shape[:2])[..., None]
    return np.where(drawn < share, 255, np.where(drawn > 1 - share, 0, photo)).astype(np.uint8)


def grain(photo: Pixels, sigma: float) -> Pixels:
    """Coarse luminance grain, stronger in the shadows."""
    plane = np.asarray(generator(photo).normal(0, 1, photo.shape[:2]).astype(np.float32))
    plane = np.asarray(cv2.GaussianBlur(plane, (0, 0), 0.8))
    light = photo.mean(axis=2) / 255
    return rounded(photo + (plane * (sigma / plane.std()) * (1.3 - 0.8 * light))[..., None])


DISTORTIONS = family("noise", ("noise", "noise", (4, 9, 18), white))
