"""Cast: colour where the scene is neutral."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from twinlens.pixels.cells import Cells, Map
from twinlens.pixels.tones import fine_weight

SHARE = 0.15
NEUTRAL = 8.0
DARK, BRIGHT = 15.0, 97.0
FEWEST = 40


@dataclass(frozen=True)
class Cast:
    """Mean CIELAB colour of what is nearest to neutral in either photo: 0 to about 60 C*ab, lower is better.

    The most neutral 15 % of the place's tones between black and white, the same pixels in both photos. A scene
    without neutrals (nothing below C* 8 in either photo) is not judged.
    """

    aspect: str = "color"
    unit: str = "C*ab"
    low: float = 0.0
    high: float = 60.0
    better: Literal["higher", "lower", "middle"] = "lower"
    jnd: float = 2.5
    relative: bool = False
    alone: bool = False
    source: str = "after Gasparini and Schettini 2004 (cast on near neutrals); CIE 015:2018"

    def measure(self, cells: Cells, weight: Map) -> tuple[float, float] | None:
        """The numbers of a and of b at one place, or None where nothing there is near to neutral."""
        labs = [x[::2, ::2] for x in cells.lab]
        fine = fine_weight(cells, weight)[::2, ::2]
        tones = [x[fine] for x in labs]
        light = (tones[0][:, 0] + tones[1][:, 0]) / 2
        tones = [x[(light > DARK) & (light < BRIGHT), 1:] for x in tones]
        if len(tones[0]) < FEWEST:
            return None
        nearest = np.minimum(*(np.hypot(x[:, 0], x[:, 1]) for x in tones))
        limit = np.quantile(nearest, SHARE)
        if limit > NEUTRAL:
            return None
        a, b = (float(np.hypot(*x[nearest <= limit].mean(axis=0))) for x in tones)
        return a, b

    def merit(self, value: float) -> float:
        """A number whose difference is the difference in quality; higher is better."""
        return -value

    def describe(self, own: float, other: float) -> str:
        """What an expert sees in the photo with the number `own`, beside the one with `other`."""
        return "keeps neutral tones neutral" if self.merit(own) > self.merit(other) else "has a colour cast"
