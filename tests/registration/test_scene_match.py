"""Renderings and crops of one scene are a pair; two scenes, mirrored and turned photos, tiny ones are not."""

from __future__ import annotations

import hashlib
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.photographs import NAMES, picture
from twinlens.core.types import Pair, Photo
from twinlens.distortions.distortion import distortions
from twinlens.imaging.open import open_photo
from twinlens.registration.scene_match import SceneMatch, oriented, scene_match

Pixels = NDArray[np.uint8]
WORDS = (
    "", "turned by 90° clockwise", "turned by 180°", "turned by 270° clockwise", "mirrored",
    "mirrored and turned by 90° clockwise", "mirrored and turned by 180°",
    "mirrored and turned by 270° clockwise",
)  # fmt: skip


def photo(pixels: Pixels) -> Photo:
    pixels = np.ascontiguousarray(pixels)
    return Photo("photo.png", hashlib.sha256(pixels.tobytes()).hexdigest(), pixels)


def match(a: Pixels, b: Pixels) -> SceneMatch:
    return scene_match(Pair("", photo(a), photo(b)))


def detail(a: Pixels, b: Pixels) -> str:
    pair = Pair("", photo(a), photo(b))
    return scene_match(pair).detail(pair)


@pytest.mark.parametrize("name", distortions())
def test_no_damage_makes_a_photo_another_scene(name: str) -> None:
    for scene in NAMES[:2]:
        whole = picture(scene)
        assert match(whole, distortions()[name](whole, 3)).relation == "pair"


@pytest.mark.parametrize(("one", "two"), list(combinations(NAMES, 2)))
def test_two_scenes_are_no_pair(one: str, two: str) -> None:
    assert detail(picture(one), picture(two)) == "two different scenes"


@pytest.mark.parametrize("orientation", range(1, 8))
@pytest.mark.parametrize("name", NAMES)
def test_a_mirrored_or_rotated_photo_is_named_and_can_be_brought_upright(name: str, orientation: int) -> None:
    whole = picture(name)
    spoiled = distortions()["jpeg"](np.ascontiguousarray(oriented(whole, orientation)), 2)
    for a, b in ((whole, spoiled), (spoiled, whole)):
        known = match(a, b)
        assert known.relation == "turned"
        assert match(a, oriented(b, known.orientation)).relation == "pair"
        assert detail(a, b) == f"B is A {WORDS[known.orientation]}"


def test_rotated_clockwise_is_said_as_it_was_done() -> None:
    whole = picture("coffee")
    assert detail(whole, np.rot90(whole, -1)) == "B is A turned by 90° clockwise"
    assert detail(np.rot90(whole, -1), whole) == "B is A turned by 270° clockwise"
    assert detail(whole, whole[:, ::-1]) == "B is A mirrored"


def test_a_symmetric_photo_is_not_taken_for_a_mirrored_one() -> None:
    half = picture("coffee")[:, :300]
    whole = np.concatenate([half, half[:, ::-1]], axis=1)
    assert match(whole, distortions()["noise"](whole, 3)).relation == "pair"
    assert match(whole, distortions()["motion"](whole, 3)).relation == "pair"


@pytest.mark.parametrize("share", [0.9, 0.7, 0.5])
@pytest.mark.parametrize("name", NAMES)
def test_a_crop_is_a_pair(name: str, share: float) -> None:
    whole = picture(name)
    height, width = (round(side * share) for side in whole.shape[:2])
    crop = whole[17 : 17 + height, 23 : 23 + width]
    assert match(whole, crop).relation == "pair"
    if share > 0.6:
        assert match(cv2.resize(crop, whole.shape[1::-1]), whole).relation == "pair"


@pytest.mark.parametrize("size", [(1, 1), (31, 400), (400, 31)])
def test_a_photo_too_small_for_a_scene_is_no_pair(size: tuple[int, int]) -> None:
    small = np.asarray(cv2.resize(picture("coffee"), size))
    size_and_least = f"B is {size[0]}x{size[1]}; expected a shorter side of at least 32 pixels"
    wanted = f"too small to show the scene: {size_and_least}"
    assert detail(picture("coffee"), small) == wanted
    assert detail(picture("coffee"), np.asarray(cv2.resize(picture("coffee"), (48, 32)))) == ""


@pytest.mark.parametrize("level", [0, 128, 255])
def test_what_cannot_be_known_is_judged(level: int) -> None:
    assert match(picture("coffee"), np.full_like(picture("coffee"), level)).relation == "pair"


def test_real_scenes_are_distinguished_also_mirrored(data: Path) -> None:
    files = sorted((data / "photos").glob("*_0*.jpg"))[::2]
    photos = [open_photo(file).pixels for file in files]
    assert {match(a, b).relation for a, b in combinations(photos, 2)} == {"different"}
    assert {match(one, one[:, ::-1]).relation for one in photos} == {"turned"}
