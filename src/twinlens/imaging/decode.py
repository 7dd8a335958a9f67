"""One decoder a format, and the one place where what a library raises becomes BadPhoto.

Every decoder gives a Pillow picture of any mode, upright or with the turn that makes it so, and its profile.
The size a header states is held against the limit before any pixel is decoded. A picture with a damaged part,
and one that is cut short, is refused; a damaged EXIF block or profile is not, but noted.

Not applied, only noted: the gAMA, cHRM and cICP chunks of PNG and the nclx colours of AVIF and HEIC, where
they say anything but sRGB. Float samples of TIFF are 0 to 1 in the encoding of the profile, sRGB without one.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from twinlens.core.errors import BadPhoto, MissingExtra
from twinlens.imaging import bit_depth
from twinlens.imaging.icc import to_srgb
from twinlens.imaging.silence import mute, quiet
from twinlens.imaging.sniff import describe, sniff

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPage

PILLOW: dict[str, Callable[[BytesIO], ImageFile.ImageFile]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "WebP": WebPImagePlugin.WebPImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "AVIF": AvifImagePlugin.AvifImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "GIF": GifImagePlugin.GifImageFile,
}
PRINTING = ("TIFF", "raw")
READ = "JPEG, PNG, WebP, TIFF, AVIF, BMP, GIF, HEIC or camera raw"
WHOLE = "a whole, undamaged photo"
ORIENTATION, PROFILE, EXTRA_SAMPLES = 0x0112, 34675, 338
WHITE_IS_ZERO, CMYK, SENSOR = 0, 5, (32803, 34892)
"""Photometric interpretations; those of a sensor are raw: a colour filter array, and linear."""
REDUCED_OR_MASK, FLOAT, PLANES = 5, 3, 2
MOST_PAGES = 64
PNG_MODES = {0: "L", 2: "RGB", 4: "LA", 6: "RGBA"}
SIXTEEN = "rounded from 16 to 8 bits"
SRGB_GAMMA = 0.45455
SRGB_PRIMARIES = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
UPRIGHT = dict(zip(range(2, 9), map(Image.Transpose, (0, 3, 1, 5, 4, 6, 2)), strict=True))
"""What turns a picture upright, by its EXIF orientation."""
FROM_RAW = "developed from raw by LibRaw: white balance of the camera, no automatic brightness"

for _name in ("PIL", "tifffile", "pillow_heif", "rawpy"):  # unless a program asks for logs, they go nowhere
    logging.getLogger(_name).addHandler(logging.NullHandler())


@dataclass
class _Picture:
    """What a decoder gives: pixels of any mode, the EXIF turn (1 to 8) still due, the profile."""

    image: Image.Image
    turn: int = 1
    profile: bytes | None = None
    notes: list[str] = field(default_factory=list)


def decode(file: str, data: bytes, most_pixels: int) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Pixels (height, width, 3), uint8 sRGB, contiguous, read-only, and the notes; BadPhoto names `file`."""
    kind = sniff(data)
    if kind is None:
        raise BadPhoto(file, describe(data), READ)
    try:
        with quiet, mute if kind in PRINTING else nullcontext():
            return _upright(_DECODERS.get(kind, _pillow)(kind, data, most_pixels))
    except MissingExtra:
        raise
    except BadPhoto as error:  # which the decoders raise without a name
        raise BadPhoto(file, error.found, error.expected) from error
    except Exception as error:  # the decode seam: on damaged input libraries raise nearly every type there is
        raise BadPhoto(file, f"{kind} data that cannot be decoded ({_reason(error)})", WHOLE) from error


def _reason(error: Exception) -> str:
    text = " ".join("".join(c if c.isprintable() else " " for c in str(error)).split())
    return text[:160] or type(error).__name__


def _upright(picture: _Picture) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    image = to_srgb(picture.image, picture.profile, picture.notes)
    if picture.turn in UPRIGHT:
        image = image.transpose(UPRIGHT[picture.turn])
    pixels = np.ascontiguousarray(np.asarray(image))
    pixels.setflags(write=False)
    return pixels, tuple(picture.notes)


def _check_size(width: int, height: int, most_pixels: int) -> None:
    if width < 1 or height < 1:
        raise BadPhoto("", f"a picture of {width} x {height} pixels", "at least one pixel")
    if width * height > most_pixels:
        raise BadPhoto(
            "",
            f"{width} x {height} pixels",
            f"at most {most_pixels:,} in all (TWINLENS_MAX_PIXELS raises this)",
        )


