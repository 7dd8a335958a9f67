"""The run folder, read: run.json once, rows as they are streamed, calls to models, ratings of texts.

`writer` writes it. A folder of version 1 is read, its rows as rows of version 2; one that mixes both is not.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import msgspec

from twinlens.core.contracts import line
from twinlens.core.errors import BadInput
from twinlens.core.run_records import (
    FailureRow,
    FailureRow1,
    RatingRecord,
    Row,
    RunRecord,
    RunRecord1,
    TimesRecord,
    VerdictRow,
    VerdictRow1,
    upgraded,
)
from twinlens.core.types import Call

AnyPath = str | os.PathLike[str]
ROWS, TIMES, RATINGS, RUN = "rows.jsonl", "times.jsonl", "ratings.jsonl", "run.json"
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
Made = TypeVar("Made")
AnyRow = VerdictRow | FailureRow | VerdictRow1 | FailureRow1

_RUN = msgspec.json.Decoder(RunRecord | RunRecord1)
_ROW = msgspec.json.Decoder(AnyRow)
_TIMES = msgspec.json.Decoder(TimesRecord)
_RATING = msgspec.json.Decoder(RatingRecord)


class RunFolder:
    """What one judge said of many pairs; `notes` say, after reading rows, what was left out of them.

    What cannot be read, or is no run, is BadInput that names the file and line.
    """

    def __init__(self, folder: AnyPath) -> None:
        self.folder = Path(folder)
        self.notes: list[str] = []

    @cached_property
    def run(self) -> RunRecord:
        """Who judged what and how; read once."""
        file = self.folder / RUN
        try:
            run: RunRecord = _RUN.decode(file.read_bytes())
            return run
        except OSError as error:
            raise BadInput(
                f"{str(self.folder)!r}: {RUN} cannot be read: {error.strerror}; expected the folder of a run"
            ) from None
        except UNREADABLE as error:
            raise BadInput(f"{str(file)!r}: {error}; expected what `twinlens run` wrote") from None

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Each row with its file and line; a last line that was cut short is left out and noted."""
        file, of_version_1 = self.folder / ROWS, None
        for where, row in self._lines(file):
            old = isinstance(row, VerdictRow1 | FailureRow1)
            if old != of_version_1 is not None:
                raise BadInput(
                    f"{where}: found a row of another version than the first row's; "
                    "expected rows of one version: run the pairs again into another folder"
                )
            of_version_1 = old
            yield where, upgraded(row) if isinstance(row, VerdictRow1 | FailureRow1) else row

    def calls(self) -> Iterator[Call]:
        """All calls to models that the run took, also those of a judging that was interrupted."""
        for times in self._whole_lines(TIMES, _TIMES, b'"calls"'):
            yield from times.calls or ()

    def ratings(self) -> Iterator[RatingRecord]:
        """All ratings of the rows' texts, also what failed; a line cut short is as if it were not there."""
        return self._whole_lines(RATINGS, _RATING)

    def add_rating(self, rating: RatingRecord) -> None:
        """Append a rating, in one step; a last line that was cut short is ended first."""
        file = self.folder / RATINGS
        try:
            handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
            try:
                size = os.fstat(handle).st_size
                torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
                os.write(handle, b"\n" * torn + line(rating).encode() + b"\n")
            finally:
                os.close(handle)
        except OSError as error:
            raise BadInput(
                f"{str(file)!r}: cannot be written: {error.strerror}; make room for ratings"
            ) from None

    def _lines(self, file: Path) -> Iterator[tuple[str, AnyRow]]:
        """The rows as they are written, each with its file and line."""
        try:
            with file.open("rb") as stream:
                for count, text in enumerate(stream, 1):
                    try:
                        yield f"{file}:{count}", _ROW.decode(text)
                    except UNREADABLE as error:
                        if text.isspace():
                            continue
                        if text.endswith(b"\n") or isinstance(error, msgspec.ValidationError):
                            raise BadInput(
                                f"{file}:{count}: {error}; expected a row of a run a line"
                            ) from None
                        note = f"The last line of {ROWS} is cut short and left out; resume the run."
                        self.notes += [note] * (note not in self.notes)
        except OSError as error:
            raise BadInput(
                f"{str(file)!r}: cannot be read: {error.strerror}; expected the rows of a run"
            ) from None

    def _whole_lines(
        self, name: str, decoder: msgspec.json.Decoder[Made], holding: bytes = b""
    ) -> Iterator[Made]:
        """The lines of a file that can be read; none where there is no file."""
        file = self.folder / name
        try:
            lines = file.read_bytes().splitlines() if file.exists() else []
        except OSError as error:
            raise BadInput(
                f"{str(file)!r}: cannot be read: {error.strerror}; expected lines of JSON"
            ) from None
        for text in lines:
            if holding in text:
                try:
                    made = decoder.decode(text)
                except UNREADABLE:
                    continue
                yield made
