"""The photos of a row: each file is read once and decoded once, whatever is asked of it."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache, cached_property
from typing import TypeVar

from msgspec import UNSET
from msgspec.structs import replace

from twinlens.core.contracts import PhotoRecord, photo_record
from twinlens.core.errors import BadPhoto, MissingExtra
from twinlens.core.types import Pair, Photo
from twinlens.imaging.open import Limits, Source, decode_photo, halves, read_photo
from twinlens.readers import Row, Shot
from twinlens.registration.photo_map import to_a

Given = TypeVar("Given")
Result = TypeVar("Result")


class Photos:
    """The files of a row, its whole views and its details; BadPhoto where one cannot be read or decoded."""

    def __init__(self, row: Row) -> None:
        self.row, self.limits = row, Limits.from_environment()
        self.shots = [shot for view in zip(row.a, row.b, strict=True) for shot in view]

    @cached_property
    def sources(self) -> dict[str, Source]:
        """The bytes of each file by its path."""
        paths = {shot.path: shot.path for shot in self.shots}
        return _at_once(lambda path: read_photo(path, self.limits), paths)

    @property
    def content(self) -> list[list[str]]:
        """What distinguishes the photos of a row from all others: hash and half of each, a before b."""
        return [[self.sources[shot.path].sha256, shot.half] for shot in self.shots]

    @cached_property
    def pair(self) -> Pair:
        """The photos as a pair, details as its crops; where several are bad, the error is of the first."""
        whole = _at_once(lambda source: decode_photo(source, self.limits), self.sources)
        cut = cache(lambda path: dict(zip(("left", "right"), halves(whole[path]), strict=True)))

        def shown(shot: Shot) -> Photo:
            return whole[shot.path] if shot.half == "whole" else cut(shot.path)[shot.half]

        row = self.row
        (a, b), *crops = [(shown(a), shown(b)) for a, b in zip(row.a, row.b, strict=True)]
        return Pair(row.id, a, b, row.scene, row.kind, tuple(crops))

    @property
    def records(self) -> dict[str, PhotoRecord]:
        """What a row records of its whole views."""
        b = replace(photo_record(self.pair.b), to_a=to_a(self.pair) or UNSET)
        return {"a": photo_record(self.pair.a), "b": b}


def _at_once(work: Callable[[Given], Result], given: Mapping[str, Given]) -> dict[str, Result]:
    """The work on each file, all at the same time; of several errors the first one's is raised.

    A photo that needs an extra which is not installed is one that cannot be read.
    """

    def one(file: str) -> Result:
        try:
            return work(given[file])
        except MissingExtra as error:
            raise BadPhoto(file, str(error), "a photo that can be read here") from error

    with ThreadPoolExecutor(len(given)) as pool:
        return dict(zip(given, pool.map(one, given), strict=True))
