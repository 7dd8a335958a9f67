"""The step at the border of the one place that differs: whose it is, and where there is none."""

import cv2
import numpy as np
import pytest

from photographs import Pixels, pyramid
from twinlens.features.change_border import COLOR, LIGHTNESS, border_step
from twinlens.features.place_statistics import place_statistics
from twinlens.features.pyramid import Pyramid
from twinlens.features.segmentation import find_regions

CHANNELS = {"colour": COLOR, "light": LIGHTNESS}


def wall() -> Pixels:
    """A smooth wall with fine texture all over, lit from the left."""
    grain = np.random.default_rng(3).normal(0, 9, (480, 640, 1))
    light = np.linspace(150, 110, 640)[None, :, None] * np.array([1.0, 0.9, 0.7])
    return np.clip(light + cv2.GaussianBlur(grain, (0, 0), 1.0)[..., None], 0, 255).astype(np.uint8)


def patched(kind: str) -> Pixels:
    """The wall with a patch of it changed."""
    made = wall().astype(np.float32)
    made[160:320, 240:400] *= {"colour": np.array([1.15, 1.0, 0.8]), "light": np.full(3, 1.2)}[kind]
    return np.clip(np.rint(made), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("kind", ["colour", "light"])
def test_the_step_is_of_the_photo_that_was_changed(kind: str) -> None:
    for photos, sign in (((wall(), patched(kind)), -1), ((patched(kind), wall()), 1)):
        grid = Pyramid.of(*photos)
        place = next(region.weight for region in find_regions(grid) if region.local)
        step = border_step(grid, place, CHANNELS[kind])
        assert step is not None
        assert 0.7 < sign * step.margin < 1.3
        assert step.size > 3
        assert step.rest < 0.2


def test_photos_that_differ_all_over_have_no_border() -> None:
    grid = pyramid("coffee", "cast")
    assert border_step(grid, np.ones(grid.shape, np.float32), COLOR) is None


def test_a_place_that_reaches_beyond_what_differs_has_no_border() -> None:
    grid = Pyramid.of(wall(), patched("light"))
    assert border_step(grid, np.ones(grid.shape, np.float32), LIGHTNESS) is None


def test_swapping_the_photos_exchanges_the_statistics_of_a_place_exactly() -> None:
    here, there = Pyramid.of(wall(), patched("colour")), Pyramid.of(patched("colour"), wall())
    place = next(region.weight for region in find_regions(here) if region.local)
    one, other = (place_statistics(grid, place) for grid in (here, there))
    assert one.a == pytest.approx(other.b, abs=1e-9)
    assert one.b == pytest.approx(other.a, abs=1e-9)
    assert one.both == pytest.approx(other.both, abs=1e-9)
