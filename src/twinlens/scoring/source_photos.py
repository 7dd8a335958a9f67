"""The photos of a run's row, opened again where the run found them, and only if they are still the same."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from twinlens.core.contracts import PhotoRecord
from twinlens.core.errors import BadPhoto
from twinlens.core.run_records import VerdictRow
from twinlens.core.types import Pair, Photo
from twinlens.imaging.open import halves, open_photo
from twinlens.imaging.remote import is_address

if TYPE_CHECKING:
    from twinlens.runs.store import RunFolder

HALVES = ("left", "right")


def folders(run: RunFolder) -> tuple[Path, ...]:
    """Where relative names of photos are looked for: where the run began, the working folder, the run's."""
    began = run.run.origin.get("folder")
    return (*([Path(began)] if began else []), Path(), run.folder, run.folder.parent)


def pair_of(row: VerdictRow, places: Sequence[Path]) -> Pair:
    """The pair of a row; BadPhoto where a photo is gone, cannot be read, or is another one by now."""
    return Pair(row.id, _photo(row.pair.a, places), _photo(row.pair.b, places), row.scene, row.kind)


def split_half(file: str) -> tuple[str, str]:
    """The file of a photo, without file://, and which half of it the photo is.

    >>> split_half("d/both.png#left"), split_half("file:///d/a#1.png")
    (('d/both.png', 'left'), ('/d/a#1.png', ''))
    """
    name, _, half = file.removeprefix("file://").rpartition("#")
    return (name, half) if half in HALVES else (file.removeprefix("file://"), "")


def located(file: str, places: Sequence[Path]) -> Path | None:
    """The first of the places where a file is; None where it is in none."""
    paths = (os.path.join(place, file) for place in places)  # a name no file can have is in none
    return next((Path(path) for path in paths if os.path.isfile(path)), None)


def _photo(record: PhotoRecord, places: Sequence[Path]) -> Photo:
    file, half = split_half(record.file or "")
    photo = open_photo(file if is_address(file) else located(file, places) or file)
    if half:
        photo = halves(photo)[HALVES.index(half)]
    if photo.sha256 != record.sha256:
        raise BadPhoto(file, "another photo than the one that was judged", "the one the run saw")
    return photo
