"""Files become photos: upright, sRGB, 8 bits a channel, or one line that says why not.

A file is read once: its bytes are hashed and decoded from memory. What is expected of a file stands in
`Limits`; what decoding changed stands in `Photo.notes`. How each format is decoded is in `decode`, how
colours get to sRGB in `icc`, how a photo at an address is read in `remote`.
"""

import errno
import hashlib
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from twinlens.core.errors import BadInput, BadPhoto
from twinlens.core.files import AnyPath, special
from twinlens.core.types import Kind, Pair, Photo
from twinlens.imaging.decode import decode
from twinlens.imaging.exif import read_exif
from twinlens.imaging.in_memory import AnyPicture, photo_of
from twinlens.imaging.remote import is_address, read_address

AnyPhoto = AnyPath | AnyPicture
UNREADABLE = {
    **dict.fromkeys((errno.ENOENT, errno.ENOTDIR), "no such file"),
    **dict.fromkeys((errno.EACCES, errno.EPERM), "a file that may not be read"),
    errno.ELOOP: "a loop of symbolic links",
    errno.ENAMETOOLONG: "a name too long for a file",
}


@dataclass(frozen=True)
class Limits:
    """The largest file that is decoded: `pixels` is width times height, `bytes` the size of the file.

    A photo of n pixels takes about 10 n bytes while it is decoded (25 n where it holds more than 8 bits a
    sample), 3 n afterwards.
    """

    pixels: int = 250_000_000
    bytes: int = 1 << 30

    @staticmethod
    def from_environment(environment: Mapping[str, str] = os.environ) -> "Limits":
        """The limits that TWINLENS_MAX_PIXELS and TWINLENS_MAX_BYTES set, the defaults where they do not."""
        limits = {}
        for field, variable in (("pixels", "TWINLENS_MAX_PIXELS"), ("bytes", "TWINLENS_MAX_BYTES")):
            text = environment.get(variable, "").strip()
            if not text:
                continue
            if not (text.isascii() and text.isdigit() and int(text[:30]) > 0):
                raise BadInput(f"{variable}: found {text[:40]!r}; expected a whole number above 0")
            limits[field] = int(text[:30])
        return Limits(**limits)


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A file as it was read: its path for people, its bytes and their sha256."""

    file: str
    data: bytes
    sha256: str


def read_photo(path: AnyPath, limits: Limits | None = None) -> Source:
    """The bytes of a photo's file, or of what an address such as s3://… names; BadPhoto where it has none."""
    limits = limits or Limits.from_environment()
    file = os.fsdecode(path).encode("utf-8", "backslashreplace").decode("utf-8")
    data = read_address(file, limits.bytes) if is_address(file) else _read_file(path, file, limits)
    if not data:
        raise BadPhoto(file, "an empty file", "a photo")
    if len(data) > limits.bytes:
        raise _too_long(file, f"over {limits.bytes:,} bytes", limits)
    return Source(file, data, hashlib.sha256(data).hexdigest())


def decode_photo(source: Source, limits: Limits | None = None) -> Photo:
    """The photo in the bytes of a file; see `open_photo`."""
    limits = limits or Limits.from_environment()
    pixels, notes = decode(source.file, source.data, limits.pixels)
    return Photo(source.file, source.sha256, pixels, notes, read_exif(source.data))


def open_photo(path: AnyPhoto, limits: Limits | None = None) -> Photo:
    """The photo in a file, recognised by what it holds, not by its name; or a picture in memory.

    JPEG, PNG, WebP, TIFF, AVIF, BMP and GIF are read as they are, HEIC, camera raw, OpenEXR and JPEG XL by
    the extras heic, raw, exr and jxl. The picture is turned upright by its EXIF, brought to sRGB by its
    profile (relative colorimetric, black point compensation) or its numbers (cICP), and rounded to 8 bits;
    linear light, PQ and HLG are tone-mapped. Transparent pixels are laid on white. A Pillow image or a uint8
    array is taken as `photo_of` says.
    `limits` default to `Limits.from_environment()`. Raises BadPhoto, or MissingExtra where an extra is not
    installed.

    `pixels` is contiguous and read-only. `file` is the path as given; bytes that are no text are escaped.
    """
    if isinstance(path, Image.Image | np.ndarray):
        return photo_of(path, (limits or Limits.from_environment()).pixels)
    if not isinstance(path, str | bytes | os.PathLike):
        raise BadPhoto("", f"a {type(path).__name__}", "a path, a Pillow image or a uint8 array")
    return decode_photo(read_photo(path, limits), limits)


