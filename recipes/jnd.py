"""How much each metric moves under changes that nobody sees: what its just-noticeable difference must exceed.

    .venv/bin/python recipes/jnd.py        about 2 minutes on 2 cores; rewrites the table of docs/conventions.md

Every photograph of `shared/data/photos` is changed in ways known to be invisible at normal viewing: JPEG quality 97
(4:4:4), noise of one code value, a brightness gain of 1 %, white-balance gains of 0.5 %, 2 % more colour, blur of
0.35 pixels. The table shows the 95th and 99th percentile of the steps between original and changed photo, over
photos, changes and regions; below 1 nothing invisible is spoken of.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
from marks import rewrite
from material import photographs

from twinlens.core.types import Pair
from twinlens.distortions.defects import Pixels
from twinlens.judgement.evidence import measure
from twinlens.metrics import metrics
from twinlens.train.examples import opened, photo_of, spread


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
    made = {name: np.asarray(np.clip(np.rint(value), 0, 255), np.uint8) for name, value in ways.items()}
    options = [
        cv2.IMWRITE_JPEG_QUALITY,
        97,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    ]
    _, data = cv2.imencode(".jpg", cv2.cvtColor(photo, cv2.COLOR_RGB2BGR), options)
    decoded = cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    return {**made, "JPEG quality 97": np.asarray(decoded, np.uint8)}


def measured(file: Path) -> list[tuple[str, float]]:
    photo = opened(file)
    found = []
    for changed in invisible(photo).values():
        evidence = measure(Pair("", photo_of(photo), photo_of(changed))).evidence
        found += [(piece.metric, piece.steps) for piece in evidence]
    return found


def main() -> None:
    steps: dict[str, list[float]] = defaultdict(list)
    for group in spread(measured, photographs()):
        for metric, size in group:
            steps[metric].append(size)
    lines = [
        "| metric | just-noticeable difference | 95 % | 99 % of the steps of invisible changes | n |",
        "|---|---|---|---|---|",
    ]
    for name, metric in metrics().items():
        jnd = f"{100 * metric.jnd:g} %" if metric.relative else f"{metric.jnd:g} {metric.unit}"
        low, high = np.quantile(steps[name], (0.95, 0.99))
        lines.append(f"| {name} | {jnd} | {low:.2f} | {high:.2f} | {len(steps[name])} |")
    rewrite(Path("docs/conventions.md"), "jnd", lines)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
