"""Cast: the colour of the light that the rendering did not take out."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from twinlens.pixels.cells import Cells, Map
from twinlens.pixels.tones import fine_weight

ORDER = 5
"""The Minkowski norm of the grey-edge estimate: strong edges count most."""
DARK, BRIGHT = 12, 252
FEWEST = 60
LEAST_MOVED = 1.0
"""CIELAB distance that the mean colour moves, beyond saturation, from which there may be a cast."""
GREEN = 1.5
"""A green or magenta cast is seen sooner than a warm or cold one, along which daylight varies."""


@dataclass(frozen=True)
class Cast:
    """Distance of the estimated light from neutral: 0 to 200 %, lower is better.

    The grey-edge estimate: over a scene, colour differences at edges average to grey, whatever coloured walls
    it holds. In linear light, green against magenta weighing half as much again as warm against cold; at the
    saturation of the more saturated photo, and only as far as colours moved together: more colour is no cast.
    """

    aspect: str = "color"
    unit: str = "%"
    low: float = 0.0
    high: float = 200.0
    better: Literal["higher", "lower", "middle"] = "lower"
    jnd: float = 8.0
    relative: bool = False
    alone: bool = False
    source: str = "van de Weijer, Gevers and Gijsenij 2007 (grey-edge colour constancy)"

    def measure(self, cells: Cells, weight: Map) -> tuple[float, float] | None:
        """The numbers of a and of b at one place, or None where too little lies between black and white."""
        inside = (fine_weight(cells, weight) & cells.once(_between_black_and_white))[:-1, :-1]
        if np.count_nonzero(inside) < FEWEST:
            return None
        means, spreads = zip(*(_colours(lab[:-1, :-1, 1:][inside]) for lab in cells.lab), strict=True)
        gain = spreads[0] / spreads[1]
        moved = float(np.linalg.norm(means[0] / np.sqrt(gain) - means[1] * np.sqrt(gain)))
        a, b = (_light(edges[inside]) for edges in cells.once(_edges))
        a, b = 100 * a * max(1.0, 1 / gain), 100 * b * max(1.0, gain)
        trust = float(np.clip((moved - LEAST_MOVED) / LEAST_MOVED, 0, 1))
        a, b = (a + b + trust * (a - b)) / 2, (a + b - trust * (a - b)) / 2
        return min(a, self.high), min(b, self.high)

    def merit(self, value: float) -> float:
        """A number whose difference is the difference in quality; higher is better."""
        return -value

    def describe(self, own: float, other: float) -> str:
        """What an expert sees in the photo with the number `own`, beside the one with `other`."""
        return "keeps neutral tones neutral" if own < other else "has a colour cast"


def _between_black_and_white(cells: Cells) -> NDArray[np.bool_]:
    """Which pixels of `cells.small` tell colour in both photos."""
    tops = [photo.max(axis=2) for photo in cells.small]
    return np.asarray(np.logical_and.reduce([(top > DARK) & (top < BRIGHT) for top in tops]))


def _colours(ab: NDArray[np.float32]) -> tuple[NDArray[np.float64], float]:
    """The mean of CIELAB a* and b* (pixels, 2), and how far they spread about it."""
    return ab.mean(axis=0, dtype=np.float64), float(np.sqrt(ab.var(axis=0, dtype=np.float64).sum() + 0.05))


def _edges(cells: Cells) -> list[NDArray[np.float64]]:
    """How steep linear light is, a channel, to the power of ORDER: `cells.small` but its last row, column."""
    found = []
    for photo in cells.small:
        linear = _LINEAR[photo]
        across, down = np.diff(linear, axis=1)[:-1], np.diff(linear, axis=0)[:, :-1]
        found.append(np.sqrt(across * across + down * down).astype(np.float64) ** ORDER)
    return found


def _light(edges: NDArray[np.float64]) -> float:
    """How far the light is from neutral, by its edges (pixels, 3): natural logarithms of channel ratios."""
    red, green, blue = np.log(np.mean(edges, axis=0) ** (1 / ORDER) + 1e-6)
    return float(np.hypot(GREEN * (green - (red + green + blue) / 3), (red - blue) / 2))


def _linear() -> NDArray[np.float32]:
    code = np.arange(256) / 255
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4).astype(np.float32)


_LINEAR = _linear()
"""Linear light of 8-bit sRGB code values (IEC 61966-2-1)."""
