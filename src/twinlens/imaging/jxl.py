"""JPEG XL: its header, read before anything is decoded, and its pixels by imagecodecs (libjxl).

A JPEG that was packed into JPEG XL without loss is unpacked and read as that JPEG. imagecodecs hands out no
ICC profile: where one states the colours of a lossless picture, that is noted; where the picture is lossy,
its samples have no known colours, and it is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from twinlens.core.errors import BadPhoto, MissingExtra
from twinlens.imaging import bit_depth, cicp, light
from twinlens.imaging.jpeg import decode_jpeg
from twinlens.imaging.picture import GAIN_MAP, WHOLE, Picture, Plain, check_size

CONTAINER = b"\0\0\0\x0cJXL \r\n\x87\n"
MOST_BOXES = 10_000
RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}
PLAIN = ((0, 0), (1, 0), (2, 4), (18, 6))
"""The widths of an enumeration: a number and how many bits are added to it."""
PRIMARIES = {1: 1, 9: 9, 11: 12}
"""Primaries of JPEG XL by their numbers in ITU-T H.273; its transfers have the same numbers."""
ALPHA, SPOT, CFA, GREY, XYB, CUSTOM, LINEAR = 0, 2, 5, 1, 2, 2, 8
NO_ICC = "the ICC profile of a JPEG XL picture was not applied; colours are taken as sRGB"


class _Bits:
    """Bits of a codestream, lowest first; ValueError behind its end."""

    def __init__(self, data: bytes) -> None:
        self._left, self._size = int.from_bytes(data[:4096], "little"), 8 * min(len(data), 4096)

    def take(self, count: int) -> int:
        self._size -= count
        if self._size < 0:
            raise ValueError("a header that ends too soon")
        value, self._left = self._left & ((1 << count) - 1), self._left >> count
        return value

    def number(self, *choices: tuple[int, int]) -> int:
        """One of four: a number, and how many bits are added to it."""
        start, count = choices[self.take(2)]
        return start + self.take(count)


@dataclass
class Header:
    """What a codestream says of its picture; primaries and transfer by their numbers in ITU-T H.273."""

    width: int
    height: int
    animated: bool = False
    has_icc: bool = False
    lossy: bool = True
    primaries: int = 1
    transfer: int = 13


def decode_jxl(data: bytes, most_pixels: int) -> Picture | Plain:
    """The picture of a JPEG XL file, upright."""
    try:
        import imagecodecs
    except ImportError as error:
        raise MissingExtra("a JPEG XL photo", "jxl") from error
    boxes = _boxes(data)
    header = read_header(boxes.get(b"jxlc") or boxes.get(b"jxlp", b"")[4:])
    check_size(header.width, header.height, most_pixels)
    if header.animated:
        raise BadPhoto("", "an animation", "one still picture")
    if b"jbrd" in boxes:
        return decode_jpeg(bytes(imagecodecs.jpegxl_decode_jpeg(data, numthreads=1)), most_pixels)
    if header.has_icc and header.lossy:
        lossy = "a lossy JPEG XL picture with an ICC profile"
        raise BadPhoto("", lossy, "colours stated by number, or no loss")
    samples = imagecodecs.jpegxl_decode(data)
    if samples.ndim not in (2, 3) or samples.shape[:2] != (header.height, header.width):
        raise BadPhoto("", f"samples of shape {samples.shape}", WHOLE)
    picture = _coloured(samples, header)
    picture.notes += [NO_ICC] * header.has_icc + [GAIN_MAP] * (b"jhgm" in boxes)
    return picture


def _coloured(samples: Any, header: Header) -> Picture:
    samples = samples[..., 0] if samples.ndim == 3 and samples.shape[2] == 1 else samples
    colours = samples[..., :3] if samples.ndim == 3 and samples.shape[2] > 2 else samples
    whole = samples.dtype.kind == "u"
    top = np.iinfo(samples.dtype).max if whole else 1
    matrix = cicp.to_srgb(cicp.PRIMARIES.get(header.primaries, cicp.PRIMARIES[1])[1])
    if header.transfer == LINEAR:
        made = light.tone_mapped(colours / np.float32(top), matrix)
        return Picture(Image.fromarray(made), notes=[light.NOTE])
    deep = None
    if samples.dtype != np.uint8:
        deep = samples if whole else np.rint(np.clip(samples, 0, 1) * 65535).astype(np.uint16)
        samples = bit_depth.rounded(np.ascontiguousarray(deep))
    picture = Picture(Image.fromarray(samples))
    if deep is not None:
        picture.notes.append("rounded to 8 bits")
        picture.deep = deep[..., :3] if deep.ndim == 3 and deep.shape[2] > 2 else None
    return picture if header.has_icc else cicp.coloured(picture, header.primaries, header.transfer)


def _boxes(data: bytes) -> dict[bytes, bytes]:
    """The first box of each kind; a bare codestream is one box."""
    if not data.startswith(CONTAINER):
        return {b"jxlc": data}
    boxes: dict[bytes, bytes] = {}
    at = len(CONTAINER)
    for _ in range(MOST_BOXES):
        size, kind, head = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8], 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        if len(kind) < 4 or (size and size < head):
            return boxes
        end = at + size if size else len(data)
        boxes.setdefault(kind, data[at + head : min(end, at + head + 4100)])
        at = end
    raise BadPhoto("", f"over {MOST_BOXES:,} boxes", WHOLE)


def read_header(codestream: bytes) -> Header:
    """The header of a codestream (ISO/IEC 18181-1, its first two bundles); ValueError where it is none."""
    bits = _Bits(codestream)
    if bits.take(16) != 0x0AFF:
        raise ValueError("no codestream")
    header = Header(*_size(bits))
    if bits.take(1):
        return header
    if bits.take(1):  # extra fields
        if bits.take(3) >= 4:
            header.width, header.height = header.height, header.width
        if bits.take(1):
            _size(bits)
        if bits.take(1):
            _preview(bits)
        if bits.take(1):
            header.animated = True
            return header
    _bit_depth(bits)
    bits.take(1)
    for _ in range(bits.number((0, 0), (1, 0), (2, 4), (1, 12))):
        _extra_channel(bits)
    header.lossy = bool(bits.take(1))
    if not bits.take(1):
        _colours(bits, header)
    return header


def _size(bits: _Bits) -> tuple[int, int]:
    small = bits.take(1)

    def side() -> int:
        return 8 * (1 + bits.take(5)) if small else bits.number((1, 9), (1, 13), (1, 18), (1, 30))

    height, ratio = side(), bits.take(3)
    return (height * RATIOS[ratio][0] // RATIOS[ratio][1] if ratio else side()), height


def _preview(bits: _Bits) -> None:
    eighths = bits.take(1)
    choices = ((16, 0), (32, 0), (1, 5), (33, 9)) if eighths else ((1, 6), (65, 8), (321, 10), (1345, 12))
    bits.number(*choices)
    if not bits.take(3):
        bits.number(*choices)


def _bit_depth(bits: _Bits) -> None:
    if bits.take(1):
        bits.number((32, 0), (16, 0), (24, 0), (1, 6))
        bits.take(4)
    else:
        bits.number((8, 0), (10, 0), (12, 0), (1, 6))


def _extra_channel(bits: _Bits) -> None:
    if bits.take(1):
        return
    kind = bits.number(*PLAIN)
    _bit_depth(bits)
    bits.number((0, 0), (3, 0), (4, 0), (1, 3))
    bits.take(8 * bits.number((0, 0), (0, 4), (16, 5), (48, 10)))
    bits.take({ALPHA: 1, SPOT: 64}.get(kind, 0))
    if kind == CFA:
        bits.number((1, 0), (0, 2), (3, 4), (19, 8))


def _colours(bits: _Bits, header: Header) -> None:
    header.has_icc = bool(bits.take(1))
    space = bits.number(*PLAIN)
    if header.has_icc or space == XYB:
        return
    if bits.number(*PLAIN) == CUSTOM:
        _custom(bits, 1)
        header.primaries = 0
    if space != GREY:
        primaries = bits.number(*PLAIN)
        if primaries == CUSTOM:
            _custom(bits, 3)
        header.primaries = PRIMARIES.get(primaries, 0) if header.primaries else 0
    if bits.take(1):
        header.transfer = 4 if abs(bits.take(24) / 1e7 - 1 / 2.2) < 0.01 else 0
    else:
        header.transfer = bits.number(*PLAIN)


def _custom(bits: _Bits, points: int) -> None:
    for _ in range(2 * points):
        bits.number((0, 19), (524288, 19), (1048576, 20), (2097152, 21))
