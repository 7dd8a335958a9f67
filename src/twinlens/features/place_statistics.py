"""What a place of two photos looks like: how the finest octave bands are shared, and its colours."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twinlens.features.pyramid import Map, Pyramid

Numbers = NDArray[np.float64]
LUMA_BANDS, CHROMA_BANDS = 4, 2
FLOOR = 0.5
"""Energy (code values²) below which a band holds nothing."""


@dataclass(frozen=True, eq=False)
class PlaceStatistics:
    """Of one place: numbers of a and of b (n), and of both (m), all about 0 to 3 in size.

    Of each photo: the logarithms of its amplitude in the finest bands of luma and of chroma; mean and
    deviation of L*, a* and b*, chroma, and how far colour and lightness are from those of the surroundings.
    Of both: the coherence of each band, how far the colours moved, and the size of the place.
    """

    a: Numbers
    b: Numbers
    both: Numbers

    @property
    def swapped(self) -> PlaceStatistics:
        """The statistics of the photos exchanged."""
        return replace(self, a=self.b, b=self.a)


def place_statistics(pyramid: Pyramid, weight: Map) -> PlaceStatistics:
    """The statistics of a place, its weight (rows, columns; 0 to 1) in cells."""
    inside, outside = weight / max(weight.sum(), 1e-6), (1 - weight) / max((1 - weight).sum(), 1e-6)
    bands = [[band] for band in pyramid.bands[:LUMA_BANDS]] + [
        *map(list, pyramid.chroma_bands[:CHROMA_BANDS])
    ]
    energies = np.array(
        [
            [
                sum(float((part * inside).sum()) for part in parts)
                for parts in zip(*((x.aa, x.bb, x.ab) for x in band), strict=True)
            ]
            for band in bands
        ]
    )
    amplitudes = np.log(energies[:, :2] + FLOOR) / 2
    coherence = energies[:, 2] / np.sqrt((energies[:, 0] + FLOOR) * (energies[:, 1] + FLOOR))
    lab_a, lab_b = pyramid.pooled_lab
    moved = float((np.sqrt(((lab_a - lab_b) ** 2).sum(axis=2)) * inside).sum())
    of_a, of_b = (
        np.concatenate([amplitudes[:, k], _colors(lab, inside, outside) / 20])
        for k, lab in enumerate((lab_a, lab_b))
    )
    return PlaceStatistics(of_a, of_b, np.array([*coherence, np.log1p(moved), float(weight.mean())]))


def _colors(lab: Map, inside: Map, outside: Map) -> Numbers:
    """CIELAB of a place and of what surrounds it, by weights that sum to 1: 13 numbers."""
    mean, spread = _moments(lab, inside)
    around, spread_around = _moments(lab, outside)
    away = float(np.hypot(*(mean - around)[1:]))
    chroma, chroma_around = float(np.hypot(*mean[1:])), float(np.hypot(*around[1:]))
    return np.array([*mean, *spread, chroma, away, chroma_around, mean[0] - around[0], *spread_around])


def _moments(lab: Map, weight: Map) -> tuple[Numbers, Numbers]:
    """Mean and standard deviation of L*, a* and b*."""
    mean = np.einsum("ijk,ij->k", lab.astype(np.float64), weight)
    return mean, np.sqrt(np.einsum("ijk,ij->k", (lab - mean) ** 2, weight))
