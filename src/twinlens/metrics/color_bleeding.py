"""Colour bleeding: colours that run over the borders of things."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twinlens.features.clipped_tones import pixel_mask
from twinlens.features.noise_floor import means
from twinlens.features.pyramid import Band
from twinlens.metrics import Map, Metric, Pyramid

FEWEST_CELLS = 12
LEAST = 1.5
"""Energy (code values²) of a chroma band, in the paler photo, below which nothing there can bleed."""
ALIKE, RECOLOURED = 0.2, 0.4
"""Log of the spread of a's colours over b's up to which both are coloured alike, and from which borders do
not count: then colours were changed, each in its own way."""
SHARED = 0.3
"""Correlation of both photos from which a band shows how much of it one lost."""
PARTS = 5
"""A place's colour borders are the one part in so many of its cells that holds most colour detail."""


@dataclass(frozen=True)
class ColorBleeding(Metric):
    """Share of the colour detail missing beside the other photo, in %: 0 to 100, lower is better.

    Amplitude of Cr and Cb at colour borders in octave bands from a period of 4 pixels on, over the spread of
    all colours, as far as both photos share it: paler colours or less speckle are no bleeding. The photo with
    more of it has 0 %, and both where colours were changed much.
    """

    aspects = ("artifacts",)
    unit = "%"
    high = 100.0
    better = "lower"
    jnd = 12.0
    source = "in the manner of Vu, Phan and Chandler 2012 (S3), on Cr and Cb"
    saturation = 3.0
    fidelity = True
    families = ("chromatic",)
    praise = "keeps colours within their borders"
    blame = "lets colours bleed over borders"
    amount = "{worse} % of the colour detail lost"

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        inside = np.flatnonzero((weight > 0.5).ravel())
        if inside.size < FEWEST_CELLS:
            return None
        bands = pyramid.chroma_bands
        energy = np.sum([band.aa + band.bb for level in bands for band in level], axis=0).ravel()[inside]
        part = inside[np.argsort(energy, kind="stable")][-max(FEWEST_CELLS // 2, inside.size // PARTS) :]
        richer = _richer(pyramid, weight)
        lost = [0.0]
        for level in reversed(bands):
            beyond = _beyond(np.sum([_sums(band, part) for band in level], axis=0), richer)
            lost.append(lost[-1] if beyond is None else beyond)
        mean_lost = float(np.mean(lost[1:]))
        alike = float(np.clip((RECOLOURED - abs(richer)) / (RECOLOURED - ALIKE), 0, 1))
        missing = 100 * (1 - float(np.exp(-abs(mean_lost)))) * alike
        return (0.0, missing) if mean_lost > 0 else (missing, 0.0)


def _richer(pyramid: Pyramid, weight: Map) -> float:
    """Logarithm of how far a's colours spread over how far b's do."""
    inside = pixel_mask(pyramid, weight)
    a, b = (sum(lab[..., k][inside].var(dtype=np.float64) for k in (1, 2)) for lab in pyramid.lab)
    return float(np.log((a + 0.05) / (b + 0.05)) / 2)


def _sums(band: Band, part: NDArray[np.intp]) -> NDArray[np.float64]:
    return np.array(means(band, part))


def _beyond(energies: NDArray[np.float64], expected: float) -> float | None:
    """How much more than expected a holds, as a logarithm of amplitude; None where little is shared.

    What both share is at most ab / bb and aa / ab of b's amplitude in a, by which of them is free of speckle.
    """
    aa, bb, ab = energies
    if max(aa, bb) * np.exp(-2 * abs(expected)) < LEAST or ab <= SHARED * np.sqrt(aa * bb):
        return None
    low, high = sorted((float(np.log(ab / bb)), float(np.log(aa / ab))))
    return low - expected if low > expected else min(0.0, high - expected)
