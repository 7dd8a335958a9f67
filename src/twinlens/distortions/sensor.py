"""What a sensor adds: hot and dead pixels, dust."""

import numpy as np

from twinlens.distortions.distortion import Pixels, family, generator

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


DISTORTIONS = family("sensor", ("specks", "artifacts noise", (0.0003, 0.001, 0.004), specks))
