"""A page holds a photo's pixels and nothing else that its file says."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin
from skimage.data import coffee

from twinlens.core.types import Pair, Verdict
from twinlens.imaging.open import open_photo
from twinlens.report.bare_file import bare
from twinlens.report.page import page

SECRETS = (b"Jane", b"SERIAL", b"http://ns.adobe.com", b"camera trailer", b"GPS")
PICTURE = Image.fromarray(coffee()[:64, :96])
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def saying(form: str, **options: object) -> bytes:
    """A photo whose file says who made it, with what and where."""
    exif = Image.Exif()
    exif[0x013B], exif[0x0112] = "Jane Artist", 1
    exif.get_ifd(0x8769)[0xA431] = "SERIAL-1"
    exif.get_ifd(0x8825)[1] = "GPS north"
    stream, more = io.BytesIO(), dict(options)
    if form == "PNG":
        more["pnginfo"] = info = PngImagePlugin.PngInfo()
        info.add_text("Author", "Jane")
        info.add_itxt("XML:com.adobe.xmp", "http://ns.adobe.com Jane", zip=False)
    elif form == "WEBP":
        more |= {"lossless": True, "xmp": b"http://ns.adobe.com Jane"}
    else:
        more |= {"quality": 95, "comment": b"by Jane", "xmp": b"http://ns.adobe.com Jane"}
    PICTURE.save(stream, form, exif=exif, icc_profile=SRGB, **more)
    data = stream.getvalue()
    return data + b"camera trailer" if form != "WEBP" else data


@pytest.mark.parametrize(
    ("form", "options"),
    [("JPEG", {}), ("JPEG", {"progressive": True, "subsampling": 0}), ("PNG", {}), ("WEBP", {})],
)
def test_the_pixels_and_the_profile_stay_and_all_that_is_said_goes(
    form: str, options: dict[str, object]
) -> None:
    data = saying(form, **options)
    assert any(secret in data for secret in SECRETS)
    plain = bare(form, data)
    assert [secret for secret in SECRETS if secret in plain] == []
    with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(plain)) as after:
        assert np.array_equal(before.convert("RGB"), after.convert("RGB"))
        assert after.info["icc_profile"] == SRGB
        assert not after.getexif()
    assert bare(form, plain) == plain


def test_a_jpeg_of_cyan_magenta_yellow_and_black_keeps_how_its_colours_are_read() -> None:
    stream = io.BytesIO()
    PICTURE.convert("CMYK").save(stream, "JPEG")
    with Image.open(io.BytesIO(bare("JPEG", stream.getvalue()))) as after, Image.open(stream) as before:
        assert np.array_equal(before.convert("RGB"), after.convert("RGB"))


def test_pictures_after_the_first_do_not_travel_along() -> None:
    data = saying("JPEG") + saying("JPEG")
    assert len(bare("JPEG", data)) < len(data) / 2


def test_a_chunk_that_nobody_knows_does_not_travel_along() -> None:
    data = saying("PNG")
    chunk = b"caBXJane"
    made = struct.pack(">I", 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    assert b"Jane" not in bare("PNG", data[:33] + made + data[33:])


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_data_that_are_cut_short_or_damaged_are_refused_or_cut_never_a_crash(form: str) -> None:
    data, rng = saying(form), np.random.default_rng(5)
    for _ in range(100):
        damaged = bytearray(data[: rng.integers(20, len(data))])
        damaged[rng.integers(12, len(damaged))] = rng.integers(256)
        try:
            bare(form, bytes(damaged))
        except ValueError:
            continue


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_page_shows_the_file_s_own_pixels_and_holds_nothing_it_says(tmp_path: Path, form: str) -> None:
    for name in "ab":
        (tmp_path / f"{name}.{form.lower()}").write_bytes(saying(form))
    a, b = (open_photo(tmp_path / f"{name}.{form.lower()}") for name in "ab")
    text = page(Verdict(Pair("p", a, b), "fixed", "a", 0.8, (), ""))
    shown = [part.partition('"')[0] for part in text.split(";base64,")[1:]]
    assert len(shown) == 2
    for one in shown:
        data = base64.b64decode(one)
        assert [secret for secret in SECRETS if secret in data] == []
        with Image.open(io.BytesIO(data)) as image:
            assert image.format == form, "its own bytes, not encoded again"
            assert np.array_equal(image.convert("RGB"), a.pixels)
