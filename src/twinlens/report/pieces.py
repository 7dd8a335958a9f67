"""The data of a page: inside it while its rows are few, else in scripts beside it, in `FILE_files/`.

A script is one call, `piece(name, data)`, so a page opened from the disk can load it without a server.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from twinlens.core.contracts import line
from twinlens.core.errors import BadInput
from twinlens.core.outputs import LITTER

MOST_INSIDE, MOST_BYTES = 200, 18_000_000
"""Most rows whose data and thumbnails stand in the page itself, and most bytes of data there."""
THUMBNAILS = "thumbs"
_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}
"""No text of a row can end the element that holds it."""
_OURS = re.compile(rf"(index|files|(rows|find|photos?)-\d+)\.js|{THUMBNAILS}(/[0-9a-f]{{16}}\.webp)?")


@dataclass
class Pieces:
    """What is written of a page's data; `inside` has it, JSON by name, until `spill` moves it beside.

    Raises BadInput where `FILE_files` holds what no report wrote, or cannot be written.
    """

    page: Path
    inside: dict[str, str] = field(default_factory=dict)
    beside: bool = False
    _bytes: int = 0
    _written: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        others = [name for name in self._names() if not _OURS.fullmatch(name) and name not in LITTER]
        if others or (self.folder.exists() and not self.folder.is_dir()):
            raise BadInput(
                f"{str(self.folder)!r}: found {others[0] if others else 'a file'!r}; expected a folder that "
                "holds nothing but this report's data: choose another name with --out"
            )

    @property
    def folder(self) -> Path:
        """Where data and thumbnails lie when they are many."""
        return self.page.with_name(f"{self.page.stem}_files")

    def add(self, name: str, data: Any) -> None:
        """Write a piece; bytes are JSON already."""
        text = data if isinstance(data, bytes) else _json(data)
        if not self.beside:
            self.inside[name] = text.decode().translate(_ESCAPES)
            self._bytes += len(self.inside[name])
            if self._bytes > MOST_BYTES:
                self.spill()
            return
        self.write(f"{name}.js", b'piece("%b", %b);\n' % (name.encode(), text))

    def spill(self) -> None:
        """From now on all pieces lie beside the page."""
        self.beside = True
        for name in list(self.inside):
            self.add(name, self.inside.pop(name).encode())

    def write(self, name: str, content: bytes) -> None:
        """Write a file beside the page."""
        self.keep(name)
        file = self.folder / name
        with _refused(file):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)

    def keep(self, name: str) -> bool:
        """Whether a file of an earlier report is there; it stays."""
        self._written.add(name)
        return (self.folder / name).is_file()

    def finish(self) -> None:
        """Remove what an earlier report wrote and this one did not."""
        with _refused(self.folder):
            for name in sorted(set(self._names()) - self._written, reverse=True):
                if _OURS.fullmatch(name) and (self.folder / name).is_file():
                    (self.folder / name).unlink()
            for folder in (self.folder / THUMBNAILS, self.folder):
                if folder.is_dir() and not any(folder.iterdir()):
                    folder.rmdir()

    def _names(self) -> Iterator[str]:
        """What lies in the folder, by its name within it; nothing where there is no folder."""
        with _refused(self.folder):
            for file in self.folder.iterdir() if self.folder.is_dir() else ():
                yield file.name
                if file.name == THUMBNAILS and file.is_dir():
                    yield from (f"{THUMBNAILS}/{each.name}" for each in file.iterdir())


def _json(data: Any) -> bytes:
    try:
        return msgspec.json.encode(data)
    except UnicodeEncodeError:  # a lone surrogate in a name
        return line(data).encode()


@contextlib.contextmanager
def _refused(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadInput(f"{str(file)!r}: cannot be written: {error.strerror}") from error
