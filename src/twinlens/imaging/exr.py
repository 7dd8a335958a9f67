"""OpenEXR: linear light, tone-mapped by the rule of `light`."""

from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from twinlens.core.errors import BadPhoto, MissingExtra
from twinlens.imaging import cicp, light
from twinlens.imaging.picture import Picture, check_parts, check_size

DEEP, SEVERAL = 0x800, 0x1000
"""Bits of the version field: samples in depth, and several parts."""
COLOURS = (("R", "G", "B"), ("Y",))
MOST_CHANNELS = 1024
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
    file = OpenEXR.InputFile(BytesIO(data))
    head = file.header()
    low, high = head["dataWindow"].min, head["dataWindow"].max
    width, height = high.x - low.x + 1, high.y - low.y + 1
    check_size(width, height, most_pixels)
    if tiles := head.get("tiles"):
        check_parts(tiles.xSize, tiles.ySize, width, height)
    channels = head["channels"]
    names = next((names for names in COLOURS if all(name in channels for name in names)), ())
    if not names or len(channels) > MOST_CHANNELS:
        listed = ", ".join(sorted(channels))[:80]
        raise BadPhoto("", f"{len(channels)} channels: {listed}", "R, G and B, or Y")
    if any(channels[name].xSampling * channels[name].ySampling != 1 for name in names):
        raise BadPhoto("", "subsampled colours", "a sample for each pixel")

    def samples(*names: str) -> NDArray[np.float32]:
        read = file.channels(names, Imath.PixelType(Imath.PixelType.FLOAT))
        planes = [np.frombuffer(plane, np.float32).reshape(height, width) for plane in read]
        return planes[0] if len(planes) == 1 else np.stack(planes, axis=-1)

    notes = [light.NOTE]
    if "A" in channels and channels["A"].xSampling == 1 and float(samples("A").min()) < 1:
        notes.append(ON_BLACK)
    return Picture(Image.fromarray(_shown(samples(*names), head.get("chromaticities"))), notes=notes)


def _shown(samples: NDArray[np.float32], chromaticities: Any) -> NDArray[np.uint8]:
    if not np.isfinite(samples).all():
        raise BadPhoto("", "light that is no finite number", "finite samples")
    own = cicp.SRGB
    if chromaticities is not None:
        points = (getattr(chromaticities, name) for name in ("red", "green", "blue", "white"))
        own = tuple(value for point in points for value in (point.x, point.y))
    return light.tone_mapped(samples, cicp.to_srgb(own))
