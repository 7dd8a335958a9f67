"""Colours by number, HDR curves and linear light come out as the standards say."""

from __future__ import annotations

import io
import struct
import zlib

import imagecodecs
import numpy as np
import OpenEXR
import pillow_heif
import pytest
import tifffile
from PIL import Image, ImageCms
from skimage import data as pictures

from twinlens.core.errors import BadPhoto
from twinlens.imaging import cicp, light
from twinlens.imaging.decode import decode
from twinlens.imaging.icc import linear_matrix
from twinlens.imaging.picture import GAIN_MAP
from twinlens.imaging.tiff import ENCODED

CAT = pictures.chelsea()
LINEAR = np.where(CAT / 255 <= 0.04045, CAT / 255 / 12.92, ((CAT / 255 + 0.055) / 1.055) ** 2.4).astype(
    np.float32
)
DIM = np.minimum(LINEAR, 0.8)
"""Light that the tone mapper leaves as it is."""
SHOWN = np.minimum(CAT, 231)
P3, SRGB, PQ, HLG, BT2020 = 12, 13, 16, 18, 9
MOST = 250_000_000


def png(samples: np.ndarray, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of RGB, written by hand."""
    depth = 8 * samples.dtype.itemsize
    rows = b"".join(b"\0" + row.astype(f">u{samples.dtype.itemsize}").tobytes() for row in samples)
    head = struct.pack(">IIBBBBB", samples.shape[1], samples.shape[0], depth, 2, 0, 0, 0)
    all_chunks = ((b"IHDR", head), *chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in all_chunks
    )


def apart(data: bytes, expected) -> float:
    return float(np.abs(decode("a", data, MOST)[0].astype(int) - expected).max())


def in_p3() -> np.ndarray:
    """The cat's colours in Display P3."""
    stored = np.clip(LINEAR @ np.linalg.inv(cicp.to_srgb(cicp.PRIMARIES[P3][1])).T, 0, 1)
    curve = np.where(stored <= 0.0031308, stored * 12.92, 1.055 * stored ** (1 / 2.4) - 0.055)
    return np.rint(curve * 255).astype(np.uint8)


def test_the_matrix_of_display_p3_is_the_published_one():
    published = [[1.2249, -0.2247, 0], [-0.0420, 1.0419, 0], [-0.0197, -0.0786, 1.0979]]
    assert np.allclose(cicp.to_srgb(cicp.PRIMARIES[P3][1]), published, atol=4e-4)


def test_p3_primaries_of_a_cicp_chunk_are_applied():
    data = png(in_p3(), (b"cICP", bytes([P3, SRGB, 0, 1])))
    assert apart(data, CAT) <= 2
    assert decode("a", data, MOST)[1] == ("converted to sRGB from Display P3",)
    assert np.abs(in_p3().astype(int) - CAT).max() > 10


def test_a_cicp_chunk_counts_before_a_profile_and_srgb_needs_no_note():
    wide = b"p\0\0" + zlib.compress(cicp.profile("wide", cicp.PRIMARIES[BT2020][1], 0.0))
    data = png(CAT, (b"cICP", bytes([1, SRGB, 0, 1])), (b"iCCP", wide))
    assert (apart(data, CAT), decode("a", data, MOST)[1]) == (0, ())


@pytest.mark.parametrize("numbers", [(99, SRGB), (P3, 99)])
def test_numbers_nobody_knows_are_noted(numbers):
    notes = decode("a", png(CAT, (b"cICP", bytes([*numbers, 0, 1]))), MOST)[1]
    assert notes == (
        f"colours stated as primaries {numbers[0]}, transfer {numbers[1]} were not applied; taken as sRGB",
    )


def test_avif_and_heic_state_the_same_numbers():
    stored = Image.fromarray(in_p3())
    avif, heic = io.BytesIO(), io.BytesIO()
    stored.save(avif, "AVIF", quality=100, subsampling="4:4:4")
    numbers = avif.getvalue().index(b"colrnclx") + 8
    patched = avif.getvalue()[:numbers] + struct.pack(">HH", P3, SRGB) + avif.getvalue()[numbers + 4 :]
    pillow_heif.from_pillow(stored).save(
        heic, quality=100, chroma=444, color_primaries=P3, transfer_characteristics=SRGB
    )
    for data in (patched, heic.getvalue()):
        pixels, notes = decode("a", data, MOST)
        assert notes == ("converted to sRGB from Display P3",)
        assert np.abs(pixels.astype(int) - CAT).mean() < 2


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize(("transfer", "signal"), [(PQ, 0.5807), (HLG, 0.75)])
def test_diffuse_white_of_pq_and_hlg_is_203_candela(kind, transfer, signal):
    """The levels of ITU-R BT.2408, table 1: 58 % PQ, 75 % HLG; white comes out as the rule has it."""
    top = np.iinfo(kind).max
    samples = np.full((4, 4, 3), round(signal * top), kind)
    pixels, notes = decode("a", png(samples, (b"cICP", bytes([BT2020, transfer, 0, 1]))), MOST)
    white = int(light.tone_mapped(np.ones((1, 1)), np.eye(3))[0, 0, 0])
    assert np.abs(pixels.astype(int) - white).max() <= 2
    assert notes[-1].startswith(f"HDR ({light.NAMES[transfer]}), tone-mapped")


def test_the_tone_mapper_keeps_what_is_dim_and_order_and_greys():
    ramp = np.linspace(0, 20, 5000)[None]
    shown = light.tone_mapped(ramp, np.eye(3))[0]
    assert (np.diff(shown[:, 0].astype(int)) >= 0).all()
    assert (shown == shown[:, :1]).all()
    assert np.array_equal(light.tone_mapped(DIM, np.eye(3)), SHOWN)


def tiff(samples, **options) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, samples, photometric="rgb", **options)
    return stream.getvalue()


