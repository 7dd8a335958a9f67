"""Photos whose pixels are equal wherever both show the scene do not differ, and that is what is said."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.data import astronaut

from twinlens.core.types import Pair, Photo, Verdict
from twinlens.judges.measured import Measured
from twinlens.registration.photo_map import to_a
from twinlens.report.page import headline

WHOLE = astronaut()[:256, 80:336]


def pair(a: np.ndarray, b: np.ndarray) -> Pair:
    return Pair("p", *(Photo("", name, np.ascontiguousarray(one)) for name, one in (("a", a), ("b", b))))


@pytest.mark.parametrize("cropped", ["a", "b"])
def test_a_crop_with_equal_pixels_shows_no_visible_difference(cropped: str) -> None:
    whole, part = WHOLE, WHOLE[20:200, 30:210]
    said = Measured().judge(pair(part, whole) if cropped == "a" else pair(whole, part))
    assert isinstance(said, Verdict)
    assert said.choice == "tie"
    assert headline(said) == "No visible difference in what both photos show"
    assert "no visible difference" in said.rationale
    assert "about as good" not in said.rationale


def test_a_crop_that_differs_is_judged() -> None:
    part = WHOLE[20:200, 30:210].copy()
    part[60:120, 60:120] //= 2
    said = Measured().judge(pair(WHOLE, part))
    assert isinstance(said, Verdict)
    assert "No visible difference" not in headline(said)


def test_the_map_of_a_crop_takes_its_corner_to_where_it_was_cut_out() -> None:
    whole, part = WHOLE, WHOLE[20:200, 30:210]
    assert to_a(pair(whole, part)) == (1, 0, 0, 1, 30, 20)
    assert to_a(pair(part, whole)) == (1, 0, 0, 1, -30, -20)
    assert to_a(pair(whole, whole)) is None
