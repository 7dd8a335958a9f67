"""Seams and skin: who breaks off from the surroundings, and whose skin looks like skin."""

import cv2
import numpy as np
import pytest

from photographs import Pixels, pyramid
from twinlens.features.pyramid import Map, Pyramid
from twinlens.features.segmentation import find_regions
from twinlens.metrics import metrics


def ramp() -> Pixels:
    """A smooth wall with fine texture all over, lit from the left."""
    grain = np.random.default_rng(3).normal(0, 9, (480, 640, 1))
    light = np.linspace(150, 110, 640)[None, :, None] * np.array([1.0, 0.9, 0.7])
    return np.clip(light + np.asarray(cv2.GaussianBlur(grain, (0, 0), 1.0))[..., None], 0, 255).astype(
        np.uint8
    )


def patched(kind: str) -> Pixels:
    """The wall with a patch of it changed."""
    whole = ramp().astype(np.float32)
    patch = whole[160:320, 240:400]
    patch *= {"colour": np.array([1.3, 1.0, 0.6]), "light": np.full(3, 1.3)}[kind].astype(np.float32)
    return np.clip(np.rint(whole), 0, 255).astype(np.uint8)


def seam(name: str, grid: Pyramid, weight: Map) -> float | None:
    found = metrics()[name].measure(grid, weight)
    return None if found is None else metrics()[name].jnds(*found)


def the_place(grid: Pyramid) -> Map:
    return next(region.weight for region in find_regions(grid) if region.local)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("color_seam", "colour"), ("light_seam", "light"), ("color_edge", "colour"), ("light_edge", "light")],
)
def test_the_photo_whose_patch_does_not_go_with_the_wall_breaks(name: str, kind: str) -> None:
    for grid, sign in ((Pyramid.of(ramp(), patched(kind)), 1), (Pyramid.of(patched(kind), ramp()), -1)):
        found = seam(name, grid, the_place(grid))
        assert found is not None
        assert found * sign >= 1


@pytest.mark.parametrize("name", ["color_seam", "light_seam", "color_edge", "light_edge"])
def test_photos_that_differ_all_over_have_no_seam(name: str) -> None:
    grid = pyramid("coffee", "cast")
    assert seam(name, grid, np.ones(grid.shape, np.float32)) is None


@pytest.mark.parametrize("defect", ["gray_out", "tint"])
def test_skin_that_lost_its_colour_is_seen(defect: str) -> None:
    grid = pyramid("astronaut", defect)
    found = seam("skin_tone", grid, np.ones(grid.shape, np.float32))
    assert found is not None
    assert found >= 1


def test_a_photo_without_a_face_has_no_skin_tone() -> None:
    grid = pyramid("coffee", "gray_out")
    assert seam("skin_tone", grid, np.ones(grid.shape, np.float32)) is None
