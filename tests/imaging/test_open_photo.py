"""Files as cameras, phones and editors write them, made from photographs whose pixels are known."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
import tifffile
from PIL import Image
from skimage import data as pictures

from twinlens.core.errors import BadInput, BadPhoto, MissingExtra
from twinlens.imaging.open import Limits, open_pair, open_photo, open_side_by_side

ASTRONAUT, CAT, CAMERA = pictures.astronaut(), pictures.chelsea(), pictures.camera()


@pytest.mark.parametrize(
    ("name", "options", "mean_error"),
    [
        ("a.png", {}, 0), ("a.bmp", {}, 0), ("a.tif", {}, 0), ("a.tiff", {"compression": "tiff_lzw"}, 0),
        ("a.tif", {"compression": "tiff_deflate"}, 0), ("a.webp", {"lossless": True}, 0),
        ("a.jpg", {"quality": 98}, 2), ("a.avif", {"quality": 98}, 2), ("a.webp", {"quality": 98}, 2),
    ],
)  # fmt: skip
def test_every_common_format_gives_the_pixels_it_holds(name, options, mean_error, tmp_path):
    path = tmp_path / name
    Image.fromarray(CAT).save(path, **options)
    photo = open_photo(path)
    assert (photo.width, photo.height) == (451, 300)
    assert np.abs(photo.pixels.astype(int) - CAT).mean() <= mean_error
    assert photo.pixels.dtype == np.uint8
    assert photo.pixels.flags.c_contiguous
    assert photo.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (photo.file, photo.notes) == (str(path), ())


def test_an_ordinary_jpeg_has_exactly_the_pixels_pillow_gives(tmp_path):
    Image.fromarray(ASTRONAUT).save(tmp_path / "a.jpg")
    with Image.open(tmp_path / "a.jpg") as image:
        assert np.array_equal(open_photo(tmp_path / "a.jpg").pixels, np.asarray(image))


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA"])
def test_grey_bilevel_and_palette_pictures_become_rgb(mode, tmp_path):
    image = Image.fromarray(CAMERA).convert(mode)
    image.save(tmp_path / "a.png")
    assert np.array_equal(open_photo(tmp_path / "a.png").pixels, np.asarray(image.convert("RGB")))


def test_a_still_gif_is_a_photo(tmp_path):
    Image.fromarray(CAMERA).save(tmp_path / "a.gif")
    assert np.array_equal(open_photo(tmp_path / "a.gif").pixels[..., 1], CAMERA)


def test_what_a_file_holds_counts_not_its_name(tmp_path):
    Image.fromarray(CAT).save(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "photo.jpg")
    assert np.array_equal(open_photo(tmp_path / "photo.jpg").pixels, CAT)


TURNED = {
    1: lambda p: p, 2: np.fliplr, 3: lambda p: np.rot90(p, 2), 4: np.flipud,
    5: lambda p: p.swapaxes(0, 1), 6: np.rot90,
    7: lambda p: np.rot90(p.swapaxes(0, 1), 2), 8: lambda p: np.rot90(p, -1),
}  # fmt: skip


@pytest.mark.parametrize("turn", TURNED)
@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.webp", "sixteen.tif"])
def test_a_picture_is_rotated_upright(turn, name, tmp_path):
    stored = np.ascontiguousarray(TURNED[turn](CAT))
    if name == "sixteen.tif":
        sideways = [(274, "H", 1, turn, True)]
        tifffile.imwrite(
            tmp_path / name, stored.astype(np.uint16) * 257, photometric="rgb", extratags=sideways
        )
    else:
        exif = Image.Exif()
        exif[0x0112] = turn
        Image.fromarray(stored).save(tmp_path / name, exif=exif, lossless=True)
    assert np.array_equal(open_photo(tmp_path / name).pixels, CAT)


@pytest.mark.parametrize("turn", TURNED)
@pytest.mark.parametrize("name", ["a.jpg", "a.avif", "a.heic"])
def test_a_lossy_picture_is_rotated_upright(turn, name, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = turn
    stored = Image.fromarray(np.ascontiguousarray(TURNED[turn](CAT)))
    if name == "a.heic":
        pillow_heif.from_pillow(stored).save(tmp_path / name, quality=90, exif=exif.tobytes())
    else:
        stored.save(tmp_path / name, exif=exif, quality=90)
    photo = open_photo(tmp_path / name)
    assert photo.pixels.shape == CAT.shape
    assert np.abs(photo.pixels.astype(int) - CAT).mean() < 4


def test_heic_is_read(tmp_path):
    pillow_heif.from_pillow(Image.fromarray(CAT)).save(tmp_path / "a.heic", quality=95)
    assert np.abs(open_photo(tmp_path / "a.heic").pixels.astype(int) - CAT).mean() < 3


def test_camera_raw_is_developed(tmp_path):
    colours = [
        (33421, "H", 2, (2, 2), True),
        (33422, "B", 4, (0, 1, 1, 2), True),
        (50706, "B", 4, (1, 4, 0, 0), True),
    ]
    matrix = [
        (50721, "2i", 9, (1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1), True),
        (272, "s", 0, "Model", True),
    ]
    mosaic = CAMERA.astype(np.uint16) * 200
    tifffile.imwrite(tmp_path / "a.tif", mosaic, photometric=32803, extratags=colours + matrix)
    photo = open_photo(tmp_path / "a.tif")
    assert (photo.width, photo.height) == (512, 512)
    assert np.corrcoef(photo.pixels[::4, ::4, 1].ravel(), CAMERA[::4, ::4].ravel())[0, 1] > 0.9
    assert "LibRaw" in photo.notes[0]


@pytest.mark.parametrize(("module", "extra", "head"), [
    ("pillow_heif", "heic", b"\0\0\0\x18ftypheic" + bytes(12)), ("rawpy", "raw", b"FUJIFILMCCD-RAW "),
])  # fmt: skip
def test_a_missing_extra_says_its_install_line(module, extra, head, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    (tmp_path / "a").write_bytes(head)
    with pytest.raises(MissingExtra, match=rf"pip install 'twinlens\[{extra}\]'"):
        open_photo(tmp_path / "a")


def test_a_phone_picture_of_several_is_its_first_one(tmp_path):
    first, second = Image.fromarray(CAT), Image.fromarray(CAT[::-1])
    first.save(tmp_path / "a.mpo", save_all=True, append_images=[second], quality=95)
    photo = open_photo(tmp_path / "a.mpo")
    assert np.abs(photo.pixels.astype(int) - CAT).mean() < 3
    assert photo.notes == ("the first of several pictures in the file",)


def test_a_thumbnail_in_a_tiff_is_no_second_page(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(CAT, photometric="rgb")
        file.write(CAT[::8, ::8], photometric="rgb", subfiletype=1)
    assert np.array_equal(open_photo(tmp_path / "a.tif").pixels, CAT)


def test_a_tiff_that_begins_with_its_thumbnail_is_refused(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(CAT[::8, ::8], photometric="rgb", subfiletype=1)
        file.write(CAT, photometric="rgb")
    with pytest.raises(BadPhoto, match="begins with a thumbnail"):
        open_photo(tmp_path / "a.tif")


def test_a_pair_holds_both_photos_and_names_itself(tmp_path):
    for folder, picture in (("x", CAT), ("y", CAT[::-1])):
        (tmp_path / folder).mkdir()
        Image.fromarray(picture).save(tmp_path / folder / "01.png")
    Image.fromarray(CAT).save(tmp_path / "cat.png")
    pair = open_pair(tmp_path / "x/01.png", tmp_path / "y/01.png", scene="cats", kind="scene")
    assert (pair.id, pair.scene, pair.kind) == ("01", "cats", "scene")
    assert np.array_equal(pair.a.pixels, CAT)
    assert np.array_equal(pair.b.pixels, CAT[::-1])
    assert open_pair(tmp_path / "x/01.png", tmp_path / "cat.png").id == "01-cat"
    assert open_pair(tmp_path / "x/01.png", tmp_path / "cat.png", id="mine").id == "mine"


def test_of_two_bad_photos_the_first_is_named(tmp_path):
    (tmp_path / "b.jpg").write_bytes(b"")
    for _ in range(5):
        with pytest.raises(BadPhoto, match=r"a\.jpg"):
            open_pair(tmp_path / "a.jpg", tmp_path / "b.jpg")


def test_a_composite_is_split_in_the_middle(tmp_path):
    Image.fromarray(np.hstack([ASTRONAUT, ASTRONAUT[::-1]])).save(tmp_path / "07.png")
    pair = open_side_by_side(tmp_path / "07.png", scene="s")
    assert (pair.id, pair.scene) == ("07", "s")
    assert np.array_equal(pair.a.pixels, ASTRONAUT)
    assert np.array_equal(pair.b.pixels, ASTRONAUT[::-1])
    assert pair.a.pixels.flags.c_contiguous
    assert pair.b.pixels.flags.c_contiguous
    assert pair.a.file == f"{tmp_path / '07.png'}#left"
    assert pair.b.file.endswith("#right")
    assert pair.a.sha256 == hashlib.sha256(ASTRONAUT.tobytes()).hexdigest()


def test_a_composite_of_odd_width_is_refused(tmp_path):
    Image.fromarray(CAT).save(tmp_path / "a.png")
    with pytest.raises(BadPhoto, match="451 pixels across; expected an even width"):
        open_side_by_side(tmp_path / "a.png")


def test_limits_come_from_the_environment(tmp_path, monkeypatch):
    assert Limits.from_environment({}) == Limits()
    assert Limits.from_environment({"TWINLENS_MAX_PIXELS": "1000", "TWINLENS_MAX_BYTES": "5"}) == Limits(
        1000, 5
    )
    Image.fromarray(CAT).save(tmp_path / "a.png")
    monkeypatch.setenv("TWINLENS_MAX_PIXELS", "100000")
    with pytest.raises(BadPhoto, match=r"451 x 300 pixels; expected at most 100,000 .*TWINLENS_MAX_PIXELS"):
        open_photo(tmp_path / "a.png")
    assert open_photo(tmp_path / "a.png", Limits()).width == 451


@pytest.mark.parametrize("text", ["0", "-1", "1e6", "many", "²"])
def test_a_limit_that_is_no_number_is_refused(text):
    with pytest.raises(BadInput, match=r"TWINLENS_MAX_BYTES: found .* expected a whole number above 0"):
        Limits.from_environment({"TWINLENS_MAX_BYTES": text})


def test_real_photos_open(data: Path):
    photo = open_photo(data / "photos" / "large_00.jpg")
    assert photo.pixels.shape == (4529, 3051, 3)
    assert photo.notes == ()
