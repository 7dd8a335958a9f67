"""Shards: judged rows in blocks of a fixed size, each a Parquet file that is whole or absent.

They lie in a folder or at an address that fsspec knows. A shard's name holds the run it is of, its first row
and how many it has, so shards of another run are left alone. A row and its times are the lines that go to
the run folder.
"""

from __future__ import annotations

import hashlib
import io
import posixpath
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

from twinlens.core.contracts import line
from twinlens.core.run_records import FailureRow, RunRecord, TimesRecord, VerdictRow
from twinlens.imaging.remote import file_system
from twinlens.runs.row_groups import Judged

LARGEST = 64
"""Rows of a shard of a large table; what a worker that dies may lose."""
SHARES = 64
"""Shards that a smaller table is parted into, so that every worker finds some."""
_ROW = msgspec.json.Decoder(VerdictRow | FailureRow)
_TIMES = msgspec.json.Decoder(TimesRecord)


@dataclass(frozen=True)
class Shard:
    """Which rows a shard holds: the number of the first, and how many."""

    first: int
    count: int

    @property
    def end(self) -> int:
        """The number of the row after the last."""
        return self.first + self.count


def shards(rows: int, table: int) -> list[Shard]:
    """The shards of the first so many rows of a table; their size depends on the table only."""
    size = max(1, min(LARGEST, table // SHARES))
    return [Shard(first, min(size, rows - first)) for first in range(0, rows, size)]


def run_key(run: RunRecord) -> str:
    """The hash of a run: who judges what and how."""
    what = [run.judge, run.input, run.settings, run.versions]
    return hashlib.sha256(msgspec.json.encode(what, order="sorted")).hexdigest()[:12]


@dataclass(frozen=True)
class Shelf:
    """Where the shards of a run lie: a folder or an address, and the key of the run."""

    place: str
    run: str

    @cached_property
    def _where(self) -> tuple[Any, str]:
        return file_system(self.place)

    def path(self, shard: Shard) -> str:
        """The path of a shard in its file system."""
        return posixpath.join(self._where[1], f"{self.run}-{shard.first:010}-{shard.count}.parquet")

    def written(self) -> set[str]:
        """The paths of the shards that are there."""
        system, folder = self._where
        system.makedirs(folder, exist_ok=True)
        return {posixpath.join(folder, posixpath.basename(each)) for each in system.ls(folder, detail=False)}

    def begin(self, shard: Shard) -> int:
        """How many times a shard was begun and never written, this time included."""
        system, folder = self._where
        system.makedirs(folder, exist_ok=True)
        with system.open(f"{self.path(shard)}.begun-{uuid.uuid4().hex}", "wb") as stream:
            stream.write(b"begun\n")
        return len(self._begun(shard))

    def put(self, shard: Shard, judged: Sequence[Judged]) -> None:
        """Write a shard under another name, and then give it its own."""
        system, _ = self._where
        draft = f"{self.path(shard)}.new-{uuid.uuid4().hex}"
        with system.open(draft, "wb") as stream:
            stream.write(_packed(judged))
        system.mv(draft, self.path(shard))
        for mark in self._begun(shard):
            system.rm_file(mark)

    def get(self, shard: Shard) -> list[Judged]:
        """The rows of a shard."""
        system, _ = self._where
        with system.open(self.path(shard), "rb") as stream:
            return _unpacked(stream.read())

    def _begun(self, shard: Shard) -> list[str]:
        system, _ = self._where
        return [str(path) for path in system.glob(f"{self.path(shard)}.begun-*")]


def _packed(judged: Sequence[Judged]) -> bytes:
    import pyarrow
    from pyarrow import parquet

    columns = {
        "id": [one.row.id for one in judged],
        "row": [line(one.row) for one in judged],
        "times": [line(one.times) for one in judged],
    }
    buffer = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), buffer, compression="zstd")
    return buffer.getvalue()


def _unpacked(data: bytes) -> list[Judged]:
    import pyarrow
    from pyarrow import parquet

    table = parquet.read_table(pyarrow.BufferReader(data), columns=["row", "times"])
    return [Judged(_ROW.decode(one["row"]), _TIMES.decode(one["times"])) for one in table.to_pylist()]
