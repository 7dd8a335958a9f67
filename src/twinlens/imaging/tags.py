"""The tags of a TIFF structure, as TIFF files and EXIF blocks hold them, read without being loaded.

A few bytes may state tags by the ten thousand that all point to one large value, and a library that loads
them takes memory without end. `check` refuses that before a library sees the file.
"""

import contextlib
import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from twinlens.core.errors import BadPhoto

SUB_IFDS = 330
SHORT, WIDE = 3, (16, 18)
SIZES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8)
"""Bytes of a value, by its type."""
MOST_DIRECTORIES, MOST_TAGS, MOST_INSIDE = 256, 100_000, 64
SLACK = 4096
HEADER = re.compile(rb"II\*\0|MM\0\*|II\+\0\x08\0\0\0|MM\0\+\0\x08\0\0")
MOST_BLOCKS = 64
"""TIFF structures looked for in a file of another kind."""


class Tag(NamedTuple):
    """A tag, the type and number of its values, and where in the data they stand."""

    number: int
    type: int
    many: int
    at: int

    @property
    def size(self) -> int:
        """Bytes of all values."""
        return self.many * (SIZES[self.type] if self.type < len(SIZES) else 0)


class Tags:
    """The directories of a TIFF structure (classic or BigTIFF); ValueError where it is none."""

    def __init__(self, data: bytes | memoryview) -> None:
        self.data, self.order = data, "<" if data[:2] == b"II" else ">"
        self.big = data[2:4] in (b"+\0", b"\0+")
        if not HEADER.match(data):
            raise ValueError("no TIFF structure")

    def directories(self) -> Iterator[list[Tag]]:
        """Each directory once, also those inside others; none twice, so that a loop ends."""
        due, seen = [self._number(8 if self.big else 4)], set[int]()
        while due and len(seen) <= MOST_DIRECTORIES:
            at = due.pop(0)
            if at in seen or not 0 < at < len(self.data):
                continue
            seen.add(at)
            tags, following = self._directory(at)
            yield tags
            due.append(following)
            for tag in tags:
                if tag.number == SUB_IFDS and tag.many:
                    step, many = tag.size // tag.many, min(tag.many, MOST_INSIDE)
                    due += [self._number(tag.at + i * step) for i in range(many)]

    def first(self, number: int) -> int | None:
        """The first value of a tag of whole numbers in the first directory; None without such a tag."""
        for tag in next(self.directories(), []):
            if tag.number == number and tag.many:
                return (
                    self._read("H", tag.at) if tag.type == SHORT else self._number(tag.at, tag.type in WIDE)
                )
        return None

    def _directory(self, at: int) -> tuple[list[Tag], int]:
        wide, inside = (20, 8) if self.big else (12, 4)
        count = self._read("Q" if self.big else "H", at)
        at += 8 if self.big else 2
        count = min(count, MOST_TAGS, (len(self.data) - at) // wide)
        tags = []
        for entry in range(at, at + count * wide, wide):
            number, type, many = struct.unpack_from(
                self.order + ("HHQ" if self.big else "HHL"), self.data, entry
            )
            tag = Tag(number, type, many, entry + wide - inside)
            tags.append(tag if tag.size <= inside else tag._replace(at=self._number(tag.at)))
        return tags, self._number(at + count * wide) if at + count * wide + inside <= len(self.data) else 0

    def _number(self, at: int, big: bool | None = None) -> int:
        return self._read("Q" if (self.big if big is None else big) else "L", at)

    def _read(self, form: str, at: int) -> int:
        try:
            return int(struct.unpack_from(self.order + form, self.data, at)[0])
        except struct.error as error:
            raise ValueError("tags that end too soon") from error


def check(data: bytes | memoryview) -> None:
    """BadPhoto where directories or tags are too many, or the values of one directory exceed the data."""
    tags = 0
    for number, directory in enumerate(Tags(data).directories()):
        stated = sum(tag.size for tag in directory if tag.at + tag.size <= len(data))
        if stated > len(data) + SLACK:
            raise BadPhoto("", f"tags of {stated:,} bytes in {len(data):,}", "tags that fit into the data")
        tags += len(directory)
        if number == MOST_DIRECTORIES or tags > MOST_TAGS:
            most = f"{MOST_DIRECTORIES} directories and {MOST_TAGS:,} tags"
            raise BadPhoto("", f"over {most}", "one still picture")


def check_blocks(data: bytes) -> None:
    """BadPhoto where an EXIF block somewhere in a file of another kind would not pass `check`."""
    for number, start in enumerate(HEADER.finditer(data)):
        if number == MOST_BLOCKS:
            raise BadPhoto("", f"over {MOST_BLOCKS} EXIF blocks", "one")
        with contextlib.suppress(ValueError):
            check(memoryview(data)[start.start() :])
