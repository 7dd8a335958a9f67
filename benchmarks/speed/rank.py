"""Processor time to rank 1,000 versions by a million comparisons: the fit and its intervals, by both models.

    python -m benchmarks rank                      1,000,000 comparisons, 1,000 versions: under a minute
    python -m benchmarks rank --comparisons 20000 --versions 100

Outcomes are drawn of known strengths with ties. Timed is the processor time of this process from comparisons as arrays
to strengths, ν and intervals, by the observed information and by the sandwich over 5,000 scenes; asked: under 5 s for
each. How many of the intervals hold the true strength is printed too. Last, and not asked, the whole command from a CSV
to JSON, in a process of its own. The exit code is 1 where it took longer.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from twinlens.core.score_records import Model
from twinlens.scoring.comparisons import Comparisons, strengths
from twinlens.scoring.rank import PRIOR
from twinlens.stats.bradley_terry import Array, Fit
from twinlens.stats.interval import deal

MOST_SECONDS = 5.0
SCENES = 5000
NU = 0.3
COMMAND = """
import contextlib, io, sys, time
from pathlib import Path
from twinlens.cli import run
with contextlib.redirect_stdout(io.StringIO()):
    assert run(["rank", sys.argv[1], "--json"]) == 0
peak = Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]
print(time.process_time(), int(peak) / 1e6)
"""


def main(comparisons: int = 1_000_000, versions: int = 1000, seed: int = 0) -> None:
    """Time; the exit code is 1 where a fit with its intervals took longer than asked."""
    made, true = drawn(comparisons, versions, np.random.default_rng(seed))
    print(f"n = {comparisons:,} comparisons of {versions:,} versions, ν = {NU}, {SCENES:,} scenes")
    worst = 0.0
    for model, scenes in (
        ("davidson", False),
        ("davidson", True),
        ("bradley-terry", False),
        ("bradley-terry", True),
    ):
        took, share = timed(made, true, model, scenes)  # type: ignore[arg-type]
        worst = max(worst, took)
        intervals = "sandwich over scenes" if scenes else "observed information"
        inside = f", {100 * share:.1f} % of the intervals hold the truth" if model == "davidson" else ""
        print(f"  {model}, {intervals}: {took:.2f} s (asked {MOST_SECONDS:g} s){inside}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "votes.csv"
        write(made, file)
        done = subprocess.run(
            [sys.executable, "-c", COMMAND, str(file)], capture_output=True, text=True, check=True
        )
    seconds, memory = map(float, done.stdout.split())
    print(f"  the command, from CSV to JSON, without scenes: {seconds:.1f} s, peak memory {memory:.2f} GB")
    raise SystemExit(worst > MOST_SECONDS)


def drawn(count: int, versions: int, random: np.random.Generator) -> tuple[Comparisons, Array]:
    """Comparisons of versions of known strengths (versions,), each two as often as any."""
    true = random.normal(0, 1, versions)
    true -= true.mean()
    first = random.integers(versions, size=count)
    second = (first + random.integers(1, versions, size=count)) % versions
    win, loss, _ = Fit(true, np.asarray(np.log(NU))).probabilities(first, second)
    at = random.random(count)
    outcomes = np.stack([at < win, (at >= win) & (at < win + loss), at >= win + loss], axis=1).astype(float)
    blocks = deal(random.integers(SCENES, size=count))
    names = tuple(f"v{number:04}" for number in range(versions))
    return Comparisons(
        names, first, second, outcomes, np.zeros(versions), blocks, int(blocks.max()) + 1
    ), true


def timed(made: Comparisons, true: Array, model: Model, scenes: bool) -> tuple[float, float]:
    """The seconds of a fit and all its intervals, and the share of these that hold the true strength."""
    fresh = Comparisons(
        made.names,
        made.first,
        made.second,
        made.outcomes,
        made.failed,
        made.blocks if scenes else None,
        made.size,
    )
    start = time.process_time()
    fitted = strengths(fresh, model, PRIOR)
    ends = np.array([fitted.ends(at) for at in range(len(made.names))], float)
    took = time.process_time() - start
    return took, float(((ends[:, 0] <= true) & (true <= ends[:, 1])).mean())


def write(made: Comparisons, file: Path) -> None:
    """The comparisons as a table of votes."""
    sides = np.array(["a", "b", "tie"])[made.outcomes.argmax(axis=1)]
    names = np.array(made.names)
    rows = zip(names[made.first], names[made.second], sides, strict=True)
    with file.open("w", encoding="utf-8") as stream:
        stream.write("a,b,winner\n")
        stream.writelines(f"{a},{b},{side}\n" for a, b, side in rows)
