"""JPEG files: markers are counted before decoding, and an end that is missing is looked into."""

from __future__ import annotations

import io
import re
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data as pictures

from twinlens.core.errors import BadPhoto
from twinlens.imaging.decode import decode
from twinlens.imaging.jpeg import NO_END, UNSET, read_markers
from twinlens.imaging.picture import GAIN_MAP

CASES = Path(__file__).parents[1] / "cases"
CAT = Image.fromarray(pictures.chelsea())
MOST = 250_000_000
START, END = b"\xff\xd8", b"\xff\xd9"


def jpeg(image=CAT, **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "JPEG", **options)
    return stream.getvalue()


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def after_start(whole: bytes, *segments: bytes) -> bytes:
    return b"".join((whole[:2], *segments, whole[2:]))


KINDS = {
    "baseline": {}, "progressive": {"progressive": True}, "optimised": {"optimize": True},
    "restarts": {"restart_marker_blocks": 7}, "full colour": {"subsampling": 0},
}  # fmt: skip


def test_a_photo_without_its_end_marker_is_read_and_noted():
    pixels, notes = decode("a.jpg", (CASES / "no_eoi.jpg").read_bytes(), MOST)
    assert pixels.shape == (320, 255, 3)
    assert notes == (NO_END,)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rest", [b"", b"\xff", bytes(5000), b"\xff" * 40])
def test_only_the_end_marker_may_be_missing(kind, rest):
    whole = jpeg(**KINDS[kind])
    expected, _ = decode("a.jpg", whole, MOST)
    pixels, notes = decode("a.jpg", whole[:-2] + rest, MOST)
    assert np.array_equal(pixels, expected)
    assert notes == (NO_END,)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("end", [b"", bytes(5000)])
def test_data_that_is_really_cut_is_refused(kind, end):
    whole = jpeg(**KINDS[kind])
    for length in (len(whole) - 10, *(int(len(whole) * share) for share in (0.95, 0.7, 0.4, 0.2))):
        with pytest.raises(BadPhoto, match=r"before the picture does|without a picture|cannot be decoded"):
            decode("a.jpg", whole[:length] + end, MOST)


@pytest.mark.parametrize("kind", ["baseline", "restarts"])
def test_cut_data_with_an_end_marker_put_behind_it_is_refused(kind):
    whole = jpeg(**KINDS[kind])
    for share in (0.9, 0.5):
        with pytest.raises(BadPhoto, match="ends before the picture does; expected a whole"):
            decode("a.jpg", whole[: int(len(whole) * share)].rstrip(b"\xff") + END, MOST)


def test_a_progressive_photo_that_lacks_a_whole_scan_is_refused():
    whole = jpeg(progressive=True)
    last = whole.rfind(b"\xff\xda")
    table = whole.rfind(b"\xff\xc4", 0, last)
    with pytest.raises(BadPhoto, match="ends before the picture does"):
        decode("a.jpg", whole[:table], MOST)


def test_a_photo_with_a_flat_corner_is_whole():
    flat = np.asarray(CAT).copy()
    flat[200:] = 255
    for options in KINDS.values():
        assert decode("a.jpg", jpeg(Image.fromarray(flat), **options), MOST)[1] == ()


