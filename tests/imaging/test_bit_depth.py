"""Rounding to 8 bits is to the nearest level, for every format that holds more."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from twinlens.core.errors import BadPhoto
from twinlens.imaging import bit_depth
from twinlens.imaging.open import open_photo

DEEP = np.random.default_rng(0).integers(0, 65536, (37, 53, 3), dtype=np.uint16)
NEAREST = np.rint(DEEP / 257).astype(np.uint8)
OPAQUE = np.full((37, 53, 1), 65535, np.uint16)
GREY, RGB, GREY_ALPHA, RGBA = 0, 2, 4, 6


def test_every_16_bit_value_goes_to_the_nearest_level():
    every = np.arange(65536, dtype=np.uint16).reshape(-1, 1)
    nearest = np.rint(every / 257).astype(np.uint8)
    assert np.array_equal(bit_depth.rounded(every), nearest)


def png(samples, colour_type, extra=b""):
    """A PNG of 16 bits, written by hand."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", samples.shape[1], samples.shape[0], 16, colour_type, 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    key = chunk(b"tRNS", extra) if extra else b""
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + key
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("samples", "colour_type", "expected"),
    [
        (DEEP, RGB, NEAREST),
        (np.dstack([DEEP, OPAQUE]), RGBA, NEAREST),
        (DEEP[..., :1], GREY, NEAREST[..., [0, 0, 0]]),
        (np.dstack([DEEP[..., :1], OPAQUE]), GREY_ALPHA, NEAREST[..., [0, 0, 0]]),
    ],
)
def test_a_16_bit_png_is_rounded(samples, colour_type, expected, tmp_path):
    (tmp_path / "a.png").write_bytes(png(samples, colour_type))
    photo = open_photo(tmp_path / "a.png")
    assert np.array_equal(photo.pixels, expected)
    assert photo.notes == ("rounded from 16 to 8 bits",)


def test_the_transparent_colour_of_a_16_bit_png_is_exact(tmp_path):
    samples = DEEP.copy()
    samples[:5, :5], samples[5:10, :5] = (1000, 2000, 3000), (1000, 2000, 3001)
    (tmp_path / "a.png").write_bytes(png(samples, RGB, struct.pack(">HHH", 1000, 2000, 3000)))
    (tmp_path / "g.png").write_bytes(png(samples[..., 2:], GREY, struct.pack(">H", 3000)))
    for name in ("a.png", "g.png"):
        pixels = open_photo(tmp_path / name).pixels
        assert (pixels[:5, :5] == 255).all()
        assert (pixels[5:10, :5, 2] == 12).all()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("compression", [None, "deflate"])
@pytest.mark.parametrize("layout", ["rows", "tiles", "planes", "grey", "white is zero", "alpha"])
def test_a_16_bit_tiff_is_rounded(order, compression, layout, tmp_path):
    samples, options, expected = DEEP, {"photometric": "rgb"}, NEAREST
    if layout == "tiles":
        options["tile"] = (16, 16)
    elif layout == "planes":
        samples, options["planarconfig"], compression = np.moveaxis(DEEP, -1, 0), "separate", None
    elif layout == "grey":
        samples, options, expected = DEEP[..., 0], {"photometric": "minisblack"}, NEAREST[..., [0, 0, 0]]
    elif layout == "white is zero":
        compression = None
        samples, options, expected = (
            65535 - DEEP[..., 0],
            {"photometric": "miniswhite"},
            NEAREST[..., [0, 0, 0]],
        )
    elif layout == "alpha":
        samples, options["extrasamples"] = np.dstack([DEEP, OPAQUE]), ["unassalpha"]
    tifffile.imwrite(tmp_path / "a.tif", samples, byteorder=order, compression=compression, **options)
    photo = open_photo(tmp_path / "a.tif")
    assert np.array_equal(photo.pixels, expected)
    assert photo.notes == ("rounded from 16 to 8 bits",)


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_16_bit_tiff_is_rotated_upright(turn, tmp_path):
    for name, samples in (("16.tif", DEEP), ("8.tif", NEAREST)):
        tag = (274, "H", 1, turn, True)
        tifffile.imwrite(tmp_path / name, samples, photometric="rgb", extratags=[tag])
    assert np.array_equal(open_photo(tmp_path / "16.tif").pixels, open_photo(tmp_path / "8.tif").pixels)


