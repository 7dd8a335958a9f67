"""The recipe that fits the signs of sharpening and of noise: its ways, and what its signs tell."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from signs import DENOISING, NOISE, SHARPENING, WAYS, lines, told

from photographs import NAMES, picture


@pytest.mark.parametrize("name", WAYS)
def test_each_way_changes_a_photo_the_more_the_stronger_and_each_time_alike(name: str) -> None:
    photo = picture("coffee")
    made = [WAYS[name](photo, k) for k in range(3)]
    changes = [float(np.abs(one.astype(float) - photo).mean()) for one in made]
    assert [one.shape for one in made] == [photo.shape] * 3
    assert 0 < changes[0] < changes[1] < changes[2]
    assert np.array_equal(WAYS[name](photo, 1), made[1])


def test_what_was_fitted_on_three_photographs_tells_the_fourth(
    tmp_path: Path,
) -> None:
    files = [tmp_path / f"{name}.png" for name in NAMES]
    for file, name in zip(files, NAMES, strict=True):
        cv2.imwrite(str(file), picture(name)[..., ::-1])
    groups = [told(file)[1] for file in files]
    names = np.array([file.stem for file, group in zip(files, groups, strict=True) for _ in group])
    rows = list(lines("noise", names, [one for group in groups for one in group]))
    assert {row[0].split(":")[0] for row in rows} >= {*NOISE, *DENOISING} - {*SHARPENING}
    right = [float(row[1].split()[0]) for row in rows]
    assert np.mean(right) > 0.8