def open_pair(
    a: AnyPhoto, b: AnyPhoto, *, id: str | None = None, scene: str = "", kind: Kind = "other",
    limits: Limits | None = None,
) -> Pair:  # fmt: skip
    """Two photos as a pair, decoded at the same time; where both are bad, the error is that of a.

    The id defaults to the stem both names share, or to "stem of a-stem of b"; to "pair" without files.
    """
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(_named, b, "photo b", limits)
        photo = _named(a, "photo a", limits)
    stems = dict.fromkeys(Path(p.file).stem for p in (photo, other.result()) if p.file) or ("pair",)
    return Pair("-".join(stems) if id is None else id, photo, other.result(), scene, kind)


def _named(given: AnyPhoto, name: str, limits: Limits | None) -> Photo:
    """The photo; where it is in memory, an error has this name instead of a file's."""
    try:
        return open_photo(given, limits)
    except BadPhoto as error:
        raise error if error.file else BadPhoto(name, error.found, error.expected) from error


def open_side_by_side(
    path: AnyPath, *, id: str | None = None, scene: str = "", kind: Kind = "other",
    limits: Limits | None = None,
) -> Pair:  # fmt: skip
    """The pair in a composite: a is the left half of the picture, b the right; an odd width is refused.

    The halves are named "file#left" and "file#right"; the sha256 of each is of its pixels, row by row. The id
    defaults to the stem of the file.
    """
    whole = open_photo(path, limits)
    a, b = halves(whole)
    return Pair(Path(whole.file).stem if id is None else id, a, b, scene, kind)


def halves(whole: Photo) -> tuple[Photo, Photo]:
    """The left and the right half of a photo, each a photo; an odd width is refused.

    >>> a, b = halves(Photo("ab.png", "", np.arange(12, dtype=np.uint8).reshape(1, 4, 3)))
    >>> a.file, b.pixels.ravel().tolist()
    ('ab.png#left', [6, 7, 8, 9, 10, 11])
    """
    if whole.width % 2:
        raise BadPhoto(whole.file, f"{whole.width} pixels across", "an even width, two photos side by side")
    parts = []
    for side, columns in zip(("left", "right"), np.split(whole.pixels, 2, axis=1), strict=True):
        pixels = np.ascontiguousarray(columns)
        pixels.setflags(write=False)
        sha256 = hashlib.sha256(pixels.data).hexdigest()
        parts.append(Photo(f"{whole.file}#{side}", sha256, pixels, whole.notes, whole.exif))
    return parts[0], parts[1]


def _read_file(path: AnyPath, file: str, limits: Limits) -> bytes:
    """The bytes of a regular file; anything else is refused before it is opened, since a pipe would block."""
    try:
        status = os.stat(path)
        if kind := special(status):
            raise BadPhoto(file, kind, "a photo")
        if status.st_size > limits.bytes:
            raise _too_long(file, f"{status.st_size:,} bytes", limits)
        with open(path, "rb") as stream:
            return stream.read(limits.bytes + 1) if status.st_size == 0 else stream.read(status.st_size + 1)
    except OSError as error:
        what = UNREADABLE.get(error.errno or 0) or f"a file that cannot be read ({error.strerror or error})"
        raise BadPhoto(file, what, "a photo") from error
    except ValueError as error:  # a zero byte, or text that no file name can be
        raise BadPhoto(file, "no name of a file", "the path of a photo") from error


def _too_long(file: str, size: str, limits: Limits) -> BadPhoto:
    return BadPhoto(file, size, f"at most {limits.bytes:,} bytes (TWINLENS_MAX_BYTES raises this)")
