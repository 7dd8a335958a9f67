"""What a model is shown: the photos' own pixels, within a budget, each under its own name."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import get_args

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from photographs import picture, spoiled
from twinlens.core.types import Pair
from twinlens.judges.model_view import LEAST_PIXELS, Layout, view
from twinlens.train.examples import photo_of

Pixels = NDArray[np.uint8]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)


def pair_of(a: Pixels, b: Pixels) -> Pair:
    return Pair("p", photo_of(np.ascontiguousarray(a)), photo_of(np.ascontiguousarray(b)))


def swapped(pair: Pair) -> Pair:
    return replace(pair, a=pair.b, b=pair.a, crops=tuple((b, a) for a, b in pair.crops))


def face_blurred() -> Pair:
    return pair_of(picture("astronaut"), spoiled("astronaut", "face blurred"))


def halves(composite: Pixels) -> tuple[Pixels, Pixels]:
    middle = composite.shape[1] // 2
    return composite[:, :middle], composite[:, middle:]


def test_split_shows_whole_and_crop_of_a_then_of_b() -> None:
    names = [image.name for image in view(face_blurred())]
    assert names == [
        "Image A (Left), whole photo", "Image A (Left), detail crop at 100 %",
        "Image B (Right), whole photo", "Image B (Right), detail crop at 100 %",
    ]  # fmt: skip
    assert [image.side for image in view(face_blurred())] == ["a", "a", "b", "b"]


def test_photos_within_the_budget_are_shown_to_the_last_bit() -> None:
    pair = face_blurred()
    whole_a, crop_a, whole_b, crop_b = view(pair)
    for whole, crop, photo in ((whole_a, crop_a, pair.a), (whole_b, crop_b, pair.b)):
        assert np.array_equal(whole.pixels, photo.pixels)
        assert crop.box is not None
        x, y, width, height = crop.box
        assert np.array_equal(crop.pixels, photo.pixels[y : y + height, x : x + width])
    assert crop_a.box == crop_b.box


def test_the_crop_holds_what_differs() -> None:
    (x, y, width, height) = view(face_blurred())[1].box or (0, 0, 0, 0)
    assert x <= 200
    assert y <= 90
    assert x + width >= 250
    assert y + height >= 160
    assert width <= 256
    assert height <= 256


def test_several_crops_show_several_places_and_none_where_nothing_more_differs() -> None:
    images = view(pair_of(picture("coffee"), spoiled("coffee", "blur")), crops=3)
    boxes = [image.box for image in images if image.box]
    assert len(images) == 8
    assert len(set(boxes)) == 3
    assert images[1].name == "Image A (Left), detail crop 1 at 100 %"
    same = view(pair_of(picture("coffee"), picture("coffee")), crops=3)
    assert len(same) == 4
    assert same[1].box == (152, 96, 296, 200)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_exchanging_the_photos_exchanges_the_images(layout: Layout) -> None:
    photo = picture("coffee")
    resized = np.asarray(cv2.resize(spoiled("coffee", "blur"), (300, 200), interpolation=cv2.INTER_AREA))
    for other in (spoiled("coffee", "noise"), np.roll(photo, 7, axis=1), resized):
        pair = pair_of(photo, other)
        here, there = view(pair, layout, crops=2), view(swapped(pair), layout, crops=2)
        if layout == "split":
            middle = len(here) // 2
            expected = [*(i.pixels for i in here[middle:]), *(i.pixels for i in here[:middle])]
            assert [i.box for i in there] == [i.box for i in (*here[middle:], *here[:middle])]
            assert all(np.array_equal(i.pixels, p) for i, p in zip(there, expected, strict=True))
        for one, two in zip(here, there, strict=True):
            if layout == "side_by_side":
                assert all(map(np.array_equal, halves(one.pixels), halves(two.pixels)[::-1]))


@pytest.mark.parametrize(("layout", "budget"), list(product(LAYOUTS, (20_000, 1_048_576))))
def test_a_pair_that_is_swapped_shows_the_same_as_one_made_so(layout: Layout, budget: int) -> None:
    whole, crop = photo_of(picture("coffee")), photo_of(picture("chelsea"))
    other = photo_of(np.ascontiguousarray(spoiled("coffee", "noise")[10:, 5:]))
    for crops in ((), ((whole, crop),)):
        pair = replace(pair_of(picture("coffee"), other.pixels), crops=crops)
        first = view(pair, layout, 2, budget)
        here, there = view(pair.swapped(), layout, 2, budget), view(swapped(pair), layout, 2, budget)
        assert [(i.name, i.side, i.box) for i in here] == [(i.name, i.side, i.box) for i in there]
        assert all(np.array_equal(one.pixels, two.pixels) for one, two in zip(here, there, strict=True))
        if layout == "split":
            assert {id(i.pixels) for i in here} == {id(i.pixels) for i in first}


def test_side_by_side_puts_a_left_and_b_right() -> None:
    pair = face_blurred()
    whole, crop = view(pair, "side_by_side")
    assert all(map(np.array_equal, halves(whole.pixels), (pair.a.pixels, pair.b.pixels)))
    shown = view(pair)
    assert all(map(np.array_equal, halves(crop.pixels), (shown[1].pixels, shown[3].pixels)))
    assert whole.side == crop.side == "both"


def test_crops_that_came_with_the_pair_are_the_ones_shown() -> None:
    a, b = (photo_of(np.ascontiguousarray(picture(name)[:90, :120])) for name in ("chelsea", "rocket"))
    pair = replace(face_blurred(), crops=((a, b), (b, a)))
    images = view(pair)
    assert len(images) == 4
    assert np.array_equal(images[1].pixels, a.pixels)
    assert np.array_equal(images[3].pixels, b.pixels)
    assert images[1].box is None
    assert [i.name for i in view(pair, crops=2)][1:3] == [
        "Image A (Left), detail crop 1",
        "Image A (Left), detail crop 2",
    ]
    assert len(view(pair, crops=0)) == 2


@pytest.mark.parametrize(("layout", "budget"), list(product(LAYOUTS, (LEAST_PIXELS, 20_000, 90_000))))
def test_no_image_has_more_pixels_than_the_budget(layout: Layout, budget: int) -> None:
    for shape in ((400, 600), (3, 1500), (1500, 3), (1, 1), (9, 40)):
        photo = np.asarray(cv2.resize(picture("coffee"), shape[::-1]), np.uint8)
        for other in (photo, np.ascontiguousarray(photo[: max(1, shape[0] // 2)])):
            for image in view(pair_of(photo, other), layout, 2, budget):
                assert 0 < image.pixels.shape[0] * image.pixels.shape[1] <= budget
                assert image.pixels.dtype == np.uint8
                assert image.pixels.flags.c_contiguous


def test_the_budget_reduces_by_areas_and_keeps_the_proportions() -> None:
    even = np.full((400, 600, 3), 93, np.uint8)
    image = view(pair_of(even, even), crops=0, max_pixels=60_000)[0]
    assert image.pixels.shape == (200, 300, 3)
    assert (image.pixels == 93).all()


def test_crops_stay_at_100_percent_where_wholes_are_reduced() -> None:
    pair = face_blurred()
    whole, crop = view(pair, max_pixels=16_384)[:2]
    assert whole.pixels.shape == (128, 128, 3)
    x, y, width, height = crop.box or (0, 0, 0, 0)
    assert (width, height) == (128, 128)
    assert np.array_equal(crop.pixels, pair.a.pixels[y : y + height, x : x + width])


def test_photos_of_two_scenes_have_no_crops_and_one_height_side_by_side() -> None:
    pair = pair_of(picture("astronaut"), picture("coffee"))
    assert [image.side for image in view(pair)] == ["a", "b"]
    (composite,) = view(pair, "side_by_side")
    left, right = halves(composite.pixels)
    assert np.array_equal(right, pair.b.pixels)
    assert (left[:, 400:] == 128).all()
    assert left.shape == right.shape


def test_of_photos_of_two_sizes_each_crop_is_cut_from_its_own_pixels() -> None:
    photo = picture("chelsea")
    small = np.asarray(cv2.resize(spoiled("chelsea", "blur"), (225, 150), interpolation=cv2.INTER_AREA))
    pair = pair_of(photo, small)
    crop_a, crop_b = (image for image in view(pair) if image.box)
    assert crop_a.pixels.shape[0] == pytest.approx(2 * crop_b.pixels.shape[0], abs=2)
    x, y, width, height = crop_b.box or (0, 0, 0, 0)
    assert np.array_equal(crop_b.pixels, small[y : y + height, x : x + width])


@pytest.mark.parametrize(("crops", "budget"), [(-1, 10_000), (1, 10)])
def test_a_view_that_cannot_be_is_refused(crops: int, budget: int) -> None:
    with pytest.raises(ValueError, match="expected crops from 0"):
        view(face_blurred(), "split", crops, budget)
