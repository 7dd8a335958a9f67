"""Time and memory of one comparison of two 13.8 megapixel JPEGs, as ratios to decoding them.

    python -m benchmarks compare        about 1 minute; rewrites the table of docs/benchmarks.md

Both are measured in one run, in turns, and the best of five is taken: machines are noisy. Memory is the peak of a
process that does one comparison and nothing else.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
from PIL import Image

from benchmarks.marks import BENCHMARKS, rewrite
from benchmarks.material import DATA
from twinlens.runs.compare import compare

ONCE = """
import resource, sys
from twinlens.runs.compare import compare
compare(sys.argv[1], sys.argv[2])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
HELP = "import sys; from twinlens.cli import run; run(['--help']); print('cv2' in sys.modules or 'skimage' in sys.modules)"


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def decode(files: list[Path]) -> None:
    for file in files:
        with Image.open(file) as image:
            image.convert("RGB")


def main() -> None:
    """Time, and rewrite the table."""
    photo = DATA / "photos" / "large_00.jpg"
    with tempfile.TemporaryDirectory() as folder:
        other = Path(folder) / "processed.jpg"
        cv2.imwrite(
            str(other), cv2.GaussianBlur(cv2.imread(str(photo)), (0, 0), 1.5), [cv2.IMWRITE_JPEG_QUALITY, 95]
        )
        files = [photo, other]
        times = [(seconds(lambda: decode(files)), seconds(lambda: compare(*files))) for _ in range(5)]
        decoded, compared = (min(column) for column in zip(*times, strict=True))
        done = subprocess.run(
            [sys.executable, "-c", ONCE, *map(str, files)], capture_output=True, text=True, check=True
        )
        peak = int(done.stdout) / 1e6
    command = [str(Path(sys.executable).with_name("twinlens")), "--help"]
    started = min(seconds(lambda: subprocess.run(command, capture_output=True, check=True)) for _ in range(5))
    heavy = subprocess.run(
        [sys.executable, "-c", HELP], capture_output=True, text=True, check=True
    ).stdout.split()[-1]
    lines = [
        "| what | found | asked |", "|---|---|---|",
        f"| comparing two 13.8 MP JPEGs, beside decoding both with Pillow | {compared / decoded:.2f} × | at most 3 ×, aim 2 × |",
        f"| peak memory of that process | {peak:.2f} GB | under 1.2 GB |",
        f"| `twinlens --help` | {started:.2f} s | under 0.4 s |",
        f"| it imports OpenCV or scikit-image | {'yes' if heavy == 'True' else 'no'} | no |",
    ]  # fmt: skip
    rewrite(BENCHMARKS, "speed", lines)
    print(
        "\n".join(lines), f"\n(decoding {decoded:.2f} s, comparing {compared:.2f} s, {os.cpu_count()} cores)"
    )
