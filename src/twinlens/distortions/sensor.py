"""What a sensor adds: hot and dead pixels, dust, moiré; and bars at the edges of a frame."""

import cv2
import numpy as np

from twinlens.distortions.distortion import Pixels, family, generator, rounded, scale

COLORS = np.array([[255, 255, 255], [0, 0, 0], [255, 0, 0], [0, 255, 0], [0, 0, 255], [90, 60, 30]], np.uint8)
"""White, black, the three of one channel, and dust."""


def specks(photo: Pixels, share: float) -> Pixels:
    """A share of the pixels white, black or coloured: single ones, and two or three together."""
    draw, made = generator(photo, 2), photo.copy()
    height, width = photo.shape[:2]
    count = max(1, round(share * height * width / 2))
    y, x, size = (draw.integers(0, top, count) for top in (height, width, 3))
    color = COLORS[draw.integers(0, len(COLORS), count)]
    made[y, x] = color
    for least, down, across in ((1, 0, 1), (2, 1, 0)):
        part = size >= least
        made[np.minimum(y + down, height - 1)[part], np.minimum(x + across, width - 1)[part]] = color[part]
    return made


def moire(photo: Pixels, amplitude: float) -> Pixels:
    """Waves of colour, a period of 14 to 30 pixels of 2048, where the photo is finely textured."""
    luma = np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), np.float32)
    width = 40 * scale(photo, 0.25)
    fine = cv2.GaussianBlur(np.abs(luma - cv2.GaussianBlur(luma, (0, 0), 1.0)), (0, 0), width)
    place = np.clip(2 * fine / max(float(fine.max()), 1e-6) - 0.6, 0, 1)
    y, x = np.mgrid[: photo.shape[0], : photo.shape[1]].astype(np.float32) / np.float32(scale(photo, 0.25))
    phase = 2 * np.pi * (x / 20 + y / 45 + 0.6 * np.sin(y / 150) + 0.6 * np.sin(x / 210))
    waves = np.stack([np.sin(phase + 2 * np.pi * channel / 3) for channel in range(3)], axis=2)
    return rounded(photo + amplitude * place[..., None] * waves)


def borders(photo: Pixels, share: float) -> Pixels:
    """Black bars over a share of the height at the top and the bottom."""
    made, width = photo.copy(), max(2, round(share * photo.shape[0]))
    made[:width] = made[-width:] = 0
    return made


DISTORTIONS = (
    *family("sensor", ("specks", "artifacts noise", (0.0003, 0.001, 0.004), specks)),
    *family("sensor", ("moire", "artifacts color", (10, 20, 40), moire)),
    *family("frame", ("borders", "artifacts", (0.02, 0.06, 0.12), borders)),
)
