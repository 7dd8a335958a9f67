"""One changed place is told from a change of everything."""

import numpy as np
import pytest

from photographs import NAMES, Pixels, picture, pyramid, spoiled
from twinlens.features.change_mask import changed_region
from twinlens.features.pyramid import Pyramid

PATCH = (slice(120, 232), slice(160, 272))
CELLS = tuple(slice(part.start // 8, part.stop // 8) for part in PATCH)
PATTERN_SHARE = tuple(slice(part.start - 2, part.stop + 2) for part in CELLS)


def patched(name: str, defect: str) -> Pixels:
    photo = picture(name).copy()
    photo[PATCH] = spoiled(name, defect)[PATCH]
    return photo


@pytest.mark.parametrize("name", NAMES)
def test_identical_photos_have_no_changed_region(name: str) -> None:
    assert changed_region(pyramid(name, "as it is")) is None


@pytest.mark.parametrize("defect", ["blur", "noise", "halo", "jpeg", "cast", "gray_out", "clipping", "flat"])
@pytest.mark.parametrize("name", NAMES)
def test_a_photo_that_differs_all_over_has_no_changed_region(name: str, defect: str) -> None:
    assert changed_region(pyramid(name, defect)) is None


@pytest.mark.parametrize("defect", ["noise", "cast", "gray_out", "dark", "flat"])
@pytest.mark.parametrize("name", ["astronaut", "chelsea", "coffee"])
def test_a_changed_patch_is_found_where_it_is(name: str, defect: str) -> None:
    place = changed_region(Pyramid.of(picture(name), patched(name, defect)))
    assert place is not None
    assert set(np.unique(place)) == {0, 1}
    assert place[CELLS].mean() > 0.5
    assert place[PATTERN_SHARE].sum() > 0.95 * place.sum()


def test_the_place_is_the_same_whichever_photo_comes_first() -> None:
    a, b = picture("chelsea"), patched("chelsea", "noise")
    here, there = changed_region(Pyramid.of(a, b)), changed_region(Pyramid.of(b, a))
    assert here is not None
    assert there is not None
    assert np.array_equal(here, there)
