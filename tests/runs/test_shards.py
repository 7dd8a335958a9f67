"""A shard that was damaged is refused, and never gives other rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from twinlens.core.errors import BadInput
from twinlens.core.run_records import FailureRow, PairId, TimesRecord
from twinlens.runs.row_groups import Judged
from twinlens.runs.shards import Shelf


def test_a_byte_changed_in_a_shard_gives_the_same_rows_or_a_refusal(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    rows = [
        FailureRow(id=id, failure="timeout", pair=PairId(id), judge="fixed", version="0") for id in ("x", "y")
    ]
    judged = [Judged(row, TimesRecord(row.id, 1.0, False)) for row in rows]
    shelf, shard = Shelf(str(tmp_path), "key"), range(2)
    shelf.put(shard, judged)
    assert shelf.get(shard) == judged
    (file,) = tmp_path.glob("*.parquet")
    whole, refused = file.read_bytes(), 0
    for at in range(0, len(whole), 11):
        changed = bytearray(whole)
        changed[at] ^= 0x10
        file.write_bytes(changed)
        try:
            assert shelf.get(shard) == judged
        except BadInput as error:
            refused += "damaged; delete it" in str(error)
    assert refused > 50
    assert len(shelf.of_another_time().written()) == 1
    assert shelf.of_another_time().path(shard) != shelf.path(shard)
