"""A pair as another program puts it to a model: the words and photos that our own judges show.

Each photo goes as a file that any program decodes to the very pixels that twinlens sees: the file itself
where it is a JPEG, PNG or WebP for which that is so, else a PNG of the decoded photo.
"""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from twinlens.core.types import Kind, Photo
from twinlens.imaging.sniff import sniff
from twinlens.judges.model_view import names_of
from twinlens.language.prompt import Prompt, prompt
from twinlens.readers import Row, Shot
from twinlens.runs.row_photos import Photos

SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "WebP": ".webp"}
"""Formats that every program reads."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PhotoFile:
    """A photo as a file: its suffix and bytes, the sha256 of its pixels' file, and where it stands as it is.

    `path` is "" where the bytes are made here.
    """

    suffix: str
    data: bytes
    sha256: str
    path: str = ""


def photo_files(row: Row) -> tuple[list[PhotoFile], list[PhotoFile]]:
    """The photos of a row as files: those of a and of b, each the whole and then its details.

    BadPhoto where one cannot be read.
    """
    photos = Photos(row)
    a, b = ([_file(photos, photo, shot) for photo, shot in side] for side in _sides(photos))
    return a, b


def image_files(photos: Photos, images: Sequence[NDArray[np.uint8]]) -> list[PhotoFile]:
    """Images shown to a model (height, width, 3; uint8, RGB) as files: its own where it is a whole photo."""
    known = [one for side in _sides(photos) for one in side]
    return [
        next((_file(photos, *one) for one in known if np.array_equal(one[0].pixels, image)), None)
        or PhotoFile(".png", _png(image), hashlib.sha256(image.tobytes()).hexdigest())
        for image in images
    ]


def _sides(photos: Photos) -> list[list[tuple[Photo, Shot]]]:
    """The photos of a and of b, the whole and then its details, and where each one is."""
    shown = [(photos.pair.a, photos.pair.b), *photos.pair.crops]
    sides = (photos.row.a, photos.row.b)
    return [
        [(view[side], shot) for view, shot in zip(shown, shots, strict=True)]
        for side, shots in enumerate(sides)
    ]


def _file(photos: Photos, photo: Photo, shot: Shot) -> PhotoFile:
    data = photos.sources[shot.path].data
    suffix = SUFFIXES.get(sniff(data) or "")
    if shot.half == "whole" and suffix and _same(data, photo):
        return PhotoFile(suffix, data, photo.sha256, shot.path)
    return PhotoFile(".png", _png(photo.pixels), photo.sha256)


def _png(pixels: NDArray[np.uint8]) -> bytes:
    made = io.BytesIO()
    Image.fromarray(pixels).save(made, "PNG")
    return made.getvalue()


def _same(data: bytes, photo: Photo) -> bool:
    """Whether a plain decoder, blind to orientation and colour profile, sees the photo's pixels."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.size != (photo.width, photo.height) or image.mode not in ("RGB", "L", "P"):
                return False
            return bool(np.array_equal(np.asarray(image.convert("RGB")), photo.pixels))
    except (OSError, ValueError, SyntaxError):  # what our decoder mends
        return False


def question(kind: Kind, images: Sequence[T], template: str) -> tuple[Prompt, tuple[str | T, ...]]:
    """The prompt about a pair, and what the user says: text with the images in their places.

    `images` are a's whole and details, then b's.
    """
    filled = prompt(template, kind=kind, images=names_of(len(images) // 2 - 1))
    return filled, filled.interleaved(images)
