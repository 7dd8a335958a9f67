"""The orientation that EXIF or XMP states, read without loading what else a block holds."""

import re
from collections.abc import Mapping
from typing import Any

from twinlens.imaging.tags import Tags

ORIENTATION = 0x0112
IN_XMP = re.compile(rb"tiff:Orientation(?:=['\"]|>)([1-8])")
DAMAGED = "the EXIF block is damaged; the picture is taken as upright"


def turn(exif: bytes, xmp: bytes, notes: list[str]) -> int:
    """The orientation, 1 to 8, of an EXIF block, else of XMP, else 1; a damaged block is noted."""
    stated = None
    try:
        stated = Tags(exif.removeprefix(b"Exif\0\0")).first(ORIENTATION) if exif else None
    except ValueError:
        notes.append(DAMAGED)
    if stated is None and (match := IN_XMP.search(xmp)):
        stated = int(match[1])
    return stated if stated is not None and 1 <= stated <= 8 else 1


def turn_of(info: Mapping[Any, Any], notes: list[str]) -> int:
    """The orientation that Pillow's `info` of a picture states, also as ImageMagick writes it into PNG."""
    exif, raw = info.get("exif"), info.get("Raw profile type exif")
    if exif is None and isinstance(raw, str):
        try:
            exif = bytes.fromhex("".join(raw.split("\n")[3:]))
        except ValueError:
            exif = b"?"
    xmp = info.get("xmp", info.get("XML:com.adobe.xmp", b""))
    xmp = xmp.encode("utf-8", "replace") if isinstance(xmp, str) else xmp
    return turn(exif if isinstance(exif, bytes) else b"", xmp if isinstance(xmp, bytes) else b"", notes)
