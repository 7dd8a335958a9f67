"""A competition bundle as it is checked: its files read within limits, nothing unpacked beside it."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from twinlens.challenge.findings import Problem
from twinlens.challenge.unpack import unsafe
from twinlens.challenge.yaml_text import Document, load
from twinlens.core.errors import BadInput
from twinlens.core.files import BROKEN_ZIP, open_zip

COMPETITION = "competition.yaml"
MOST_TEXT = 32 * 2**20
"""Bytes of a page, program or list that is read at most."""
MOST_TEXTS = 256 * 2**20
"""Bytes of such files of one zip together."""
MOST_ZIP = 4 * 2**30
"""Bytes of a zip within the bundle that is read at most."""
MOST_MEMBERS = 100_000
MOST_RATIO = 1000
"""How many bytes a compressed byte may hold, of a file of more than a megabyte: zlib's own limit is 1032."""


@dataclass(eq=False)
class Opened:
    """A bundle or a zip within it: its names, and the content of those that are read.

    `data` is competition.yaml as plain values, {} where it cannot be read; `unopened` says why a zip within
    was not opened.
    """

    file: str
    archive: zipfile.ZipFile
    document: Document = field(default_factory=lambda: Document(COMPETITION, {}))
    backing: IO[bytes] | None = None
    memo: dict[str, Any] = field(default_factory=dict)
    inner: dict[str, Opened | None] = field(default_factory=dict)
    unopened: dict[str, str] = field(default_factory=dict)

    @cached_property
    def names(self) -> set[str]:
        """The names of the files, folders left out."""
        return {name for name in self.archive.namelist() if not name.endswith("/")}

    @property
    def data(self) -> dict[str, Any]:
        """The content of competition.yaml."""
        return self.document.data if isinstance(self.document.data, dict) else {}

    def at(self, path: str) -> str:
        """The line and key path of competition.yaml, for messages."""
        return self.document.where(path)

    def problem(self, path: str, what: str) -> Problem:
        """Something that the server refuses, at a key path of competition.yaml."""
        return Problem(self.at(path), what)

    def warning(self, path: str, what: str) -> Problem:
        """Something that the server takes, and that is likely not meant."""
        return Problem(self.at(path), what, warning=True)

    def read(self, name: str) -> bytes:
        """The bytes of a file; BadInput where there are too many or they are broken."""
        with self.stream(name) as stream:
            content = stream.read(MOST_TEXT + 1)
        if len(content) > MOST_TEXT:
            raise BadInput(f"{name}: found more than {MOST_TEXT:,} bytes; expected a text")
        return content

    @contextmanager
    def stream(self, name: str) -> Iterator[IO[bytes]]:
        """The content of a file as it comes; what is broken in the zip is BadInput."""
        try:
            with self.archive.open(name) as stream:
                yield stream
        except BROKEN_ZIP as error:
            raise BadInput(f"{self.file}: {name}: broken in the zip ({error}); zip it again") from None

    def texts(self, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """The content of several files; BadInput where it is more than MOST_TEXTS bytes together."""
        left = MOST_TEXTS
        for name in sorted(names):
            content = self.read(name)
            left -= len(content)
            if left < 0:
                raise BadInput(f"{self.file}: found more than {MOST_TEXTS:,} bytes of text; expected less")
            yield name, content

    def text(self, name: str) -> str:
        """The text of a file in UTF-8, or BadInput."""
        try:
            return self.read(name).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise BadInput(f"{name}: not UTF-8; expected text in UTF-8") from None

    def zip(self, name: str) -> Opened | None:
        """A zip within this one, opened once; None where it is not there, no zip or not safe."""
        if name not in self.inner:
            self.inner[name] = self._opened(name) if name in self.names else None
        return self.inner[name]

    def _opened(self, name: str) -> Opened | None:
        stream = tempfile.TemporaryFile(prefix="twinlens-")  # noqa: SIM115 -- closed with the bundle
        try:
            with self.stream(name) as source:
                left = MOST_ZIP
                while chunk := source.read(2**20):
                    left -= len(chunk)
                    if left < 0:
                        raise BadInput(f"{name}: found more than {MOST_ZIP:,} bytes; expected a smaller zip")
                    stream.write(chunk)
            made = Opened(name, zipfile.ZipFile(stream), backing=stream)
            problem = next(made.refused(), None)
        except (BadInput, *BROKEN_ZIP) as error:
            stream.close()
            self.unopened[name] = str(error)
            return None
        if problem is not None:
            made.close()
            self.unopened[name] = problem.what
            return None
        return made

    def refused(self) -> Iterator[Problem]:
        """Members that are not safe to unpack, or too many of them."""
        members = self.archive.infolist()
        if len(members) > MOST_MEMBERS:
            yield Problem(self.file, f"found {len(members):,} files; expected at most {MOST_MEMBERS:,}")
            return
        seen = set[str]()
        for member in members:
            shown = f"{member.filename[:80]!r}"
            if why := unsafe(member):
                yield Problem(self.file, f"{shown}: {why}; expected plain files and folders: take it out")
            elif member.file_size > max(2**20, MOST_RATIO * member.compress_size):
                what = f"{member.compress_size:,} bytes hold {member.file_size:,}, as a zip bomb does"
                yield Problem(self.file, f"{shown}: {what}; take it out")
            elif member.filename in seen:
                yield Problem(self.file, f"{shown} stands twice in the zip; expected it once: zip again")
            seen.add(member.filename)

    def close(self) -> None:
        """Close the zip and those within it."""
        for one in self.inner.values():
            if one is not None:
                one.close()
        self.archive.close()
        if self.backing is not None:
            self.backing.close()


@contextmanager
def opened(file: Path) -> Iterator[Opened]:
    """A bundle, open until the context ends; BadInput where it is no zip. Its members are not yet checked."""
    made = Opened(file.name, open_zip(file, "a bundle, as `twinlens challenge build` writes it"))
    try:
        yield made
    finally:
        made.close()


def read_competition(bundle: Opened) -> Document:
    """competition.yaml of a bundle, or BadInput."""
    return load(bundle.text(COMPETITION), COMPETITION)
