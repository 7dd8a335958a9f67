"""What two workers cost beside one, and the part of a run that more workers do not share: on paper to 64 cores.

    python -m benchmarks workers                      200 pairs, 2 rounds: about 6 minutes on two idle cores
    python -m benchmarks workers --pairs 12 --rounds 1 --rows 200

A run is the whole command over pairs that people judged, with its start and the start of its processes, nothing cached;
runs of one and of more workers take turns, and the best round counts. Asked: processor time of all processes of 2 workers
at most 1.05 times that of one, and 1.9 times as quick where nothing else runs. The serial part is the processor time
of the main process a row; by Amdahl's law it limits any number of cores. The exit code is 1 where workers take more
processor time, or rows differ; 200 pairs and more rewrite the table of docs/benchmarks.md.
"""

from __future__ import annotations

import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.marks import BENCHMARKS, rewrite
from benchmarks.material import PEOPLE
from benchmarks.row_costs import RowCosts, row_costs
from benchmarks.tables import table

MOST_PROCESSOR, LEAST_CLOCK = 1.05, 1.9
LEAST_PAIRS = 200
"""Pairs from which on starts are small beside the rest."""
CORES = (1, 2, 4, 8, 16, 32, 64)
Seconds = tuple[float, float]
"""Of processor time, and by the clock."""


def main(
    pairs: int = 200, rounds: int = 2, workers: int = 2, judge: str = "measured", rows: int = 1000
) -> None:
    """Time; the exit code is 1 where the ratio of processor time is not reached."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        pairs_file = write_table(Path(folder), pairs)
        counts = (1, workers)
        times: dict[int, list[Seconds]] = {count: [] for count in counts}
        for number in range(rounds):
            for count in counts if number % 2 == 0 else counts[::-1]:
                out = Path(folder) / f"run-{number}-{count}"
                times[count].append(seconds(pairs_file, out, judge, count))
                print("round {}, {} worker(s): processor {:.1f} s, clock {:.1f} s".format(
                    number + 1, count, *times[count][-1]), file=sys.stderr, flush=True)  # fmt: skip
        same = len({(out / "rows.jsonl").read_bytes() for out in Path(folder).glob("run-*")}) == 1
        with open(pairs_file, newline="", encoding="utf-8") as stream:
            first = next(csv.DictReader(stream))
        serial = row_costs(first["a"], first["b"], rows)
    one, more = (tuple(map(min, zip(*times[count], strict=True))) for count in counts)
    ratio, quicker = more[0] / one[0], one[1] / more[1]
    lines = table(("what", "is", "asked"), [
        (f"processor time of {pairs} pairs, {workers} workers beside 1 ({one[0]:.1f} s)", f"{ratio:.3f} ×", f"at most {MOST_PROCESSOR:g} ×"),
        (f"by the clock, {workers} workers are as quick as 1 times", f"{quicker:.2f} ×", f"{LEAST_CLOCK:g} × where nothing else runs"),
        ("rows", "the same" if same else "DIFFER", "the same"),
        *on_paper(serial, one[0] / pairs),
    ])  # fmt: skip
    lines += ["", f"{os.cpu_count()} cores, load before {load:.1f}, and {os.getloadavg()[0]:.1f} after; "
              f"best of {rounds} round(s), {rows:,} rows for the serial part."]  # fmt: skip
    if pairs >= LEAST_PAIRS:
        rewrite(BENCHMARKS, "workers", lines)
    print("\n".join(lines))
    raise SystemExit(ratio > MOST_PROCESSOR or not same)


def on_paper(serial: RowCosts, pair: float) -> list[tuple[str, str, str]]:
    """The serial part, and how much quicker so many cores are by Amdahl's law; `pair` is seconds of one worker."""
    share = serial.seconds / pair
    return [
        ("serial part a row: reading the table", f"{1e3 * serial.reading:.3f} ms", ""),
        ("serial part a row: handing out, taking back, writing", f"{1e3 * serial.handling:.3f} ms", ""),
        ("serial part of a pair", f"{100 * share:.2f} %", ""),
        *((f"on paper: {cores} cores", f"{speedup(share, cores):.1f} ×", "") for cores in CORES[1:]),
    ]


def speedup(share: float, cores: int) -> float:
    """How much quicker so many cores are where a share of the work stays serial (Amdahl 1967).

    >>> speedup(0.0, 64), round(speedup(0.01, 64), 1)
    (64.0, 39.3)
    """
    return 1 / (share + (1 - share) / cores)


def write_table(folder: Path, count: int) -> Path:
    """A table of so many pairs, spread evenly over those that people judged."""
    with open(PEOPLE / "pairs.csv", newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    chosen = rows[:: max(1, len(rows) // count)][:count]
    lines = [f"{row['id']},{(PEOPLE / row['a']).resolve()},{(PEOPLE / row['b']).resolve()}" for row in chosen]
    file = folder / "pairs.csv"
    file.write_text("\n".join(["id,a,b", *lines]) + "\n", "utf-8")
    return file


def seconds(pairs: Path, out: Path, judge: str, workers: int) -> Seconds:
    """How long a whole run takes, all its processes together."""
    call = [sys.executable, "-m", "twinlens.cli", "run", str(pairs), "--judge", judge, "--no-cache",
            "--workers", str(workers), "--out", str(out)]  # fmt: skip
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(call, check=True, stdout=subprocess.DEVNULL)
    after, clock = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - start
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, clock
