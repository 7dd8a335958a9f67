"""Cast: the colour of the light that the rendering did not take out."""

import math
from dataclasses import dataclass
from functools import reduce

import cv2
import numpy as np
from numpy.typing import NDArray

from twinlens.core.fitted import logistic
from twinlens.features.clipped_tones import pixel_mask
from twinlens.metrics import Confound, Effect, Map, Metric, Pyramid

CODE = np.arange(256) / 255
LINEAR = np.where(CODE <= 0.04045, CODE / 12.92, ((CODE + 0.055) / 1.055) ** 2.4)
"""Linear light of 8-bit sRGB code values (IEC 61966-2-1)."""
ESTIMATES = ((LINEAR.astype(np.float32), 5), (CODE.astype(np.float32), 1))
"""Scale and Minkowski norm of both grey-edge estimates: strong edges in linear light, all in code values."""
COEFFICIENTS, _ = logistic("twinlens.metrics", "cast.json")
"""Log-odds that a is the one left as it was: of the differences of both estimates, and of the logarithms of
the shares of neutral colours among the brightest tenth and the darkest eighth."""
UNSURE, SURE = 0.5, 2.0
"""Log-odds below which nothing is known, and from which it is certain."""
BRIGHT_PART, DARK_PART = 0.9, 0.12
NEARLY, LEAST_SHARE = 3.0, 0.01
"""Chroma up to which a colour is nearly neutral, and the share of them that is none."""
DARK, BRIGHT = 12, 252
FEWEST, FEW = 60, 30
GREEN = 1.5
"""A green or magenta cast is seen sooner than a warm or cold one, along which daylight varies."""


@dataclass(frozen=True)
class Cast(Metric):
    """How far colours are shifted together to one side, ΔE*ab: 0 (no cast) to 150, lower is better.

    A pair shows how far its colours moved, at equal saturation, and two signs show which photo they moved in:
    colours at edges average to grey over a scene, whatever coloured walls it holds (grey-edge), and what is
    nearly white or black is neutral. Green against magenta weighs half as much again as warm against cold.
    """

    aspects = ("color", "realism")
    unit = "ΔE*ab"
    high = 150.0
    better = "lower"
    jnd = 3.0
    source = "van de Weijer, Gevers and Gijsenij 2007 (grey-edge colour constancy)"
    saturation = 3.0
    prior = 2.0
    families = ("color", "chromatic")
    effects = (
        Effect("saturation color_contrast", stage=11),
        Effect("local_contrast contrast", stage=11, up_to=0.6),
        Confound("detail tonal grid saturation skin_tone chroma_noise color_bleeding noise", stage=28),
    )
    praise = "keeps neutral tones neutral"
    blame = "has a colour cast"
    amount = "colours shifted by ΔE {worse}"
    local_jnds = math.inf

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        inside = usable_pixels(pyramid, weight)
        if np.count_nonzero(inside) < FEWEST:
            return None
        shift, features = shift_and_features(pyramid, inside)
        log_odds = float(np.dot(COEFFICIENTS, features))
        certainty = float(np.clip((abs(log_odds) - UNSURE) / (SURE - UNSURE), 0, 1))
        size = min(self.high, shift * certainty)
        return (0.0, size) if log_odds > 0 else (size, 0.0)


def shift_and_features(pyramid: Pyramid, inside: NDArray[np.bool_]) -> tuple[float, NDArray[np.float64]]:
    """How far the mean chroma moved from a to b, ΔE*ab, and four features of a less those of b.

    Both photos are brought to equal spread of chroma first. The features are in the order of COEFFICIENTS.
    """
    at = np.flatnonzero(inside)
    at += at // inside.shape[1]  # the photos have one column more
    lab = [np.array([plane.ravel()[at] for plane in cv2.split(photo)], np.float32) for photo in pyramid.lab]
    (mean_a, spread_a), (mean_b, spread_b) = (_mean_and_spread(photo[1:]) for photo in lab)
    gain = spread_a / spread_b
    shift = float(np.linalg.norm(mean_a / np.sqrt(gain) - mean_b * np.sqrt(gain)))
    share = inside.ravel() / np.count_nonzero(inside)
    a, b = (
        [
            _light_color(np.einsum("i,ij->j", share, of), order) * scale
            for of, (_, order) in zip(edges, ESTIMATES, strict=True)
        ]
        + _neutral_shares(photo, scale)
        for edges, photo, scale in zip(
            pyramid.cached(_edges), lab, (max(1.0, 1 / gain), max(1.0, gain)), strict=True
        )
    )
    return shift, np.subtract(a, b)


def usable_pixels(pyramid: Pyramid, weight: Map) -> NDArray[np.bool_]:
    """Which pixels of `pyramid.small`, but its last row and column, show colour at a place in both photos."""
    return (pixel_mask(pyramid, weight) & pyramid.cached(_neither_black_nor_white))[:-1, :-1]


def _neither_black_nor_white(pyramid: Pyramid) -> NDArray[np.bool_]:
    """Which pixels of `pyramid.small` are neither in either photo."""
    tops = np.stack([reduce(cv2.max, cv2.split(photo)) for photo in pyramid.small])
    return np.asarray(((tops > DARK) & (tops < BRIGHT)).all(axis=0))


def _mean_and_spread(ab: NDArray[np.float32]) -> tuple[NDArray[np.float64], float]:
    """The mean of CIELAB a* and b* (2, pixels), and how far they spread about it."""
    red, yellow = ab.astype(np.float64)
    return np.array([red.mean(), yellow.mean()]), float(np.sqrt(red.var() + yellow.var() + 0.05))


def _neutral_shares(lab: NDArray[np.float32], scale: float) -> list[float]:
    """Logarithms of the shares of neutral colours among the brightest and the darkest (3, pixels)."""
    light, (red, yellow) = lab[0], lab[1:] * scale
    low, high = np.quantile(light, (DARK_PART, BRIGHT_PART))
    nearness = np.exp(-(red * red + yellow * yellow) / (2 * NEARLY**2))
    parts = (nearness[light > high], nearness[light < low])
    shares = (np.mean(part, dtype=np.float64) if len(part) >= FEW else 0.0 for part in parts)
    return [float(np.log(share + LEAST_SHARE)) for share in shares]


def _edges(pyramid: Pyramid) -> list[list[NDArray[np.float64]]]:
    """Of a and b, the steepness of each channel (pixels, 3), to the power of the norm, for both estimates.

    The pixels are those of `pyramid.small` but its last row and column.
    """
    return [
        [_power(_gradient(scale[photo]), order).reshape(-1, 3) for scale, order in ESTIMATES]
        for photo in pyramid.small
    ]


def _gradient(light: NDArray[np.float32]) -> NDArray[np.float64]:
    here = light[:-1, :-1]
    across, down = light[:-1, 1:] - here, light[1:, :-1] - here
    across *= across
    down *= down
    across += down
    return np.asarray(np.sqrt(across, out=across), np.float64)


def _power(values: NDArray[np.float64], order: int) -> NDArray[np.float64]:
    """By products, which take a tenth of the time of `**`."""
    return reduce(np.multiply, order * [values])


def _light_color(edges: NDArray[np.float64], order: int) -> float:
    """How far the light is from neutral, by its mean edges (3,): natural logarithms of channel ratios."""
    red, green, blue = np.log(edges ** (1 / order) + 1e-6)
    return float(np.hypot(GREEN * (green - (red + green + blue) / 3), (red - blue) / 2))
