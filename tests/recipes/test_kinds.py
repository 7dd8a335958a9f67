"""Kept kinds of processing: they leave a size alone, are the same each time, and grow with their strength."""

import cv2
import numpy as np
import pytest

from photographs import picture
from twinlens.distortions.defects import DEFECTS, UNSEEN, Process
from twinlens.distortions.held_out import FAMILIES, KINDS, STRENGTHS

kinds = pytest.mark.parametrize("make", KINDS.values(), ids=KINDS.keys())


def test_no_kind_is_one_of_those_for_tuning_and_none_is_named_twice() -> None:
    assert not KINDS.keys() & {defect.name for defect in DEFECTS}
    assert len(KINDS) == sum(map(len, FAMILIES.values())) + len(UNSEEN)


@kinds
def test_a_kind_leaves_the_photo_and_its_size_alone_and_grows(make: Process) -> None:
    photo = np.asarray(cv2.resize(picture("chelsea"), None, fx=2, fy=2))
    before = photo.copy()
    made = [make(photo, strength) for strength in STRENGTHS]
    assert np.array_equal(photo, before)
    assert {(pixels.shape, pixels.dtype.name) for pixels in made} == {(photo.shape, "uint8")}
    away = [float(np.mean((pixels.astype(float) - photo) ** 2)) for pixels in made]
    assert 0 < away[0] < away[1] < away[2]


@kinds
def test_a_kind_is_the_same_each_time(make: Process) -> None:
    assert np.array_equal(make(picture("coffee"), 2), make(picture("coffee"), 2))


@kinds
@pytest.mark.parametrize("shape", [(40, 61, 3), (333, 48, 3)])
def test_small_and_odd_shapes_are_kept(make: Process, shape: tuple[int, int, int]) -> None:
    photo = np.resize(np.ascontiguousarray(picture("chelsea")[: shape[0], : shape[1]]), shape)
    assert make(photo, 3).shape == shape
