"""Pictures that a program holds are photos as files are: same pixels, same verdict."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from PIL import Image, ImageOps
from skimage import data as pictures

from twinlens import Failure, Verdict, compare
from twinlens.core.contracts import outcome_record
from twinlens.core.errors import BadPhoto
from twinlens.imaging.cicp import PRIMARIES, profile
from twinlens.imaging.open import Limits, open_pair, open_photo

CAT = pictures.chelsea()


def test_an_array_is_the_photo_it_shows():
    given = CAT.copy()
    photo = open_photo(given)
    given[:] = 0
    assert np.array_equal(photo.pixels, CAT)
    assert not photo.pixels.flags.writeable
    assert (photo.file, photo.notes, photo.sha256) == ("", (), hashlib.sha256(CAT.tobytes()).hexdigest())


@pytest.mark.parametrize("grey", [CAT[..., 1], CAT[..., 1:2], CAT[::-1, ::2, 1]])
def test_grey_arrays_of_any_layout_are_read(grey):
    plane = grey if grey.ndim == 2 else grey[..., 0]
    assert np.array_equal(open_photo(grey).pixels, np.dstack([plane] * 3))


def test_transparent_pixels_of_arrays_and_images_lie_on_white():
    clear = np.dstack([CAT, np.zeros_like(CAT[..., 0])])
    clear[:, :200, 3] = 255
    for given in (clear, Image.fromarray(clear)):
        photo = open_photo(given)
        assert (photo.pixels[:, 200:] == 255).all()
        assert np.array_equal(photo.pixels[:, :200], CAT[:, :200])
        assert photo.notes == ("transparent pixels were laid on white",)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.tif"])
def test_a_pillow_image_gives_the_pixels_of_its_file(name, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    wide = profile("wide", PRIMARIES[12][1], 0.0)
    Image.fromarray(CAT).save(tmp_path / name, exif=exif, icc_profile=wide)
    expected = open_photo(tmp_path / name)
    for turned in (False, True):
        with Image.open(tmp_path / name) as image:
            photo = open_photo(ImageOps.exif_transpose(image) if turned else image)
        assert np.array_equal(photo.pixels, expected.pixels)
        assert photo.notes == expected.notes


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (CAT / 255, r"an array of float64 from 0 to 0\.90.*; expected uint8 samples of sRGB.*np\.rint\(255"),
        (CAT.astype(np.uint16) * 257, "an array of uint16 from 0 to 59367; expected uint8"),
        (CAT > 9, "an array of bool; expected uint8"),
        (np.moveaxis(CAT, -1, 0), r"shape \(3, 300, 451\); expected .*np\.moveaxis"),
        (CAT[..., :2], r"shape \(300, 451, 2\)"),
        (np.zeros((0, 5, 3), np.uint8), "a picture of 5 x 0 pixels"),
        (np.zeros((2, 2, 2, 3), np.uint8), r"shape \(2, 2, 2, 3\)"),
        (Image.fromarray(CAT[..., 0].astype(np.float32)), "pixels of mode F"),
        (None, "a NoneType; expected a path, a Pillow image or a uint8 array"),
        ([[1, 2], [3, 4]], "a list; expected a path"),
    ],
)
def test_what_is_no_photo_is_refused_by_what_it_is(given, message):
    with pytest.raises(BadPhoto, match=rf"^'photo b': .*{message}"):
        open_pair(CAT, given)


def test_the_limit_of_pixels_counts_for_arrays_and_images():
    for given in (CAT, Image.fromarray(CAT)):
        with pytest.raises(BadPhoto, match="451 x 300 pixels; expected at most 1,000"):
            open_photo(given, Limits(pixels=1000))


def test_the_verdict_on_arrays_images_and_files_of_the_same_pixels_is_the_same(pictures):
    files = pictures[0]
    images = [Image.open(file) for file in files]
    arrays = [np.asarray(image) for image in images]
    first, *others = [
        compare(*given, judge="measured") for given in (files, images, arrays, (files[0], arrays[1]))
    ]
    assert isinstance(first, Verdict)
    for other in others:
        assert isinstance(other, Verdict)
        assert (other.choice, other.p_a) == (first.choice, first.p_a)
        assert [claim.text for claim in other.claims] == [claim.text for claim in first.claims]
    record = outcome_record(others[1], "1")
    assert (record.pair.id, record.pair.a.file, record.pair.b.file) == ("pair", None, None)
    assert record.pair.a.sha256 == hashlib.sha256(arrays[0].tobytes()).hexdigest()
    assert others[2].pair.id == "00_sharp"


def test_what_cannot_be_read_is_a_failure_that_names_the_photo():
    outcome = compare(CAT / 255, CAT, judge="measured")
    assert isinstance(outcome, Failure)
    assert (outcome.kind, outcome.detail[:10]) == ("bad-photo", "'photo a':")
