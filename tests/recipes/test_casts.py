"""Casts put into photographs: more is further away, and exchanging the photos turns every sign round."""

import numpy as np
import pytest
from casts import WAYS, signs, weights

from photographs import picture

PUSH = np.array([1.0, -0.5, -0.5])


@pytest.mark.parametrize("way", WAYS)
def test_a_stronger_cast_moves_a_photo_further(way) -> None:  # type: ignore[no-untyped-def]
    photo = picture("coffee").astype(np.float64)
    moved = [float(np.abs(way(photo, size * PUSH) - photo).mean()) for size in (0.04, 0.09, 0.17)]
    assert 0 < moved[0] < moved[1] < moved[2]


def test_exchanging_the_photos_turns_the_signs_round() -> None:
    photo = picture("coffee")
    made = np.asarray(np.clip(np.rint(WAYS[0](photo.astype(np.float64), 0.09 * PUSH)), 0, 255), np.uint8)
    there = signs(photo, made.astype(np.float64))
    assert signs(made, photo.astype(np.float64)) == pytest.approx(-there, rel=1e-6)
    assert np.abs(there).max() > 0.01


def test_a_sign_that_is_always_right_gets_weight_and_one_by_chance_hardly_any() -> None:
    random = np.random.default_rng(1)
    known = np.stack([np.abs(random.normal(1, 0.3, 400)), random.normal(0, 1, 400)], axis=1)
    sure, chance = weights(known)
    assert sure > 10 * abs(chance)
