"""Evidence becomes a preference: what people make of the differences, taken together.

First causes are told from consequences: a photo with halos also measures sharper, one with noise holds more
"texture", a blurred one has less noise, and nobody praises a photo for these. What is left is added up on a
scale of just-noticeable differences that saturates, each metric with one weight that is never negative.
`twinlens.train.measured` fits the weights; `preference.json` holds them. Everything is odd in the
differences, so exchanging the photos gives exactly the opposite.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files

from twinlens.core.types import Evidence

Steps = Mapping[str, float]
"""Signed just-noticeable steps by metric: positive where a is better."""

SATURATION: dict[str, float] = {
    "banding": 4, "blocking": 3, "cast": 3, "chroma_noise": 4, "clipping": 6, "color_bleeding": 3,
    "color_contrast": 5, "exposure": 3, "halo": 3, "local_contrast": 5, "noise": 4, "reasons": 1.5,
    "saturation": 3, "sharpness": 6, "skin_tone": 4, "smearing": 3, "texture": 6, "color_seam": 4,
    "light_seam": 4,
}  # fmt: skip
"""Steps beyond which a further difference adds little, by metric. Metrics that are not here do not count.

"reasons" is no metric but the balance of what is claimed (`judgement.explanation.balance`)."""

FIDELITY = frozenset({
    "sharpness", "texture", "smearing", "blocking", "banding", "noise", "chroma_noise", "halo",
    "color_bleeding",
})  # fmt: skip
"""What one photo has lost or was spoiled by: people agree on that more than on tone and colour."""

OF_TASTE, OF_FIDELITY = 0.4, 0.8
"""How sure a sum of features makes where none of it is of fidelity, and where all is: chosen for the
calibration on people's pairs of scenes and sets not fitted on."""

DECISIVE = 0.8
"""Log odds from which two photos are no longer about as good."""

FINE = frozenset({"texture", "smearing"})
SURPLUS = FINE | {"sharpness"}
TONES = frozenset({"contrast", "local_contrast", "exposure"})
COLOURS = frozenset({"saturation", "color_contrast", "cast"})
CONSEQUENCES: tuple[tuple[str, float, frozenset[str], float], ...] = (
    ("light_seam", 1.0, TONES | COLOURS | {"clipping", "texture", "skin_tone"}, math.inf),
    ("color_seam", 1.0, TONES | COLOURS | {"clipping", "texture", "skin_tone"}, math.inf),
    ("banding", 4.0, SURPLUS | TONES | COLOURS | {"noise", "chroma_noise", "clipping", "halo"}, 1.0),
    ("halo", 1.0, SURPLUS | {"clipping", "color_bleeding"}, math.inf),
    ("blocking", 1.0, FINE | COLOURS | {"contrast", "local_contrast"}, 2.0),
    ("noise", 1.0, FINE | {"banding"}, 1.0),
    ("noise", 1.0, frozenset({"contrast"}), math.inf),
    ("noise", 1.0, frozenset({"sharpness"}), 0.6),
    ("sharpness", 1.0, frozenset({"noise", "chroma_noise"}), 1 / 0.6),
    ("sharpness", 1.0, FINE, 2.0),
    ("sharpness", 1.0, frozenset({"blocking", "banding", "halo"}), 1.0),
    ("noise", 1.0, frozenset({"clipping"}), 2.0),
    ("noise", 1.0, frozenset({"chroma_noise"}), 1.0),
    ("chroma_noise", 1.0, frozenset({"saturation", "color_contrast"}), math.inf),
    ("chroma_noise", 1.0, frozenset({"texture"}), 1.3),
    ("clipping", 4.0, SURPLUS | TONES | COLOURS | {"halo", "noise"}, math.inf),
    ("saturation", 1.0, frozenset({"color_contrast"}), math.inf),
    ("saturation", 1.0, frozenset({"cast"}), 1.0),
    ("cast", 1.0, frozenset({"saturation", "color_contrast"}), math.inf),
    ("cast", 1.0, frozenset({"local_contrast", "contrast"}), 0.6),
)  # fmt: skip
"""In this order: so large a difference explains these the other way, up to so many times its own size."""


def signed(evidence: Evidence) -> float:
    """The steps of a piece of evidence, negative where they favour b; also below one step."""
    if evidence.a == evidence.b:
        return 0.0
    return evidence.steps if (evidence.a > evidence.b) == (evidence.better == "higher") else -evidence.steps


def by_metric(evidence: Iterable[Evidence], region: str = "global") -> dict[str, float]:
    """The signed steps on one region, by metric."""
    return {piece.metric: signed(piece) for piece in evidence if piece.region == region}


def explained(steps: Steps) -> dict[str, float]:
    """The steps with the consequences of other differences set to nothing."""
    left = dict(steps)
    for cause, least, consequences, times in CONSEQUENCES:
        size = left.get(cause, 0.0)
        if abs(size) < least:
            continue
        for metric in consequences & left.keys():
            if left[metric] * size < 0 and abs(left[metric]) < times * abs(size):
                left[metric] = 0.0
    return left


def features(steps: Steps) -> list[float]:
    """What the weights apply to: each metric's explained steps, saturating at 1; in SATURATION's order."""
    left = explained(steps)
    return [math.tanh(left.get(metric, 0.0) / scale) for metric, scale in SATURATION.items()]


def score(steps: Steps, values: Iterable[float] | None = None) -> float:
    """The preference for a as log odds: above 0 for a, below for b; by the fitted weights or by others."""
    by = weights() if values is None else values
    return log_odds([w * value for w, value in zip(by, features(steps), strict=True)])


def log_odds(weighted: Sequence[float]) -> float:
    """The log odds that weighted features, in SATURATION's order, are worth together."""
    sizes = [(metric in FIDELITY, abs(value)) for metric, value in zip(SATURATION, weighted, strict=True)]
    of_all = math.fsum(size for _, size in sizes)
    share = math.fsum(size for lost, size in sizes if lost) / of_all if of_all else 0.0
    return (OF_TASTE + (OF_FIDELITY - OF_TASTE) * share) * math.fsum(weighted)


def chance(log_odds: float) -> float:
    """The chance that people prefer a (0 to 1); exactly 1 - chance(-log_odds)."""
    p = 1 / (1 + math.exp(-abs(log_odds)))
    return p if log_odds >= 0 else 1 - p


@cache
def weights() -> tuple[float, ...]:
    """The fitted weights, in the order of SATURATION."""
    table = json.loads((files("twinlens.judgement") / "preference.json").read_text("utf-8"))["weights"]
    return tuple(float(table[metric]) for metric in SATURATION)
