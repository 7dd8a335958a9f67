"""What cameras wrote is read, no more of it than may be shown, and damage costs nothing but itself."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from twinlens.core.exif import Exif
from twinlens.imaging.exif import read_exif

SHOT = {
    0x829A: 0.004,
    0x829D: 2.8,
    0x8827: 160,
    0x9003: "2024:05:31 14:07:00",
    0x920A: 50.0,
    0xA434: "RF50mm F1.2",
}
PRIVATE = {0xA430: "Jane Owner", 0xA431: "SERIAL-1", 0xA435: "LENS-SERIAL-2", 0x927C: b"maker notes"}
EXPECTED = Exif("Canon EOS R5", "RF50mm F1.2", 160, 0.004, 2.8, 50.0, "2024-05-31 14:07:00")


def block(make: str = "Canon", model: str = "Canon EOS R5\0\0", **shot: Any) -> bytes:
    """An EXIF block of a camera that also writes who, where and which one."""
    made = Image.Exif()
    made[0x010F], made[0x0110], made[0x013B], made[0xC62F] = make, model, "Jane Artist", "BODY-3"
    made.get_ifd(0x8769).update(SHOT | PRIVATE | {int(tag[1:]): value for tag, value in shot.items()})
    made.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 17.0)})
    return made.tobytes()


def file_of(form: str, exif: bytes) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (48, 32), "gray").save(stream, form, exif=exif)
    return stream.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_the_camera_and_how_it_was_set_are_read_and_nothing_of_who_or_where(form: str) -> None:
    data = file_of(form, block())
    assert b"Jane" in data, "the file says it"
    assert read_exif(data) == EXPECTED


def test_a_heic_file_says_as_much() -> None:
    heif = pytest.importorskip("pillow_heif")
    stream = io.BytesIO()
    heif.from_pillow(Image.new("RGB", (64, 64), "gray")).save(stream, exif=block())
    assert read_exif(stream.getvalue()) == EXPECTED


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("NIKON CORPORATION", "NIKON D850", "NIKON D850"),
        ("Apple", "iPhone 15 Pro", "Apple iPhone 15 Pro"),
        ("SONY", "", "SONY"),
        ("A\x07\x1b[31m", " B\t C ", "A [31m B C"),
        ("x" * 500, "y", "x" * 80 + " y"),
    ],
)
def test_a_camera_has_its_maker_once_and_only_printable_characters(
    make: str, model: str, camera: str
) -> None:
    read = read_exif(file_of("JPEG", block(make, model)))
    assert read is not None
    assert read.camera == camera


@pytest.mark.parametrize(
    ("tag", "value", "name"),
    [
        (0x829A, (0, 0), "exposure"), (0x829D, -2.8, "aperture"), (0x8827, 0, "iso"),
        (0x9003, "0000:00:00 00:00:00", "taken"), (0x9003, "yesterday", "taken"),
        (0x920A, 1e30, "focal_length"),
    ],
)  # fmt: skip
def test_a_value_that_no_camera_has_is_left_out(tag: int, value: Any, name: str) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769).update({0xA434: "a lens", tag: value})
    read = read_exif(file_of("JPEG", exif.tobytes()))
    assert read is None or not getattr(read, name)


def test_an_iso_beyond_16_bits_is_the_exposure_index() -> None:
    read = read_exif(file_of("JPEG", block(**{"_34855": 65535, "_34866": 102400})))
    assert read is not None
    assert read.iso == 102400


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_damage_of_any_byte_raises_nothing(form: str) -> None:
    data, rng = file_of(form, block()), np.random.default_rng(3)
    for _ in range(60):
        damaged = bytearray(data)
        for place in rng.integers(0, min(len(data), 700), 4):
            damaged[place] = rng.integers(256)
        read_exif(bytes(damaged))
        read_exif(data[: rng.integers(len(data))])


def test_a_photo_without_says_none() -> None:
    assert read_exif(file_of("PNG", b"")) is None
    assert read_exif(b"") is None
