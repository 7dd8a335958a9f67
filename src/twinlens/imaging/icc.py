"""Decoded pictures of any mode become opaque sRGB.

Colours are converted with the embedded profile: relative colorimetric, black point compensation, 8 bits. A
profile that moves no colour by more than `UNSEEN` code values is sRGB under whatever name, and is skipped.
Colours without a profile are taken as sRGB. Samples of 16 bits are rounded first, so that a wide profile
(ProPhoto) costs up to some 3 code values in single pixels.
"""

import re
import struct
from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from twinlens.core.errors import BadPhoto
from twinlens.imaging.cicp import PCS, SRGB, to_xyz

UNSEEN = 1
SPACES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
NAMES = {"RGB": "colour", "L": "grey", "CMYK": "CMYK"}
CACHED_PROFILES = 16
MOST_BYTES = 1 << 23
"""Of a profile; the largest of printers have four million."""
MOST_ELEMENTS, MOST_TAGS = 64, 100
"""Steps of a profile's multi-process elements, each of which is done for every colour; and its tags."""
DAMAGED = ImageCms.PyCMSError, OSError, ValueError, TypeError, KeyError


def to_srgb(image: Image.Image, profile: bytes | None, notes: list[str]) -> Image.Image:
    """A picture of any mode in mode RGB (sRGB, 8 bits, opaque); what had to be done is added to `notes`.

    BadPhoto, still without a name, where the mode has no agreed colours.
    """
    image, alpha = _apart(image)
    image = _converted(image, profile, notes) if profile else image
    if image.mode == "CMYK":
        notes.append("CMYK without a usable profile was converted by the plain formula")
    if image.mode != "RGB":
        image = image.convert("RGB")
    if alpha is None or alpha.getextrema() == (255, 255):
        return image
    if alpha.getextrema() == (0, 0):  # as 32-bit BMP files of many programs have it
        notes.append("the alpha channel is zero everywhere and was ignored")
    else:
        notes.append("transparent pixels were laid on white")
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=alpha)
        image = white
    return image


def _apart(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Colours (RGB, L or CMYK) and alpha."""
    if image.mode in ("RGBa", "La"):
        image = image.convert(image.mode.upper())
    elif image.mode in ("P", "PA") or (image.mode in ("1", "L", "RGB") and "transparency" in image.info):
        image = image.convert("RGBA" if image.mode == "PA" or "transparency" in image.info else "RGB")
    elif image.mode in ("1", "RGBX", "YCbCr"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    if image.mode in ("RGBA", "LA"):
        return image.convert(image.mode[:-1]), image.getchannel("A")
    if image.mode not in ("RGB", "L", "CMYK"):
        raise BadPhoto("", f"pixels of mode {image.mode}", "grey, RGB or CMYK")
    return image, None


def is_srgb(profile: bytes) -> bool:
    """Whether a profile is that of colours which are as good as sRGB, under whatever name."""
    try:
        return not _too_much(profile) and _opened(profile)[::2] == ("RGB", None)
    except DAMAGED:
        return False


def _too_much(profile: bytes) -> bool:
    elements = (int.from_bytes(at[12:16], "big") for at in _elements(profile))
    return len(profile) > MOST_BYTES or any(number > MOST_ELEMENTS for number in elements)


def _converted(image: Image.Image, profile: bytes, notes: list[str]) -> Image.Image:
    if _too_much(profile):
        notes.append(f"a colour profile of {len(profile):,} bytes was ignored; colours are taken as sRGB")
        return image
    try:
        mode, name, transform = _opened(profile)
        if mode == "RGB" and image.mode == "L":
            image = image.convert("RGB")
        if mode != image.mode:
            notes.append(f"the {NAMES[mode]} profile of a {NAMES[image.mode]} picture was ignored")
            return image
        if transform is None:
            return image
        done = ImageCms.applyTransform(image, transform, inPlace=mode == "RGB")
    except DAMAGED:
        notes.append("the colour profile is damaged; colours are taken as sRGB")
        return image
    notes.append(f"converted to sRGB from {name}")
    return image if done is None else done


def _elements(profile: bytes) -> Iterator[bytes]:
    """The heads of a profile's multi-process elements."""
    return (profile[at.start() : at.start() + 16] for at in re.finditer(b"mpet", profile))


def linear_matrix(profile: bytes) -> NDArray[np.float64] | None:
    """The matrix (3, 3) from the colours of a profile to linear sRGB; None where they are no linear light."""
    count = min(int.from_bytes(profile[128:132], "big"), MOST_TAGS, (len(profile) - 132) // 12)
    table = (struct.unpack_from(">4sII", profile, 132 + 12 * number) for number in range(count))
    tags = {name: profile[start : start + size] for name, start, size in table}
    if profile[16:20] == b"GRAY" and _straight(tags.get(b"kTRC", b"")):
        return np.eye(3)
    columns = [tags.get(name, b"")[8:20] for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
    curves = [tags.get(name, b"") for name in (b"rTRC", b"gTRC", b"bTRC")]
    if not all(map(_straight, curves)) or any(len(xyz) < 12 for xyz in columns):
        return None
    matrix = np.array([struct.unpack(">3i", xyz) for xyz in columns]).T / 65536
    return np.asarray(np.linalg.inv(to_xyz(SRGB, PCS)) @ matrix, np.float64)


def _straight(curve: bytes) -> bool:
    """Whether a curve of a profile is that of linear light: nothing, a gamma of 1, or levels on a line."""
    if curve[:4] == b"para":
        return curve[8:10] == b"\0\0" and curve[12:16] == struct.pack(">I", 65536)
    count = int.from_bytes(curve[8:12], "big")
    if curve[:4] != b"curv" or len(curve) < 12 + 2 * count:
        return False
    levels = np.frombuffer(curve, ">u2", count, 12)
    if count < 2:
        return count == 0 or levels[0] == 256
    return bool(np.abs(levels - np.linspace(0, 65535, count)).max() < 2)


@lru_cache(CACHED_PROFILES)
def _opened(profile: bytes) -> tuple[str, str, ImageCms.ImageCmsTransform | None]:
    """The mode of the pictures a profile is for (KeyError: none), its name, and its transform to sRGB.

    The transform is None where it changes nothing worth the time.
    """
    source, srgb = ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
    mode, name = SPACES[source.profile.xcolor_space.strip()], _name(source)
    how = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION
    transform = ImageCms.buildTransform(source, srgb, mode, "RGB", *how)
    if mode == "CMYK":
        return mode, name, transform
    colours = _probe()
    shown = Image.fromarray(colours if mode == "RGB" else colours[..., 0])
    after = np.asarray(ImageCms.applyTransform(shown, transform)).astype(int)
    moved = np.abs(after - np.asarray(shown.convert("RGB"))).max()
    return mode, name, None if moved <= UNSEEN else transform


def _name(profile: ImageCms.ImageCmsProfile) -> str:
    try:
        name = ImageCms.getProfileDescription(profile)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        name = ""
    name = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    return name[:80] or "an unnamed profile"


def _probe() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Colours to try a profile on: every grey, and a lattice of nine levels a channel."""
    greys = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    levels = np.linspace(0, 255, 9).astype(np.uint8)
    lattice = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(-1, 3)
    return np.concatenate([greys, lattice])[None]
