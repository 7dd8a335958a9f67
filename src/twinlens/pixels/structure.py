"""What two aligned photos hold at the edges, in the texture and in the flat parts of a place.

Cells are sorted by the coarse detail (periods of 8 to 20 pixels) that both photos hold together: it outlives
blur, noise and compression, so the same cells are compared in both. From them come the noise floor of each
photo, what the flats hold, and the gain of detail at edges and in texture once that floor is taken away.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .cells import Cells, Map

SORTING_LEVEL = 2
FEWEST_CELLS = 6
ROUNDING = 0.1
"""Variance that 8-bit rounding alone puts into a band (code values²)."""

Energies = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Structure:
    """Band energies of a and b at one place, apart for edges, texture and flat parts.

    Arrays have shape (2, levels): a and b, finest band first, in code values².
    """

    cells: Cells
    weight: Map

    @cached_property
    def chosen(self) -> NDArray[np.intp]:
        """Flat indices of the place's cells, the flattest first; empty where the place is too small."""
        inside = np.flatnonzero(self.weight.ravel() > 0.5)
        if inside.size < FEWEST_CELLS:
            return inside[:0]
        band = self.cells.bands[SORTING_LEVEL]
        return inside[np.argsort((band.aa + band.bb).ravel()[inside], kind="stable")]

    def _mean(self, part: NDArray[np.intp]) -> Energies:
        return np.array(
            [[float(np.mean(e.ravel()[part], dtype=np.float64)) for e in (band.aa, band.bb)] for band in self.cells.bands]
        ).T

    @cached_property
    def flats(self) -> Energies:
        """Energies in the flattest quarter: noise, and what little structure there is."""
        return self._mean(self.chosen[: max(2, self.chosen.size // 4)])

    @cached_property
    def texture(self) -> Energies:
        """Energies above the noise floor between the flattest quarter and the strongest fifth."""
        return self._above_noise(self._mean(self.chosen[self.chosen.size // 4 : -(self.chosen.size // 5) or None]))

    @cached_property
    def edges(self) -> Energies:
        """Energies above the noise floor in the strongest fifth."""
        return self._above_noise(self._mean(self.chosen[-max(2, self.chosen.size // 5) :]))

    def _above_noise(self, energies: Energies) -> Energies:
        return np.maximum(energies - self.noise, ROUNDING)

    @cached_property
    def noise(self) -> Energies:
        """What the flats hold in each photo, at most half of what the strongest cells hold."""
        strongest = self._mean(self.chosen[-max(2, self.chosen.size // 5) :])
        return np.minimum(self.flats, strongest / 2)

    @cached_property
    def edge_gain(self) -> NDArray[np.float64]:
        """Amplitude of a over b at edges, by level."""
        return np.sqrt(self.edges[0] / self.edges[1])

    @cached_property
    def edge_coherence(self) -> NDArray[np.float64]:
        """Correlation (-1 to 1) of a and b at edges, by level."""
        part = self.chosen[-max(2, self.chosen.size // 5) :]
        found = []
        for band in self.cells.bands:
            aa, bb, ab = (float(np.mean(e.ravel()[part], dtype=np.float64)) for e in (band.aa, band.bb, band.ab))
            found.append(ab / max(np.sqrt(aa * bb), ROUNDING))
        return np.array(found)
