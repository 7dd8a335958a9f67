"""Regions: the same whichever photo comes first, inside the photo, and where the named thing is."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from photographs import FACE, NAMES, Pixels, picture, pyramid
from twinlens.core.types import REGIONS, Box
from twinlens.features.faces import find_faces
from twinlens.features.people import find_parts
from twinlens.features.pyramid import Pyramid
from twinlens.features.segmentation import FEWEST_CELLS, Region, find_regions


def overlap(one: Box, other: Box) -> float:
    """Share of the first box that lies in the second."""
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(0, across) * max(0, down) / (one[2] * one[3])


def named(grid: Pyramid) -> dict[str, Region]:
    return {region.name: region for region in find_regions(grid)}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("defect", ["as it is", "noise"])
def test_every_region_is_named_lies_in_the_photo_and_can_be_measured(name: str, defect: str) -> None:
    grid = pyramid(name, defect)
    found = find_regions(grid)
    assert found[0].name == "global"
    assert found[0].weight.min() == 1
    assert len({region.name for region in found}) == len(found)
    for region in found:
        assert region.name in REGIONS
        assert region.weight.shape == grid.shape
        assert 0 <= region.weight.min() <= region.weight.max() <= 1
        assert (region.weight > 0.5).sum() >= FEWEST_CELLS
        x, y, w, h = region.box
        assert 0 <= x < x + w <= grid.a.shape[1]
        assert 0 <= y < y + h <= grid.a.shape[0]


@pytest.mark.parametrize(("name", "defect"), [("astronaut", "blur"), ("coffee", "jpeg")])
def test_swapping_the_photos_changes_no_region(name: str, defect: str) -> None:
    grid = pyramid(name, defect)
    here, there = find_regions(grid), find_regions(Pyramid.of(grid.b, grid.a))
    assert [(r.name, r.box, r.local) for r in here] == [(r.name, r.box, r.local) for r in there]
    assert all(np.array_equal(one.weight, other.weight) for one, other in zip(here, there, strict=True))


@pytest.mark.parametrize("defect", ["as it is", "blur", "noise", "jpeg"])
def test_the_face_of_a_portrait_is_found_however_it_is_rendered(defect: str) -> None:
    found = named(pyramid("astronaut", defect))
    assert overlap(found["face"].box, FACE) > 0.6
    assert {"face", "skin", "hair", "clothing"} <= found.keys()


def test_clothing_is_below_the_face_and_hair_reaches_above_its_middle() -> None:
    found = named(pyramid("astronaut", "as it is"))

    def height(name: str) -> float:
        rows = np.arange(found[name].weight.shape[0])[:, None]
        return float((found[name].weight * rows).sum() / found[name].weight.sum())

    assert height("hair") < height("clothing")
    assert height("face") < height("clothing")


@pytest.mark.parametrize("name", ["chelsea", "coffee", "rocket"])
def test_a_photo_without_people_has_no_face(name: str) -> None:
    assert not find_faces(picture(name))
    assert not {"face", "skin", "hair", "clothing"} & named(pyramid(name, "as it is")).keys()


def test_where_only_the_face_differs_the_face_holds_the_change() -> None:
    found = named(pyramid("astronaut", "face blurred"))
    local = {name: region.local for name, region in found.items() if region.local}
    assert "face" in local
    assert found["global"].local == 0
    assert all(0 < share <= 1 for share in local.values())
    assert overlap(found["face"].box, FACE) > 0.6


def test_where_a_change_lies_outside_all_regions_it_is_an_object() -> None:
    photo = picture("rocket")
    changed = photo.copy()
    changed[320:400, 40:140] = np.minimum(changed[320:400, 40:140].astype(int) + 60, 255)
    local = [region for region in find_regions(Pyramid.of(photo, changed)) if region.local]
    assert [region.name for region in local] == ["object"]
    assert overlap(local[0].box, (32, 312, 128, 104)) > 0.85
    assert overlap((40, 320, 100, 80), local[0].box) > 0.95


def test_photos_that_differ_all_over_differ_in_no_one_place() -> None:
    for defect in ("blur", "noise", "cast", "flat"):
        assert not [region for region in find_regions(pyramid("astronaut", defect)) if region.local]


def boxes(photo: Pixels) -> list[Box]:
    return [face.box for face in find_faces(photo)]


def test_threads_that_look_at_once_find_the_same_faces() -> None:
    photos = [np.ascontiguousarray(np.roll(picture("astronaut"), 8 * at, axis=1)) for at in range(8)]
    singly = [boxes(photo) for photo in photos]
    assert all(singly)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(boxes, photos)) == singly


@pytest.mark.parametrize("degrees", [-60, -30, 30, 60])
def test_a_face_is_found_however_the_camera_was_rotated(degrees: int) -> None:
    photo = picture("astronaut")
    x, y, w, h = FACE
    about = cv2.getRotationMatrix2D((x + w / 2, y + h / 2), degrees, 1.0)
    rotated = cv2.warpAffine(photo, about, photo.shape[1::-1], borderMode=cv2.BORDER_REFLECT)
    assert any(
        overlap(box, (x - 20, y - 20, w + 40, h + 40)) > 0.8 for box in boxes(np.asarray(rotated, np.uint8))
    )


def test_a_small_and_a_dark_face_are_found() -> None:
    wide = np.tile(picture("rocket")[:400], (2, 2, 1))
    face = cv2.resize(picture("astronaut")[20:260, 100:340], (110, 110), interpolation=cv2.INTER_AREA)
    wide[300:410, 700:810] = face
    assert any(overlap(box, (700, 300, 110, 110)) > 0.9 for box in boxes(wide))
    dark = np.asarray(255 * (picture("astronaut") / 255.0) ** 2.2 * 0.1, np.float64)
    assert boxes(np.rint(255 * (dark / 255) ** (1 / 2.2)).astype(np.uint8))


def test_eyes_lie_in_the_upper_half_of_the_face_and_hair_outside_it() -> None:
    photo = picture("astronaut")
    (face,) = find_faces(photo)
    parts = find_parts(photo, [face])
    x, y, w, h = face.box
    rows, columns = np.nonzero(parts["eyes"])
    assert y < rows.min() < rows.max() < y + 0.6 * h
    assert x < columns.min() < columns.max() < x + w
    assert not (parts["hair"] & parts["face"]).any()
    assert parts["hair"].sum() > 0.5 * parts["face"].sum()


def test_a_statue_has_no_skin_but_a_person_in_black_and_white_has() -> None:
    lab = np.asarray(cv2.cvtColor(picture("astronaut"), cv2.COLOR_RGB2LAB), np.uint8)
    lab[..., 1:] = 128
    grey = np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8)
    assert "skin" in find_parts(grey, find_faces(grey))
    stone = grey.copy()
    stone[:, 380:] = picture("astronaut")[:, 380:] // 2 + np.array([90, 0, 0], np.uint8)
    assert "face" in find_parts(stone, find_faces(stone))
    assert "skin" not in find_parts(stone, find_faces(stone))
