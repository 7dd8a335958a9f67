"""The photos of a run by number, each once, as its contact sheet and the export of picks need them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, takewhile, tee
from typing import IO, NamedTuple

import msgspec

from twinlens.core.contracts import PhotoRecord, line
from twinlens.core.run_records import FailedPhoto
from twinlens.imaging.remote import is_address
from twinlens.report import thumbnails
from twinlens.report.index import UNKNOWN
from twinlens.report.links import Links, Shown, bare
from twinlens.report.pieces import Pieces
from twinlens.report.thumbnails import Progress, Wanted
from twinlens.scoring.labels import key
from twinlens.scoring.source_photos import split_half

SHOTS, RECENT = 1000, 20_000
"""Photos in a piece, and photos whose link is known without looking for the file again."""
MANY = (
    f"There are more than {thumbnails.MOST:,} photos: the sheet shows them themselves, which is slow; "
    "--thumbnails makes thumbnails of all."
)


class _Waiting(NamedTuple):
    """A photo until all rows are read: its name with slashes, where it is (""), which half, what it shows."""

    name: str
    place: str
    half: str
    sha256: str
    source: int | str


_DECODER = msgspec.json.Decoder(_Waiting)


@dataclass
class SheetPhotos:
    """The photos of a run in the order in which its rows name them.

    They wait in the file `waiting`, so that very many take little memory; `numbers` are by `key` of the file.
    """

    links: Links
    waiting: IO[bytes]
    numbers: dict[int, int] = field(default_factory=dict)
    _shared: list[str] | None = None
    _folder: str = ""
    _recent: dict[object, tuple[int, Shown]] = field(default_factory=dict)

    def add(self, photo: PhotoRecord | FailedPhoto) -> tuple[int, Shown]:
        """The number of a row's photo, `UNKNOWN` where it names none, and what the page shows of it."""
        at = (photo.file, photo.width, photo.height, photo.sha256)
        if at not in self._recent:
            if len(self._recent) >= RECENT:
                self._recent.clear()
            self._recent[at] = self._numbered(photo)
        return self._recent[at]

    def _numbered(self, photo: PhotoRecord | FailedPhoto) -> tuple[int, Shown]:
        if photo.file is None:
            return UNKNOWN, self.links.photo(photo, is_new=False)
        at = key(photo.file)
        if (number := self.numbers.get(at)) is not None:
            return number, self.links.photo(photo, is_new=False)
        number = self.numbers[at] = len(self.numbers)
        shown = self.links.photo(photo, is_new=True)
        file, half = split_half(photo.file)
        remote = is_address(file)
        place = "" if remote or not photo.sha256 else self.links.place(file) or ""
        name = bare(file) if remote else file.replace("\\", "/")
        self._share(name.rpartition("/")[0].split("/") if "/" in name else [])
        waiting = _Waiting(name, place, half, photo.sha256 or "", shown.get("src", ""))
        self.waiting.write(line(waiting).encode() + b"\n")
        return number, shown

    def _share(self, folders: list[str]) -> None:
        """Shorten the folders that all names begin with to those of another name, too."""
        if self._shared is None:
            self._shared = folders
        elif folders[: len(self._shared)] != self._shared:
            same = takewhile(lambda both: both[0] == both[1], zip(self._shared, folders, strict=False))
            self._shared = [name for name, _ in same]

    def write(self, pieces: Pieces, progress: Progress, many: bool) -> list[str]:
        """Write what the sheet shows of each photo, and its name below the folder that all share; notes.

        That is the thumbnail, with `many` also of more than `thumbnails.MOST` photos; where there is none,
        the number of the photo in the page, or its address.
        """
        inside = self.links.embed is not None and not pieces.beside
        over = len(self.numbers) > thumbnails.MOST and not many
        amiss: Counter[str] = Counter()
        waiting, again = tee(self._read())
        shown: Iterator[int | str] = (one.source for one in again)
        if not (inside or over):
            wanted = (Wanted(one.place, one.half, one.sha256) if one.place else None for one in again)
            shown = thumbnails.make(wanted, len(self.numbers), pieces, amiss, progress)
        lines = (
            [made or (one.source if isinstance(one.source, int) else ""), self._below(one.name)]
            for made, one in zip(shown, waiting, strict=True)
        )
        for number in range(0, len(self.numbers), SHOTS):
            pieces.add(f"photos-{number // SHOTS}", list(islice(lines, SHOTS)))
        return [MANY] if over and not inside else thumbnails.notes(amiss)

    def _read(self) -> Iterator[_Waiting]:
        self.waiting.seek(0)
        return map(_DECODER.decode, self.waiting)

    def _below(self, name: str) -> str:
        return "/".join(name.split("/")[len(self._shared or ()) :])
