"""What a camera wrote of a shot: camera, lens, ISO, exposure, aperture, focal length and time, no more.

Where the photo was taken, by whom, and the numbers of camera and lens are never read, so no report or run can
hold them. A damaged block counts as none. Of JPEG, HEIC and raw files that are no TIFF the first is taken.
"""

import math
import re
import struct
from datetime import datetime
from io import BytesIO
from typing import Any

from msgspec import UNSET
from PIL import Image

from twinlens.core.exif import Exif
from twinlens.imaging.decode import PILLOW
from twinlens.imaging.silence import quiet
from twinlens.imaging.sniff import sniff

MAKE, MODEL, SHOT = 0x010F, 0x0110, 0x8769
EXPOSURE, APERTURE, ISO, INDEX, TAKEN, FOCAL_LENGTH, LENS = (
    0x829A, 0x829D, 0x8827, 0x8832, 0x9003, 0x920A, 0xA434,
)  # fmt: skip
MOST_ISO = 65_535
"""What a camera writes where its ISO needs more than 16 bits: the recommended exposure index then has it."""
LONGEST_TEXT = 80
BLOCK = re.compile(rb"Exif\0\0(?=II\*\0|MM\0\*)")
DAMAGE = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, ArithmeticError, struct.error)


def read_exif(data: bytes) -> Exif | None:
    """What stands in the bytes of a photo's file; None where there is nothing of it."""
    try:
        with quiet:
            block = _block(data)
            made = _exif(dict(block), block.get_ifd(SHOT))
    except DAMAGE:
        return None
    return None if made == Exif() else made


def _block(data: bytes) -> Image.Exif:
    kind = sniff(data)
    if kind in PILLOW:
        return PILLOW[kind](BytesIO(data)).getexif()
    block = Image.Exif()
    if kind in ("JPEG", "TIFF", "raw", "HEIC"):
        inner = BLOCK.search(data)
        block.load(data if kind == "TIFF" else data[inner.end() :] if inner else b"")
    return block


def _exif(picture: dict[int, Any], shot: dict[int, Any]) -> Exif:
    make, model = _text(picture.get(MAKE)), _text(picture.get(MODEL))
    named = model.lower().startswith(make.lower().partition(" ")[0])
    iso = _number(shot.get(ISO), 1e7)
    if iso is None or iso >= MOST_ISO:
        iso = _number(shot.get(INDEX), 1e9) or iso
    numbers = {
        "iso": iso and int(iso),
        "exposure": _number(shot.get(EXPOSURE), 1e6),
        "aperture": _number(shot.get(APERTURE), 1e3),
        "focal_length": _number(shot.get(FOCAL_LENGTH), 1e5),
    }
    texts = {"camera": model if named else f"{make} {model}".strip(), "lens": _text(shot.get(LENS))}
    known: dict[str, Any] = {**texts, **numbers, "taken": _time(shot.get(TAKEN))}
    return Exif(**{name: value or UNSET for name, value in known.items()})


def _text(value: object) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    if not isinstance(text, str):
        return ""
    printable = "".join(c if c.isprintable() else " " for c in text.partition("\0")[0])
    return " ".join(printable.split())[:LONGEST_TEXT]


def _number(value: Any, most: float) -> float | None:
    """A number above 0; of several the first."""
    value = value[0] if isinstance(value, tuple) and value else value
    number = float(f"{float(value):.6g}") if value is not None else math.nan
    return number if 0 < number <= most else None


def _time(value: object) -> str:
    try:
        return str(datetime.strptime(_text(value), "%Y:%m:%d %H:%M:%S"))
    except ValueError:
        return ""
