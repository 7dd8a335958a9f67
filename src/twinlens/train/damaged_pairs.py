"""Photographs become pairs of which one photo is damaged: where, how, and why the other is better is known.

One to three distortions whose aspects differ are put into one photo, each all over or in one region that was
looked for in the photograph. What an expert would write of it is made of the same damages, so it is true.
Everything is drawn from the hash of the photograph's file: the same file gives the same pairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np

from twinlens.core.types import Side
from twinlens.distortions.distortion import Pixels, Plane, blend, distortions
from twinlens.features.pyramid import Pyramid
from twinlens.features.segmentation import named_places
from twinlens.language.render import rationale
from twinlens.train.defects import Damage, Defect, claims, defects
from twinlens.train.photo_pairs import Cells, Photograph, save, together

T = TypeVar("T")
COUNTS = (1, 1, 2, 2, 3)
"""How many distortions a pair may have; each as often as it stands here."""
GLOBAL = 0.25
"""How often a distortion that may be of one place is put in all over."""
VISIBLE = 2.0
"""Least root mean square change, in code values, of the place that is damaged."""
TRIES = 200
PEOPLE = frozenset(("face", "skin", "hair", "eyes", "neck", "body", "clothing"))
LATER = ("artifacts", "noise")
"""Main aspects of what is put in last, so that no blur or denoising takes it away again."""


@dataclass(frozen=True)
class Damager:
    """Makes `pairs` pairs of a photograph, with these distortions and strengths (1 to 3).

    `regions` are the only ones that are damaged, where any are given.
    """

    kinds: tuple[str, ...]
    strengths: tuple[int, ...] = (1, 2, 3)
    regions: tuple[str, ...] = ()
    pairs: int = 4
    seed: int = 0

    def __call__(self, photograph: Photograph, out: Path) -> list[Cells]:
        """The rows of a photograph's pairs, whose photos are written."""
        places = _places(photograph.pixels)
        kind = "person" if PEOPLE & places.keys() else "scene"
        places = {name: mask for name, mask in places.items() if name in self.regions or not self.regions}
        if not places:
            return []
        original = save(photograph.pixels, out, "original", photograph.scene)
        first = int(photograph.random(self.seed).integers(2))
        rows = []
        for number in range(1, self.pairs + 1):
            random = photograph.random(self.seed, number)
            damages, made = self._damaged(photograph.pixels, places, random)
            if not damages:
                continue
            better: Side = "a" if (first + number) % 2 else "b"
            files = {"a": original, "b": save(made, out, f"damaged_{number}", photograph.scene)}
            if better == "b":
                files = {"a": files["b"], "b": files["a"]}
            text = rationale(claims(damages, better, random), better)
            row = {"id": f"{photograph.scene}:{number}", **files, "scene": photograph.scene, "kind": kind}
            rows.append({**row, "label": better, "reference": text, **_columns(damages)})
        return rows

    def _damaged(
        self, photo: Pixels, places: dict[str, Plane | None], random: np.random.Generator
    ) -> tuple[list[Damage], Pixels]:
        """Damages that can all be seen, in the order in which they were put in, and the damaged photo.

        No damage where so many tries gave none.
        """
        for _ in range(TRIES):
            made, done = photo, list[Damage]()
            for defect in self._drawn(random):
                where = "global" if defect.whole or random.random() < GLOBAL else _any(list(places), random)
                damage = Damage(defect, where, _any(self.strengths, random))
                if where not in places:
                    break
                mask, before = places[where], made
                made = distortions()[defect.name](made, damage.strength)
                made = made if mask is None else blend(before, made, mask)
                if not _visible(before, made, mask, defect.clips):
                    break
                done.append(damage)
            else:
                return done, made
        return [], photo

    def _drawn(self, random: np.random.Generator) -> Iterator[Defect]:
        """Distortions that have no aspect in common, in the order in which they are put in."""
        drawn, aspects = list[Defect](), set[str]()
        wanted = _any(COUNTS, random)
        for at in random.permutation(len(self.kinds)):
            of_this = distortions()[self.kinds[at]].aspects
            if len(drawn) < wanted and not aspects & of_this:
                drawn.append(defects()[self.kinds[at]])
                aspects |= of_this
        main = {one.name: next(iter(one.words)) for one in drawn}
        yield from sorted(drawn, key=lambda one: (main[one.name] in LATER, main[one.name]))


def kinds(held_out: bool = False) -> dict[str, list[str]]:
    """Distortions that may be chosen by name or family: those never used in tuning, or all others."""
    known: dict[str, list[str]] = {}
    for name in defects():
        if (one := distortions()[name]).held_out == held_out:
            known.setdefault(one.family, []).append(name)
            known[name] = [name]
    return known


def _places(photo: Pixels) -> dict[str, Plane | None]:
    """Weights (height, width; 0 to 1) of the named places of a photograph; None for all of it."""
    size = photo.shape[1::-1]
    sigma = 4 * max(size) / 2048 + 0.5
    return {
        "global": None,
        **{
            region.name: np.asarray(cv2.GaussianBlur(cv2.resize(region.weight, size), (0, 0), sigma))
            for region in named_places(Pyramid.of(photo, photo))
        },
    }


def _visible(before: Pixels, made: Pixels, mask: Plane | None, clips: float) -> bool:
    """Whether a place changed enough to be seen, and such a share of it turned white as its words say."""
    squared = ((made.astype(np.float32) - before) ** 2).mean(axis=2)
    white = (made.max(axis=2) == 255) & (before.max(axis=2) < 255)
    changed, clipped = (float(np.average(plane, weights=mask)) for plane in (squared, white))
    return bool(np.sqrt(changed) >= VISIBLE and clipped >= clips)


def _columns(damages: Sequence[Damage]) -> Cells:
    """What is known of the damages, of several with + between them, in one order."""
    return {
        "processing": together([distortions()[one.defect.name].family for one in damages]),
        "defect": together([one.defect.name for one in damages]),
        "strength": together([one.strength for one in damages]),
        "region": together([one.region for one in damages]),
    }


def _any(some: Sequence[T], random: np.random.Generator) -> T:
    return some[int(random.integers(len(some)))]
