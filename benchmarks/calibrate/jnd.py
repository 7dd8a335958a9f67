"""How much each metric moves under changes that nobody sees: what its just-noticeable difference must exceed.

    python -m benchmarks jnd        about 2 minutes on 2 cores; rewrites the table of docs/conventions.md

Every photograph of `shared/data/photos` is changed in ways known to be invisible at normal viewing: JPEG quality 97
(4:4:4), noise of one code value, a brightness gain of 1 %, white-balance gains of 0.5 %, 2 % more colour, blur of
0.35 pixels. The table shows the 95th and 99th percentile of the JNDs between original and changed photo, over
photos, changes and regions; below 1 nothing invisible is spoken of.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np

from benchmarks.marks import CONVENTIONS, rewrite
from benchmarks.material import opened, photographs, spread
from benchmarks.tables import table
from twinlens.core.types import Pair
from twinlens.distortions.compression import encode
from twinlens.distortions.distortion import Pixels, rounded
from twinlens.judgement.evidence import measure
from twinlens.metrics import metrics
from twinlens.train.examples import photo_of


def invisible(photo: Pixels) -> dict[str, Pixels]:
    """The photo, changed in ways nobody sees."""
    random = np.random.default_rng(1)
    wide = photo.astype(np.float32)
    grey = wide.mean(axis=2, keepdims=True)
    ways = {
        "noise of 1 code value": wide + random.normal(0, 1, photo.shape),
        "gain 1 %": wide * 1.01,
        "white balance 0.5 %": wide * np.array([1.005, 1, 0.995], np.float32),
        "2 % more colour": grey + 1.02 * (wide - grey),
        "blur of 0.35 pixels": cv2.GaussianBlur(wide, (0, 0), 0.35),
    }
    made = {name: rounded(value) for name, value in ways.items()}
    return {**made, "JPEG quality 97": encode(photo, "JPEG", quality=97, subsampling=0)}


def measured(file: Path) -> list[tuple[str, float]]:
    """The metric and the JNDs of each piece of evidence."""
    photo = opened(file)
    pairs = (Pair("", photo_of(photo), photo_of(changed)) for changed in invisible(photo).values())
    return [(piece.metric, piece.steps) for pair in pairs for piece in measure(pair).evidence]


def main() -> None:
    """Measure, and rewrite the table."""
    steps: dict[str, list[float]] = defaultdict(list)
    for group in spread(measured, photographs()):
        for metric, size in group:
            steps[metric].append(size)
    rows = []
    for name, metric in metrics().items():
        jnd = f"{100 * metric.jnd:g} %" if metric.relative else f"{metric.jnd:g} {metric.unit}"
        low, high = np.quantile(steps[name], (0.95, 0.99))
        rows.append([name, jnd, f"{low:.2f}", f"{high:.2f}", str(len(steps[name]))])
    lines = table(
        ["metric", "just-noticeable difference", "95 %", "99 % of the JNDs of invisible changes", "n"], rows
    )
    rewrite(CONVENTIONS, "jnd", lines)
    print("\n".join(lines))
