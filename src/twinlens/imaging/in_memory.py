"""Photos that a program holds: Pillow images and arrays become photos as files do."""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from twinlens.core.errors import BadPhoto
from twinlens.core.types import Photo
from twinlens.imaging.decode import upright
from twinlens.imaging.orientation import turn_of
from twinlens.imaging.picture import Picture, check_size

AnyPicture = Image.Image | NDArray[np.uint8]
MODES = {1: "L", 3: "RGB", 4: "RGBA"}
"""Of an array, by its channels."""
SAMPLES = "uint8 samples of sRGB, 0 to 255 (floats from 0 to 1: np.rint(255 * array).astype(np.uint8))"
SHAPE = "(height, width), (height, width, 3) or (height, width, 4), red first (channels first: np.moveaxis)"


def photo_of(picture: AnyPicture, most_pixels: int) -> Photo:
    """The photo that a Pillow image or a uint8 array shows; its file is "", its sha256 that of the pixels.

    An array has the shape (height, width), (height, width, 3) or (height, width, 4): grey, RGB or RGBA of
    sRGB. Of an image, the EXIF orientation and the colour profile are applied. Transparent pixels are laid on
    white. The pixels are copied. BadPhoto, without a name, for other samples, shapes and modes.
    """
    notes: list[str] = []
    if isinstance(picture, Image.Image):
        check_size(*picture.size, most_pixels)
        try:
            picture.load()
        except (OSError, SyntaxError, ValueError) as error:
            raise BadPhoto(
                "", f"an image that cannot be decoded ({error})", "a whole, undamaged photo"
            ) from error
        shown = Picture(picture.copy(), turn_of(picture.info, notes), picture.info.get("icc_profile"), notes)
    else:
        shown = Picture(_image(picture, most_pixels), notes=notes)
    pixels, all_notes = upright(shown)
    return Photo("", hashlib.sha256(pixels.data).hexdigest(), pixels, all_notes)


def _image(array: NDArray[Any], most_pixels: int) -> Image.Image:
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.ndim not in (2, 3) or channels not in MODES:
        raise BadPhoto("", f"an array of shape {array.shape}", SHAPE)
    check_size(array.shape[1], array.shape[0], most_pixels)
    if array.dtype != np.uint8:
        known = array.dtype.kind in "iuf"
        reach = f" from {array.min():.6g} to {array.max():.6g}" if known else ""
        raise BadPhoto("", f"an array of {array.dtype}{reach}", SAMPLES)
    array = array[..., 0] if array.ndim == 3 and channels == 1 else array
    return Image.fromarray(np.array(array, order="C"), MODES[channels])
