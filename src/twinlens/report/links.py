"""The photos of a run as its page shows them: linked beside the page, or put into it at a chosen size."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from twinlens.core.errors import BadInput, TwinlensError
from twinlens.core.types import Photo
from twinlens.pixels.photo import open_photo, open_side_by_side
from twinlens.report.photos import photo_uri

Record = dict[str, Any]
SHOWN = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".avif", ".gif", ".bmp"})
"""Endings of files that every browser shows."""
HALVES = ("left", "right")


@dataclass
class Links:
    """Where the page finds its photos.

    Relative names are looked for in `folders`, in this order; `page` is the folder of the page.
    `embed` is the greatest side, in pixels, of photos that are put into the page; None links them.
    """

    folders: tuple[Path, ...]
    page: Path
    embed: int | None = None
    embedded: list[str] = field(default_factory=list)
    """The data URIs of the photos in the page, each photo once."""
    missing: int = 0
    """How many of the photos asked for are not there."""
    _known: dict[str, tuple[int, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.embed is not None and self.embed < 1:
            raise BadInput(f"--embed: found {self.embed}; expected a number of pixels of 1 or more")

    def photo(self, told: Record) -> Record:
        """A photo of a row: `name`, `size`, and `src` (an address, or the number of one inside) or `why`."""
        file, half = _parted(told["file"])
        shown: Record = {
            "name": Path(file).name + (f" ({half} half)" if half else ""),
            "size": [int(told["width"]), int(told["height"])],
        }
        path = self._found(file)
        if path is None:
            self.missing += 1
            return {**shown, "why": "The photo is no longer where the run found it."}
        if self.embed is not None:
            return shown | self._inside(path, half, told)
        if path.suffix.lower() not in SHOWN:
            return {**shown, "why": f"Browsers do not show {path.suffix}: write the page with --embed 1600."}
        return {**shown, "src": self._address(path), "half": half}

    def _found(self, file: str) -> Path | None:
        for folder in self.folders:
            path = folder / file
            try:
                if path.is_file():
                    return path
            except (OSError, ValueError):
                continue
        return None

    def _address(self, path: Path) -> str:
        """The photo's address, relative to the page; a file URI where there is no relative way."""
        try:
            return quote(Path(os.path.relpath(path.absolute(), self.page.absolute())).as_posix())
        except ValueError:  # on another drive
            return path.absolute().as_uri()

    def _inside(self, path: Path, half: str, told: Record) -> Record:
        """The photo in the page, decoded again; a file that is not the one judged is told."""
        key = f"{path}#{half}"
        if key not in self._known:
            try:
                photo = _decoded(path, half)
            except TwinlensError:
                return {"why": "The photo can no longer be read."}
            self._known[key] = len(self.embedded), photo.sha256
            self.embedded.append(str(photo_uri(photo, self.embed)))
        number, sha256 = self._known[key]
        notes = [] if sha256 == told.get("sha256") else ["the file is not the one that was judged"]
        if self.embed is not None and max(told["width"], told["height"]) > self.embed:
            notes.append(f"shown reduced to {self.embed} pixels; 100 % is enlarged from that")
        return {"src": number, "notes": notes}


def _parted(file: str) -> tuple[str, str]:
    """The file of a photo, and which half of it the photo is."""
    name, _, half = file.rpartition("#")
    return (name, half) if half in HALVES else (file, "")


def _decoded(path: Path, half: str) -> Photo:
    if not half:
        return open_photo(path)
    pair = open_side_by_side(path)
    return pair.a if half == "left" else pair.b
