"""OpenEXR: its header is read here, its samples by OpenEXR; linear light, tone-mapped by the rule of `light`.

OpenEXR sees a file only when its sizes are known to be within limits and its names to be text: its own
`header()` (3.5.3) ends the process where they are none.
"""

import struct
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from twinlens.core.errors import BadPhoto, MissingExtra
from twinlens.imaging import cicp, light
from twinlens.imaging.picture import Picture, check_parts, check_size

DEEP, SEVERAL = 0x800, 0x1000
"""Bits of the version field: samples in depth, and several parts."""
COLOURS = (("R", "G", "B"), ("Y",))
MOST_ATTRIBUTES, LONGEST_NAME = 1000, 255
ON_BLACK = "transparent pixels are shown on black, as OpenEXR stores them"


def decode_exr(data: bytes, most_pixels: int) -> Picture:
    """The picture of an OpenEXR file of one flat part; channels beside colour and alpha are not read."""
    try:
        import Imath
        import OpenEXR
    except ImportError as error:
        raise MissingExtra("an OpenEXR photo", "exr") from error
    if int.from_bytes(data[4:8], "little") & (DEEP | SEVERAL):
        raise BadPhoto("", "an OpenEXR file of several parts or of deep samples", "one flat picture")
    head = _attributes(data)
    left, top, right, bottom = struct.unpack("<4i", head["dataWindow"])
    width, height = right - left + 1, bottom - top + 1
    check_size(width, height, most_pixels)
    if "tiles" in head:
        across, down = struct.unpack_from("<II", head["tiles"])
        check_parts(across, down, width, height)
    channels = _channels(head["channels"])
    names = next((names for names in COLOURS if all(name in channels for name in names)), ())
    if not names:
        listed = ", ".join(sorted(channels))[:80]
        raise BadPhoto("", f"{len(channels)} channels: {listed}", "R, G and B, or Y")
    if any(channels[name] != (1, 1) for name in names):
        raise BadPhoto("", "subsampled colours", "a sample for each pixel")
    file = OpenEXR.InputFile(BytesIO(data))

    def samples(*names: str) -> NDArray[np.float32]:
        read = file.channels(names, Imath.PixelType(Imath.PixelType.FLOAT))
        planes = [np.frombuffer(plane, np.float32).reshape(height, width) for plane in read]
        return planes[0] if len(planes) == 1 else np.stack(planes, axis=-1)

    notes = [light.NOTE]
    if channels.get("A") == (1, 1) and float(samples("A").min()) < 1:
        notes.append(ON_BLACK)
    return Picture(Image.fromarray(_shown(samples(*names), head.get("chromaticities"))), notes=notes)


def _shown(samples: NDArray[np.float32], chromaticities: bytes | None) -> NDArray[np.uint8]:
    if not np.isfinite(samples).all():
        raise BadPhoto("", "light that is no finite number", "finite samples")
    own = struct.unpack("<8f", chromaticities) if chromaticities else cicp.SRGB
    return light.tone_mapped(samples, cicp.to_srgb(own))


def _attributes(data: bytes) -> dict[str, bytes]:
    """The values of a header by name; ValueError where it is none."""
    values: dict[str, bytes] = {}
    at = 8
    for _ in range(MOST_ATTRIBUTES):
        name, at = _name(data, at)
        if not name:
            return values
        _, at = _name(data, at)
        size = int.from_bytes(data[at : at + 4], "little")
        if name in values or at + 4 + size > len(data):
            raise ValueError(f"attribute {name} twice, or longer than the file")
        values[name], at = data[at + 4 : at + 4 + size], at + 4 + size
    raise ValueError(f"over {MOST_ATTRIBUTES} attributes")


def _channels(listed: bytes) -> dict[str, tuple[int, int]]:
    """The sampling of each channel, across and down."""
    channels: dict[str, tuple[int, int]] = {}
    name, at = _name(listed, 0)
    while name:
        across, down = struct.unpack_from("<ii", listed, at + 8)
        channels[name] = across, down
        name, at = _name(listed, at + 16)
    return channels


def _name(data: bytes, at: int) -> tuple[str, int]:
    """A name that ends with a zero, and what comes after it; ValueError where it is no plain text."""
    end = data.find(b"\0", at, at + LONGEST_NAME + 1)
    if end < 0:
        raise ValueError("a name without end")
    return data[at:end].decode("ascii"), end + 1
