"""Sharpened, or the other one blurred: fits what the metric `halo` goes by, and says how often it is right.

    python -m benchmarks sharpening            about 2 minutes; rewrites the table of docs/conventions.md
    python -m benchmarks sharpening --write    and src/twinlens/metrics/halo.json, from which the package reads

The photographs for tuning and the best liked rendering of each scene that people judged, at most 1280 pixels, are
processed in the ways of benchmarks/processing.py. Each photograph is judged by what was fitted on the others;
intervals: 95 %, bootstrap over photographs.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks import fitting
from benchmarks.marks import CONVENTIONS, rewrite
from benchmarks.material import best_liked, spread
from benchmarks.processing import SHARPENING, Sample, processed, rows
from benchmarks.tables import table
from twinlens.metrics.halo import edge_levels, sharper_side

LEAST_GAIN = 0.05
"""Gain of the second band (log) from which there is something to know."""
FEATURES = (
    "gain of the finest band", "gain of the second band", "gain of the third band", "steepness", "coherence",
)  # fmt: skip


def samples(file: Path) -> list[Sample]:
    """Of each processed self of a photograph, whether the sharper one was sharpened, and the features."""
    made = []
    for name, place, size in processed(file):
        for level in edge_levels(place, size):
            side, features = sharper_side(place, level)
            if features[1] > LEAST_GAIN:
                made.append((name, side == 1 and name in SHARPENING, features))
    return made


def main(write: bool = False) -> None:
    """Fit, and rewrite the table."""
    files = best_liked()
    groups = list(spread(samples, files))
    names = np.array([file.stem for file, group in zip(files, groups, strict=True) for _ in group])
    known = [one for group in groups for one in group]
    rewrite(
        CONVENTIONS, "sharpening", table(["processing: answer", "right"], rows("sharpened", names, known))
    )
    numbers = fitting.balanced(np.array([one[2] for one in known]), np.array([one[1] for one in known]))
    print(", ".join(f"{number:.1f}" for number in numbers))
    if write:
        data = f"{len(known)} processed selves of {len(files)} photographs of shared/data"
        fitting.write(fitting.PACKAGE / "metrics" / "halo.json", "sharpening", data, FEATURES, numbers)
