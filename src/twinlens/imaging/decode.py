"""One decoder a format, and the one place where what a library raises becomes BadPhoto.

Every decoder gives a Pillow picture of any mode, upright or with the turn that makes it so, and its profile.
What a header states (size, scans, tiles, frames, tags) is checked against limits before any pixel is decoded.
A picture with a damaged part, and one that is cut short, is refused; a damaged EXIF block or profile is not,
but noted.

Not applied, only noted: the gAMA and cHRM chunks of PNG where they say anything but sRGB, and gain maps.
"""

from __future__ import annotations

import logging
import re
import struct
from collections.abc import Callable
from contextlib import nullcontext
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    PngImagePlugin,
    WebPImagePlugin,
)

from twinlens.core.errors import BadPhoto, MissingExtra
from twinlens.imaging import bit_depth, cicp, light, tags
from twinlens.imaging.exr import decode_exr
from twinlens.imaging.icc import to_srgb
from twinlens.imaging.jpeg import decode_jpeg
from twinlens.imaging.jxl import decode_jxl
from twinlens.imaging.orientation import turn_of
from twinlens.imaging.picture import GAIN_MAP, WHOLE, Picture, Plain, check_size
from twinlens.imaging.silence import mute, quiet
from twinlens.imaging.sniff import describe, sniff
from twinlens.imaging.tiff import SIXTEEN, decode_tiff

PILLOW: dict[str, Callable[[BytesIO], ImageFile.ImageFile]] = {
    "PNG": PngImagePlugin.PngImageFile,
    "WebP": WebPImagePlugin.WebPImageFile,
    "AVIF": AvifImagePlugin.AvifImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "GIF": GifImagePlugin.GifImageFile,
}
PRINTING = ("TIFF", "OpenEXR", "raw")
READ = "JPEG, PNG, WebP, TIFF, AVIF, BMP, GIF, HEIC, JPEG XL, OpenEXR or camera raw"
PNG_MODES = {0: "L", 2: "RGB", 4: "LA", 6: "RGBA"}
SRGB_GAMMA = 0.45455
SRGB_PRIMARIES = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
UPRIGHT: dict[int, Callable[[NDArray[np.uint8]], NDArray[np.uint8]]] = {
    2: np.fliplr, 3: lambda x: np.rot90(x, 2), 4: np.flipud, 5: lambda x: x.swapaxes(0, 1),
    6: lambda x: np.rot90(x, 3), 7: lambda x: np.rot90(x, 2).swapaxes(0, 1), 8: np.rot90,
}  # fmt: skip
"""What turns pixels upright, by the EXIF orientation."""
MOST_GIF, MOST_PACKED_BMP = 1 << 25, 1 << 22
"""Bytes of a GIF, and of a packed BMP, which are read in Python."""
MOST_CHUNKS = 300_000
HEAD_OF_BOXES = 1 << 20
"""Where the boxes of an AVIF or HEIC that say something of the picture stand."""
SIZE_BOX, MOST_SIZES = re.compile(rb"ispe\0\0\0\0(.{8})", re.DOTALL), 20_000
GAIN_MAP_BOXES = (b"tmap", b"hdrgainmap")
FROM_RAW = "developed from raw by LibRaw: white balance of the camera, no automatic brightness"

for _name in ("PIL", "tifffile", "pillow_heif", "rawpy"):  # unless a program asks for logs, they go nowhere
    logging.getLogger(_name).addHandler(logging.NullHandler())


def decode(file: str, data: bytes, most_pixels: int) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Pixels (height, width, 3), uint8 sRGB, contiguous, read-only, and the notes; BadPhoto names `file`."""
    kind = sniff(data)
    if kind is None:
        raise BadPhoto(file, describe(data), READ)
    try:
        with quiet, mute if kind in PRINTING else nullcontext():
            return upright(_DECODERS.get(kind, _pillow)(kind, data, most_pixels))
    except MissingExtra:
        raise
    except BadPhoto as error:  # which the decoders raise without a name
        raise BadPhoto(file, error.found, error.expected) from error
    except Exception as error:  # the decode seam: on damaged input libraries raise nearly every type there is
        raise BadPhoto(file, f"{kind} data that cannot be decoded ({_reason(error)})", WHOLE) from error


def _reason(error: Exception) -> str:
    text = " ".join("".join(c if c.isprintable() else " " for c in str(error)).split())
    return text[:160] or type(error).__name__


def upright(picture: Picture | Plain) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Pixels (height, width, 3), uint8 sRGB, contiguous, read-only, and the notes."""
    if isinstance(picture, Plain):
        pixels = picture.pixels
    else:
        pixels = np.asarray(to_srgb(picture.image, picture.profile, picture.notes))
    if picture.turn in UPRIGHT:
        pixels = UPRIGHT[picture.turn](pixels)
    pixels = np.ascontiguousarray(pixels)
    pixels.setflags(write=False)
    return pixels, tuple(picture.notes)


