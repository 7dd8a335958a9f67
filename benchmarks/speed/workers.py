"""How much quicker two workers judge than one: runs in turns over pairs that people judged, nothing cached.

    python -m benchmarks workers                      96 pairs, 3 rounds: about 5 minutes on two idle cores
    python -m benchmarks workers --pairs 12 --rounds 1

A run is the whole command, with its start and the start of its processes; of each number of workers the best round
counts. Asked: 2 workers at least 1.7 times one. Run it where nothing else runs: one busy core more halves the ratio.
The exit code is 1 where less was reached.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.material import PEOPLE

LEAST_RATIO = 1.7


def main(pairs: int = 96, rounds: int = 3, workers: int = 2, judge: str = "measured") -> None:
    """Time; the exit code is 1 where the ratio is not reached."""
    with tempfile.TemporaryDirectory() as folder:
        table = write_table(Path(folder), pairs)
        counts = (1, workers)
        times: dict[int, list[float]] = {count: [] for count in counts}
        for number in range(rounds):
            for count in counts if number % 2 == 0 else counts[::-1]:
                out = Path(folder) / f"run-{number}-{count}"
                times[count].append(seconds(table, out, judge, count))
                print(f"round {number + 1}, {count} worker(s): {times[count][-1]:.1f} s", flush=True)
        rows = {(out / "rows.jsonl").read_bytes() for out in Path(folder).glob("run-*")}
    one, more = min(times[1]), min(times[workers])
    print(f"{pairs} pairs, best of {rounds}: 1 worker {pairs / one:.2f} pairs a second, "
          f"{workers} workers {pairs / more:.2f}; ratio {one / more:.2f} (asked {LEAST_RATIO}); "
          f"rows {'the same' if len(rows) == 1 else 'DIFFER'}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")  # fmt: skip
    raise SystemExit(one / more < LEAST_RATIO or len(rows) != 1)


def write_table(folder: Path, count: int) -> Path:
    """A table of so many pairs, spread evenly over those that people judged."""
    with open(PEOPLE / "pairs.csv", newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    chosen = rows[:: max(1, len(rows) // count)][:count]
    lines = [f"{row['id']},{(PEOPLE / row['a']).resolve()},{(PEOPLE / row['b']).resolve()}" for row in chosen]
    table = folder / "pairs.csv"
    table.write_text("\n".join(["id,a,b", *lines]) + "\n", "utf-8")
    return table


def seconds(table: Path, out: Path, judge: str, workers: int) -> float:
    """How long a whole run takes."""
    call = [sys.executable, "-m", "twinlens.cli", "run", str(table), "--judge", judge, "--no-cache",
            "--workers", str(workers), "--out", str(out)]  # fmt: skip
    start = time.perf_counter()
    subprocess.run(call, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start
