"""What a place of two photos looks like: how the finest octave bands are shared, and its colours."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twinlens.features.change_border import COLOR, LIGHTNESS, BorderStep, border_step
from twinlens.features.pyramid import Map, Pyramid

Numbers = NDArray[np.float64]
LUMA_BANDS, CHROMA_BANDS = 4, 2
FLOOR = 0.5
"""Energy (code values²) below which a band holds nothing."""

NO_STEP = BorderStep(0.0, 0.0, 0.0, 0)


@dataclass(frozen=True, eq=False)
class PlaceStatistics:
    """Of one place: numbers of a and of b (n), and of both (m), all about 0 to 3 in size.

    Of each photo: the logarithms of its amplitude in the finest bands of luma and of chroma; mean and
    deviation of L*, a* and b*, chroma, and how far colour and lightness are from those of the surroundings;
    the colour of the light by grey-edge, how far that is from the surroundings', and how much of the step at
    the border of the one place that differs is this photo's. Of both: the coherence of each band, how far the
    colours moved, the size of the place, and of the step at its border.
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
    steps = [border_step(pyramid, weight, channels) or NO_STEP for channels in (LIGHTNESS, COLOR)]
    margins = np.clip([step.margin / 2 for step in steps], -1.5, 1.5)
    moved = float((np.sqrt(((lab_a - lab_b) ** 2).sum(axis=2)) * inside).sum())
    places, lights = (inside, outside), pyramid.cached(_edges)
    of_a, of_b = (
        np.concatenate([amplitudes[:, k], _colors(lab, *places) / 20, _light(light, *places), way * margins])
        for k, (lab, light, way) in enumerate(zip((lab_a, lab_b), lights, (1, -1), strict=True))
    )
    at_border = [part for step in steps for part in (np.log1p(step.size), min(step.rest, 3.0))]
    both = [*coherence, np.log1p(moved), float(weight.mean()), *at_border, np.log1p(steps[1].points) / 3]
    return PlaceStatistics(of_a, of_b, np.array(both))


def _colors(lab: Map, inside: Map, outside: Map) -> Numbers:
    """CIELAB of a place and of what surrounds it, by weights that sum to 1: 15 numbers."""
    mean, spread = _moments(lab, inside)
    around, spread_around = _moments(lab, outside)
    away = float(np.hypot(*(mean - around)[1:]))
    chroma, chroma_around = float(np.hypot(*mean[1:])), float(np.hypot(*around[1:]))
    lighter = mean[0] - around[0]
    return np.array([*mean, *spread, chroma, away, chroma_around, lighter, *spread_around, *around[1:]])


def _edges(pyramid: Pyramid) -> tuple[Map, Map]:
    """The mean steepness of each channel of a and of b, a cell: (rows, columns, 3)."""
    a, b = (
        np.stack([pyramid.pool(_gradient(channel)) for channel in np.moveaxis(photo, 2, 0)], axis=2)
        for photo in pyramid.small
    )
    return a, b


def _gradient(plane: NDArray[np.uint8]) -> Map:
    values = plane.astype(np.float32)
    across, down = np.zeros((2, *plane.shape), np.float32)
    np.subtract(values[:, 1:], values[:, :-1], out=across[:, :-1])
    np.subtract(values[1:], values[:-1], out=down[:-1])
    return np.asarray(np.sqrt(across * across + down * down), np.float32)


def _light(edges: Map, inside: Map, outside: Map) -> Numbers:
    """The colour of the light by grey-edge (van de Weijer et al. 2007), and how far it is from that around.

    Natural logarithms of green by the mean and of red by blue, from a place's edges (rows, columns, 3).
    """
    sums = (np.einsum("ijk,ij->k", edges.astype(np.float64), part) for part in (inside, outside))
    here, around = map(_ratios, sums)
    away = here - around if outside.any() else np.zeros(2)
    return np.array([*here, *away, np.hypot(*here), np.hypot(*away)])


def _ratios(edges: Numbers) -> Numbers:
    red, green, blue = np.log(edges + FLOOR)
    return np.array([2 * green - red - blue, red - blue])


def _moments(lab: Map, weight: Map) -> tuple[Numbers, Numbers]:
    """Mean and standard deviation of L*, a* and b*."""
    mean = np.einsum("ijk,ij->k", lab.astype(np.float64), weight)
    return mean, np.sqrt(np.einsum("ijk,ij->k", (lab - mean) ** 2, weight))
