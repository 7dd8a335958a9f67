"""Noise, or detail that the other one lost: fits what noise is recognised by, and says how often it is right.

    python -m benchmarks noise            about 2 minutes; rewrites the table of docs/conventions.md
    python -m benchmarks noise --write    and src/twinlens/features/noise_floor.json, from which the package reads

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
from benchmarks.processing import LOSS, NOISE, Sample, processed, rows
from benchmarks.tables import table

LEAST_RESIDUAL = 1.0
"""Residual energy in flats (code values²) from which there is something to know."""
FEATURES = (
    "finest over second band in flats", "flats over texture", "flats over edges", "coherence of texture",
)  # fmt: skip


def samples(file: Path) -> list[Sample]:
    """Of each processed self of a photograph, whether the residual is noise, and the features."""
    return [
        (name, side == 1 and name in NOISE, place.noise_features[side])
        for name, place, _ in processed(file)
        for side in (0, 1)
        if name in NOISE or name in LOSS
        if place.residual[0][side, :2].sum() > LEAST_RESIDUAL and (side == 1) == (name in NOISE)
    ]


def main(write: bool = False) -> None:
    """Fit, and rewrite the table."""
    files = best_liked()
    groups = list(spread(samples, files))
    names = np.array([file.stem for file, group in zip(files, groups, strict=True) for _ in group])
    known = [one for group in groups for one in group]
    rewrite(CONVENTIONS, "noise", table(["processing: answer", "right"], rows("noise", names, known)))
    numbers = fitting.balanced(np.array([one[2] for one in known]), np.array([one[1] for one in known]))
    print(", ".join(f"{number:.1f}" for number in numbers))
    if write:
        data = f"{len(known)} processed selves of {len(files)} photographs of shared/data"
        fitting.write(fitting.PACKAGE / "features" / "noise_floor.json", "noise", data, FEATURES, numbers)
