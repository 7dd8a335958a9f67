"""Thumbnails of a run's photos for its contact sheet: small WebP pictures, made once for each photo."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import struct
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial
from itertools import islice
from typing import NamedTuple

from PIL import Image, ImageOps, JpegImagePlugin

from twinlens.core.errors import BadPhoto, MissingExtra
from twinlens.imaging.open import Limits, Source, decode_photo, halves, read_photo
from twinlens.imaging.silence import quiet
from twinlens.imaging.sniff import sniff
from twinlens.report.pieces import THUMBNAILS, Pieces
from twinlens.scoring.source_photos import HALVES

SIDE, QUALITY = 320, 78
"""The longest side of a thumbnail in pixels, and WebP's quality."""
MOST = 10_000
"""Most photos that have thumbnails unless they are requested; of more, a page shows the photos."""
LONGEST_PROFILE = 4096
"""Bytes of a colour profile that may travel with a thumbnail; of a longer one colours are converted here."""
Progress = Callable[[int], AbstractContextManager[Callable[[int, int], None] | None]]


AMISS = {
    "unread": ("cannot be read any more", "cannot be read any more"),
    "changed": ("is not the judged one", "are not the judged ones"),
}
"""What may be amiss with a photo, of one and of several."""


class Wanted(NamedTuple):
    """A photo to be shown small: its file, which half of it, the sha256 that the run recorded."""

    file: str
    half: str
    sha256: str

    def name(self, sha256: str) -> str:
        """The thumbnail's file, by the photo's name and content."""
        text = f"{self.file}\n{self.half}\n{sha256}"
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


class Made(NamedTuple):
    """A photo's thumbnail, its name beside the page or its data URI ("": none), and what is amiss."""

    shown: str
    unread: bool = False
    changed: bool = False


def make(
    photos: Iterable[Wanted | None], many: int, pieces: Pieces, amiss: Counter[str], progress: Progress
) -> Iterator[str]:
    """Of each of so many photos a thumbnail, as `Made.shown`; `amiss` counts the photos of `AMISS`."""
    with progress(many) as report, ThreadPoolExecutor(os.cpu_count()) as pool:
        todo, done = iter(photos), 0
        while batch := list(islice(todo, 256)):  # so that few are in memory at once
            for made in pool.map(partial(_one, pieces), batch):
                amiss["unread"] += made.unread
                amiss["changed"] += made.changed
                yield made.shown
            done += len(batch)
            if report is not None:
                report(done, 0)


def notes(amiss: Counter[str]) -> list[str]:
    """What a reader must know of photos that are gone or are not those judged."""
    return [
        f"1 photo {one}." if amiss[what] == 1 else f"{amiss[what]:,} photos {more}."
        for what, (one, more) in AMISS.items()
        if amiss[what]
    ]


def _one(pieces: Pieces, photo: Wanted | None) -> Made:
    if photo is None:
        return Made("")
    name = photo.name(photo.sha256)
    if pieces.beside and pieces.keep(f"{THUMBNAILS}/{name}.webp"):
        return Made(name)
    try:
        picture, sha256 = thumbnail(photo.file, photo.half)
    except (BadPhoto, MissingExtra):
        return Made("", unread=True)
    if not pieces.beside:
        shown = f"data:image/webp;base64,{base64.b64encode(picture).decode('ascii')}"
    else:
        shown = photo.name(sha256)  # that of a changed photo is never taken for the judged one's
        pieces.write(f"{THUMBNAILS}/{shown}.webp", picture)
    return Made(shown, changed=sha256 != photo.sha256)


def thumbnail(file: str, half: str = "") -> tuple[bytes, str]:
    """A photo reduced to `SIDE`, as WebP, and the sha256 of the photo; BadPhoto where it cannot be read.

    A plain JPEG is decoded at the size needed and brings its profile along; all else is decoded in full.
    """
    source = read_photo(file)
    if not half and (image := _reduced(source)):
        return _webp(image), source.sha256
    photo = decode_photo(source)
    photo = halves(photo)[HALVES.index(half)] if half else photo
    return _webp(Image.fromarray(photo.pixels)), photo.sha256


def _reduced(source: Source) -> Image.Image | None:
    """A JPEG decoded at about the size of a thumbnail, upright; None where decoding in full has to judge."""
    if sniff(source.data) != "JPEG":
        return None
    try:
        with quiet:
            image = JpegImagePlugin.JpegImageFile(io.BytesIO(source.data))
            profile = image.info.get("icc_profile") or b""
            plain = image.mode == "RGB" and len(profile) <= LONGEST_PROFILE
            if not plain or image.width * image.height > Limits.from_environment().pixels:
                return None
            image.draft("RGB", (SIDE, SIDE))
            small = ImageOps.exif_transpose(image)
            small.info["icc_profile"] = profile
            return small
    except (OSError, SyntaxError, ValueError, TypeError, LookupError, struct.error):
        return None


def _webp(image: Image.Image) -> bytes:
    profile = image.info.get("icc_profile", b"")
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    image.save(stream, "WEBP", quality=QUALITY, method=2, icc_profile=profile, exif=b"", xmp=b"")
    return stream.getvalue()
