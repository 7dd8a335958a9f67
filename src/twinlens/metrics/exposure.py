"""Exposure: brightness so low or so high that the scene is lost in it."""

import math
from dataclasses import dataclass

from twinlens.features.clipped_tones import weighted_mean
from twinlens.metrics import Confound, Map, Metric, Pyramid

DARKEST, BRIGHTEST = 15.0, 85.0
"""Mean lightness between which neither photo of a pair is too dark or too bright."""


@dataclass(frozen=True)
class Exposure(Metric):
    """Mean CIELAB lightness L*: 0 (black) to 100 (white); 15 to 85 is best, beyond it nearer is better."""

    aspects = ("exposure",)
    unit = "L*"
    high = 100.0
    better = "target"
    jnd = 3.0
    needs_alignment = False
    source = "CIE 015:2018 (CIELAB)"
    saturation = 3.0
    rendering = True
    families = ("tone", "tonal")
    effects = (
        Confound("chromatic sharpness smearing noise halo", stage=20, up_to=math.inf, numbers_apart=5.0),
    )
    praise = "is better exposed"
    blame = "is too dark"
    amount = "lightness {worse} of 100 against {better}"
    claimed_in = ("global", "face", "skin")

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        if float(weight.sum()) <= 0:
            return None
        a, b = (weighted_mean(lab[..., 0], weight) for lab in pyramid.pooled_lab)
        return a, b

    def merit(self, value: float) -> float:
        return -max(DARKEST - value, value - BRIGHTEST, 0.0)

    def fault(self, own: float, other: float) -> str:
        return "is too bright" if own > other else self.blame
