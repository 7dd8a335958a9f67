"""Specks: hot and dead pixels, dust, holes."""

from dataclasses import dataclass

from twinlens.features.clipped_tones import weighted_mean
from twinlens.features.specks import speck_share
from twinlens.metrics import Confound, Effect, Map, Metric, Pyramid

FEWEST = 5.0
"""Specks at a place from which they are more than a glint."""


@dataclass(frozen=True)
class Specks(Metric):
    """Pixels per million that stand out from an even surround, beside the other photo: 0 to 1,000,000.

    Lower is better. Single pixels, or up to three together, of any colour, that the other photo does not
    have. They raise every measure of fine detail.
    """

    aspects = ("artifacts", "noise")
    unit = "ppm"
    high = 1e6
    better = "lower"
    jnd = 40.0
    masking = 100.0
    source = "impulse noise: rank-ordered differences, after Garnett, Huegerich, Chui and He 2005"
    saturation = 3.0
    prior = 4.0
    fidelity = True
    effects = (
        Effect("detail tone tonal color chromatic grid noise halo", stage=0, up_to=2.0),
        Confound("detail tonal chromatic grid noise halo", stage=19, up_to=2.0),
    )
    praise = "is free of specks"
    blame = "shows specks, such as hot or dead pixels"
    amount = "{worse} of a million pixels"

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        if float(weight.sum()) <= 0:
            return None
        area = float(weight.sum()) * pyramid.size**2
        shares = (weighted_mean(share, weight) for share in pyramid.cached(speck_share))
        a, b = (1e6 * share if share * area >= FEWEST else 0.0 for share in shares)
        return a, b
