"""The photos of a run's row, opened again where the run found them, and only if they are still the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from twinlens.core.errors import BadPhoto
from twinlens.core.types import Pair, Photo
from twinlens.imaging.open import halves, open_photo
from twinlens.imaging.remote import is_address

Record = dict[str, Any]
HALVES = ("left", "right")


def folders(run: Record, folder: Path) -> tuple[Path, ...]:
    """Where relative names of photos are looked for: where the run began, the working folder, the run's."""
    began = (run.get("origin") or {}).get("folder")
    return (*([Path(began)] if isinstance(began, str) else []), Path(), folder, folder.parent)


def pair_of(row: Record, places: Sequence[Path]) -> Pair:
    """The pair of a row; BadPhoto where a photo is gone, cannot be read, or is another one by now."""
    a, b = (_photo(row["pair"][side], places) for side in ("a", "b"))
    return Pair(str(row["id"]), a, b, str(row.get("scene") or ""), row.get("kind") or "other")


def split_half(file: str) -> tuple[str, str]:
    """The file of a photo, and which half of it the photo is.

    >>> split_half("d/both.png#left"), split_half("d/a#1.png")
    (('d/both.png', 'left'), ('d/a#1.png', ''))
    """
    name, _, half = file.rpartition("#")
    return (name, half) if half in HALVES else (file, "")


def located(file: str, places: Sequence[Path]) -> Path | None:
    """The first of the places where a file is; None where it is in none."""
    for place in places:
        try:
            if (place / file).is_file():
                return place / file
        except (OSError, ValueError):
            continue
    return None


def _photo(record: Record, places: Sequence[Path]) -> Photo:
    file, half = split_half(record["file"])
    photo = open_photo(file if is_address(file) else str(located(file, places) or file))
    if half:
        photo = halves(photo)[HALVES.index(half)]
    if photo.sha256 != record["sha256"]:
        raise BadPhoto(file, "another photo than the one that was judged", "the one the run saw")
    return photo
