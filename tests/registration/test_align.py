"""Known displacements are undone, renderings of one frame stay as they are, two scenes are refused."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable
from functools import cache
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from twinlens.core.types import Pair, Photo
from twinlens.registration import affine
from twinlens.registration.affine import Affine
from twinlens.registration.align import FAILED, Frame, align_pair

Pixels = NDArray[np.uint8]
NAMES = ("astronaut", "chelsea", "coffee", "rocket")


@cache
def picture(name: str) -> Pixels:
    return np.ascontiguousarray(getattr(skimage.data, name)())


def photo(pixels: Pixels) -> Photo:
    pixels = np.ascontiguousarray(pixels)
    return Photo("photo.png", hashlib.sha256(pixels.tobytes()).hexdigest(), pixels)


def align(a: Photo, b: Photo) -> Frame:
    """The frame of a pair, found in canonical order, with a's and b's sides as they are given."""
    pair = Pair("", a, b)
    frame = align_pair(pair)
    if not pair.mirrored:
        return frame
    return Frame(frame.b, frame.a, frame.to_b, frame.to_a, frame.how, frame.size_b, frame.size_a)


def opened(file: Path, size: tuple[int, int] | None = None) -> Pixels:
    with Image.open(file) as image:
        rgb = image.convert("RGB")
        return np.asarray(rgb if size is None else rgb.resize(size, Image.Resampling.BOX))


def misplaced(frame: Frame, truth: Affine) -> float:
    """The largest distance (pixels of photo b) of content from where the frame says it lies."""
    height, width = frame.a.shape[:2]
    points = np.array([(x, y) for x in np.linspace(0, width - 1, 5) for y in np.linspace(0, height - 1, 5)])
    ours = affine.apply(frame.to_b, points)
    return float(np.hypot(*(affine.apply(truth, affine.apply(frame.to_a, points)) - ours).T).max())


def jpeg(pixels: Pixels, quality: int) -> Pixels:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return opened(file)  # type: ignore[arg-type]


def clahe(pixels: Pixels) -> Pixels:
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE(4, (8, 8)).apply(lab[..., 0])
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8)


def saturated(pixels: Pixels) -> Pixels:
    grey = pixels.mean(axis=2, keepdims=True)
    return np.clip(grey + 1.8 * (pixels - grey), 0, 255).astype(np.uint8)


def noisy(pixels: Pixels) -> Pixels:
    noise = np.random.default_rng(0).normal(0, 25, pixels.shape)
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


def partly_negative(pixels: Pixels) -> Pixels:
    changed = pixels.copy()
    changed[: pixels.shape[0] // 2, : pixels.shape[1] // 2] ^= 255
    return changed


RENDERINGS: dict[str, Callable[[Pixels], Pixels]] = {
    "blurred by 2": lambda x: np.asarray(cv2.GaussianBlur(x, (0, 0), 2)),
    "blurred by 4": lambda x: np.asarray(cv2.GaussianBlur(x, (0, 0), 4)),
    "noisy": noisy,
    "JPEG of quality 10": lambda x: jpeg(x, 10),
    "brighter by gamma": lambda x: ((x / 255) ** 0.5 * 255).astype(np.uint8),
    "darker by gamma": lambda x: ((x / 255) ** 2.2 * 255).astype(np.uint8),
    "a tenth as bright": lambda x: (x * 0.1).astype(np.uint8),
    "saturated": saturated,
    "local contrast evened out": clahe,
    "smeared": lambda x: np.asarray(cv2.bilateralFilter(x, 9, 80, 8)),
    "clipped": lambda x: np.clip(x * 1.8, 0, 255).astype(np.uint8),
    "negative": lambda x: 255 - x,
    "negative in a quarter": partly_negative,
}


@pytest.mark.parametrize("rendering", RENDERINGS)
@pytest.mark.parametrize("name", NAMES)
def test_renderings_of_one_frame_stay_untouched(name: str, rendering: str) -> None:
    a = photo(picture(name))
    b = photo(RENDERINGS[rendering](a.pixels))
    frame = align(a, b)
    assert (frame.how, frame.note()) == ("same", "")
    assert frame.a is a.pixels
    assert frame.b is b.pixels


@pytest.mark.parametrize("shift", [(1, 0), (2, -3), (-7, 5), (31, 14), (-90, 40)])
@pytest.mark.parametrize("name", NAMES)
def test_a_shift_by_whole_pixels_is_cropped_away(name: str, shift: tuple[int, int]) -> None:
    whole, (dx, dy) = picture(name), shift
    height, width = whole.shape[0] - abs(dy), whole.shape[1] - abs(dx)
    one, two = (max(0, -dx), max(0, -dy)), (max(0, dx), max(0, dy))
    a, b = (whole[y : y + height, x : x + width] for x, y in (one, two))
    frame = align(photo(a), photo(b))
    assert frame.how == "shifted"
    assert np.array_equal(frame.a, frame.b)
    assert frame.a.shape[:2] == (height - abs(dy), width - abs(dx))


@pytest.mark.parametrize("share", [0.03, 0.1, 0.2])
@pytest.mark.parametrize("name", NAMES)
def test_a_crop_is_found_in_the_whole(name: str, share: float) -> None:
    whole = picture(name)
    height, width = (round(side * (1 - share)) for side in whole.shape[:2])
    crop = whole[9 : 9 + height, 5 : 5 + width - 3]
    frame = align(photo(crop), photo(whole))
    assert frame.how == "shifted"
    assert np.array_equal(frame.a, crop)
    assert np.array_equal(frame.b, crop)
    assert frame.box_in_a((10, 20, 30, 40)) == (10, 20, 30, 40)
    assert frame.box_in_b((10, 20, 30, 40)) == (15, 29, 30, 40)


@pytest.mark.parametrize("share", [0.03, 0.1])
@pytest.mark.parametrize("name", NAMES)
def test_a_crop_brought_to_the_old_size_is_found(name: str, share: float) -> None:
    whole = picture(name)
    height, width = (round(side * (1 - share)) for side in whole.shape[:2])
    crop = whole[7 : 7 + height, 11 : 11 + width]
    back = np.asarray(cv2.resize(crop, whole.shape[1::-1], interpolation=cv2.INTER_CUBIC))
    frame = align(photo(whole), photo(back))
    truth = affine.stretch(crop.shape, back.shape) @ affine.shifted(-11, -7)
    assert frame.how in ("warped", "resized")
    assert misplaced(frame, truth) < 1


@pytest.mark.parametrize("rendering", [None, "blurred by 2", "noisy", "JPEG of quality 10", "clipped"])
@pytest.mark.parametrize(("degrees", "zoom"), [(0.3, 1.0), (3, 1.0), (0, 1.01), (-2, 1.08), (2, 0.93)])
@pytest.mark.parametrize("name", ["astronaut", "coffee"])
def test_a_small_turn_or_zoom_is_undone(
    name: str, degrees: float, zoom: float, rendering: str | None
) -> None:
    a = picture(name)
    truth = cv2.getRotationMatrix2D((a.shape[1] / 2, a.shape[0] / 2), degrees, zoom)
    truth[:, 2] += 3.3, -2.6
    b = np.asarray(
        cv2.warpAffine(a, truth, a.shape[1::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    )
    frame = align(photo(a), photo(b if rendering is None else RENDERINGS[rendering](b)))
    assert frame.how == "warped"
    assert "warped onto photo" in frame.note()
    assert frame.a.shape == frame.b.shape
    assert misplaced(frame, np.asarray(truth)) < 1


@pytest.mark.parametrize("resizer", ["LANCZOS", "BICUBIC", "BOX", "cv2"])
@pytest.mark.parametrize("factor", [0.25, 0.37, 0.5, 0.8, 1.3, 2, 4])
@pytest.mark.parametrize("name", ["astronaut", "rocket"])
def test_photos_of_two_sizes_are_compared_at_the_size_of_one(name: str, factor: float, resizer: str) -> None:
    a = picture(name)
    size = round(a.shape[1] * factor), round(a.shape[0] * factor)
    if resizer == "cv2":
        b = np.asarray(cv2.resize(a, size, interpolation=cv2.INTER_LINEAR))
    else:
        b = np.asarray(Image.fromarray(a).resize(size, Image.Resampling[resizer]))
    frame = align(photo(a), photo(b))
    assert frame.how in ("resized", "enlarged")
    assert frame.how == "resized" or factor < 1
    b_changed = frame.a.shape == a.shape
    changed = "B" if b_changed else "A"
    assert frame.a.shape == frame.b.shape == (a if b_changed else b).shape
    assert f"Photo {changed} (" in frame.note()
    assert misplaced(frame, affine.stretch(a.shape, b.shape)) < 1e-6


@pytest.mark.parametrize("name", ["astronaut", "coffee"])
def test_a_photo_with_more_detail_sets_the_size_and_an_enlarged_copy_does_not(name: str) -> None:
    whole = picture(name)
    half = np.asarray(Image.fromarray(whole).reduce(2))
    frame = align(photo(half), photo(whole))
    assert frame.how == "enlarged"
    assert frame.b is not frame.a
    assert frame.b.shape == whole.shape
    assert "enlarged to the scale of photo B, which holds more detail" in frame.note()
    for side in (whole.shape[1::-1], (half.shape[1] * 3, half.shape[0] * 3)):
        copy = np.asarray(Image.fromarray(half).resize(side, Image.Resampling.LANCZOS))
        frame = align(photo(half), photo(copy))
        assert frame.how == "resized"
        assert np.array_equal(frame.a, frame.b)


@pytest.mark.parametrize("share", [0.1, 0.2])
def test_a_crop_is_named(share: float) -> None:
    whole = picture("coffee")
    height, width = (round(side * (1 - share)) for side in whole.shape[:2])
    note = align(photo(whole), photo(whole[9 : 9 + height, 5 : 5 + width])).note()
    assert note.startswith(
        "Photo B shows a part of what photo A shows; that part is compared. The photos are"
    )


CHANGES: dict[str, Callable[[Pixels], Pixels]] = {
    "mirrored": lambda x: x[:, ::-1],
    "upside down": lambda x: x[::-1],
    "turned by 90 degrees": lambda x: np.rot90(x),
    "turned by 180 degrees": lambda x: x[::-1, ::-1],
    "noise": lambda x: np.random.default_rng(1).integers(0, 256, x.shape).astype(np.uint8),
    "black": lambda x: np.zeros_like(x),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", NAMES)
def test_what_does_not_lie_on_the_other_is_refused(name: str, change: str) -> None:
    a, b = photo(picture(name)), photo(CHANGES[change](picture(name)))
    frame = align(a, b)
    assert (frame.how, frame.note()) == ("failed", FAILED)
    assert frame.a is a.pixels
    assert frame.b is b.pixels


@pytest.mark.parametrize(("one", "two"), list(combinations(NAMES, 2)))
def test_two_scenes_are_refused_at_one_size_and_at_two(one: str, two: str) -> None:
    a, b = picture(one), np.asarray(cv2.resize(picture(two), (500, 400), interpolation=cv2.INTER_AREA))
    same_size = np.asarray(cv2.resize(a, (500, 400), interpolation=cv2.INTER_AREA))
    assert align(photo(a), photo(b)).how == "failed"
    assert align(photo(same_size), photo(b)).how == "failed"


def test_two_noises_are_refused() -> None:
    one, two = (np.random.default_rng(k).integers(0, 256, (300, 400, 3)).astype(np.uint8) for k in (1, 2))
    assert align(photo(one), photo(two)).how == "failed"


def test_flat_photos_of_one_size_are_taken_as_aligned() -> None:
    black = np.zeros((300, 400, 3), np.uint8)
    ramp = np.broadcast_to(np.linspace(0, 255, 400)[None, :, None], black.shape).astype(np.uint8)
    assert align(photo(black), photo(ramp)).how == "same"
    assert align(photo(ramp), photo(ramp[::2, ::2])).how == "resized"


SIZES = [
    (1, 1),
    (1, 2),
    (2, 8000),
    (8000, 2),
    (23, 40),
    (24, 24),
    (25, 40),
    (40, 3000),
    (70, 90),
    (33_000, 30),
]


@pytest.mark.parametrize("size", SIZES)
def test_no_size_is_too_odd(size: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (*size, 3)).astype(np.uint8)
    assert align(photo(pixels), photo(np.minimum(pixels, 250))).how == "same"
    for other in SIZES:
        frame = align(photo(pixels), photo(random.integers(0, 256, (*other, 3)).astype(np.uint8)))
        assert frame.how == "failed" or frame.a.shape == frame.b.shape


def test_a_box_is_clipped_to_its_photo_and_never_empty() -> None:
    frame = align(photo(picture("coffee")[:-40, :-60]), photo(picture("coffee")[40:, 60:]))
    height, width = frame.a.shape[:2]
    assert frame.box_in_a((0, 0, width, height)) == (60, 40, width, height)
    assert frame.box_in_b((0, 0, width, height)) == (0, 0, width, height)
    assert frame.box_in_b((-9, -9, 20, 30)) == (0, 0, 11, 21)
    assert frame.box_in_b((9999, 9999, 5, 5)) == (width + 59, height + 39, 1, 1)


def mirrors(a: Photo, b: Photo) -> bool:
    one, two = align(a, b), align(b, a)
    pixels = np.array_equal(one.a, two.b) and np.array_equal(one.b, two.a)
    maps = np.array_equal(one.to_a, two.to_b) and np.array_equal(one.to_b, two.to_a)
    return pixels and maps and (one.how, one.size_a, one.size_b) == (two.how, two.size_b, two.size_a)


OFFSET = st.integers(0, 30)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(NAMES),
    OFFSET,
    OFFSET,
    OFFSET,
    OFFSET,
    st.floats(0.6, 1.4),
    st.sampled_from(sorted(RENDERINGS)),
)
def test_sides_exchanged_give_the_mirrored_frame(
    name: str, x: int, y: int, u: int, v: int, scale: float, rendering: str
) -> None:
    whole = picture(name)[60:260, 100:340]
    a, b = whole[y : 200 - v, x : 240 - u], whole[v : 200 - y, u : 240 - x]
    b = np.asarray(cv2.resize(b, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    assert mirrors(photo(a), photo(RENDERINGS[rendering](b)))


def test_the_note_names_the_photo_that_was_changed() -> None:
    a = picture("coffee")
    b = a[::2, ::2]
    assert "Photo B (300x200)" in align(photo(a), photo(b)).note()
    assert "Photo A (300x200)" in align(photo(b), photo(a)).note()


def test_pairs_that_people_judged_are_renderings_of_one_frame(data: Path) -> None:
    with (data / "human" / "pairs.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[::6]
    photos = {row[side]: opened(data / "human" / row[side]) for row in rows for side in "ab"}
    moved = [
        row["id"] for row in rows if align(photo(photos[row["a"]]), photo(photos[row["b"]])).how != "same"
    ]
    assert (len(rows), moved) == (126, [])


def test_photos_of_different_scenes_are_refused(data: Path) -> None:
    files = sorted((data / "photos").glob("*.jpg")) + sorted((data / "human").glob("*/*_00.*"))[::4]
    photos = [photo(opened(file, (400, 320))) for file in files]
    pairs = list(combinations(range(len(files)), 2))[::6]
    aligned = [
        (files[i].name, files[j].name) for i, j in pairs if align(photos[i], photos[j]).how != "failed"
    ]
    assert len(pairs) > 60
    assert not aligned


@pytest.mark.parametrize("shift", [(1, 0), (5, -12)])
def test_a_shift_of_a_large_photo_is_found_to_the_pixel(data: Path, shift: tuple[int, int]) -> None:
    whole, (dx, dy) = opened(data / "photos" / "large_00.jpg"), shift
    a, b = whole[20:-20, 20:-20], whole[20 + dy : dy - 20, 20 + dx : dx - 20]
    frame = align(photo(a), photo(b))
    assert frame.how == "shifted"
    assert np.array_equal(frame.a, frame.b)
