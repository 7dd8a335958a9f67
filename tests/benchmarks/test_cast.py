"""Casts: more is further away, and exchanging the photos gives every feature the other sign."""

import numpy as np
import pytest

from benchmarks import fitting
from benchmarks.calibrate.cast import WAYS, features
from photographs import picture

PUSH = np.array([1.0, -0.5, -0.5])


@pytest.mark.parametrize("way", WAYS)
def test_a_stronger_cast_moves_a_photo_further(way) -> None:  # type: ignore[no-untyped-def]
    photo = picture("coffee")
    moved = [
        float(np.abs(way(photo, size * PUSH) - photo.astype(float)).mean()) for size in (0.04, 0.09, 0.17)
    ]
    assert 0 < moved[0] < moved[1] < moved[2]


def test_exchanging_the_photos_gives_every_feature_the_other_sign() -> None:
    photo = picture("coffee")
    made = WAYS[0](photo, 0.09 * PUSH)
    there = features(photo, made)
    assert features(made, photo) == pytest.approx(-there, rel=1e-6)
    assert np.abs(there).max() > 0.01


def test_a_feature_that_is_always_right_gets_weight_and_a_random_one_hardly_any() -> None:
    random = np.random.default_rng(1)
    known = np.stack([np.abs(random.normal(1, 0.3, 400)), random.normal(0, 1, 400)], axis=1)
    right, drawn = fitting.odd(known, 3.0)
    assert right > 10 * abs(drawn)
