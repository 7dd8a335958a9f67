"""The run folder, read: run.json once, rows as they are streamed, calls to models, ratings of texts.

`writer` writes it. A folder of version 1 is read, one that mixes both versions is not.
"""

import contextlib
import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import msgspec

from twinlens.core import run_records as records
from twinlens.core.contracts import line
from twinlens.core.errors import BadInput
from twinlens.core.files import AnyPath, refuse_special
from twinlens.core.run_records import Row
from twinlens.core.types import Call

ROWS, TIMES, RATINGS, RUN = "rows.jsonl", "times.jsonl", "ratings.jsonl", "run.json"
AGAIN = "again.jsonl"
"""Rows that were judged again, until they stand in the place of those that failed."""
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
OF_VERSION_1 = (records.VerdictRow1, records.FailureRow1)
Made = TypeVar("Made")

_RUN = msgspec.json.Decoder(records.RunRecord | records.RunRecord1)
_ROW: msgspec.json.Decoder[Row] = msgspec.json.Decoder(Row | records.VerdictRow1 | records.FailureRow1)
_TIMES = msgspec.json.Decoder(records.TimesRecord)
_RATING = msgspec.json.Decoder(records.RatingRecord)


class RunFolder:
    """What one judge said of many pairs; `notes` say, after reading rows, what was left out of them.

    What cannot be read, or is no run, is BadInput that names the file and line.
    """

    def __init__(self, folder: AnyPath) -> None:
        self.folder = Path(folder)
        self.notes: list[str] = []

    @cached_property
    def run(self) -> records.RunRecord:
        """Who judged what and how; read once."""
        file = self.folder / RUN
        with _refused(f"{str(self.folder)!r}: {RUN} cannot be read", "expected the folder of a run"):
            refuse_special(file, "what `twinlens run` wrote")
            content = file.read_bytes()
        try:
            run: records.RunRecord = _RUN.decode(content)
            return run
        except UNREADABLE as error:
            raise BadInput(f"{str(file)!r}: {error}; expected what `twinlens run` wrote") from None

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Each row with its file and line; a last line that was cut short is left out and noted."""
        return self.rows_by(_ROW)

    def rows_by(self, decoder: msgspec.json.Decoder[Made]) -> Iterator[tuple[str, Made]]:
        """The rows as a decoder of one's own reads them, which may skip what is not needed."""
        file, of_version_1 = self.folder / ROWS, None
        name = str(file)
        refuse_special(file, "the rows of a run")
        with (
            _refused(f"{str(file)!r}: cannot be read", "expected the rows of a run"),
            file.open("rb") as stream,
        ):
            for count, text in enumerate(stream, 1):
                where = f"{name}:{count}"
                try:
                    row = decoder.decode(text)
                except UNREADABLE as error:
                    self._unreadable(text, error, where)
                    continue
                if (old := isinstance(row, OF_VERSION_1)) is not of_version_1:
                    if of_version_1 is not None:
                        raise BadInput(
                            f"{where}: found a row of another version than the first row's; "
                            "expected rows of one version: run the pairs again into another folder"
                        )
                    of_version_1 = old
                yield where, row

    def _unreadable(self, text: bytes, error: Exception, where: str) -> None:
        """A blank line is nothing, one that was cut short a note, any other BadInput."""
        if text.isspace():
            return
        if text.endswith(b"\n") or isinstance(error, msgspec.ValidationError):
            raise BadInput(f"{where}: {error}; expected a row of a run a line") from None
        note = f"The last line of {ROWS} is cut short and left out; the run has not ended."
        self.notes += [note] * (note not in self.notes)

    def calls(self) -> Iterator[Call]:
        """All calls to models that the run took, also those of a judging that was interrupted."""
        for times in self._whole_lines(TIMES, _TIMES, b'"calls"'):
            yield from times.calls or ()

    def ratings(self) -> Iterator[records.RatingRecord]:
        """All ratings of the rows' texts, also what failed; a line cut short is as if it were not there."""
        return self._whole_lines(RATINGS, _RATING)

    def add_rating(self, rating: records.RatingRecord) -> None:
        """Append a rating, in one step; a last line that was cut short is ended first."""
        file = self.folder / RATINGS
        with (
            _refused(f"{str(file)!r}: cannot be written", "make room for ratings"),
            open(file, "a+b", buffering=0) as stream,
        ):
            torn = stream.tell() > 0 and os.pread(stream.fileno(), 1, stream.tell() - 1) != b"\n"
            stream.write(b"\n" * torn + line(rating).encode() + b"\n")

    def _whole_lines(
        self, name: str, decoder: msgspec.json.Decoder[Made], holding: bytes = b""
    ) -> Iterator[Made]:
        """The lines of a file that can be read; none where there is no file."""
        file = self.folder / name
        if not file.exists():
            return
        refuse_special(file, "lines of JSON")
        with _refused(f"{str(file)!r}: cannot be read", "expected lines of JSON"), file.open("rb") as lines:
            for text in lines:
                if holding in text:
                    with contextlib.suppress(*UNREADABLE):
                        yield decoder.decode(text)


@contextlib.contextmanager
def _refused(what: str, expected: str) -> Iterator[None]:
    """A file that the system refuses is one line: what failed, why, and what was expected."""
    try:
        yield
    except OSError as error:
        raise BadInput(f"{what}: {error.strerror}; {expected}") from None
