"""Distortions keep a photo's shape, are the same each time, and grow with their strength."""

import pickle

import cv2
import numpy as np
import pytest

from photographs import picture
from twinlens.core.types import ASPECTS
from twinlens.distortions.distortion import STRENGTHS, Distortion, blend, distortions, named

TUNING = (
    "blur borders cast clipping gray_out halo jpeg lateral_chromatic_aberration moire noise oversaturate "
    "smear specks vignetting"
)

every = pytest.mark.parametrize("distortion", distortions().values(), ids=distortions().keys())


def test_those_held_out_stand_in_a_file_of_their_own_and_the_others_are_for_tuning() -> None:
    tuning = {one.name for one in distortions().values() if not one.held_out}
    assert " ".join(sorted(tuning)) == TUNING
    assert len(distortions()) == len(TUNING.split()) + 37


@every
def test_a_distortion_is_found_by_its_name_also_in_another_process(distortion: Distortion) -> None:
    assert named(distortion.name) is distortion
    assert pickle.loads(pickle.dumps(distortion)) is distortion
    assert distortion.aspects
    assert distortion.aspects <= set(ASPECTS)


@every
def test_a_distortion_keeps_the_shape_leaves_the_photo_as_it_is_and_grows(distortion: Distortion) -> None:
    photo = np.asarray(cv2.resize(picture("chelsea"), None, fx=2, fy=2))
    before = photo.copy()
    made = [distortion(photo, strength) for strength in STRENGTHS]
    assert np.array_equal(photo, before)
    assert {(pixels.shape, pixels.dtype.name) for pixels in made} == {(photo.shape, "uint8")}
    away = [float(np.mean((pixels.astype(float) - photo) ** 2)) for pixels in made]
    assert 0 < away[0] < away[1] < away[2]


@every
def test_a_distortion_is_the_same_each_time(distortion: Distortion) -> None:
    assert np.array_equal(distortion(picture("coffee"), 2), distortion(picture("coffee"), 2))


@every
@pytest.mark.parametrize("shape", [(40, 61, 3), (333, 48, 3)])
def test_small_and_odd_shapes_stay(distortion: Distortion, shape: tuple[int, int, int]) -> None:
    photo = np.resize(np.ascontiguousarray(picture("chelsea")[: shape[0], : shape[1]]), shape)
    assert distortion(photo, 3).shape == shape


def test_a_local_distortion_is_where_its_mask_is() -> None:
    photo = picture("rocket")
    mask = np.zeros(photo.shape[:2], np.float32)
    mask[50:100, 60:120] = 1
    spoiled = 255 - photo
    made = blend(photo, spoiled, mask)
    assert np.array_equal(made[mask == 0], photo[mask == 0])
    assert np.array_equal(made[mask == 1], spoiled[mask == 1])
