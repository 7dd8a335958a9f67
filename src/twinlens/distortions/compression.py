"""Compression: what encoders leave of a photo."""

from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from twinlens.distortions.distortion import Pixels, family


def encode(photo: Pixels, encoder: str, **options: Any) -> Pixels:
    """Encoded and decoded by one of Pillow's encoders."""
    file = BytesIO()
    Image.fromarray(photo).save(file, encoder, **options)
    return np.array(Image.open(file).convert("RGB"))


DISTORTIONS = family(
    "compression",
    ("jpeg", "artifacts texture", (35, 18, 8), lambda p, quality: encode(p, "JPEG", quality=quality)),
)
