"""The one writer of a run folder.

`run.json` says who judged what and how; `rows.jsonl` holds a line for each row, in the order of the input, so
a run that was stopped holds the first rows of the whole run, byte for byte. A row is in the file's page cache
before the next one is taken, and on the disk within a second. A last line that was cut short is taken away
when the run goes on. `times.jsonl` holds what differs from run to run: seconds, and whether the cache knew
the answer; after a crash it may lack a row. Failed rows that are judged again wait in `again.jsonl` and take
the place of the failures all at once, at the end or, after a crash, at the next start.
"""

import contextlib
import json
import mmap
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from twinlens.core.contracts import Record, decoder, line
from twinlens.core.errors import BadInput
from twinlens.core.files import AnyPath
from twinlens.core.outputs import check_folder
from twinlens.core.run_records import FailureRow, Row, RunRecord, RunRecord1, TimesRecord
from twinlens.runs.store import AGAIN, ROWS, RUN, TIMES, UNREADABLE, RunFolder

try:
    import fcntl
except ImportError:  # no such lock on Windows
    fcntl = None  # type: ignore[assignment]

SYNC = 1.0
"""Seconds after which rows are on the disk."""


class RunWriter:
    """A run folder, open for writing; a second process is refused."""

    def __init__(self, folder: AnyPath, run: RunRecord, ids: Sequence[str]) -> None:
        """Open or make the folder for a run of rows with these ids; BadInput where it holds another run."""
        self.folder, self.run = Path(folder), run
        self.done = self.failed = 0
        self.failures: dict[str, str] = {}
        """The kinds of failure of the rows that had failed when the run was opened, by their id."""
        self._synced = time.monotonic()
        self._files: dict[str, int] = {}
        check_folder(self.folder, "--out", RUN, (ROWS, TIMES, AGAIN, f"{RUN}.new", f"{ROWS}.new"))
        with self._writing(), contextlib.ExitStack() as opened:
            self._agree()  # before anything is written, and once more where nobody else writes
            self.folder.mkdir(parents=True, exist_ok=True)
            opened.callback(self._close)
            for name in (ROWS, TIMES):
                self._lock(self._open(name))
            self._agree()
            self._take_again()
            self._recover(ids)
            self._write_run(None)
            self._opened = opened.pop_all()

    def add(self, row: Row, times: TimesRecord) -> None:
        """Add a row and its times; what does not fit on the disk leaves no trace.

        A row that is there already, and had failed, waits for its place until the end.
        """
        with self._writing():
            again = row.id in self.failures
            if again and AGAIN not in self._files:
                self._open(AGAIN)
            self._append(AGAIN if again else ROWS, line(row))
            self.done += not again
            self.failed += isinstance(row, FailureRow) - again
            self._append(TIMES, line(times))
            if time.monotonic() - self._synced > SYNC:
                self._sync()

    def progress(self, rows: int) -> str:
        """How far the run of so many rows is, in words."""
        return f"{self.done:,} of {rows:,} pairs are in {self.folder}"

    def finish(self, summary: Record) -> None:
        """Put what the run came to into run.json."""
        with self._writing():
            self._sync()
            self._take_again()
            self._write_run(summary)

    def __enter__(self) -> "RunWriter":
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._sync()
            self._take_again()
        self._opened.close()

    def _open(self, name: str) -> int:
        file = os.open(self.folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        self._files[name] = file
        return file

    def _close(self) -> None:
        while self._files:
            os.close(self._files.popitem()[1])

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """What the disk refuses is BadInput."""
        try:
            yield
        except OSError as error:
            safe = f"; the {self.done:,} finished rows are kept" if self.done else ""
            raise self._refused(
                f": cannot be written: {error.strerror or error}{safe}; make room, or",
                "; the same command goes on",
            ) from error

    def _refused(self, why: str, more: str = "") -> BadInput:
        return BadInput(f"{str(self.folder)!r}{why} choose another --out{more}")

    def _append(self, name: str, line: str) -> None:
        file, data = self._files[name], memoryview(line.encode() + b"\n")
        start = os.lseek(file, 0, os.SEEK_END)
        try:
            while data:
                data = data[os.write(file, data) :]
        except BaseException:  # also an interrupt in the middle of a line
            with contextlib.suppress(OSError):
                os.ftruncate(file, start)
            raise

    def _sync(self) -> None:
        for file in self._files.values():
            os.fsync(file)
        self._synced = time.monotonic()

    def _lock(self, file: int) -> None:
        try:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise self._refused(": another process writes this run; wait for it to end, or") from None
        except OSError:
            return  # a file system without locks

    def _agree(self) -> None:
        """Refuse a folder that holds a run of another judge, input, setting or version."""
        file, rows = self.folder / RUN, self.folder / ROWS
        if not file.exists():
            if rows.exists() and rows.stat().st_size:
                raise BadInput(
                    f"{str(file)!r}: no such file beside {ROWS}; expected a run folder or a new one"
                )
            return
        known = RunFolder(self.folder).run
        if isinstance(known, RunRecord1):
            raise self._refused(" holds a run of twinlens.run/1, which can be read but not go on;")
        if other := list(differences(msgspec.to_builtins(known), msgspec.to_builtins(self.run))):
            raise self._refused(f" holds another run: {'; '.join(other)};", ", or run with what stands there")

    def _take_again(self) -> None:
        """Put rows that were judged again in the place of those that failed, in one step.

        The lock on times.jsonl stays: rows.jsonl is another file afterwards.
        """
        waiting = self.folder / AGAIN
        if not waiting.exists():
            return
        lines = [text for text in waiting.read_bytes().splitlines(keepends=True) if text.endswith(b"\n")]
        new = {_done(text).id: text for text in lines}
        draft = self.folder / f"{ROWS}.new"
        with open(self.folder / ROWS, "rb") as stream, open(draft, "wb") as target:
            for text in stream:
                target.write(new.get(_done(text).id or "", text))
            target.flush()
            os.fsync(target.fileno())
        for name in {AGAIN, ROWS} & self._files.keys():
            os.close(self._files.pop(name))
        os.replace(draft, self.folder / ROWS)
        waiting.unlink()
        self._open(ROWS)

    def _recover(self, ids: Sequence[str]) -> None:
        """Count the rows that are done and failed; a last line that was cut short goes."""
        for file in self._files.values():
            _cut(file)
        with open(self.folder / ROWS, "rb") as stream:
            for count, text in enumerate(stream, 1):
                done = _done(text)
                if count > len(ids) or done.id != ids[count - 1]:
                    wanted = repr(ids[count - 1]) if count <= len(ids) else "the end"
                    raise BadInput(
                        f"{self.folder / ROWS}:{count}: found the row {done.id!r}; expected {wanted}; "
                        "choose another --out"
                    )
                self.done, self.failed = count, self.failed + (done.failure is not None)
                if done.failure is not None:
                    self.failures[ids[count - 1]] = done.failure

    def _write_run(self, summary: Record | None) -> None:
        """Write run.json in one step; a summary that is there stays until there is a new one."""
        file = self.folder / RUN
        if summary is None and file.exists():
            return
        run = msgspec.structs.replace(self.run, summary=summary)
        draft = file.with_suffix(".json.new")
        with open(draft, "wb") as stream:
            stream.write(msgspec.json.format(msgspec.json.encode(run)) + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(draft, file)


def _cut(file: int) -> None:
    """Take away what follows the last whole line; only the end of the file is read."""
    size = os.fstat(file).st_size
    if size:
        with mmap.mmap(file, size, access=mmap.ACCESS_READ) as content:
            end = content.rfind(b"\n") + 1
        if end != size:
            os.ftruncate(file, end)


class _Done(msgspec.Struct):
    """What going on needs of a row that is there."""

    id: str | None = None
    failure: str | None = None


def _done(text: bytes) -> _Done:
    """The row in a line; without an id where there is none."""
    with contextlib.suppress(*UNREADABLE):
        return decoder(_Done).decode(text)
    return _Done()


def differences(known: Mapping[str, Any], wanted: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """What differs between two runs, in words; where they began and what they came to is not compared."""
    for key in sorted({*known, *wanted} - {"summary", "origin"}):
        old, new = known.get(key), wanted.get(key)
        name = f"{path} {key}".strip()
        if isinstance(old, dict) and isinstance(new, dict):
            yield from differences(old, new, name)
        elif old != new:
            had, wants = (json.dumps(value, ensure_ascii=False) for value in (old, new))
            yield f"{name}: it has {had}, this run {wants}"
