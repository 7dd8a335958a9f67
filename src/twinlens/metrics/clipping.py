"""Clipping: highlights blown to white and shadows crushed to black."""

from dataclasses import dataclass

from twinlens.features.clipped_tones import clipping_loss, weighted_mean
from twinlens.metrics import Confound, Effect, Map, Metric, Pyramid


@dataclass(frozen=True)
class Clipping(Metric):
    """Share of pixels lost to white or black that the other photo holds: 0 to 100 %, lower is better.

    White: at least two channels at the top; black: all channels at the bottom; at half size. What is black in
    both photos is no loss, which a single photo cannot show.
    """

    aspects = ("exposure",)
    unit = "%"
    high = 100.0
    better = "lower"
    jnd = 1.5
    source = "ISO 12232 (saturation), by count"
    saturation = 6.0
    families = ("tonal",)
    effects = (
        Effect("detail tone color halo noise", stage=9, at_least=4.0),
        Confound("detail chromatic grid noise halo exposure contrast local_contrast", stage=25),
    )
    praise = "keeps detail in highlights and shadows"
    blame = "clips highlights or shadows"
    amount = "in {worse} % of the area"

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        if float(weight.sum()) <= 0:
            return None
        a, b = (100 * weighted_mean(share, weight) for share in clipping_loss(pyramid))
        return a, b
