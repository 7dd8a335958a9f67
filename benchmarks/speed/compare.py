"""Time and memory of one comparison by size of the photos, as ratios to decoding both, beside metrics of others.

    python -m benchmarks compare        some 5 minutes on two idle cores; rewrites docs/benchmarks.md and its plot
    python -m benchmarks compare --size 0.3 --size 3 --rounds 1        less than a minute; prints, and rewrites nothing

The photo is `large_00.jpg` of the shared photographs (13.8 megapixels), resized, beside itself blurred, both JPEG 95. Each
way to compare has a process of its own, in which decoding and it take turns; the least of the rounds counts, in processor
time and by the clock. A ratio is to decoding within that process. Peak memory is that of the first comparison of a
process. Networks of others compute on one thread. The metric of another package is left out at a size where what it took at
the sizes before says that it would take more than `--peer-seconds` or half of the free memory.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import cv2
import typer

from benchmarks.comparison_process import JUDGES, PEERS
from benchmarks.marks import BENCHMARKS, rewrite
from benchmarks.material import DATA
from benchmarks.size_plot import size_plot
from benchmarks.tables import table

SIZES = (0.3, 3.0, 13.8, 24.0, 50.0)
"""Megapixels."""
PLOT = Path("docs/images/speed.svg")
ENCODINGS = ("baseline", "progressive")
MOST_PIXELS = 20e6
"""Pixels up to which there are all rounds; above, half of them."""
HELP = "import sys; from twinlens.cli import run; run(['--help']); print('cv2' in sys.modules or 'skimage' in sys.modules)"
Files = tuple[str, str]


@dataclass(frozen=True)
class Cost:
    """What a way to compare costs: seconds (processor time, by the clock), decoding the same files, bytes at most."""

    comparing: tuple[float, float]
    decoding: tuple[float, float]
    peak: int

    def ratio(self, clock: bool = False) -> float:
        """Times the time of decoding."""
        return self.comparing[clock] / self.decoding[clock]


Costs = dict[tuple[str, str, float], Cost]
"""By way, encoding and megapixels; not there where it was left out."""


def main(
    size: Annotated[list[float] | None, typer.Option(help="Megapixels; more than one may be named.")] = None,
    rounds: int = 5,
    peer_seconds: Annotated[float, typer.Option(help="What a metric of others may take at most.")] = 25.0,
) -> None:
    """Measure; with all sizes, rewrite the page and the plot."""
    sizes, load = tuple(sorted(size or SIZES)), os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        made = photos(Path(folder), (SIZES[0], *sizes))
        costs = measured(made, sizes, rounds, peer_seconds)
    lines = [*(targets(costs) if sizes == SIZES else ()), "", *tables(costs, sizes), "",
             f"{os.cpu_count()} cores, load before {load:.1f}, and {os.getloadavg()[0]:.1f} after; up to {rounds} round(s)."]  # fmt: skip
    if sizes == SIZES:
        rewrite(BENCHMARKS, "speed", lines)
        PLOT.write_text(plot(costs, sizes), "utf-8")
    print("\n".join(lines).strip())


def photos(folder: Path, sizes: Sequence[float]) -> dict[tuple[str, float], Files]:
    """The files of the two photos by encoding and megapixels."""
    whole, made = cv2.imread(str(DATA / "photos" / "large_00.jpg")), {}
    for pixels in {*sizes}:
        shrink = (1e6 * pixels / (whole.shape[0] * whole.shape[1])) ** 0.5
        by = cv2.INTER_AREA if shrink < 1 else cv2.INTER_CUBIC
        photo = cv2.resize(whole, None, fx=shrink, fy=shrink, interpolation=by)
        for progressive, encoding in enumerate(ENCODINGS):
            files = (str(folder / f"{pixels}_{encoding}_a.jpg"), str(folder / f"{pixels}_{encoding}_b.jpg"))
            options = [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_PROGRESSIVE, progressive]
            for file, shown in zip(files, (photo, cv2.GaussianBlur(photo, (0, 0), 1.5)), strict=True):
                cv2.imwrite(file, shown, options)
            made[encoding, pixels] = files
    return made


def measured(made: dict[tuple[str, float], Files], sizes: Sequence[float], rounds: int, most: float) -> Costs:
    """What each way costs at each size."""
    costs: Costs = {}
    for pixels in sizes:
        times = max(1, rounds // 2) if 1e6 * pixels > MOST_PIXELS else rounds
        for way, encoding in (*((judge, encoding) for encoding in ENCODINGS for judge in JUDGES),
                              *((peer, "baseline") for peer in PEERS)):  # fmt: skip
            if way in PEERS and left_out(way, pixels, costs, most):
                continue
            often = 1 if way in PEERS and pixels > SIZES[1] else times
            cost = in_process(way, often, (*made[encoding, pixels], *made["baseline", SIZES[0]]))
            costs[way, encoding, pixels] = cost
            print(f"{pixels:g} MP, {encoding}, {way}: {cost.comparing[0]:.3f} s, {cost.ratio():.2f} x decoding "
                  f"(by the clock {cost.ratio(True):.2f}), {cost.peak / 1e6:,.0f} MB", file=sys.stderr, flush=True)  # fmt: skip
    return costs


def left_out(peer: str, pixels: float, costs: Costs, most: float) -> bool:
    """Whether a metric of others is not installed, or would take too long or too much memory at a size."""
    known = {size: cost for (way, _, size), cost in costs.items() if way == peer}
    if not known:
        return installed(peer) is None or pixels > SIZES[1]
    before, largest = [0.0, *sorted(known)][-2:]
    if (too_long := known[largest].comparing[0] * pixels / largest > most) or not before:
        return too_long
    a_megapixel = (known[largest].peak - known[before].peak) / (largest - before)
    meminfo = Path("/proc/meminfo").read_text("utf-8")
    free = 1024 * int(meminfo.partition("MemAvailable:")[2].split()[0])
    return known[largest].peak + a_megapixel * (pixels - largest) > free / 2


def installed(peer: str) -> str | None:
    """The version of a peer's package; None where it is not installed."""
    try:
        return version(PEERS[peer])
    except PackageNotFoundError:
        return None


