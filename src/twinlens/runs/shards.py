"""Shards: judged rows in blocks of a fixed size, each a Parquet file that is whole or absent.

They lie in a folder or at an address that fsspec knows. A shard's name holds the run it is of, its first row
and how many it has, so shards of another run are left alone. A row and its times are the lines that go to
the run folder.
"""

import hashlib
import posixpath
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

from twinlens.core.contracts import line
from twinlens.core.errors import BadInput
from twinlens.core.run_records import RunRecord
from twinlens.imaging.remote import file_system
from twinlens.runs.row_groups import Judged

LARGEST = 64
"""Rows of a shard of a large table; what a worker that dies may lose."""
SHARES = 64
"""Shards that a smaller table is parted into, so that every worker finds some."""


def _digest(row: str, times: str) -> str:
    return hashlib.sha256(f"{row}\n{times}".encode()).hexdigest()


def shards(rows: int, table: int) -> list[range]:
    """The first so many rows of a table in shards, as numbers of rows; their size depends on the table only.

    >>> shards(3, 130)
    [range(0, 2), range(2, 3)]
    """
    size = max(1, min(LARGEST, table // SHARES))
    return [range(first, min(first + size, rows)) for first in range(0, rows, size)]


def run_key(run: RunRecord) -> str:
    """The hash of a run: who judges what and how."""
    what = [run.judge, run.input, run.settings, run.versions]
    return hashlib.sha256(msgspec.json.encode(what, order="sorted")).hexdigest()[:12]


@dataclass(frozen=True)
class Shelf:
    """Where the shards of a run lie: a folder or an address, and the key of the run."""

    place: str
    run: str

    def of_another_time(self) -> "Shelf":
        """The shelf of rows that are judged again, whatever was written of them before."""
        return Shelf(self.place, f"{self.run}-{uuid.uuid4().hex[:8]}")

    @cached_property
    def _where(self) -> tuple[Any, str]:
        """The file system and the folder in it, which is there."""
        system, folder = file_system(self.place)
        system.makedirs(folder, exist_ok=True)
        return system, folder

    def path(self, shard: range) -> str:
        """The path of a shard in its file system."""
        return posixpath.join(self._where[1], f"{self.run}-{shard.start:010}-{len(shard)}.parquet")

    def written(self) -> set[str]:
        """The paths of the shards that are there."""
        system, folder = self._where
        return {posixpath.join(folder, posixpath.basename(each)) for each in system.ls(folder, detail=False)}

    def begin(self, shard: range) -> int:
        """How many times a shard was begun and never written, this time included."""
        with self._where[0].open(f"{self.path(shard)}.begun-{uuid.uuid4().hex}", "wb") as stream:
            stream.write(b"begun\n")
        return len(self._begun(shard))

    def put(self, shard: range, judged: Sequence[Judged]) -> None:
        """Write a shard under another name, and then give it its own."""
        import pyarrow
        from pyarrow import parquet

        lines = [(line(one.row), line(one.times)) for one in judged]
        columns = {
            "id": [one.row.id for one in judged],
            "row": [row for row, _ in lines],
            "times": [times for _, times in lines],
            "sha256": [_digest(*pair) for pair in lines],
        }
        system, draft = self._where[0], f"{self.path(shard)}.new-{uuid.uuid4().hex}"
        with system.open(draft, "wb") as stream:
            parquet.write_table(pyarrow.table(columns), stream, compression="zstd")
        system.mv(draft, self.path(shard))
        for mark in self._begun(shard):
            system.rm_file(mark)

    def get(self, shard: range) -> list[Judged]:
        """The rows of a shard; BadInput where it was damaged."""
        from pyarrow import parquet

        path = self.path(shard)
        try:
            with self._where[0].open(path, "rb") as stream:
                columns = parquet.read_table(stream, columns=["row", "times", "sha256"]).to_pydict()
            lines = list(zip(columns["row"], columns["times"], strict=True))
            whole = [_digest(*pair) for pair in lines] == columns["sha256"] and len(lines) == len(shard)
        except Exception:  # noqa: BLE001  the library has no one error for what a file may hold
            whole, lines = False, []
        if not whole:
            raise BadInput(f"{path!r}: damaged; delete it, and the same command judges its rows again")
        return [Judged.of_lines(*one) for one in lines]

    def _begun(self, shard: range) -> list[str]:
        return list(map(str, self._where[0].glob(f"{self.path(shard)}.begun-*")))
