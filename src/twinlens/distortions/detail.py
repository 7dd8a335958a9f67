"""Detail made up or wiped: sharpening and denoising gone too far."""

import cv2
import numpy as np

from twinlens.distortions.distortion import Pixels, family, rounded, scale


def unsharp(photo: Pixels, radius: float, amount: float) -> Pixels:
    """Unsharp masking of a radius in pixels."""
    soft = cv2.GaussianBlur(photo, (0, 0), radius)
    return rounded(photo + amount * (photo - soft.astype(np.float64)))


def smear(photo: Pixels, passes: int, tone: float) -> Pixels:
    """A denoiser gone too far: bilateral filtering that keeps edges and wipes texture."""
    for _ in range(passes):
        photo = np.asarray(cv2.bilateralFilter(photo, 9, tone, 4.0 * scale(photo, 0.6)))
    return photo


WIPED = "texture sharpness realism artifacts"
OVERDONE = "artifacts realism sharpness"
DISTORTIONS = (
    *family("sharpening", ("halo", OVERDONE, (0.5, 1, 2), lambda p, k: unsharp(p, 4.0 * scale(p, 0.4), k))),
    *family("denoising", ("smear", WIPED, ((1, 25), (2, 40), (3, 60)), lambda p, way: smear(p, *way))),
)
