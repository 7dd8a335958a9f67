"""Which of two photos has the cast: fits the metric `cast`, and says how often it is right.

    python -m benchmarks cast            about a minute; rewrites the table of docs/conventions.md
    python -m benchmarks cast --write    and src/twinlens/metrics/cast.json, from which the metric reads

Casts are put into the photographs for tuning and into the rendering that people liked best of each scene of
`shared/data/human`, reduced to 384 pixels: five ways, three strengths, three random directions of colour each. A
feature is right where it is for the photo as it was. Each photograph is judged by what was fitted on the others;
intervals: 95 %, bootstrap over photographs.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from benchmarks import fitting
from benchmarks.baselines import Array, correct, left_out
from benchmarks.marks import CONVENTIONS, rewrite
from benchmarks.material import best_liked, reduced, spread
from benchmarks.tables import share, table
from twinlens.distortions.color import gain
from twinlens.distortions.distortion import Pixels, rounded
from twinlens.features.pyramid import Pyramid
from twinlens.metrics.cast import shift_and_features, usable_pixels

SIDE, DIRECTIONS = 384, 3
SIZES = (0.04, 0.09, 0.17)
PENALTY = 3.0
FEATURES = ("grey edges, linear light", "grey edges, code values", "neutral highlights", "neutral shadows")


def linear_gain(photo: Pixels, push: Array) -> Pixels:
    """White-balance gains of linear light."""
    return rounded(255 * np.clip((photo / 255) ** 2.2 * (1 + 2.2 * push), 0, 1) ** (1 / 2.2))


def middle_tint(photo: Pixels, push: Array) -> Pixels:
    """A tint of the middle tones."""
    light = photo.mean(axis=2, keepdims=True) / 255
    return rounded(photo + 255 * 1.76 * light * (1 - light) * push)


def high_tint(photo: Pixels, push: Array) -> Pixels:
    """A tint of the highlights."""
    return rounded(photo + 102 * photo.mean(axis=2, keepdims=True) / 255 * push)


def shift(photo: Pixels, push: Array) -> Pixels:
    """A shift of all colours in CIELAB."""
    lab = cv2.cvtColor((photo / 255).astype(np.float32), cv2.COLOR_RGB2LAB)
    lab[..., 1] += 72 * push[0]
    lab[..., 2] += 72 * (push[1] - push[2]) / np.sqrt(3)
    return rounded(255 * cv2.cvtColor(lab, cv2.COLOR_LAB2RGB))


WAYS: tuple[Callable[[Pixels, Array], Pixels], ...] = (gain, linear_gain, middle_tint, high_tint, shift)


def samples(file: Path) -> list[tuple[str, int, Array]]:
    """Of each cast put into a photograph: the way, the strength, and the features, as it was less its cast self."""
    photo = reduced(file, SIDE)
    random = np.random.default_rng(int(photo.sum()))
    made = []
    for way in WAYS:
        for strength, size in enumerate(SIZES, 1):
            for angle in random.uniform(0, 2 * np.pi, DIRECTIONS):
                push = size * np.cos(angle - np.array([0, 1, 2]) * 2 * np.pi / 3)
                made.append((way.__name__, strength, features(photo, way(photo, push))))
    return made


def features(photo: Pixels, other: Pixels) -> Array:
    """What the metric goes by, of a photo less another."""
    pyramid = Pyramid.of(photo, other)
    return shift_and_features(pyramid, usable_pixels(pyramid, np.ones(pyramid.shape, np.float32)))[1]


def main(write: bool = False) -> None:
    """Fit, and rewrite the table."""
    files = best_liked()
    rows = [
        (file.stem, *one) for file, group in zip(files, spread(samples, files), strict=True) for one in group
    ]
    names, ways, strengths = (np.array([row[k] for row in rows]) for k in range(3))
    known = np.array([row[3] for row in rows])
    weights = fitting.odd(known, PENALTY)
    plain = known * np.sign(weights)
    judges = {
        "all four": left_out(names, lambda others, here: known[here] @ fitting.odd(known[others], PENALTY)),
        **{name: plain[:, k] for k, name in enumerate(FEATURES)},
    }
    parts = {
        "slight": strengths == 1, "visible": strengths == 2, "strong": strengths == 3,
        **{f"{way.__name__.replace('_', ' ')}, visible or strong": (ways == way.__name__) & (strengths > 1) for way in WAYS},
    }  # fmt: skip
    right = {name: correct(log_odds, np.ones(len(log_odds), bool)) for name, log_odds in judges.items()}
    lines = table(
        ["cast", *judges],
        [
            [part, *(share(one[here], names[here], 2) for one in right.values())]
            for part, here in parts.items()
        ],
    )
    fitted = ", ".join(f"{weight:.2f}" for weight in weights)
    lines += ["", f"{len(files)} photographs, {len(rows)} casts; coefficients fitted on all: {fitted}."]
    rewrite(CONVENTIONS, "casts", lines)
    print("\n".join(lines))
    if write:
        data = f"{len(rows)} casts put into {len(files)} photographs of shared/data"
        fitting.write(
            fitting.PACKAGE / "metrics" / "cast.json", "cast", data, FEATURES, np.append(weights, 0.0)
        )
