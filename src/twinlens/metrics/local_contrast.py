"""Local contrast: the depth of forms, folds and surfaces."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from twinlens.pixels.cells import Cells, Map
from twinlens.pixels.tones import weighted_mean

COARSE = (3, 4)


@dataclass(frozen=True)
class LocalContrast:
    """Amplitude of detail with periods of 16 to 80 pixels, root mean square in 8-bit code values: 0 to 80, higher is better."""

    aspect: str = "contrast"
    unit: str = "code values"
    low: float = 0.0
    high: float = 80.0
    better: Literal["higher", "lower", "middle"] = "higher"
    jnd: float = 0.12
    relative: bool = True
    source: str = "Peli 1990 (band-limited contrast)"

    def measure(self, cells: Cells, weight: Map) -> tuple[float, float] | None:
        """The numbers of a and of b at one place, or None where it is empty or flat."""
        if float(weight.sum()) <= 0:
            return None
        bands = [cells.bands[k] for k in COARSE]
        a = np.sqrt(sum(weighted_mean(band.aa, weight) for band in bands))
        b = np.sqrt(sum(weighted_mean(band.bb, weight) for band in bands))
        return (float(a), float(b)) if max(a, b) > 1 else None
