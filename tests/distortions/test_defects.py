"""Defects: they keep a photo's shape, are the same each time, and grow with their strength."""

import cv2
import numpy as np
import pytest

from photographs import picture
from twinlens.core.types import ASPECTS
from twinlens.distortions.defects import DEFECTS, UNSEEN, Defect, local

EVERY = (*DEFECTS, *UNSEEN)


def test_names_are_told_apart_and_aspects_are_words_of_the_house() -> None:
    assert len({defect.name for defect in EVERY}) == len(EVERY)
    assert all(defect.aspects and defect.aspects <= set(ASPECTS) for defect in EVERY)


@pytest.mark.parametrize("defect", EVERY, ids=lambda defect: defect.name)
def test_a_defect_keeps_the_shape_leaves_the_photo_alone_and_grows(defect: Defect) -> None:
    photo = np.asarray(cv2.resize(picture("chelsea"), None, fx=2, fy=2))
    before = photo.copy()
    made = [defect.make(photo, strength) for strength in (1, 2, 3)]
    assert np.array_equal(photo, before)
    for pixels in made:
        assert pixels.shape == photo.shape
        assert pixels.dtype == np.uint8
    away = [float(np.mean((pixels.astype(float) - photo) ** 2)) for pixels in made]
    assert 0 < away[0] < away[1] < away[2]


@pytest.mark.parametrize("defect", EVERY, ids=lambda defect: defect.name)
def test_a_defect_is_the_same_each_time(defect: Defect) -> None:
    assert np.array_equal(defect.make(picture("coffee"), 2), defect.make(picture("coffee"), 2))


@pytest.mark.parametrize("defect", EVERY, ids=lambda defect: defect.name)
@pytest.mark.parametrize("shape", [(40, 61, 3), (333, 48, 3)])
def test_small_and_odd_shapes_are_kept(defect: Defect, shape: tuple[int, int, int]) -> None:
    photo = np.ascontiguousarray(picture("chelsea")[: shape[0], : shape[1]])
    photo = np.resize(photo, shape)
    assert defect.make(photo, 3).shape == shape


def test_a_local_defect_is_where_its_mask_is() -> None:
    photo = picture("rocket")
    mask = np.zeros(photo.shape[:2], np.float32)
    mask[50:100, 60:120] = 1
    spoiled = 255 - photo
    made = local(photo, spoiled, mask)
    assert np.array_equal(made[mask == 0], photo[mask == 0])
    assert np.array_equal(made[mask == 1], spoiled[mask == 1])