def in_process(way: str, rounds: int, files: Sequence[str]) -> Cost:
    """What a process of its own measured."""
    call = [sys.executable, "-m", "benchmarks.comparison_process", way, str(rounds), *files]
    threads = {} if way in JUDGES else {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(call, env={**os.environ, **threads}, stdout=subprocess.PIPE, text=True, check=True)
    read = json.loads(done.stdout.splitlines()[-1])
    return Cost(tuple(read["comparing"]), tuple(read["decoding"]), read["peak"])


def targets(costs: Costs) -> list[str]:
    """What was asked, and what it came to."""
    middle, large = costs["measured", "baseline", 13.8], costs["measured", "baseline", 50.0]
    progressive = costs["measured", "progressive", 13.8]
    more = max(costs["expert", encoding, size].comparing[0] - costs["measured", encoding, size].comparing[0]
               for encoding in ENCODINGS for size in SIZES)  # fmt: skip
    command = [str(Path(sys.executable).with_name("twinlens")), "--help"]
    starts = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        starts.append(time.perf_counter() - start)
    heavy = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, check=True).stdout
    rows = [
        ("`measured`, two 13.8 MP baseline JPEGs: processor time, Pillow's decoding of both = 1", f"{middle.ratio():.2f} ×", "at most 2.5 ×"),
        ("the same two as progressive JPEGs", f"{progressive.ratio():.2f} ×", ""),
        ("two of 50 MP, baseline", f"{large.ratio():.2f} ×", "at most 2.2 ×"),
        ("13.8 MP, baseline, by the clock", f"{middle.ratio(True):.2f} ×", "at most 1.6 × on two idle cores"),
        ("two of 0.3 MP, after the first: processor time", f"{1e3 * costs['measured', 'baseline', 0.3].comparing[0]:.0f} ms", "under 120 ms"),
        ("`expert` takes more than `measured`, most at any size", f"{more:.2f} s", "at most 0.4 s"),
        ("peak memory of `measured` at 50 MP", f"{large.peak / 1e6:,.0f} MB", "under 700 MB"),
        ("`twinlens --help`", f"{min(starts):.2f} s", "under 0.4 s"),
        ("it imports OpenCV or scikit-image", "yes" if heavy.split()[-1] == "True" else "no", "no"),
    ]  # fmt: skip
    return table(("what", "is", "asked"), rows)


def tables(costs: Costs, sizes: Sequence[float]) -> list[str]:
    """Processor time, time by the clock and memory, by size."""

    def cells(way: str, encoding: str, clock: bool) -> Iterator[str]:
        for size in sizes:
            cost = costs.get((way, encoding, size))
            yield "–" if cost is None else f"{cost.comparing[clock]:.2f} s, {cost.ratio(clock):.1f} ×"

    lines: list[str] = []
    for clock, title in ((False, "processor time, and × decoding"), (True, "by the clock, and × decoding")):
        rows = []
        for encoding in ENCODINGS:
            known = [costs["measured", encoding, size].decoding[clock] for size in sizes]
            rows.append((f"decoding both, {encoding}", *(f"{seconds:.3f} s" for seconds in known)))
            rows += [(f"`{judge}`, {encoding}", *cells(judge, encoding, clock)) for judge in JUDGES]
        rows += [(named(peer), *cells(peer, "baseline", clock)) for peer in PEERS]
        lines += [*table((title, *(f"{size:g} MP" for size in sizes)), rows), ""]
    rows = [(f"`{way}`" if way in JUDGES else named(way),
             *(f"{costs[way, 'baseline', size].peak / 1e9:.2f} GB" if (way, "baseline", size) in costs else "–" for size in sizes))
            for way in (*JUDGES, *PEERS)]  # fmt: skip
    return [*lines, *table(("peak memory, baseline", *(f"{size:g} MP" for size in sizes)), rows)]


def named(peer: str) -> str:
    """A metric of others with its package and version."""
    return f"{peer}, {PEERS[peer]} {installed(peer) or '(not installed)'}"


def plot(costs: Costs, sizes: Sequence[float]) -> str:
    """Processor time by size, beside that of decoding."""
    lines = {}
    for way in (*JUDGES, *PEERS):
        if points := [
            (size, costs[way, "baseline", size].ratio()) for size in sizes if (way, "baseline", size) in costs
        ]:
            lines[way if way in JUDGES else f"{way} ({PEERS[way]})"] = points
    return size_plot(
        "Processor time of a comparison, × decoding both baseline JPEGs", "megapixels of each photo", lines
    )
