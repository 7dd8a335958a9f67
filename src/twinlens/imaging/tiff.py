"""TIFF: 8 bits by Pillow, 16 by OpenCV, floating point and what neither reads by tifffile.

Float samples are taken in the encoding of the profile. Where that is linear light, or there is none and they
go far beyond 1, they are tone-mapped (`light`); from 0 to 1 without a profile they are encoded as sRGB is.
"""

from __future__ import annotations

import struct
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

from twinlens.core.errors import BadPhoto
from twinlens.imaging import bit_depth, icc, light, tags
from twinlens.imaging.picture import WHOLE, Picture, check_parts, check_size

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPage

ORIENTATION, PROFILE, EXTRA_SAMPLES = 0x0112, 34675, 338
WHITE_IS_ZERO, CMYK, SENSOR = 0, 5, (32803, 34892)
"""Photometric interpretations; those of a sensor are raw: a colour filter array, and linear."""
REDUCED_OR_MASK, FLOAT, PLANES = 5, 3, 2
MOST_PAGES = 64
SIXTEEN = "rounded from 16 to 8 bits"
ENCODED = "rounded from floating point to 8 bits"
SURE_LIGHT = 1.25
"""Samples without a profile that reach this are light; up to it they may be encoded and overshoot."""
RANGE = "0 to 1 where samples are encoded; linear light needs a profile that says so, or OpenEXR"


def decode_tiff(data: bytes, most_pixels: int) -> Picture | None:
    """The picture of a TIFF; None where it holds what a sensor saw, which is raw."""
    import tifffile

    tags.check(data)
    with tifffile.TiffFile(BytesIO(data)) as file:
        pages = _pages(file)
        if any(page.photometric in SENSOR for outer in pages for page in (outer, *_pages(outer))):
            return None
        shown = sum(not page.subfiletype & REDUCED_OR_MASK for page in pages)
        if shown > 1:
            raise BadPhoto("", f"a TIFF of {shown} pages", "one still picture")
        first = pages[0]
        if first.subfiletype & REDUCED_OR_MASK and shown:
            raise BadPhoto("", "a TIFF that begins with a thumbnail", "the picture itself first")
        _check_page(first, most_pixels)
        sixteen = first.bitspersample == 16
        if first.sampleformat == FLOAT:
            return _float(first, data)
        if sixteen and (first.planarconfig == PLANES or first.photometric == WHITE_IS_ZERO):
            return _sixteen(first, len(data))  # which Pillow does not read
        ink = first.tags.get("PhotometricInterpretation") if first.photometric == CMYK else None
    image = TiffImagePlugin.TiffImageFile(BytesIO(data))
    profile = image.tag_v2.get(PROFILE)
    image.load()  # Pillow has turned it already
    if not sixteen or image.mode == "I":
        return Picture(image, 1, profile)
    if ink:  # which OpenCV reads where it takes it for RGB and alpha
        data = data[: ink.valueoffset] + struct.pack(file.byteorder + "H", 2) + data[ink.valueoffset + 2 :]
    mode = "L" if image.mode.startswith("I;16") else image.mode
    mode = "RGBa" if image.tag_v2.get(EXTRA_SAMPLES) == (1,) else mode
    return Picture(bit_depth.from_sixteen(data, mode), 1, profile, [SIXTEEN])


def _pages(of: TiffFile | TiffPage) -> list[TiffPage]:
    """The first pages of a TIFF, or those inside a page."""
    return [cast("TiffPage", page) for page in islice(of.pages or (), MOST_PAGES)]


def _check_page(page: TiffPage, most_pixels: int) -> None:
    """The size of the picture and of its tiles, each of which a decoder makes room for."""
    width, height = page.imagewidth, page.imagelength
    check_size(width, height, most_pixels)
    if page.is_tiled:
        check_parts(page.tilewidth, page.tilelength, width, height)


def _samples(page: TiffPage, size: int, what: str) -> NDArray[np.generic]:
    """Uncompressed samples (height, width) or (height, width, 3), by tifffile."""
    if page.compression != 1 or page.samplesperpixel not in (1, 3) or page.photometric not in (0, 1, 2):
        raise BadPhoto(
            "",
            f"a TIFF of {page.samplesperpixel} x {page.bitspersample} bits, "
            f"compression {int(page.compression)}, photometric {int(page.photometric)}",
            what,
        )
    stated = page.imagewidth * page.imagelength * page.samplesperpixel * page.bitspersample // 8
    if stated > size:  # which tifffile would fill with zeros
        raise BadPhoto("", f"{size:,} bytes for samples of {stated:,}", WHOLE)
    samples = page.asarray()
    planes = page.samplesperpixel == 3 and samples.shape[0] == 3 and page.planarconfig == PLANES
    return np.moveaxis(samples, 0, -1) if planes else samples


def _sixteen(page: TiffPage, size: int) -> Picture:
    """Uncompressed samples of 16 bits, in planes or where white is zero."""
    samples = _samples(page, size, "grey or RGB, uncompressed where samples are of 16 bits a plane")
    if samples.dtype != np.uint16:
        raise BadPhoto("", f"samples of type {samples.dtype}", "8 or 16 bits a sample, or floating point")
    image = bit_depth.rounded(samples.astype(np.uint16, copy=False))
    image = 255 - image if page.photometric == WHITE_IS_ZERO else image
    return Picture(Image.fromarray(image), *_turn_and_profile(page), [SIXTEEN])


def _turn_and_profile(page: TiffPage) -> tuple[int, bytes | None]:
    turn, profile = (page.tags.valueof(tag) for tag in (ORIENTATION, PROFILE))
    return turn if isinstance(turn, int) else 1, profile if isinstance(profile, bytes) else None


def _float(page: TiffPage, data: bytes) -> Picture:
    """Samples of floating point: encoded as the profile says, or linear light."""
    turn, profile = _turn_and_profile(page)
    if page.compression != 1 and page.bitspersample == 32 and page.samplesperpixel in (1, 3):
        samples = bit_depth.decoded(data, np.float32)
    else:
        samples = _samples(page, len(data), "grey or RGB; of 32 bits where samples are float and compressed")
    low, high = float(samples.min()), float(samples.max())
    if not np.isfinite(low) or not np.isfinite(high):
        raise BadPhoto("", "float samples that are no finite numbers", RANGE)
    matrix = icc.linear_matrix(profile) if profile else None
    if matrix is None and not profile and high >= SURE_LIGHT:
        matrix = np.eye(3)
    if matrix is not None:
        return Picture(Image.fromarray(light.tone_mapped(samples, matrix)), turn, None, [light.NOTE])
    if low < 0 or high > 1:
        raise BadPhoto("", f"float samples from {low:.6g} to {high:.6g}", RANGE)
    return Picture(Image.fromarray(bit_depth.from_float(samples)), turn, profile, [ENCODED])
