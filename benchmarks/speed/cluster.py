"""What ten million pairs cost on a cluster, on paper: one pair, and the main process a row, measured here.

    python -m benchmarks cluster                some 3 minutes on two idle cores; rewrites the tables of docs/cluster.md
    python -m benchmarks cluster --rows 256 --no-write

A pair is two JPEGs (95) of the shared photograph, resized, by `measured` in a process of its own (`compare`). A row is what
`run --engine ray` takes of the main process beside judging, on a Ray of two actors made here: its processor time
where the actors say one stored verdict of small photos again and again (`row_costs`). From 4,096 rows on a shard has 64, as in a large table.
"""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path

from benchmarks.marks import rewrite
from benchmarks.row_costs import RowCosts, row_costs
from benchmarks.speed.compare import Cost, in_process, photos
from benchmarks.tables import table
from twinlens.runs.ray import QUIET

PAGE = Path("docs/cluster.md")
PAIRS = 10_000_000
SIZES = (0.3, 3.0, 12.0)
"""Megapixels of each photo."""
CORES = (100, 1000)
PRICE = 0.04
"""Of a core hour, assumed."""


def main(rounds: int = 5, rows: int = 4096, write: bool = True) -> None:
    """Measure, and rewrite the tables."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        made = photos(Path(folder), SIZES)
        small, files = made["baseline", SIZES[0]], [made["baseline", size] for size in SIZES]
        costs = [in_process("measured", rounds, (*pair, *small)) for pair in files]
        sizes = [sum(Path(file).stat().st_size for file in pair) for pair in files]
        serial = on_ray(small, rows)
    loads = f"{os.cpu_count()} cores, load before {load:.1f}, and {os.getloadavg()[0]:.1f} after; least of {rounds + 1} rounds; {rows:,} rows."
    lines = [*pair_table(costs, sizes), "", *row_table(serial), "", loads]
    paper = on_paper(costs, sizes, serial)
    if write:
        rewrite(PAGE, "cluster", lines)
        rewrite(PAGE, "paper", paper)
    print("\n".join([*lines, "", *paper]))


def on_ray(files: tuple[str, str], rows: int) -> RowCosts:
    """What a row costs the main process on a Ray of two processors; it is ended again."""
    os.environ.update(QUIET)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import ray

        ray.init(
            num_cpus=2, num_gpus=0, include_dashboard=False, log_to_driver=False, logging_level="CRITICAL"
        )
        try:
            return row_costs(*files, rows, engine="ray")
        finally:
            ray.shutdown()


def pair_table(costs: Sequence[Cost], sizes: Sequence[int]) -> list[str]:
    """What a pair costs an actor."""
    rows = [
        (f"{size:g} MP", f"{cost.comparing[0]:.3f} s", f"{cost.decoding[0]:.3f} s", f"{stored / 1e6:.2f} MB", f"{cost.peak / 1e9:.2f} GB")
        for size, cost, stored in zip(SIZES, costs, sizes, strict=True)
    ]  # fmt: skip
    return table(
        ("two photos of", "processor time a pair", "decoding both with Pillow", "both files", "peak memory"),
        rows,
    )


def row_table(serial: RowCosts) -> list[str]:
    """What a row costs the main process."""
    rows = [
        ("processor time to read it from the table", f"{1e3 * serial.reading:.3f} ms"),
        ("processor time to hash it, hand it to Ray Data, bring it home and write it", f"{1e3 * serial.handling:.3f} ms"),
        ("memory", f"{serial.memory / 1e3:.1f} kB"),
        ("in rows.jsonl", f"{serial.stored / 1e3:.1f} kB"),
    ]  # fmt: skip
    return table(("the main process, a row", "is"), rows)


def on_paper(costs: Sequence[Cost], sizes: Sequence[int], serial: RowCosts) -> list[str]:
    """All pairs: hours, bytes and money; a run lasts as long as the judging or the main process, whichever is longer."""
    main_hours = PAIRS * serial.seconds / 3600
    hours = [PAIRS * cost.comparing[0] / 3600 for cost in costs]
    rows = [("core hours", *(f"{each:,.0f}" for each in hours))]
    rows += [
        (f"on {cores:,} cores", *(f"{max(each / cores, main_hours):,.1f} h" for each in hours))
        for cores in CORES
    ]
    rows += [
        ("cores at which the main process is as slow as the judging", *(f"{each / main_hours:,.0f}" for each in hours)),
        (f"cost at {PRICE:g} a core hour (assumed)", *(f"{PRICE * each:,.0f}" for each in hours)),
        ("photos to read", *(f"{PAIRS * each / 1e12:,.1f} TB" for each in sizes)),
    ]  # fmt: skip
    for cores in CORES:
        seconds = [3600 * max(each / cores, main_hours) for each in hours]
        rows.append(
            (
                f"network on {cores:,} cores",
                *(f"{PAIRS * size / time / 1e9:.2f} GB/s" for size, time in zip(sizes, seconds, strict=True)),
            )
        )
    same = f"{main_hours:.1f} h, {PAIRS * serial.memory / 1e9:.0f} GB, {PAIRS * serial.stored / 1e9:.0f} GB"
    rows.append(("main process: processor time, memory, disk", *(same for _ in hours)))
    return table((f"{PAIRS:,} pairs", *(f"{size:g} MP" for size in SIZES)), rows)
