"""Which of two photos has the cast: fits the weights of the metric `cast`, and tells how often its signs are right.

    .venv/bin/python recipes/casts.py        about a minute; rewrites the part of docs/conventions.md between its marks

Casts are put into the photographs for tuning and into the rendering that people liked best of each scene of
`shared/data/human`, reduced to 384 pixels: five ways, three strengths, three random directions of colour each. A sign
is right where it is for the photo as it was. Each photograph is told by what was fitted on the others; intervals: 95 %,
bootstrap over photographs. What it fits goes into `twinlens.metrics.cast` by hand: `LIGHT` and `NEUTRAL`.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from baselines import Array, correct, left_out
from marks import rewrite
from material import DATA, tuning
from sklearn.linear_model import LogisticRegression
from tables import share, table

from twinlens.distortions.defects import Pixels
from twinlens.features.pyramid import Pyramid
from twinlens.metrics.cast import moved_and_signs, telling
from twinlens.train.examples import opened, spread

CONVENTIONS = Path("docs/conventions.md")
SIDE, DIRECTIONS = 384, 3
SIZES = (0.04, 0.09, 0.17)
PENALTY = 3.0
SIGNS = ("grey edges, linear light", "grey edges, code values", "neutral highlights", "neutral shadows")


def gain(photo: Array, push: Array) -> Array:
    """White-balance gains of code values."""
    return photo * (1 + push)


def linear_gain(photo: Array, push: Array) -> Array:
    """The same of linear light."""
    return 255 * np.clip((photo / 255) ** 2.2 * (1 + 2.2 * push), 0, 1) ** (1 / 2.2)


def middle_tint(photo: Array, push: Array) -> Array:
    """A tint of the middle tones."""
    light = photo.mean(axis=2, keepdims=True) / 255
    return photo + 255 * 1.76 * light * (1 - light) * push


def high_tint(photo: Array, push: Array) -> Array:
    """A tint of the highlights."""
    return photo + 102 * photo.mean(axis=2, keepdims=True) / 255 * push


def shift(photo: Array, push: Array) -> Array:
    """A shift of all colours in CIELAB."""
    lab = cv2.cvtColor((photo / 255).astype(np.float32), cv2.COLOR_RGB2LAB)
    lab[..., 1] += 72 * push[0]
    lab[..., 2] += 72 * (push[1] - push[2]) / np.sqrt(3)
    return np.asarray(255 * cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.float64)


WAYS: tuple[Callable[[Array, Array], Array], ...] = (gain, linear_gain, middle_tint, high_tint, shift)


def photographs() -> list[Path]:
    """The photographs that casts are put into."""
    wins: dict[tuple[str, str, str], list[bool]] = defaultdict(list)
    with (DATA / "human" / "pairs.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            for side in "ab":
                wins[row["set"], row["scene"], row[side]].append(row["label"] == side)
    best: dict[tuple[str, str], tuple[float, str]] = {}
    for (name, scene, file), won in wins.items():
        if len(won) > 1:
            best[name, scene] = max(best.get((name, scene), (-1.0, "")), (float(np.mean(won)), file))
    return [*tuning(), *(DATA / "human" / file for _, file in best.values())]


def told(file: Path) -> list[tuple[str, int, Array]]:
    """Of each cast put into a photograph: the way, the strength, and the signs, the photograph less its cast self."""
    photo = opened(file)
    shrink = min(1.0, SIDE / max(photo.shape[:2]))
    photo = np.asarray(cv2.resize(photo, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8)
    random = np.random.default_rng(int(photo.sum()))
    found = []
    for way in WAYS:
        for strength, size in enumerate(SIZES, 1):
            for turn in random.uniform(0, 2 * np.pi, DIRECTIONS):
                push = size * np.cos(turn - np.array([0, 1, 2]) * 2 * np.pi / 3)
                found.append((way.__name__, strength, signs(photo, way(photo.astype(np.float64), push))))
    return found


def signs(photo: Pixels, made: Array) -> Array:
    pyramid = Pyramid.of(photo, np.asarray(np.clip(np.rint(made), 0, 255), np.uint8))
    return moved_and_signs(pyramid, telling(pyramid, np.ones(pyramid.shape, np.float32)))[1]


def weights(known: Array) -> Array:
    """The weights of signs, by a logistic regression without an intercept that sees each pair both ways round."""
    scale = known.std(axis=0)
    both = np.concatenate([known, -known]) / scale
    model = LogisticRegression(C=1 / PENALTY, fit_intercept=False, max_iter=500)
    fitted = model.fit(both, np.arange(len(both)) < len(known))
    return np.asarray(fitted.coef_[0] / scale)


def main() -> None:
    files = photographs()
    rows = [
        (file.stem, *one) for file, group in zip(files, spread(told, files), strict=True) for one in group
    ]
    names, ways, strengths = (np.array([row[k] for row in rows]) for k in range(3))
    known = np.array([row[3] for row in rows])
    plain = known * np.sign(weights(known))
    judges = {
        "all four": left_out(names, lambda others, asked: known[asked] @ weights(known[others])),
        **{name: plain[:, k] for k, name in enumerate(SIGNS)},
    }
    parts = {
        "slight": strengths == 1, "visible": strengths == 2, "strong": strengths == 3,
        **{f"{way.__name__.replace('_', ' ')}, visible or strong": (ways == way.__name__) & (strengths > 1) for way in WAYS},
    }  # fmt: skip
    right = {name: correct(odds, np.ones(len(odds), bool)) for name, odds in judges.items()}
    lines = table(
        ["cast", *judges],
        [
            [part, *(share(one[here], names[here], 2) for one in right.values())]
            for part, here in parts.items()
        ],
    )
    fitted = ", ".join(f"{weight:.2f}" for weight in weights(known))
    lines += ["", f"{len(files)} photographs, {len(rows)} casts; weights fitted on all: {fitted}."]
    rewrite(CONVENTIONS, "casts", lines)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
