"""Band energies of two aligned photos at the edges, in the texture and in the flat parts of a place.

Cells are sorted by the coarse detail (periods of 8 to 20 pixels) of both photos together: it outlives blur,
noise and compression, so the same cells are compared in both. From them come the noise floor of each photo
and the gain of detail at edges and in texture above it.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from twinlens.core.fitted import logistic
from twinlens.features.clipped_tones import clipped_share
from twinlens.features.pyramid import Band, Map, Pyramid

SORTING_LEVEL = 2
WEAK_DECORRELATION, STRONG_DECORRELATION = 0.1, 0.3
"""1 - correlation of both photos' coarse detail where noise may be in it, and where it dominates it."""
FEWEST_CELLS = 6
PATTERN_RATIO, PATTERN_SHARE = 6.0, 0.7
"""Times the fine energy of a usual flat cell from which one is not flat, and the share of such about it."""
MOST_CLIPPED = 0.2
"""A cell with a larger share of white or black pixels shows neither noise nor detail as they are."""
EVEN_FROM, EVEN_AT = 0.72, 0.95
"""Residual amplitude in flats over that elsewhere: below the first it is no noise, from the second all
noise."""
DETAIL_SLOPE, WHITE_SLOPE = 8.0, 11.0
"""Energy of the finest band over the next: detail has about 1 to 2, white noise about 12."""
NOISE_COEFFICIENTS, NOISE_INTERCEPT = logistic("twinlens.features", "noise_floor.json")
"""Logit that the residual of a photo is noise: of log amplitudes, that of the finest band over the next in
flats, that in flats over that in texture and at edges; and of the correlation of both photos' textures."""
CERTAIN_LOGIT = 1.5
"""Logit from which the residual counts as noise in full; it counts half at 0, and not at all at the
negative."""
FLOOR_UNCERTAINTY = 0.05
"""How well a noise floor is known, as a share of it."""
MASKING_SHARE = 0.25
"""Share of the greater noise floor of both that texture must stand out from to be seen."""
ROUNDING = 0.1
"""Variance that 8-bit rounding alone puts into a band (code values²)."""