def straight(primaries=1) -> tuple[int, str, int, bytes, bool]:
    profile = cicp.profile("linear", cicp.PRIMARIES[primaries][1], 1.0)
    at = profile.index(b"curv\0\0\0\0")
    short = profile[: at + 8] + bytes(4) + profile[at + 12 :]
    return (34675, "B", len(short), short, True)


def test_a_linear_profile_is_known_and_a_curved_one_is_not():
    assert np.allclose(linear_matrix(straight()[3]), np.eye(3), atol=1e-3)
    assert linear_matrix(cicp.profile("x", cicp.SRGB, 2.2)) is None
    assert linear_matrix(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()) is None
    assert linear_matrix(b"junk" * 60) is None


@pytest.mark.parametrize(
    "options", [{}, {"compression": "zlib", "predictor": 3}, {"compression": "lzw", "tile": (64, 64)}]
)
def test_linear_light_in_a_float_tiff_is_tone_mapped(options):
    pixels, notes = decode("a", tiff(DIM, extratags=[straight()], **options), MOST)
    assert np.array_equal(pixels, SHOWN)
    assert notes == (light.NOTE,)


def test_linear_light_of_wide_primaries_comes_to_srgb():
    stored = (DIM @ np.linalg.inv(cicp.to_srgb(cicp.PRIMARIES[BT2020][1])).T).astype(np.float32)
    assert apart(tiff(stored, extratags=[straight(BT2020)]), SHOWN) <= 1


def test_samples_far_beyond_1_are_light_and_those_a_little_beyond_are_refused():
    assert decode("a", tiff(LINEAR * 6), MOST)[1] == (light.NOTE,)
    assert decode("a", tiff(LINEAR), MOST)[1] == (ENCODED,)
    with pytest.raises(
        BadPhoto, match=r"float samples from 0 to 1\.1.*; expected 0 to 1 where samples are encoded"
    ):
        decode("a", tiff(LINEAR / LINEAR.max() * np.float32(1.1)), MOST)


def exr(channels, **header) -> bytes:
    class Stream(io.BytesIO):  # which OpenEXR closes
        def close(self) -> None:
            pass

    stream = Stream()
    OpenEXR.File({"type": OpenEXR.scanlineimage, **header}, channels).write(stream)
    return stream.getvalue()


def test_openexr_is_linear_light():
    pixels, notes = decode("a.exr", exr({"RGB": DIM}), MOST)
    assert (np.array_equal(pixels, SHOWN), notes) == (True, (light.NOTE,))
    half = decode("a.exr", exr({"RGB": (LINEAR * 6).astype(np.float16)}), MOST)[0]
    assert np.abs(half.astype(int) - decode("a", tiff(LINEAR * 6), MOST)[0]).max() <= 1
    grey = decode("a.exr", exr({"Y": np.ascontiguousarray(DIM[..., 1]), "Z": DIM[..., 0].copy()}), MOST)[0]
    assert np.array_equal(grey, SHOWN[..., [1, 1, 1]])


def test_openexr_of_other_primaries_and_with_alpha():
    own = cicp.PRIMARIES[BT2020][1]
    stored = (DIM @ np.linalg.inv(cicp.to_srgb(own)).T).astype(np.float32)
    assert apart(exr({"RGB": stored}, chromaticities=own), SHOWN) <= 1
    notes = decode("a.exr", exr({"RGBA": np.dstack([DIM, DIM[..., :1]])}), MOST)[1]
    assert "on black" in notes[1]