def _jpeg(kind: str, data: bytes, most_pixels: int) -> Picture | Plain:
    return decode_jpeg(data, most_pixels)


def _jxl(kind: str, data: bytes, most_pixels: int) -> Picture | Plain:
    return decode_jxl(data, most_pixels)


def _exr(kind: str, data: bytes, most_pixels: int) -> Picture:
    return decode_exr(data, most_pixels)


def _pillow(kind: str, data: bytes, most_pixels: int) -> Picture:
    """WebP, BMP and GIF."""
    most = MOST_PACKED_BMP if kind == "BMP" and data[30:31] in (b"\1", b"\2") else len(data)
    most = MOST_GIF if kind == "GIF" else most
    if len(data) > most:
        raise BadPhoto("", f"a {kind} of {len(data):,} bytes", f"at most {most:,}")
    image = PILLOW[kind](BytesIO(data))
    check_size(*image.size, most_pixels)
    if getattr(image, "is_animated", False):
        frames = "" if kind == "GIF" else f" of {getattr(image, 'n_frames', 1)} frames"
        raise BadPhoto("", f"an animation{frames}", "one still picture")
    image.decodermaxblock = max(image.decodermaxblock, len(data))  # one call
    image.load()
    notes: list[str] = []
    return Picture(image, turn_of(image.info, notes), image.info.get("icc_profile"), notes)


def _png(kind: str, data: bytes, most_pixels: int) -> Picture:
    stated = _chunks(data)
    picture = _pillow(kind, data, most_pixels)
    info, depth, mode = picture.image.info, data[24], PNG_MODES.get(data[25], "P")
    numbers = stated.get(b"cICP", b"")
    hdr = len(numbers) == 4 and numbers[1] in light.NAMES
    if depth == 16:
        PILLOW[kind](BytesIO(data)).verify()  # OpenCV would make room for what a damaged length claims
        with mute:
            picture.image = bit_depth.from_sixteen(data, mode, info.get("transparency"))
            deep = bit_depth.decoded(data, np.uint16, "RGB") if hdr and mode == "RGB" else None
        picture.deep = deep
        picture.notes.append(SIXTEEN)
    if b"gdAT" in stated or b"gmAP" in stated:
        picture.notes.append(GAIN_MAP)
    if len(numbers) == 4 and numbers[2:] == b"\0\1":  # which counts before all else
        picture.profile = None
        return cicp.coloured(picture, numbers[0], numbers[1])
    picture.notes.extend(_png_colours(info))
    return picture


def _chunks(data: bytes) -> dict[bytes, bytes]:
    """The first chunk of each kind of a PNG, at most 64 bytes of each; BadPhoto where they are too many."""
    chunks: dict[bytes, bytes] = {}
    at = 8
    for _ in range(MOST_CHUNKS):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if len(kind) < 4 or kind == b"IEND":
            return chunks
        chunks.setdefault(kind, data[at + 8 : at + 8 + min(length, 64)])
        at += length + 12
    raise BadPhoto("", f"over {MOST_CHUNKS:,} chunks", WHOLE)


def _png_colours(info: dict[str | tuple[int, int], Any]) -> list[str]:
    """Colour statements of a PNG that are not applied."""
    if info.get("icc_profile") or "srgb" in info:
        return []
    gamma, primaries = info.get("gamma", SRGB_GAMMA), info.get("chromaticity", SRGB_PRIMARIES)
    if isinstance(gamma, float) and abs(gamma - SRGB_GAMMA) > 0.01:
        return [f"the gamma of {gamma:.4g} was not applied; colours are taken as sRGB"]
    if isinstance(primaries, tuple) and not np.allclose(primaries, SRGB_PRIMARIES, atol=0.005):
        return ["the primaries of the cHRM chunk were not applied; colours are taken as sRGB"]
    return []


