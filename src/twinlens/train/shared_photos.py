"""Scenes that share a photo are one scene, whatever they are called: pairs of them are not independent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any


def joined(pairs: Sequence[tuple[str, Iterable[Hashable]]], rank: Callable[[str], Any]) -> list[str]:
    """The scene of each pair, given its scene and photos: of those that share photos, the highest by `rank`.

    >>> joined([("x", "ab"), ("y", "bc"), ("z", "d")], rank=str)
    ['y', 'y', 'z']
    """
    above: dict[Hashable, Hashable] = {}

    def root(one: Hashable) -> Hashable:
        while (up := above.setdefault(one, one)) != one:
            above[one] = one = above[up]
        return one

    for scene, photos in pairs:
        for photo in photos:
            above[root(("photo", photo))] = root(("scene", scene))
    scenes = defaultdict[Hashable, set[str]](set)
    for scene, _ in pairs:
        scenes[root(("scene", scene))].add(scene)
    names = {one: max(some, key=rank) for one, some in scenes.items()}
    return [names[root(("scene", scene))] for scene, _ in pairs]