def test_openexr_that_is_no_picture_is_refused(capfd):
    whole = exr({"RGB": DIM})
    window = whole.index(b"dataWindow\0box2i\0") + 21
    huge = whole[:window] + struct.pack("<iiii", 0, 0, 59_999, 59_999) + whole[window + 16 :]
    broken = DIM.copy()
    broken[3, 3] = np.inf
    for data, found in (
        (huge, "60000 x 60000 pixels"), (whole[: len(whole) // 2], "cannot be decoded"),
        (whole[:60], "cannot be decoded"),
        (exr({"Z": DIM[..., 0].copy()}), "1 channels: Z; expected R, G and B, or Y"),
        (exr({"RGB": broken}), "no finite number"),
        (whole.replace(b"compression", b"compressio\x9b"), "cannot be decoded"),  # which ended the process
        (whole[:4] + struct.pack("<I", 0x1002) + whole[8:], "several parts or of deep samples"),
    ):  # fmt: skip
        with pytest.raises(BadPhoto, match=found):
            decode("a.exr", data, MOST)
    assert capfd.readouterr() == ("", "")


def jxl(samples, **options) -> bytes:
    return imagecodecs.jpegxl_encode(samples, **options)


@pytest.mark.parametrize("height", [8, 90, 97, 256, 300])
@pytest.mark.parametrize("width", [16, 120, 160, 451])
def test_jpeg_xl_of_any_size_is_read(height, width):
    picture = np.ascontiguousarray(CAT[:height, :width])
    assert apart(jxl(picture, lossless=True), picture) == 0


def test_jpeg_xl_of_grey_alpha_and_loss():
    grey = np.ascontiguousarray(CAT[..., 1])
    assert apart(jxl(grey, lossless=True), CAT[..., [1, 1, 1]]) == 0
    assert apart(jxl(np.dstack([CAT, np.full_like(grey, 255)]), lossless=True), CAT) == 0
    pixels, notes = decode("a.jxl", jxl(CAT, distance=0.5), MOST)
    assert (np.abs(pixels.astype(int) - CAT).mean() < 2, notes) == (True, ())


def test_jpeg_xl_of_linear_light_is_tone_mapped():
    """imagecodecs writes samples of more than 8 bits as linear light, and the file says so."""
    for samples in (DIM, np.rint(DIM * 65535).astype(np.uint16)):
        pixels, notes = decode("a.jxl", jxl(samples, lossless=True), MOST)
        assert (np.abs(pixels.astype(int) - SHOWN).max() <= 1, notes) == (True, (light.NOTE,))


def test_a_jpeg_packed_into_jpeg_xl_is_that_jpeg():
    stream = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    wide = cicp.profile("wide", cicp.PRIMARIES[P3][1], 0.0)
    Image.fromarray(CAT).save(stream, "JPEG", icc_profile=wide, exif=exif)
    packed = imagecodecs.jpegxl_encode_jpeg(stream.getvalue())
    pixels, notes = decode("a.jxl", packed, MOST)
    assert np.array_equal(pixels, decode("a.jpg", stream.getvalue(), MOST)[0])
    assert notes == ("converted to sRGB from wide",)


def test_jpeg_xl_that_is_no_photo_is_refused():
    whole = jxl(CAT, lossless=True)
    frames = jxl(np.stack([CAT, CAT]), photometric="rgb", lossless=True)
    for data, found in (
        (frames, "an animation"),
        (whole[: len(whole) // 2], "cannot be decoded"),
        (whole[:3], "cannot"),
    ):
        with pytest.raises(BadPhoto, match=found):
            decode("a.jxl", data, MOST)
    with pytest.raises(BadPhoto, match="451 x 300 pixels; expected at most 1,000"):
        decode("a.jxl", whole, 1000)


def test_gain_maps_of_other_formats_are_named():
    heic = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(CAT)).save(heic)
    name = b"urn:com:apple:photo:2020:aux:hdrgainmap\0"
    free = struct.pack(">I4s", 8 + len(name), b"free") + name
    at = int.from_bytes(heic.getvalue()[:4], "big")
    moved = heic.getvalue()[:at] + heic.getvalue()[at:] + free
    assert GAIN_MAP in decode("a.heic", moved, MOST)[1]
    assert decode("a.png", png(CAT, (b"gmAP", b"\0")), MOST)[1] == (GAIN_MAP,)
