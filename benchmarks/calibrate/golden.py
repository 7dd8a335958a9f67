"""What every metric measures on fixed photographs, so that a change of any is seen.

    python -m benchmarks golden            prints each value that is not the stored one; exit code 1 then
    python -m benchmarks golden --write    stores them in tests/metrics/golden.json

The photographs lie inside the wheel of scikit-image; each is measured beside itself, distorted.
"""

from __future__ import annotations

import datetime
import json
import math
import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from skimage import data

from twinlens.core.types import Pair
from twinlens.distortions.distortion import Pixels, named
from twinlens.judgement.evidence import measure
from twinlens.train.examples import photo_of

FILE = Path(__file__).parents[2] / "tests" / "metrics" / "golden.json"
LIBRARIES = ("numpy", "opencv-python-headless", "pillow", "scikit-image")
FACE = (slice(60, 190), slice(170, 280))
"""Rows and columns of the astronaut's face."""
CASES: tuple[tuple[str, str, tuple[tuple[str, int], ...], tuple[slice, slice] | None], ...] = (
    ("astronaut", "blurred", (("blur", 2),), None),
    ("astronaut", "noisy", (("noise", 2),), None),
    ("astronaut", "face tinted", (("tint", 2), ("blur", 2)), FACE),
    ("astronaut", "face brighter", (("clipping", 2),), FACE),
    ("astronaut", "warm, pale", (("cast", 3), ("gray_out", 2)), None),
    ("chelsea", "compressed", (("jpeg", 3),), None),
    ("chelsea", "sharpened", (("halo", 2),), None),
    ("coffee", "brighter", (("clipping", 2), ("flat", 1)), None),
    ("coffee", "colours bleeding, noisy", (("chroma_blur", 3), ("chroma_noise", 2)), None),
    ("coffee", "specked", (("specks", 2),), None),
    ("rocket", "by a poor lens", (("lateral_chromatic_aberration", 3),), None),
    ("rocket", "vignetted", (("vignetting", 3),), None),
    ("chelsea", "moiré", (("moire", 3),), None),
    ("chelsea", "letterboxed", (("borders", 2),), None),
    ("rocket", "banded", (("posterize", 2),), None),
    ("rocket", "smeared", (("smear", 3),), None),
)
"""The photograph, the case, the distortions with their strengths, and where, if at one place."""
Values = dict[str, tuple[float, float]]


def pairs() -> Iterator[tuple[str, Pair]]:
    """Each case's name, and its pair: the photograph (a) and its distorted self (b)."""
    for name, words, ways, place in CASES:
        photo = np.ascontiguousarray(getattr(data, name)())
        yield f"{name}, {words}", Pair(name, photo_of(photo), photo_of(distorted(photo, ways, place)))


def distorted(photo: Pixels, ways: tuple[tuple[str, int], ...], place: tuple[slice, slice] | None) -> Pixels:
    """The photo after all distortions, at a place or everywhere."""
    made = photo
    for way, strength in ways:
        made = named(way)(made, strength)
    if place is None:
        return made
    other = photo.copy()
    other[place] = made[place]
    return other


def values(pair: Pair) -> Values:
    """The numbers of a and b by region and metric."""
    return {f"{one.region} {one.metric}": (one.a, one.b) for one in measure(pair).evidence}


def differences(stored: Values, measured: Values, relative: float = 1e-6) -> list[str]:
    """Each value that is not the stored one to a relative tolerance, in words."""
    return [
        f"{name}: stored {stored.get(name)}, measured {measured.get(name)}"
        for name in sorted({*stored, *measured})
        if name not in stored
        or name not in measured
        or not all(
            math.isclose(one, other, rel_tol=relative, abs_tol=1e-9)
            for one, other in zip(stored[name], measured[name], strict=True)
        )
    ]


def main(write: bool = False) -> None:
    """Compare with what is stored, or store anew."""
    measured = {name: values(pair) for name, pair in pairs()}
    if write:
        record: dict[str, Any] = {
            "schema": "twinlens.golden/1",
            "command": "python -m benchmarks golden --write",
            "data": "photographs inside the wheel of scikit-image, distorted as golden.py says",
            "date": datetime.date.today().isoformat(),
            "versions": {name: version(name) for name in LIBRARIES},
            "values": measured,
        }
        text = re.sub(r"\[\s+(\S+),\s+(\S+)\s+\]", r"[\1, \2]", json.dumps(record, indent=1))
        FILE.write_text(text + "\n", "utf-8")
        return
    stored = json.loads(FILE.read_text("utf-8"))["values"]
    differing = [
        f"{name}: {line}" for name in measured for line in differences(stored.get(name, {}), measured[name])
    ]
    print("\n".join(differing) or f"{sum(map(len, measured.values()))} values, all as stored")
    raise SystemExit(bool(differing))
