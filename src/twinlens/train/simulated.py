"""Photos become examples nobody had to judge: damage of known truth, and restorations that measures agree on.

Of damage the original or the lesser damage is preferred. Alone that teaches that crisp texture is damage, so
photos are also degraded and restored by several networks, and of two restorations the one is preferred that
all full-reference measures put nearer to the original. What is made of a photo is stored, so a run that was
stopped goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from pathlib import Path

import numpy as np

from twinlens.distortions.distortion import Pixels, distortions
from twinlens.distortions.restoration import FACTORS, degraded, restorations
from twinlens.imaging.open import open_photo
from twinlens.networks.backbone import Floats
from twinlens.train.consensus import MEASURES
from twinlens.train.looks import Store

DAMAGED, RESTORED = 448, 384
"""Pixels of the side of what is cut out of a photo."""
CHAINS = 5
LENGTHS = (1, 1, 1, 2, 2, 3)
AGREED = 0.5
"""Standard deviations, among a photo's restorations, by which two must differ in every measure."""
DAMAGE, RESTORATION = "damage", "restoration"


@dataclass(frozen=True, eq=False)
class Simulated:
    """Differences of statistics, the better less the worse (pairs, statistics), and the photos."""

    way: str
    differences: Floats
    photos: list[str]
    families: list[frozenset[str]]
    """The families of the distortions of the worse; of restorations that way only."""


def simulated(files: Sequence[Path], store: Store, progress: Callable[[int], None]) -> list[Simulated]:
    """The examples of photos, by what was done to them."""
    made: dict[str, list[tuple[Floats, str, frozenset[str]]]] = {DAMAGE: [], RESTORATION: []}
    for at, file in enumerate(files):
        photo = open_photo(file).pixels
        for way, pairs in ((DAMAGE, _damaged), (RESTORATION, _restored)):
            key = f"{way} {at}"
            made[way] += [(apart, file.name, families) for apart, families in pairs(photo, at, key, store)]
        progress(at + 1)
    return [
        Simulated(way, np.array([a for a, _, _ in some]), [n for _, n, _ in some], [f for _, _, f in some])
        for way, some in made.items()
        if some
    ]


def _cut(photo: Pixels, side: int, random: np.random.Generator) -> Pixels:
    top, left = (int(random.integers(0, max(1, full - side + 1))) for full in photo.shape[:2])
    return np.ascontiguousarray(photo[top : top + side, left : left + side])


def _damaged(photo: Pixels, at: int, key: str, store: Store) -> Iterator[tuple[Floats, frozenset[str]]]:
    """Original and lesser damage against greater, in chains of distortions."""
    random = np.random.default_rng(1000 + at)
    original = _cut(photo, DAMAGED, random)
    every = list(distortions().values())
    chains = []
    for _ in range(CHAINS):
        chosen = random.choice(len(every), size=random.choice(LENGTHS), replace=False)
        chains.append(([every[one] for one in chosen], int(random.choice([2, 3]))))

    def versions() -> Iterator[Pixels]:
        yield original
        for chain, greater in chains:
            for strength in (1, greater):
                yield reduce(lambda photo, distortion: distortion(photo, strength), chain, original)

    done = [([distortion.name for distortion in chain], greater) for chain, greater in chains]
    seen = store.statistics_of(f"{key} {done}", photo, lambda: list(versions()))
    families = [frozenset(distortion.family for distortion in chain) for chain, _ in chains]
    for chain, named in enumerate(families):
        lesser, worse = seen[1 + 2 * chain], seen[2 + 2 * chain]
        yield seen[0] - worse, named
        yield lesser - worse, named


def _restored(photo: Pixels, at: int, key: str, store: Store) -> Iterator[tuple[Floats, frozenset[str]]]:
    """The original against every restoration, and restorations that all measures put in one order."""
    random = np.random.default_rng(at)
    original = _cut(photo, RESTORED, random)
    factor = FACTORS[at % len(FACTORS)]

    @cache
    def versions() -> list[Pixels]:
        small = degraded(original, factor, random)
        return [original, *(version for _, version in restorations(small, factor, random))]

    def quality() -> Floats:
        return np.array([[measure(version, original) for measure in MEASURES] for version in versions()])

    seen = store.statistics_of(key, photo, versions)
    scores = store.array(f"{key} scores", photo, quality)
    apart = scores[1:].std(axis=0) + 1e-9
    named = frozenset({RESTORATION})
    for one in range(1, len(seen)):
        yield seen[0] - seen[one], named
        for other in range(1, len(seen)):
            if one != other and ((scores[one] - scores[other]) / apart).min() > AGREED:
                yield seen[one] - seen[other], named
