"""The photos of a run as its page shows them: linked beside the page, or put into it at a chosen size.

A page asks for nothing, so a photo at an address is shown only where it is put inside; else the page says
where it lies, without what an address may hold to sign in.
"""

import os
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from msgspec import UNSET

from twinlens.core.contracts import PhotoRecord
from twinlens.core.errors import BadInput, BadPhoto
from twinlens.core.run_records import FailedPhoto
from twinlens.imaging.open import decode_photo, halves, read_photo
from twinlens.imaging.remote import is_address
from twinlens.report.photos import photo_uri
from twinlens.report.pieces import Pieces
from twinlens.scoring.source_photos import HALVES, located, split_half

Shown = dict[str, Any]
SHOWN = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".avif", ".gif", ".bmp"})
"""Endings of files that every browser shows."""
INSIDE = "write the page with --embed 1600"
MISSING = "no longer where the run found {them}"
REMOTE = f"at addresses, and this page asks for nothing: to see {{them}} here, {INSIDE}"
_MARKED = re.compile(r"[#?\\]")
"""What a name has that is only half of a picture, at an address, or of Windows."""
UNREAD = "not in this page, since reading failed"


@dataclass
class Links:
    """Where the page finds its photos.

    Relative names are looked for in `folders`, in this order. `embed` is the greatest side, in pixels, of
    photos that are put into `pieces`, as data URIs, each photo once; None links them, relative to the page.
    `absent` counts the photos that the page does not show, by what they are, `embedded` those in pieces.
    """

    folders: tuple[Path, ...]
    pieces: Pieces
    embed: int | None = None
    absent: Counter[str] = field(default_factory=Counter)
    embedded: int = 0
    _known: dict[str, tuple[int, str] | None] = field(default_factory=dict)
    _ways: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.embed is not None and self.embed < 1:
            raise BadInput(f"--embed: found {self.embed}; expected a number of pixels of 1 or more")

    def photo(self, photo: PhotoRecord | FailedPhoto, is_new: bool) -> Shown:
        """A photo of a row: `name`, `size`, and `src` (an address, or the number of one inside) or `why`.

        One that is new, as no row before had it, is counted where it is not shown.
        """
        name = named(photo.file or "")
        if photo.width is UNSET or photo.height is UNSET:
            why = "Not shown, since a photo of this pair could not be read."
            return {"name": name, "size": None, "why": why}
        why, source = self._source(photo, max(photo.width, photo.height))
        if why and is_new:
            self.absent[why] += 1
        return {"name": name, "size": [photo.width, photo.height], **source}

    def place(self, file: str) -> str | None:
        """Where a file of a row, without its half, is now; None where it is gone."""
        if is_address(file):
            return file
        path = located(file, self.folders)
        return None if path is None else str(path)

    @property
    def notes(self) -> list[str]:
        """What a reader must know of the photos that the page does not show."""
        return [
            f"{many:,} {'photo is' if many == 1 else 'photos are'} "
            f"{what.replace('{them}', 'it' if many == 1 else 'them')}."
            for what in (MISSING, REMOTE, UNREAD)
            if (many := self.absent[what])
        ]

    def _source(self, photo: PhotoRecord | FailedPhoto, side: int) -> tuple[str, Shown]:
        """What a photo is where it is not shown ("": it is, or by its form cannot be), and what is shown."""
        file, half = split_half(photo.file or "")
        path = self.place(file)
        if path is None:
            return MISSING, {"why": "The photo is no longer where the run found it."}
        if self.embed is not None:
            return self._inside(path, half, photo, side, self.embed)
        if path == file and is_address(file):
            return REMOTE, {"why": f"The photo lies at {bare(file)}: to see it here, {INSIDE}."}
        ending = os.path.splitext(path)[1]
        if ending.lower() not in SHOWN:
            return "", {"why": f"Browsers do not show {ending}: {INSIDE}."}
        return "", {"src": self._address(path), "half": half}

    def _address(self, path: str) -> str:
        """The photo's address, relative to the page; a file URI where there is no relative way."""
        folder, name = os.path.split(path)
        if folder not in self._ways:
            try:
                way = quote(
                    Path(os.path.relpath(folder or ".", self.pieces.page.parent.absolute())).as_posix()
                )
            except ValueError:  # on another drive
                way = Path(folder).absolute().as_uri()
            self._ways[folder] = way
        return f"{self._ways[folder]}/{quote(name)}"

    def _inside(
        self, file: str, half: str, photo: PhotoRecord | FailedPhoto, side: int, embed: int
    ) -> tuple[str, Shown]:
        """The photo in a piece, read and decoded again; a note says where it is not the one judged."""
        key = f"{file}#{half}"
        if key not in self._known:
            try:
                source = read_photo(file)
                whole = decode_photo(source)
                shown = halves(whole)[HALVES.index(half)] if half else whole
            except BadPhoto:  # what it says may hold a folder, or a key that signs an address
                self._known[key] = None
            else:
                number = self.embedded
                self.embedded += 1
                self._known[key] = number, shown.sha256
                self.pieces.add(
                    f"photo-{number}", str(photo_uri(shown, embed, None if half else source.data))
                )
        if (known := self._known[key]) is None:
            lies = f" It lies at {bare(file)}." if is_address(file) else ""
            return UNREAD, {"why": f"The photo could not be read when this page was written.{lies}"}
        notes = [] if known[1] == photo.sha256 else ["the file is not the one that was judged"]
        if side > embed:
            notes.append(f"shown reduced to {embed} pixels; 100 % is enlarged from that")
        return "", {"src": known[0], "notes": notes}


def bare(address: str) -> str:
    """An address without what it may hold to sign in: user, password, query.

    >>> bare("https://me:key@host/d/a.jpg?signature=x"), bare("s3://bucket/a b.jpg")
    ('https://host/d/a.jpg', 's3://bucket/a b.jpg')
    """
    start, mark, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    return f"{start}{mark}{host.rpartition('@')[2]}{slash}{path.partition('?')[0]}"


def distinguished(a: str = "", b: str = "") -> tuple[str, str]:
    """What goes before the names of two photos that are alike: the first folder, from the end, that differs.

    >>> distinguished("renders/v1/p.jpg", "renders/v2/p.jpg"), distinguished("a.jpg", "b.jpg")
    (('v1/', 'v2/'), ('', ''))
    """
    if a.rpartition("/")[2] != b.rpartition("/")[2] and not _MARKED.search(a) and not _MARKED.search(b):
        return "", ""
    one, other = (_path(file).replace("\\", "/").split("/")[::-1] for file in (a, b))
    if one[0] == other[0]:
        for at, (mine, theirs) in enumerate(zip(one, other, strict=False)):
            if mine != theirs:
                between = "/" if at == 1 else "/…/"
                return mine + between, theirs + between
    return "", ""


def named(file: str) -> str:
    """The name of a photo, without its folder."""
    half = split_half(file)[1]
    return os.path.basename(_path(file)) + (f" ({half} half)" if half else "")


def _path(file: str) -> str:
    path = split_half(file)[0]
    return bare(path) if is_address(path) else path