def _avif(kind: str, data: bytes, most_pixels: int) -> Picture:
    _check_boxes(data, most_pixels)
    picture = _pillow(kind, data, most_pixels)
    return _box_colours(picture, data, lambda: _deep_avif(data))


def _deep_avif(data: bytes) -> NDArray[np.uint16] | None:
    """Samples of an AVIF of 10 or 12 bits as of 16."""
    at = data.find(b"pixi", 0, HEAD_OF_BOXES)
    depth = data[at + 9] if 0 <= at < len(data) - 9 else 8
    if depth not in (10, 12):
        return None
    samples = bit_depth.decoded(data, np.uint16, "RGB")
    return (samples.astype(np.uint32) * 65535 // ((1 << depth) - 1)).astype(np.uint16)


def _deep_heic(data: bytes) -> NDArray[np.uint16] | None:
    import pillow_heif

    file = pillow_heif.open_heif(BytesIO(data), convert_hdr_to_8bit=False)
    return np.asarray(file)[..., :3] if file.mode == "RGB;16" else None


def _check_boxes(data: bytes, most_pixels: int) -> None:
    """The sizes that an AVIF or HEIC states of its parts, and the tags of its EXIF block."""
    tags.check_blocks(data)
    for number, box in enumerate(SIZE_BOX.finditer(data, 0, HEAD_OF_BOXES)):
        if number == MOST_SIZES:
            raise BadPhoto("", f"over {MOST_SIZES} sizes of pictures", "one still picture")
        width, height = struct.unpack(">II", box[1])
        check_size(width, height, most_pixels)


def _box_colours(picture: Picture, data: bytes, deep: Callable[[], NDArray[np.uint16] | None]) -> Picture:
    """Colours that AVIF and HEIC state by number, where no profile does, and a note on a gain map."""
    head = data[:HEAD_OF_BOXES]
    if any(name in head for name in GAIN_MAP_BOXES):
        picture.notes.append(GAIN_MAP)
    at = head.find(b"colrnclx")
    if at < 0 or picture.profile or len(head) < at + 12:
        return picture
    primaries, transfer = struct.unpack_from(">HH", head, at + 8)
    if transfer in light.NAMES:
        with mute:
            picture.deep = deep()
    return cicp.coloured(picture, primaries, transfer)


def _tiff(kind: str, data: bytes, most_pixels: int) -> Picture:
    return decode_tiff(data, most_pixels) or _raw(kind, data, most_pixels)


def _heic(kind: str, data: bytes, most_pixels: int) -> Picture:
    try:
        import pillow_heif
    except ImportError as error:
        raise MissingExtra("a HEIC photo", "heic") from error
    _check_boxes(data, most_pixels)
    file = pillow_heif.open_heif(BytesIO(data), convert_hdr_to_8bit=True)
    check_size(file.size[0], file.size[1], most_pixels)
    image = file.to_pillow()
    notes = ["the main one of several pictures in the file"] if len(file) > 1 else []
    picture = Picture(image, 1, image.info.get("icc_profile"), notes)
    return _box_colours(picture, data, lambda: _deep_heic(data))


def _raw(kind: str, data: bytes, most_pixels: int) -> Picture:
    try:
        import rawpy
    except ImportError as error:
        raise MissingExtra("a camera raw photo", "raw") from error
    with rawpy.imread(BytesIO(data)) as file:
        check_size(file.sizes.raw_width, file.sizes.raw_height, most_pixels)
        options: Any = {"use_camera_wb": True, "no_auto_bright": True, "gamma": (2.4, 12.92), "output_bps": 8}
        pixels = file.postprocess(**options, output_color=rawpy.ColorSpace.sRGB)
    return Picture(Image.fromarray(pixels), notes=[FROM_RAW])


_DECODERS: dict[str, Callable[[str, bytes, int], Picture | Plain]] = {
    "JPEG": _jpeg, "PNG": _png, "AVIF": _avif, "TIFF": _tiff, "HEIC": _heic, "raw": _raw,
    "JPEG XL": _jxl, "OpenEXR": _exr,
}  # fmt: skip
