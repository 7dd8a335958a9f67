"""The photos of a run's row, opened again where the run found them, and only if they are still the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from twinlens.core.errors import BadPhoto
from twinlens.core.types import Pair, Photo
from twinlens.imaging.open import halves, open_photo

Record = dict[str, Any]
HALVES = ("left", "right")


def folders(run: Record, folder: Path) -> tuple[Path, ...]:
    """Where relative names of photos are looked for: where the run began, the working folder, the run's."""
    began = (run.get("origin") or {}).get("folder")
    return (*([Path(began)] if began else []), Path(), folder, folder.parent)


def pair_of(row: Record, places: Sequence[Path]) -> Pair:
    """The pair of a row; BadPhoto where a photo is gone, cannot be read, or is another one by now."""
    told = row["pair"]
    a, b = (_photo(told[side], places) for side in ("a", "b"))
    return Pair(str(row["id"]), a, b, str(row.get("scene") or ""), row.get("kind") or "other")


def _photo(told: Record, places: Sequence[Path]) -> Photo:
    name, _, half = told["file"].rpartition("#")
    file, half = (name, half) if half in HALVES else (told["file"], "")
    photo = open_photo(_found(file, places))
    if half:
        photo = halves(photo)[HALVES.index(half)]
    if photo.sha256 != told["sha256"]:
        raise BadPhoto(file, "another photo than the one that was judged", "the one the run saw")
    return photo


def _found(file: str, places: Sequence[Path]) -> str:
    if "://" in file:
        return file
    for place in places:
        if (place / file).is_file():
            return str(place / file)
    return file
