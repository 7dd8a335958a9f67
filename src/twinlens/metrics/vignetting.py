"""Vignetting: light lost towards the corners."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twinlens.metrics import Confound, Effect, Map, Metric, Pyramid

DARK, BRIGHT = 8.0, 97.0
"""L* between which the light of a cell is known."""
EXPLAINED, WELL_EXPLAINED = 0.75, 0.9
"""Share of the variance of the ratio of light that the radius must explain, and at which that is certain."""
FEWEST_CELLS = 200


@dataclass(frozen=True)
class Vignetting(Metric):
    """Light that the corners lost beside the other photo, in % of the middle's: 0 to 100, lower is better.

    The ratio of both photos' luminance, a cell, as an even polynomial of the distance from the middle.
    Counts as far as tone (a curve of the cell's lightness) and a slope to one side do not explain it too.
    """

    aspects = ("exposure",)
    unit = "%"
    high = 100.0
    better = "lower"
    jnd = 8.0
    source = "ISO 17957:2015 (shading); even polynomial of Goldman 2010"
    saturation = 4.0
    prior = 2.0
    families = ("tonal",)
    effects = (
        Effect("tone contrast color cast saturation clipping", stage=2, up_to=2.0),
        Confound("tone tonal color chromatic", stage=34, up_to=2.0),
    )
    praise = "is evenly lit"
    blame = "is darkened by vignetting"
    amount = "corners {worse} % darker"
    claimed_in = ("global",)

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        if float(weight.min()) < 1 or weight.size < FEWEST_CELLS:
            return None
        falloff = pyramid.cached(corner_falloff)
        lost = 100 * float(-np.expm1(-abs(falloff)))
        return (lost, 0.0) if falloff > 0 else (0.0, lost)


def corner_falloff(pyramid: Pyramid) -> float:
    """Logarithm of how much less light b's corners have of a's than its middle; 0 where not radial."""
    light = [_luminance(lab[..., 0]) for lab in pyramid.pooled_lab]
    shown = np.logical_and.reduce(
        [(lab[..., 0] > DARK) & (lab[..., 0] < BRIGHT) for lab in pyramid.pooled_lab]
    )
    if np.count_nonzero(shown) < FEWEST_CELLS:
        return 0.0
    y, x = np.meshgrid(*(np.linspace(-1, 1, size) for size in pyramid.shape), indexing="ij")
    squared, across, down = (((y**2 + x**2) / 2)[shown], x[shown], y[shown])
    ratio, tone = (np.log(light[1] / light[0])[shown], np.log(light[0] * light[1])[shown] / 2)
    tone = tone - tone.mean()  # so that its square is not nearly a multiple of it
    rest = np.stack([np.ones_like(ratio), tone, tone**2, across, down], axis=1)
    every = np.concatenate([rest, np.stack([squared, squared**2], axis=1)], axis=1)
    (*_, first, second), left = _fit(every, ratio)
    profile = [float(first * r + second * r * r) for r in (0.25, 0.5, 0.75, 1.0)]
    steps = np.diff([0.0, *profile])
    if not ((steps > 0).all() or (steps < 0).all()):
        return 0.0
    explained = 1 - left / max(_fit(rest, ratio)[1], 1e-12)
    certain = float(np.clip((explained - EXPLAINED) / (WELL_EXPLAINED - EXPLAINED), 0, 1))
    return profile[-1] * certain


def _luminance(lightness: Map) -> NDArray[np.float64]:
    """CIE Y of L*, relative to white."""
    return np.asarray((np.maximum(lightness, DARK).astype(np.float64) + 16) / 116) ** 3


def _fit(by: NDArray[np.float64], ratio: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """The coefficients of a linear fit, and the variance that is left of it.

    By its normal equations: LAPACK's own way wakes threads, which then spin for longer than all this takes.
    """
    square, right = np.einsum("ij,ik->jk", by, by), np.einsum("ij,i->j", by, ratio)
    coefficients = np.linalg.lstsq(square, right, rcond=None)[0]
    return coefficients, float(np.var(ratio - np.einsum("ij,j->i", by, coefficients)))
