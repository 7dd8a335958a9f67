"""Distortions: damage done to a photo on purpose, so that what a judge should find there is known.

A module of this folder that holds `DISTORTIONS` is found by `distortions`; a new one needs no other entry.
Photos are uint8 sRGB, shape (height, width, 3). Lengths are in pixels of a photo of 2048 pixels on its long
side and grow with it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]
STRENGTHS = (1, 2, 3)
"""Slight, visible, strong."""


@dataclass(frozen=True)
class Distortion:
    """One kind of damage in three strengths; called with a photo and a strength it returns a damaged copy.

    The copy has the photo's shape and is the same each time. `aspects` are those under which an expert may
    name the damage; `amounts` what `make` takes for each strength; `held_out` ones were never used in tuning.
    """

    name: str
    family: str
    aspects: frozenset[str]
    amounts: tuple[Any, Any, Any]
    make: Callable[[Pixels, Any], Pixels]
    held_out: bool = False

    def __call__(self, photo: Pixels, strength: int) -> Pixels:
        """A damaged copy of a photo, strength 1 to 3."""
        return np.ascontiguousarray(self.make(photo, self.amounts[strength - 1]))

    def __reduce__(self) -> tuple[Any, ...]:
        return named, (self.name,)


Row = tuple[str, str, tuple[Any, Any, Any], Callable[[Pixels, Any], Pixels]]
"""Name, aspects, the amount of each strength, and what makes it."""


def family(name: str, *rows: Row, held_out: bool = False) -> tuple[Distortion, ...]:
    """The distortions of one family."""
    return tuple(
        Distortion(own, name, frozenset(aspects.split()), amounts, make, held_out)
        for own, aspects, amounts, make in rows
    )


@cache
def distortions() -> dict[str, Distortion]:
    """Every distortion by name."""
    files = sorted(Path(__file__).parent.glob("[a-z]*.py"))
    modules = (import_module(f"{__package__}.{file.stem}") for file in files)
    return {one.name: one for module in modules for one in getattr(module, "DISTORTIONS", ())}


def named(name: str) -> Distortion:
    """The distortion of a name."""
    return distortions()[name]


def rounded(values: NDArray[Any]) -> Pixels:
    """Code values as 8 bits, clipped to 0 to 255."""
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


def scale(photo: Pixels, least: float = 0.0) -> float:
    """How many pixels of this photo are one of a photo of 2048; at least so many."""
    return max(least, float(max(photo.shape[:2])) / 2048)


def generator(photo: Pixels, seed: int = 0) -> np.random.Generator:
    """Random numbers that depend on the photo and a seed only."""
    return np.random.default_rng(int(photo[:: max(1, photo.shape[0] // 64)].sum()) + seed)


def blend(photo: Pixels, processed: Pixels, mask: Plane) -> Pixels:
    """The processed photo where `mask` (height, width; 0 to 1) is 1, the original elsewhere."""
    weight = mask[..., None]
    return rounded(photo * (1 - weight) + processed * weight)
