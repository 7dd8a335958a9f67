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

from twinlens.distortions.distortion import Distortion, Pixels, distortions
from twinlens.distortions.restoration import FACTORS, degraded, restorations
from twinlens.imaging.open import open_photo
from twinlens.networks.backbone import Floats
from twinlens.train.consensus import AGREED, MEASURES, margins
from twinlens.train.looks import Store

DAMAGED, RESTORED = 448, 384
"""Pixels of the side of what is cut out of a photo."""
CHAINS = 5
LENGTHS = (1, 1, 1, 2, 2, 3)
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


@cache
def _every() -> tuple[Distortion, ...]:
    return tuple(distortions().values())


def _chain(random: np.random.Generator) -> tuple[list[Distortion], int]:
    """A chain of distortions, and the greater strength."""
    every = _every()
    chosen = random.choice(len(every), size=random.choice(LENGTHS), replace=False)
    return [every[one] for one in chosen], int(random.choice([2, 3]))


def _through(chain: Sequence[Distortion], photo: Pixels, strength: int) -> Pixels:
    return reduce(lambda photo, distortion: distortion(photo, strength), chain, photo)


def damage(photo: Pixels, random: np.random.Generator) -> tuple[Pixels, Pixels]:
    """A part of a photo as it is or with lesser damage, and with greater."""
    original = _cut(photo, DAMAGED, random)
    chain, greater = _chain(random)
    better = original if random.random() < 0.5 else _through(chain, original, 1)
    return better, _through(chain, original, greater)


def _damaged(photo: Pixels, at: int, key: str, store: Store) -> Iterator[tuple[Floats, frozenset[str]]]:
    """Original and lesser damage against greater, in chains of distortions."""
    random = np.random.default_rng(1000 + at)
    original = _cut(photo, DAMAGED, random)
    chains = [_chain(random) for _ in range(CHAINS)]

    def versions() -> Iterator[Pixels]:
        yield original
        for chain, greater in chains:
            for strength in (1, greater):
                yield _through(chain, original, strength)

    done = [([distortion.name for distortion in chain], greater) for chain, greater in chains]
    seen = store.statistics_of(f"{key} {done}", photo, lambda: list(versions()))
    families = [frozenset(distortion.family for distortion in chain) for chain, _ in chains]
    for chain, named in enumerate(families):
        lesser, worse = seen[1 + 2 * chain], seen[2 + 2 * chain]
        yield seen[0] - worse, named
        yield lesser - worse, named


@dataclass(frozen=True, eq=False)
class Restorations:
    """A part of a photo and its restorations, made where they are needed, and which is better than which."""

    versions: Callable[[], Sequence[Pixels]]
    order: list[tuple[int, int]]
    """Numbers of versions, the better first; 0 is the photo as it was."""


def restored(photo: Pixels, at: int, store: Store) -> Restorations:
    """The original against every restoration, and restorations that all measures put in one order."""
    key = f"{RESTORATION} {at}"

    @cache
    def versions() -> Sequence[Pixels]:
        return store.pixels(key, photo, made)

    def made() -> list[Pixels]:
        random = np.random.default_rng(at)
        original = _cut(photo, RESTORED, random)
        factor = FACTORS[at % len(FACTORS)]
        small = degraded(original, factor, random)
        return [original, *(version for _, version in restorations(small, factor, random))]

    def quality() -> Floats:
        return np.array([[measure(one, versions()[0]) for measure in MEASURES] for one in versions()])

    scores = store.numbers(f"{key} {[one.__name__ for one in MEASURES]}", photo, quality)
    apart = margins(scores[1:])
    order = []
    for one in range(1, len(scores)):
        order.append((0, one))
        for other in range(1, len(scores)):
            if one != other and apart[one - 1, other - 1] > AGREED:
                order.append((one, other))
    return Restorations(versions, order)


def _restored(photo: Pixels, at: int, key: str, store: Store) -> Iterator[tuple[Floats, frozenset[str]]]:
    """Differences of restorations."""
    some = restored(photo, at, store)
    seen = store.statistics_of(key, photo, some.versions)
    for better, worse in some.order:
        yield seen[better] - seen[worse], frozenset({RESTORATION})
