"""The photos of a run by number, each once, as its contact sheet and the export of picks need them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from twinlens.core.contracts import PhotoRecord
from twinlens.core.run_records import FailedPhoto
from twinlens.imaging.remote import is_address
from twinlens.report import thumbnails
from twinlens.report.index import UNKNOWN
from twinlens.report.links import Links, Shown, bare
from twinlens.report.pieces import Pieces
from twinlens.report.thumbnails import Progress, Wanted
from twinlens.scoring.source_photos import split_half

Recorded = PhotoRecord | FailedPhoto
MANY = (
    f"There are more than {thumbnails.MOST:,} photos: the sheet shows them themselves, which is slow; "
    "--thumbnails makes thumbnails of all."
)


@dataclass
class SheetPhotos:
    """The photos of a run in the order in which its rows name them."""

    links: Links
    numbers: dict[str, int] = field(default_factory=dict)
    wanted: list[Wanted | None] = field(default_factory=list)
    sources: list[int | str] = field(default_factory=list)

    def add(self, photos: Sequence[Recorded], shown: Sequence[Shown]) -> tuple[int, int]:
        """The numbers of a row's photos, `UNKNOWN` where it names none."""
        if len(photos) != 2:
            return UNKNOWN, UNKNOWN
        return self._number(photos[0], shown[0]), self._number(photos[1], shown[1])

    def _number(self, photo: Recorded, shown: Shown) -> int:
        if photo.file is None:
            return UNKNOWN
        number = self.numbers.setdefault(photo.file, len(self.wanted))
        if number == len(self.wanted):
            file, half = split_half(photo.file)
            place = None if is_address(file) else self.links.place(file)
            self.wanted.append(Wanted(place, half, photo.sha256) if place and photo.sha256 else None)
            self.sources.append(shown.get("src", ""))
        return number

    def shown(self, pieces: Pieces, progress: Progress, many: bool) -> tuple[list[int | str], list[str]]:
        """Of each photo the thumbnail, and notes; `many`: also of more than `thumbnails.MOST` photos.

        Where there are none, the number of the photo in the page, or its address.
        """
        if self.links.embed is not None:
            return self.sources, []
        if len(self.wanted) > thumbnails.MOST and not many:
            return self.sources, [MANY]
        shown, notes = thumbnails.make(self.wanted, pieces, progress)
        return list(shown), notes

    @property
    def names(self) -> list[str]:
        """The name of each photo below the folder that all share, with slashes; a half has its file's."""
        files = [split_half(file)[0] for file in self.numbers]
        parts = [(bare(file) if is_address(file) else file.replace("\\", "/")).split("/") for file in files]
        shared = parts[0][:-1] if parts else []
        for part in parts:  # the folders that all have, from the first on
            same = takewhile(lambda both: both[0] == both[1], zip(shared, part[:-1], strict=False))
            shared = [name for name, _ in same]
        return ["/".join(part[len(shared) :]) for part in parts]
