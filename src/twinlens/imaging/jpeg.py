"""A JPEG's markers, read before anything is decoded; what decoding needs goes to a decoder, and nothing else.

Three components that are sRGB are decoded by OpenCV, straight into an array; all else by Pillow.

Pillow reads a header byte by byte and keeps every segment, and libjpeg goes over the whole picture once a
scan: both are held within limits here. libjpeg fills what is missing with grey and does not say so: a file
without its end marker, or with a flat last corner, is decoded again with other bytes after its data; where
these change a pixel, the data ended too soon.
"""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BytesIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin

from twinlens.core.errors import BadPhoto
from twinlens.imaging.icc import is_srgb
from twinlens.imaging.orientation import turn
from twinlens.imaging.picture import GAIN_MAP, WHOLE, Picture, Plain, check_size
from twinlens.imaging.silence import mute

SEGMENT = re.compile(rb"\xff[^\x00\xff]", re.DOTALL)
AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
"""The next marker: between segments, and behind the data of a scan."""
START, END, FILL = b"\xff\xd8", b"\xff\xd9", b"\xff"
EOI, SOS, APP0, APP1, APP2, APP14 = 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE
NO_LENGTH = {0x01, *range(0xD0, 0xD9)}
TABLES = {0xC4, 0xCC, 0xDB, 0xDD}
FRAMES = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}
READ, PROGRESSIVE = {0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xCA}, {0xC2, 0xCA}
LOSSLESS = 0xC3
COEFFICIENTS = 64
MOST_SEGMENTS = 10_000
MOST_PASSES = 16
"""Pixels times scans, at most, in multiples of the most pixels a photo may have."""
PADDING = bytes(16)
"""So many zeros at the end are no data of a scan."""
TAILS = (b"\x55" * 256, b"\xaa" * 256)
CORNER = 4
XMP, EXIF, ICC, MPF = b"http://ns.adobe.com/xap/1.0/\0", b"Exif\0\0", b"ICC_PROFILE\0", b"MPF\0"
GAIN_MAPS = (b"hdr-gain-map", b"HDRGainMap", b"urn:iso:std:iso:ts:21496:-1")
FLAGS = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
UNSET = np.array((1, 254, 85), np.uint8)
"""What the last pixel is before it is decoded; a picture that has it there is decoded again."""
NO_END = "the end marker of the JPEG is missing, and nothing else"
BAD_PROFILE = "parts of the colour profile are missing; colours are taken as sRGB"


@dataclass
class Markers:
    """What the segments of a JPEG say, and the parts of it that decoding needs, without the end marker."""

    size: tuple[int, int] = (0, 0)
    components: bytes = b""
    progressive: bool = False
    lossless: bool = False
    needed: list[bytes | memoryview] = field(default_factory=list)
    scans: list[bytes] = field(default_factory=list)
    exif: bytes = b""
    xmp: bytes = b""
    profile: dict[int, bytes] = field(default_factory=dict)
    profile_parts: int = 0
    several: bool = False
    gain_map: bool = False
    ended: bool = False


def decode_jpeg(data: bytes, most_pixels: int) -> Picture | Plain:
    """The picture of a JPEG, the first one where there are several; BadPhoto, without a name, otherwise."""
    read = read_markers(data, most_pixels)
    broken = len(read.profile) != read.profile_parts
    profile = b"" if broken else b"".join(part for _, part in sorted(read.profile.items()))
    pixels = _by_opencv(read) if not profile or is_srgb(profile) else None
    image: Image.Image | NDArray[np.uint8] = _decoded(read) if pixels is None else pixels
    notes: list[str] = []
    if not read.ended or _flat_corner(image):
        _check_end(read, image)
    if not read.ended:
        notes.append(NO_END)
    if read.gain_map:
        notes.append(GAIN_MAP)
    elif read.several:
        notes.append("the first of several pictures in the file")
    if broken:
        notes.append(BAD_PROFILE)
    due = turn(read.exif, read.xmp, notes)
    if isinstance(image, Image.Image):
        return Picture(image, due, profile or None, notes)
    return Plain(image, due, notes)


def _check_end(read: Markers, image: Image.Image | NDArray[np.uint8]) -> None:
    """BadPhoto where the pixels change with what stands behind the data of the scans."""
    cut, known = not (read.ended or _all_scans(read)), np.asarray(image)
    again = _decoded if isinstance(image, Image.Image) else _by_opencv
    if cut or any(not np.array_equal(np.asarray(again(read, tail)), known) for tail in TAILS):
        raise BadPhoto("", "JPEG data that ends before the picture does", WHOLE)


def _by_opencv(read: Markers, tail: bytes = b"") -> NDArray[np.uint8] | None:
    """The pixels (height, width, 3) of three components: those that Pillow gives, in less time.

    None where OpenCV does not decode it; what is wrong with it Pillow says.
    """
    if len(read.components) != 3 or read.lossless or not read.ended:
        return None
    parts = (START, *read.needed, tail, END)
    try:
        with mute:
            pixels = _into_array(parts, read.size)
            if pixels is None:
                pixels = cv2.imdecode(np.frombuffer(b"".join(parts), np.uint8), FLAGS)
    except cv2.error:
        return None
    return None if pixels is None or pixels.shape[1::-1] != read.size else np.asarray(pixels, np.uint8)


