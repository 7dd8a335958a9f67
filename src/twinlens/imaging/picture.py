"""What a decoder gives, before its colours are brought to sRGB, and the limits every decoder keeps."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from twinlens.core.errors import BadPhoto

WHOLE = "a whole, undamaged photo"
COMMON_TILE = 1 << 24
"""Pixels of a tile that any picture may have, however small."""
GAIN_MAP = "an HDR gain map in the file was not applied; what screens without HDR show is compared"


@dataclass
class Picture:
    """Pixels of any mode, the EXIF turn (1 to 8) still due, the ICC profile, what was done.

    `deep` are the same colours (height, width, 3) in 16 bits, where HDR needs them.
    """

    image: Image.Image
    turn: int = 1
    profile: bytes | None = None
    notes: list[str] = field(default_factory=list)
    deep: NDArray[np.uint16] | None = None


@dataclass
class Plain:
    """Pixels (height, width, 3) of uint8 sRGB, the EXIF turn (1 to 8) still due, what was done."""

    pixels: NDArray[np.uint8]
    turn: int
    notes: list[str]


def check_size(width: int, height: int, most_pixels: int) -> None:
    """BadPhoto, without a name, for a picture of no pixels or of too many, before any is decoded."""
    if width < 1 or height < 1:
        raise BadPhoto("", f"a picture of {width} x {height} pixels", "at least one pixel")
    if width * height > most_pixels:
        raise BadPhoto(
            "",
            f"{width} x {height} pixels",
            f"at most {most_pixels:,} in all (TWINLENS_MAX_PIXELS raises this)",
        )


def check_parts(across: int, down: int, width: int, height: int) -> None:
    """BadPhoto, without a name, where tiles, for each of which a decoder makes room, are far too large."""
    if across * down > max(COMMON_TILE, width * height):
        tiles = f"tiles of {across} x {down} pixels in a picture of {width} x {height}"
        raise BadPhoto("", tiles, "tiles no larger than the picture")
