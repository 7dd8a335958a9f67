"""A photo's own bytes without what is no picture: EXIF, XMP, IPTC, comments, previews, trailers.

A page travels to other people; where a photo was taken, by whom and with which camera does not travel along.
What changes how the picture looks (profile, gamma, Adobe's transform) stays.
"""

import re
import struct
from collections.abc import Iterator

MARKER = re.compile(rb"\xff+([\x01-\xcf\xd8-\xfe])")
"""The next marker in the entropy-coded data of a JPEG, restarts and stuffed zeros left out."""
START_OF_SCAN, END, COMMENT = 0xDA, 0xD9, 0xFE
APPLICATION = range(0xE0, 0xF0)
LOOKS = ((0xE0, b"JFIF\0"), (0xE2, b"ICC_PROFILE\0"), (0xEE, b"Adobe"))
"""Application segments of a JPEG that change how it looks."""
PNG_LOOKS = frozenset({b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT"})
WEBP_LOOKS = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP"})
EXIF_AND_XMP = 0x0C
"""Bits of a WebP's header that say that EXIF and XMP are in it."""


def bare(form: str, data: bytes) -> bytes:
    """A JPEG, PNG or WebP without its metadata; ValueError where it is cut short."""
    try:
        return b"".join({"JPEG": _jpeg, "PNG": _png, "WEBP": _webp}[form](data))
    except (struct.error, IndexError) as error:
        raise ValueError(f"{form} data that is cut short") from error


def _jpeg(data: bytes) -> Iterator[bytes]:
    yield data[:2]
    at = 2
    while at < len(data):
        marker = MARKER.match(data, at)
        if marker is None:
            raise IndexError(at)
        kind, start = marker[1][0], marker.end()
        if kind == END:
            break
        end = start + int(struct.unpack_from(">H", data, start)[0])
        if _is_seen(kind, data[start + 2 : end]):
            yield b"\xff" + data[marker.end() - 1 : end]
        at = end
        if kind == START_OF_SCAN:
            after = MARKER.search(data, end)
            at = after.start() if after else len(data)
            yield data[end:at]
    yield b"\xff\xd9"


def _is_seen(kind: int, content: bytes) -> bool:
    """Whether a segment has to do with the picture."""
    if kind in APPLICATION:
        return any(kind == known and content.startswith(name) for known, name in LOOKS)
    return kind != COMMENT


def _png(data: bytes) -> Iterator[bytes]:
    yield data[:8]
    at = 8
    while at < len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        if name[:1].isupper() or name in PNG_LOOKS:
            yield data[at : at + 12 + size]
        if name == b"IEND":
            break
        at += 12 + size


def _webp(data: bytes) -> Iterator[bytes]:
    chunks, at, end = [], 12, min(8 + int(struct.unpack_from("<I", data, 4)[0]), len(data))
    while at < end:
        name, size = struct.unpack_from("<4sI", data, at)
        content = bytearray(data[at : at + 8 + size + size % 2])
        if name == b"VP8X":
            content[8] &= 0xFF ^ EXIF_AND_XMP
        if name in WEBP_LOOKS:
            chunks.append(bytes(content))
        at += len(content)
    body = b"".join(chunks)
    yield b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body