def _into_array(parts: Iterable[bytes | memoryview], size: tuple[int, int]) -> NDArray[np.generic] | None:
    """As `cv2.imdecode`, without its copy: into an array OpenCV decodes from a file only, here one in memory.

    None where that did not reach the last pixel, or where the system has no such file.
    """
    pixels = np.empty((size[1], size[0], 3), np.uint8)
    pixels[-1, -1] = UNSET
    try:
        with os.fdopen(os.memfd_create("jpeg"), "wb") as file:
            file.writelines(parts)
            file.flush()
            cv2.imread(f"/proc/self/fd/{file.fileno()}", pixels, FLAGS)
    except (AttributeError, OSError):  # not Linux; or without room for files
        return None
    return None if (pixels[-1, -1] == UNSET).all() else pixels


def _decoded(read: Markers, tail: bytes = b"") -> Image.Image:
    whole = b"".join((START, *read.needed, tail, END))
    image = JpegImagePlugin.JpegImageFile(BytesIO(whole))
    image.decodermaxblock = len(whole)  # one call
    image.load()
    return image


def _flat_corner(image: Image.Image | NDArray[np.uint8]) -> bool:
    """Whether the last pixels are all the same, as they are where libjpeg had no more data."""
    if isinstance(image, Image.Image):
        width, height = image.size
        image = np.asarray(image.crop((max(0, width - CORNER), max(0, height - CORNER), width, height)))
    corner = image[-CORNER:, -CORNER:]
    return bool((corner == corner[-1, -1]).all())


def _all_scans(read: Markers) -> bool:
    """Whether a progressive JPEG has a scan for every bit of every coefficient."""
    if not read.progressive:
        return True
    done: set[tuple[int, int]] = set()
    for scan in read.scans:
        first, last, precision = scan[-3], scan[-2], scan[-1] & 15
        if precision == 0:
            done |= {(name, at) for name in scan[1:-3:2] for at in range(first, last + 1)}
    return len(done) == len(set(read.components)) * COEFFICIENTS


def read_markers(data: bytes, most_pixels: int) -> Markers:
    """The markers up to the end of the first picture; BadPhoto where there is none, or over the limits."""
    read, at, picture, stop = Markers(), len(START), 0, len(data)
    last = len(data.rstrip(FILL))
    for _ in range(MOST_SEGMENTS):
        match = (AFTER_SCAN if read.scans else SEGMENT).search(data, at, last)
        if match is None:
            break
        start, at, marker = match.start(), match.end(), data[match.end() - 1]
        if marker == EOI:
            stop, read.ended = start, True
            break
        if marker in NO_LENGTH:
            continue
        length = int.from_bytes(data[at : at + 2], "big")
        body, at = data[at + 2 : at + length], at + max(length, 2)
        if at > len(data):
            break
        if marker == SOS:
            picture = picture or start
            read.scans.append(body)
        elif not read.scans:
            _read_segment(read, marker, body, data[start:at], most_pixels)
    else:
        raise BadPhoto("", f"over {MOST_SEGMENTS:,} segments", WHOLE)
    _check_scans(read, most_pixels)
    if read.ended:
        read.needed.append(memoryview(data)[picture:stop])
    else:
        scans = data[picture:stop].rstrip(FILL)
        read.needed.append(scans.rstrip(b"\0" + FILL) if scans.endswith(PADDING) else scans)
    read.gain_map = read.gain_map or any(data.find(name, stop) >= 0 for name in GAIN_MAPS)
    return read


def _check_scans(read: Markers, most_pixels: int) -> None:
    if not read.scans or not read.components or min(map(len, read.scans)) < 6:
        raise BadPhoto("", "a JPEG without a picture", WHOLE)
    width, height = read.size
    most = MOST_PASSES * most_pixels // (width * height)
    if len(read.scans) > most:
        raise BadPhoto("", f"{len(read.scans):,} scans of {width} x {height} pixels", f"at most {most:,}")


def _read_segment(read: Markers, marker: int, body: bytes, whole: bytes, most_pixels: int) -> None:
    """One segment before the first scan."""
    if marker in FRAMES:
        if marker not in READ or read.components or len(body) < 9:
            frame = f"a JPEG frame of type {marker & 15}" if marker != 0xF7 else "a JPEG-LS picture"
            raise BadPhoto("", frame, "one frame, baseline, progressive or lossless")
        read.size = int.from_bytes(body[3:5], "big"), int.from_bytes(body[1:3], "big")
        check_size(*read.size, most_pixels)
        read.components, read.progressive = body[6::3], marker in PROGRESSIVE
        read.lossless = marker == LOSSLESS
    elif marker == APP1:
        read.exif = read.exif or (body if body.startswith(EXIF) else b"")
        read.xmp = read.xmp or (body.removeprefix(XMP) if body.startswith(XMP) else b"")
    elif marker == APP2 and body.startswith(ICC) and len(body) > 13:
        read.profile[body[12]], read.profile_parts = body[14:], body[13]
    if marker in (APP1, APP2):
        read.several = read.several or body.startswith(MPF)
        read.gain_map = read.gain_map or any(name in body for name in GAIN_MAPS)
    if marker in FRAMES | TABLES or marker in (APP0, APP14):
        read.needed.append(whole)
