"""The photos of a row: each file is read once and decoded once, whatever is asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, cached_property
from typing import TypeVar

from twinlens.core.contracts import PhotoRecord, photo_record
from twinlens.core.errors import BadPhoto, MissingExtra
from twinlens.core.types import Pair, Photo
from twinlens.imaging.open import Limits, Source, decode_photo, halves, read_photo
from twinlens.readers import Row, Shot

Given = TypeVar("Given")
Result = TypeVar("Result")


class Photos:
    """The files of a row, its whole views and its details; BadPhoto where one cannot be read or decoded."""

    def __init__(self, row: Row) -> None:
        self.row = row

    @cached_property
    def sources(self) -> dict[str, Source]:
        """The bytes of each file by its path."""
        limits = Limits.from_environment()
        paths = list(dict.fromkeys(shot.path for shot in _shots(self.row)))
        sources = _at_once(lambda path: _readable(path, lambda: read_photo(path, limits)), paths)
        return dict(zip(paths, sources, strict=True))

    @property
    def content(self) -> list[list[str]]:
        """What distinguishes the photos of a row from all others: hash and half of each."""
        return [[self.sources[shot.path].sha256, shot.half] for shot in _shots(self.row)]

    @cached_property
    def pair(self) -> Pair:
        """The photos as a pair, details as its crops; where several are bad, the error is of the first."""
        limits, row = Limits.from_environment(), self.row
        sources = list(self.sources.values())
        photos = _at_once(lambda one: _readable(one.file, lambda: decode_photo(one, limits)), sources)
        whole = dict(zip(self.sources, photos, strict=True))
        cut = cache(lambda path: dict(zip(("left", "right"), halves(whole[path]), strict=True)))

        def shown(shot: Shot) -> Photo:
            return whole[shot.path] if shot.half == "whole" else cut(shot.path)[shot.half]

        a, b = ([shown(shot) for shot in shots] for shots in (row.a, row.b))
        crops = tuple(zip(a[1:], b[1:], strict=True))
        return Pair(row.id, a[0], b[0], row.scene, row.kind, crops)

    @property
    def records(self) -> dict[str, PhotoRecord]:
        """What a row records of its whole views."""
        return {"a": photo_record(self.pair.a), "b": photo_record(self.pair.b)}


def _shots(row: Row) -> list[Shot]:
    """Whole views first, a before b."""
    return [shot for view in zip(row.a, row.b, strict=True) for shot in view]


def _readable(file: str, read: Callable[[], Result]) -> Result:
    """What `read` gives; a photo that needs an extra which is not installed is one that cannot be read."""
    try:
        return read()
    except MissingExtra as error:
        raise BadPhoto(file, str(error), "a photo that can be read here") from error


def _at_once(work: Callable[[Given], Result], given: Sequence[Given]) -> Iterable[Result]:
    """The work on each, all at the same time; of several errors the first one's is raised."""
    with ThreadPoolExecutor(len(given)) as pool:
        return list(pool.map(work, given))
