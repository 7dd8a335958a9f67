"""Photographs become pairs of restorations: reduced, restored in many ways, and compared with the original.

No person has judged them. A pair has a label only where all full-reference measures put the same restoration
nearer to the original, by a margin each; the columns say which measures, and how far they agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from twinlens.core.errors import BadPhoto
from twinlens.core.types import Side
from twinlens.distortions.distortion import Pixels
from twinlens.distortions.restoration import FACTORS, degraded, restorations
from twinlens.features.full_reference import LEAST_SIDE
from twinlens.train.consensus import AGREED, MEASURES, margins
from twinlens.train.photo_pairs import Cells, Photograph, save


@dataclass(frozen=True)
class Restorer:
    """Makes `pairs` pairs of the restorations of a photograph, of those with a label before others."""

    pairs: int = 8
    seed: int = 0

    def __call__(self, photograph: Photograph, out: Path) -> list[Cells]:
        """The rows of a photograph's pairs, whose photos are written; BadPhoto where it is too small."""
        random = photograph.random(self.seed)
        factor = int(random.choice(FACTORS))
        original = _whole(photograph.pixels, max(FACTORS))
        if min(original.shape[:2]) < LEAST_SIDE:
            size = f"{original.shape[1]} × {original.shape[0]} pixels"
            raise BadPhoto(photograph.scene, size, f"{LEAST_SIDE} on the short side; give a larger --size")
        made = dict(restorations(degraded(original, factor, random), factor, random))
        agreement = margins([[one(version, original) for one in MEASURES] for version in made.values()])
        names = list(made)
        every = list(combinations(range(len(names)), 2))
        drawn = [every[at] for at in random.permutation(len(every))]
        drawn = sorted(drawn, key=lambda pair: abs(agreement[pair]) <= AGREED)[: self.pairs]
        drawn.sort(key=lambda pair: -abs(agreement[pair]))
        first = int(random.integers(2))
        files: dict[str, str] = {}
        rows = []
        for number, pair in enumerate(drawn, 1):
            better: Side = "a" if (first + number) % 2 else "b"
            towards_a = agreement[pair] >= 0 if better == "a" else agreement[pair] < 0
            a, b = (names[at] for at in (pair if towards_a else pair[::-1]))
            for name in (a, b):
                files[name] = files.get(name) or save(made[name], out, _slug(name), photograph.scene)
            row = {
                "id": f"{photograph.scene}:{number}",
                "a": files[a],
                "b": files[b],
                "scene": photograph.scene,
            }
            agreed = abs(agreement[pair]) > AGREED
            rows.append(
                {**row, **_columns(a, b, float(abs(agreement[pair])), factor, better if agreed else "")}
            )
        return rows


def _columns(a: str, b: str, agreement: float, factor: int, label: str) -> Cells:
    """What is known of a pair; `label_from` says what the label rests on."""
    measures = ", ".join(one.__name__ for one in MEASURES)
    return {
        "label": label,
        "label_from": f"agreement of {measures}" if label else "",
        "agreement": round(agreement, 3),
        "processing": "restoration",
        "factor": factor,
        "version_a": a,
        "version_b": b,
    }


def _whole(photo: Pixels, factor: int) -> Pixels:
    """A photograph without the last rows and columns that a factor would leave over."""
    height, width = (side // factor * factor for side in photo.shape[:2])
    return np.ascontiguousarray(photo[:height, :width])


def _slug(name: str) -> str:
    return name.replace(" ", "_")
