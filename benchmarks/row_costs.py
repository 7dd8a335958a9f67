"""What a run costs the main process, a row, beside judging: the part of a run that more workers do not share."""

from __future__ import annotations

import pickle
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2

from benchmarks import repeated_verdict
from twinlens.core.types import Verdict
from twinlens.readers import open_pairs
from twinlens.runs.compare import compare
from twinlens.runs.engine import run

TABLE = 100_000
"""Rows of the table that is read."""
SOME = 16
"""Rows of the run that comes first."""


@dataclass(frozen=True)
class RowCosts:
    """Seconds of the main process's processor time and bytes, a row."""

    reading: float
    handling: float
    """To describe the run, hand rows out, take what was judged, and write it."""
    memory: float
    stored: float
    in_shards: float = 0.0

    @property
    def seconds(self) -> float:
        """All that is done one row after the other."""
        return self.reading + self.handling


def row_costs(a: str, b: str, rows: int, **how: Any) -> RowCosts:
    """The costs of rows with the verdict of `measured` on two photos, which two processes say again and again.

    `how` is that of `run`. A small run comes first, so that what is loaded once does not count.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        judge = written(folder, a, b)
        before, start = resident(), time.process_time()
        table = open_pairs(str(write_table(folder, TABLE)))
        reading, memory = (time.process_time() - start) / TABLE, (resident() - before) / TABLE
        del table
        for count in (SOME, rows):
            pairs, out = open_pairs(str(write_table(folder, count))), folder / f"run-{count}"
            start = time.process_time()
            summary = run(pairs, judge, out, workers=2, cache=False, **how)
            handling = (time.process_time() - start) / count
            if summary.failed:
                raise SystemExit(f"row_costs: {summary.failed} of {count} rows failed; expected verdicts")
        stored = (out / "rows.jsonl").stat().st_size / count
        shards = sum(file.stat().st_size for file in out.glob("shards/*.parquet")) / count
        return RowCosts(reading, handling, memory, stored, shards)


def written(folder: Path, a: str, b: str) -> str:
    """Two photos of 40 by 32 pixels and the verdict on the large ones in a folder; the spec of the judge that says it."""
    verdict = compare(a, b, "measured")
    if not isinstance(verdict, Verdict):
        raise SystemExit(f"row_costs: {verdict.kind}: {verdict.detail}; expected a verdict")
    for side, file in (("a", a), ("b", b)):
        cv2.imwrite(str(folder / f"{side}.png"), cv2.resize(cv2.imread(file), (40, 32)))
    said = replace(verdict, pair=None)  # type: ignore[arg-type]
    (folder / "verdict").write_bytes(pickle.dumps(said))
    return f"{Path(repeated_verdict.__file__).resolve()}:Repeated(file={str(folder / 'verdict')!r})"


def write_table(folder: Path, rows: int) -> Path:
    """A table of so many pairs of the two small photos."""
    files = f"{folder / 'a.png'},{folder / 'b.png'}"
    file = folder / f"{rows}.csv"
    lines = ("id,a,b,scene", *(f"pair_{number:07},{files},scene_{number // 7:06}" for number in range(rows)))
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file


def resident() -> int:
    """The memory this process has in use, in bytes."""
    return 1024 * int(Path("/proc/self/status").read_text("utf-8").partition("VmRSS:")[2].split()[0])