def test_scans_are_counted_before_decoding():
    whole = jpeg(progressive=True)
    scan = whole[whole.rfind(b"\xff\xda") : -2]
    at = re.search(rb"\xff\xc2..\x08", whole, re.DOTALL).end()
    large = whole[:at] + struct.pack(">HH", 8000, 8000) + whole[at + 4 : -2]
    with pytest.raises(BadPhoto, match="310 scans of 8000 x 8000 pixels; expected at most 62"):
        decode("a.jpg", large + scan * 300 + END, MOST)
    assert len(read_markers(whole[:-2] + scan * 300 + END, MOST).scans) == 310  # small enough


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("where", ["beginning", "middle", "end"])
def test_a_photo_damaged_within_has_the_pixels_or_the_words_that_pillow_gives(kind, where, capfd):
    """Whichever library decodes; and what libjpeg prints of the damage stays off the terminal."""
    whole = bytearray(jpeg(**KINDS[kind]))
    start = len(whole) - {"beginning": 4 * len(whole) // 5, "middle": len(whole) // 2, "end": 200}[where]
    whole[start : start + 3] = b"\x55\xaa\x55"
    try:
        with Image.open(io.BytesIO(whole)) as image:
            expected = np.asarray(image)
    except OSError as error:
        with pytest.raises(BadPhoto, match=re.escape(str(error))):
            decode("a.jpg", bytes(whole), MOST)
    else:
        assert np.array_equal(decode("a.jpg", bytes(whole), MOST)[0], expected)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("kind", KINDS)
def test_a_photo_whose_huffman_table_is_damaged_is_refused(kind):
    """Nothing of it can be decoded, so no pixel may be read from the memory that waits for them."""
    whole = bytearray(jpeg(**KINDS[kind]))
    counts = whole.index(b"\xff\xc4") + 5
    whole[counts : counts + 16] = b"\x00" * 15 + b"\xff"
    with pytest.raises(BadPhoto, match="expected a whole, undamaged photo"):
        decode("a.jpg", bytes(whole), MOST)


def test_a_picture_that_ends_in_the_mark_of_no_pixel_yet_is_decoded_as_any_other():
    flat = Image.new("RGB", (40, 24), tuple(map(int, UNSET)))
    whole = jpeg(flat, quality=100, subsampling=0)
    assert np.array_equal(decode("a.jpg", whole, MOST)[0], np.asarray(Image.open(io.BytesIO(whole))))


def test_a_system_without_files_in_memory_gives_the_same_pixels(monkeypatch):
    pixels = decode("a.jpg", jpeg(), MOST)[0]
    monkeypatch.delattr("os.memfd_create")
    assert np.array_equal(decode("a.jpg", jpeg(), MOST)[0], pixels)


def test_bytes_of_ff_without_end_are_no_picture():
    with pytest.raises(BadPhoto, match="a JPEG without a picture; expected"):
        decode("a.jpg", jpeg()[:20] + b"\xff" * 20_000_000, MOST)


def test_fill_bytes_comments_and_large_metadata_cost_no_pixel():
    whole = jpeg()
    expected, _ = decode("a.jpg", whole, MOST)
    more = [
        b"\xff" * 1_000_000,
        *[segment(0xFE, bytes(60_000))] * 200,
        segment(0xED, b"Photoshop 3.0\0" * 99),
    ]
    assert np.array_equal(decode("a.jpg", after_start(whole, *more), MOST)[0], expected)


def test_segments_by_the_million_are_refused():
    with pytest.raises(BadPhoto, match="over 10,000 segments"):
        decode("a.jpg", after_start(jpeg(), segment(0xE5, b"") * 1_000_000), MOST)


def test_an_exif_block_whose_tags_all_point_to_all_of_it_loads_nothing():
    tags = b"".join(struct.pack(">HHII", tag, 7, 60_000, 0) for tag in range(1, 4000))
    block = (b"MM\0*" + struct.pack(">IH", 8, 3999) + tags).ljust(60_010, b"\0")
    pixels, notes = decode("a.jpg", after_start(jpeg(), segment(0xE1, b"Exif\0\0" + block)), MOST)
    assert (pixels.shape, notes) == ((300, 451, 3), ())


@pytest.mark.parametrize(
    ("marker", "found"), [(0xC5, "a JPEG frame of type 5"), (0xF7, "a JPEG-LS picture"), (0xCF, "of type 15")]
)
def test_processes_nobody_reads_are_named(marker, found):
    with pytest.raises(BadPhoto, match=found):
        decode("a.jpg", jpeg().replace(b"\xff\xc0", bytes([0xFF, marker]), 1), MOST)


XMP = b"http://ns.adobe.com/xap/1.0/\0<x xmlns:hdrgm='http://ns.adobe.com/hdr-gain-map/1.0/'/>"
GAIN_MAPS = {
    "Ultra HDR": (segment(0xE1, XMP), b""),
    "ISO 21496-1": (segment(0xE2, b"urn:iso:std:iso:ts:21496:-1\0" + bytes(4)), b""),
    "Apple": (
        b"",
        jpeg(CAT.resize((64, 48)), xmp=b"<x xmlns:HDRGainMap='http://ns.apple.com/HDRGainMap/1.0/'/>"),
    ),
}


@pytest.mark.parametrize("kind", GAIN_MAPS)
def test_a_gain_map_is_named_and_the_picture_is_the_base(kind):
    extra, behind = GAIN_MAPS[kind]
    whole = jpeg()
    pixels, notes = decode("a.jpg", after_start(whole, extra) + behind, MOST)
    assert notes == (GAIN_MAP,)
    assert np.array_equal(pixels, decode("a.jpg", whole, MOST)[0])


def test_a_colour_profile_with_a_part_missing_is_noted():
    part = segment(0xE2, b"ICC_PROFILE\0\1\2" + bytes(200))
    assert "profile are missing" in decode("a.jpg", after_start(jpeg(), part), MOST)[1][0]