def _pillow(kind: str, data: bytes, most_pixels: int) -> _Picture:
    """JPEG, PNG, WebP, AVIF, BMP and GIF."""
    image = PILLOW[kind](BytesIO(data))
    _check_size(*image.size, most_pixels)
    frames = getattr(image, "n_frames", 1)
    if frames > 1:
        raise BadPhoto("", f"an animation of {frames} frames", "one still picture")
    image.decodermaxblock = max(image.decodermaxblock, len(data))  # one call
    image.load()
    still: Image.Image = image
    notes: list[str] = []
    if kind == "PNG" and data[24] == 16:  # bits a sample, in the header every PNG begins with
        PILLOW[kind](BytesIO(data)).verify()  # OpenCV would make room for what a damaged length claims
        with mute:
            still = bit_depth.from_sixteen(data, PNG_MODES[data[25]], image.info.get("transparency"))
        notes.append(SIXTEEN)
    if kind == "JPEG" and "mp" in image.info:
        notes.append("the first of several pictures in the file")
    profile = image.info.get("icc_profile")
    if kind == "PNG":
        notes.extend(_png_colours(data, image.info))
    if kind == "AVIF":
        notes.extend(_nclx(data, profile))
    return _Picture(still, _turn(image, notes), profile, notes)


def _turn(image: ImageFile.ImageFile, notes: list[str]) -> int:
    """The orientation EXIF or XMP states."""
    try:
        turn = image.getexif().get(ORIENTATION, 1)
    except (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, struct.error):
        notes.append("the EXIF block is damaged; the picture is taken as upright")
        return 1
    return turn if isinstance(turn, int) else 1


def _png_colours(data: bytes, info: dict[str | tuple[int, int], object]) -> list[str]:
    """Colour statements of a PNG that are not applied."""
    if info.get("icc_profile") or "srgb" in info:
        return []
    head = data[: data.find(b"IDAT")]
    gamma, primaries = info.get("gamma", SRGB_GAMMA), info.get("chromaticity", SRGB_PRIMARIES)
    if b"cICP" in head and b"cICP\x01\x0d" not in head:
        return ["the cICP chunk was not applied; colours are taken as sRGB"]
    if isinstance(gamma, float) and abs(gamma - SRGB_GAMMA) > 0.01:
        return [f"the gamma of {gamma:.4g} was not applied; colours are taken as sRGB"]
    if isinstance(primaries, tuple) and not np.allclose(primaries, SRGB_PRIMARIES, atol=0.005):
        return ["the primaries of the cHRM chunk were not applied; colours are taken as sRGB"]
    return []


def _nclx(data: bytes, profile: object) -> list[str]:
    """Colours of AVIF and HEIC that are stated by number and not applied."""
    at = data.find(b"colrnclx", 0, 1 << 16)
    if at < 0 or profile:
        return []
    primaries, transfer = struct.unpack_from(">HH", data, at + 8)
    if primaries in (1, 2) and transfer in (1, 2, 6, 13):
        return []
    return [f"colours stated as primaries {primaries}, transfer {transfer} were not applied; taken as sRGB"]


def _tiff(kind: str, data: bytes, most_pixels: int) -> _Picture:
    import tifffile

    with tifffile.TiffFile(BytesIO(data)) as file:
        pages = _pages(file)
        if any(page.photometric in SENSOR for outer in pages for page in (outer, *_pages(outer))):
            return _raw(kind, data, most_pixels)
        shown = sum(not page.subfiletype & REDUCED_OR_MASK for page in pages)
        if shown > 1:
            raise BadPhoto("", f"a TIFF of {shown} pages", "one still picture")
        first = pages[0]
        if first.subfiletype & REDUCED_OR_MASK and shown:
            raise BadPhoto("", "a TIFF that begins with a thumbnail", "the picture itself first")
        _check_size(first.imagewidth, first.imagelength, most_pixels)
        sixteen = first.bitspersample == 16
        if first.sampleformat == FLOAT or (
            sixteen and (first.planarconfig == PLANES or first.photometric == WHITE_IS_ZERO)
        ):
            return _plain_tiff(first, len(data))  # none of which Pillow reads
        ink = first.tags.get("PhotometricInterpretation") if first.photometric == CMYK else None
    image = TiffImagePlugin.TiffImageFile(BytesIO(data))
    profile = image.tag_v2.get(PROFILE)
    image.load()  # Pillow has turned it already
    if not sixteen or image.mode == "I":
        return _Picture(image, 1, profile)
    if ink:  # which OpenCV reads where it takes it for RGB and alpha
        data = data[: ink.valueoffset] + struct.pack(file.byteorder + "H", 2) + data[ink.valueoffset + 2 :]
    mode = "L" if image.mode.startswith("I;16") else image.mode
    mode = "RGBa" if image.tag_v2.get(EXTRA_SAMPLES) == (1,) else mode
    return _Picture(bit_depth.from_sixteen(data, mode), 1, profile, [SIXTEEN])