@pytest.mark.parametrize("compression", [1, 5, 8, 32773])
def test_a_16_bit_tiff_is_read_however_it_is_packed(compression, tmp_path):
    how = [cv2.IMWRITE_TIFF_COMPRESSION, compression, cv2.IMWRITE_TIFF_PREDICTOR, 2]
    (tmp_path / "a.tif").write_bytes(cv2.imencode(".tif", np.ascontiguousarray(DEEP[..., ::-1]), how)[1])
    assert np.array_equal(open_photo(tmp_path / "a.tif").pixels, NEAREST)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("compression", [None, "deflate"])
def test_ink_of_16_bits_is_that_of_8_bits(order, compression, tmp_path):
    ink = np.random.default_rng(1).integers(0, 256, (37, 53, 4), dtype=np.uint8)
    options = {"photometric": "separated", "byteorder": order, "compression": compression}
    tifffile.imwrite(tmp_path / "8.tif", ink, **options)
    tifffile.imwrite(tmp_path / "16.tif", ink.astype(np.uint16) * 257, **options)
    assert np.array_equal(open_photo(tmp_path / "16.tif").pixels, open_photo(tmp_path / "8.tif").pixels)


def test_premultiplied_alpha_of_16_bits_is_laid_on_white(tmp_path):
    alpha = np.linspace(0, 1, 53)[None, :, None] * np.ones((37, 1, 1))
    colour = alpha * DEEP / 65535
    samples = np.rint(np.dstack([colour, alpha]) * 65535).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", samples, photometric="rgb", extrasamples=["assocalpha"])
    seen = open_photo(tmp_path / "a.tif").pixels
    assert np.abs(seen - 255 * (colour + 1 - alpha)).max() < 2


@pytest.mark.parametrize("shape", [(1, 1), (1, 53), (37, 1)])
@pytest.mark.parametrize("colour_type", [GREY, RGB, GREY_ALPHA, RGBA])
def test_a_row_a_column_or_a_pixel_of_16_bits_is_a_photo(shape, colour_type, tmp_path):
    many = {GREY: 1, RGB: 3, GREY_ALPHA: 2, RGBA: 4}[colour_type]
    (tmp_path / "a.png").write_bytes(png(np.full((*shape, many), 65535, np.uint16), colour_type))
    assert np.array_equal(open_photo(tmp_path / "a.png").pixels, np.full((*shape, 3), 255))


@pytest.mark.parametrize("kind", ["float32", "float64"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_float_samples_from_0_to_1_are_rounded(kind, order, tmp_path):
    samples = (NEAREST / 255).astype(kind)
    tifffile.imwrite(tmp_path / "a.tif", samples, byteorder=order, photometric="rgb")
    tifffile.imwrite(tmp_path / "g.tif", samples[..., 1], byteorder=order, photometric="minisblack")
    assert np.array_equal(open_photo(tmp_path / "a.tif").pixels, NEAREST)
    assert np.array_equal(open_photo(tmp_path / "g.tif").pixels, NEAREST[..., [1, 1, 1]])
    assert open_photo(tmp_path / "a.tif").notes == ("rounded from floating point to 8 bits",)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (np.nan, "no finite numbers"),
        (np.inf, "no finite numbers"),
        (1.02, "from 0 to 1.02"),
        (-0.5, "from -0.5 to 1"),
    ],
)
def test_float_samples_of_another_range_are_refused(value, found, tmp_path):
    samples = (NEAREST / 255).astype(np.float32)
    samples[0, 0], samples[1, 1], samples[3, 3, 1] = 0, 1, value
    tifffile.imwrite(tmp_path / "a.tif", samples, photometric="rgb")
    with pytest.raises(
        BadPhoto, match=rf"{found}; expected 0 to 1 where samples are encoded; linear light needs"
    ):
        open_photo(tmp_path / "a.tif")


def test_float_samples_that_are_not_all_there_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", (NEAREST / 255).astype(np.float32), photometric="rgb")
    (tmp_path / "a.tif").write_bytes((tmp_path / "a.tif").read_bytes()[:-5000])
    with pytest.raises(BadPhoto, match="bytes for samples of 23,532"):
        open_photo(tmp_path / "a.tif")


@pytest.mark.parametrize("kind", ["int16", "int32", "uint32"])
def test_whole_numbers_of_other_kinds_are_refused(kind, tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", NEAREST[..., 0].astype(kind), photometric="minisblack")
    with pytest.raises(BadPhoto, match="expected"):
        open_photo(tmp_path / "a.tif")


def test_16_bits_and_8_bits_of_one_picture_are_the_same(tmp_path):
    Image.fromarray(NEAREST).save(tmp_path / "8.png")
    (tmp_path / "16.png").write_bytes(png(NEAREST.astype(np.uint16) * 257, RGB))
    assert np.array_equal(open_photo(tmp_path / "8.png").pixels, open_photo(tmp_path / "16.png").pixels)