Energies = NDArray[np.float64]
Moments = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class BandEnergies:
    """Band energies of a and b at one place, separately for its flat parts, texture and edges.

    Arrays are float64 of shape (2, levels): a and b, finest band first, in code values².
    """

    bands: tuple[Band, ...]
    cells: NDArray[np.intp]
    """Flat indices of the place's cells, flattest first, without clipped ones; empty where too few."""

    @staticmethod
    def of(pyramid: Pyramid, weight: Map) -> "BandEnergies":
        """The energies of a place of weight (rows, columns); without a reference to the pyramid."""
        inside = np.flatnonzero(((weight > 0.5) & (clipped_share(pyramid) < MOST_CLIPPED)).ravel())
        if inside.size < FEWEST_CELLS:
            return BandEnergies(pyramid.bands, inside[:0])
        order = np.argsort(pyramid.cached(coarse_energy).ravel()[inside], kind="stable")
        return BandEnergies(pyramid.bands, inside[order])

    @cached_property
    def parts(self) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """Flat indices of the flat cells (a quarter), those with texture, and those at edges (a fifth).

        A cell of the flattest quarter with much more fine detail than most there, in either photo, counts as
        texture where those about it have so too: a striped cloth has no coarse detail.
        """
        quarter, fifth = (max(2, self.cells.size // share) for share in (4, 5))
        calm, middle = self.cells[:quarter], self.cells[quarter:-fifth]
        fine = np.sum([np.maximum(band.aa, band.bb) for band in self.bands[:2]], axis=0)
        usual = max(float(np.median(fine.ravel()[calm])), ROUNDING)
        detailed = (fine > PATTERN_RATIO * usual).astype(np.float32)
        patterned = (detailed * cv2.blur(detailed, (3, 3)) > PATTERN_SHARE).ravel()[calm]
        return calm[~patterned], np.concatenate([calm[patterned], middle]), self.cells[-fifth:]

    @cached_property
    def energies(self) -> list[Energies]:
        """Energies in flats (noise, a little structure), in texture and at edges; (2, levels) each."""
        return [np.array([moments[:2] for moments in part]).T for part in self._moments]

    @cached_property
    def residual(self) -> list[Energies]:
        """Energies that a and b do not share, in flats, texture and at edges; shape (2, levels) each."""
        gains = [_nearest_gain(*moments, 1.0) for moments in self._moments[2]]
        return [np.array(list(map(_residual, part, gains))).T for part in self._moments]

    @cached_property
    def _moments(self) -> list[list[Moments]]:
        """Of flats, texture and edges the `means` in each band."""
        return [[means(band, part) for band in self.bands] for part in self.parts]

    @cached_property
    def noise_energy(self) -> Energies:
        """The residual of the flats in the two finest bands as far as it is noise; shape (2,), code values².

        Noise is white, as strong in flats as in texture and at edges, and not in both photos. A residual
        mostly in texture is detail that the other photo lost; one everywhere but at edges, a denoiser took.
        """
        residual = self.residual[0][:, :2]
        logit = self.noise_features @ NOISE_COEFFICIENTS + NOISE_INTERCEPT
        trusted = residual.sum(axis=1) * np.clip(0.5 + logit / (2 * CERTAIN_LOGIT), 0, 1)
        return np.asarray(np.minimum(trusted, self._even_or_white(residual)))

    @cached_property
    def noise_features(self) -> NDArray[np.float64]:
        """The logistic features of the residual of a and b, as NOISE_COEFFICIENTS; shape (2, 4)."""
        calm, texture, edges = (np.log(part[:, :2] + ROUNDING) / 2 for part in self.residual)
        agreement = np.full(2, _correlation(*self._moments[1][1]))
        features = (calm[:, 0] - calm[:, 1], calm[:, 0] - texture[:, 0], calm[:, 0] - edges[:, 0], agreement)
        return np.asarray(np.array(features).T)

    def _even_or_white(self, residual: Energies) -> Energies:
        """The residual that is as strong everywhere, or much finer than any detail; shape (2,)."""
        even = np.array([self.even_residual(band) for band in self.bands[:2]]).T
        slope = residual[:, 0] / np.maximum(residual[:, 1], ROUNDING)
        white = np.clip((slope - DETAIL_SLOPE) / (WHITE_SLOPE - DETAIL_SLOPE), 0, 1)
        return np.asarray(np.maximum(even, residual * white[:, None]).sum(axis=1))

    def even_residual(self, band: Band) -> Energies:
        """The residual of flats in a band of luma or chroma as far as it is even; (2,), code values²."""
        flat, *lively = self.parts
        gain = shared_gain(band, self.parts[2])
        calm, rest = (residual_energy(band, part, gain) for part in (flat, np.concatenate(lively)))
        even = np.sqrt(calm / np.maximum(rest, ROUNDING))
        return np.asarray(calm * np.clip((even - EVEN_FROM) / (EVEN_AT - EVEN_FROM), 0, 1))

    @cached_property
    def texture(self) -> Energies:
        """Energies above the noise floor between flats and edges; (2, levels)."""
        return np.asarray(self._above_noise(1) + MASKING_SHARE * self._noise(0).max(axis=0))

    @cached_property
    def edges(self) -> Energies:
        """Energies above the noise floor at edges; (2, levels)."""
        return self._above_noise(2)

    def _above_noise(self, part: int) -> Energies:
        noise = self._noise(part)
        least = ROUNDING + FLOOR_UNCERTAINTY * noise.max(axis=0)
        return np.asarray(np.maximum(self.energies[part] - noise, least))

    def _noise(self, part: int) -> Energies:
        """The noise floor: the energy of flats, at most half of that at edges, or the noise residual."""
        share = self.noise_energy / np.maximum(self.residual[0][:, :2].sum(axis=1), ROUNDING)
        least = np.minimum(self.energies[0], self.energies[2] / 2)
        return np.asarray(np.maximum(least, self.residual[part] * share[:, None]))

    @cached_property
    def edge_gain(self) -> NDArray[np.float64]:
        """Amplitude of a over b at edges, by level."""
        return np.asarray(np.sqrt(self.edges[0] / self.edges[1]))

    @cached_property
    def edge_coherence(self) -> NDArray[np.float64]:
        """Correlation (-1 to 1) of a and b at edges, by level."""
        return np.array([_correlation(*moments) for moments in self._moments[2]])


def coarse_energy(pyramid: Pyramid) -> Map:
    """Coarse detail, a cell: of both photos, without the residual where that is much of it; code values²."""
    band = pyramid.bands[SORTING_LEVEL]
    both, shared = band.aa + band.bb, 2 * np.maximum(band.ab, 0)
    decorrelation = 1 - band.ab / np.maximum(np.sqrt(band.aa * band.bb), ROUNDING)
    noisy = np.clip((decorrelation - WEAK_DECORRELATION) / (STRONG_DECORRELATION - WEAK_DECORRELATION), 0, 1)
    return np.asarray(both + noisy * (shared - both), np.float32)


def means(band: Band, part: NDArray[np.intp]) -> Moments:
    """The mean squares of a and b and their mean product, code values², in some cells, by flat index."""
    aa, bb, ab = (float(np.mean(x.ravel()[part], dtype=np.float64)) for x in (band.aa, band.bb, band.ab))
    return aa, bb, ab


def _correlation(aa: float, bb: float, ab: float) -> float:
    """The correlation (-1 to 1) of a and b by their means in a part's cells."""
    return ab / max(math.sqrt(aa * bb), ROUNDING)


def shared_gain(band: Band, part: NDArray[np.intp]) -> float:
    """The gain (amplitude of b over a) of what both share in a part's cells: as near to one as they allow."""
    return _nearest_gain(*means(band, part), 1.0)


def _nearest_gain(aa: float, bb: float, ab: float, near: float) -> float:
    shared = max(ab, ROUNDING / 10)
    low, high = sorted((shared / max(aa, ROUNDING), max(bb, ROUNDING) / shared))
    return min(max(near, low), high)


def residual_energy(band: Band, part: NDArray[np.intp], gain: float) -> Energies:
    """The mean energies (2,) of a and b in a part's cells that are no image of the other photo, in code
    values².

    What is shared has in b `gain` times the amplitude as in a, or as near to it as the part allows.

    >>> even = np.full((2, 2), 9.0, np.float32)
    >>> residual_energy(Band(even, even + 7, even), np.arange(4), 1.0).round(1).tolist()  # b has noise
    [0.0, 6.9]
    """
    return _residual(means(band, part), gain)


def _residual(moments: Moments, gain: float) -> Energies:
    aa, bb, ab = moments
    gain, shared = _nearest_gain(aa, bb, ab, gain), max(ab, 0.0)
    return np.asarray(np.maximum(np.array([aa - shared / gain, bb - shared * gain]) - ROUNDING, 0.0))