def _pages(of: TiffFile | TiffPage) -> list[TiffPage]:
    """The first pages of a TIFF, or those inside a page."""
    return [cast("TiffPage", page) for page in islice(of.pages or (), MOST_PAGES)]


def _plain_tiff(page: TiffPage, size: int) -> _Picture:
    """Uncompressed TIFF of floating point, of 16 bits a plane, or of 16 bits where white is zero."""
    if page.compression != 1 or page.samplesperpixel not in (1, 3) or page.photometric not in (0, 1, 2):
        raise BadPhoto(
            "",
            f"a TIFF of {page.samplesperpixel} x {page.bitspersample} bits, "
            f"compression {int(page.compression)}, photometric {int(page.photometric)}",
            "grey or RGB; uncompressed where samples are float, or 16 bits a plane",
        )
    stated = page.imagewidth * page.imagelength * page.samplesperpixel * page.bitspersample // 8
    if stated > size:  # which tifffile would fill with zeros
        raise BadPhoto("", f"{size:,} bytes for samples of {stated:,}", WHOLE)
    turn, profile = (page.tags.valueof(tag) for tag in (ORIENTATION, PROFILE))
    samples = page.asarray()
    if page.samplesperpixel == 3 and samples.shape[0] == 3 and page.planarconfig == 2:
        samples = np.moveaxis(samples, 0, -1)
    if samples.dtype == np.uint16:
        image, note = bit_depth.rounded(samples), SIXTEEN
        image = 255 - image if page.photometric == WHITE_IS_ZERO else image
    elif samples.dtype.kind == "f":
        try:
            image, note = bit_depth.from_float(samples), "rounded from floating point to 8 bits"
        except ValueError as error:
            raise BadPhoto("", f"float {error}", "float samples from 0 to 1") from error
    else:
        raise BadPhoto("", f"samples of type {samples.dtype}", "8 or 16 bits a sample, or floating point")
    profile = profile if isinstance(profile, bytes) else None
    return _Picture(Image.fromarray(image), turn or 1, profile, [note])


def _heic(kind: str, data: bytes, most_pixels: int) -> _Picture:
    try:
        import pillow_heif
    except ImportError as error:
        raise MissingExtra("a HEIC photo", "heic") from error
    file = pillow_heif.open_heif(BytesIO(data), convert_hdr_to_8bit=True)
    _check_size(file.size[0], file.size[1], most_pixels)
    image = file.to_pillow()
    profile = image.info.get("icc_profile")
    notes = ["the main one of several pictures in the file"] if len(file) > 1 else []
    notes.extend(_nclx(data, profile))
    return _Picture(image, 1, profile, notes)


def _raw(kind: str, data: bytes, most_pixels: int) -> _Picture:
    try:
        import rawpy
    except ImportError as error:
        raise MissingExtra("a camera raw photo", "raw") from error
    with rawpy.imread(BytesIO(data)) as file:
        _check_size(file.sizes.raw_width, file.sizes.raw_height, most_pixels)
        options: Any = {"use_camera_wb": True, "no_auto_bright": True, "gamma": (2.4, 12.92), "output_bps": 8}
        pixels = file.postprocess(**options, output_color=rawpy.ColorSpace.sRGB)
    return _Picture(Image.fromarray(pixels), notes=[FROM_RAW])


_DECODERS: dict[str, Callable[[str, bytes, int], _Picture]] = {"TIFF": _tiff, "HEIC": _heic, "raw": _raw}
