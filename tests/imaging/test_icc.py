"""Profiles are made here from primaries, white and curve, and sRGB colours sent through them."""

from __future__ import annotations

import itertools
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from skimage import data as pictures

from twinlens.imaging.open import open_photo

D65, D50 = (0.3127, 0.3290), (0.3457, 0.3585)
SRGB = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
SPACES = {
    "Display P3": (((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)), D65, None, 2),
    "Adobe RGB": (((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)), D65, 2.19921875, 2),
    "ProPhoto": (((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001)), D50, 1.8, 3),
}
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
PCS = np.array([0.9642, 1.0, 0.8249])


def xyz(x, y):
    return np.array([x / y, 1, (1 - x - y) / y])


def to_pcs(primaries, white):
    matrix = np.array([xyz(*p) for p in primaries]).T
    matrix = matrix * np.linalg.solve(matrix, xyz(*white))
    gain = (BRADFORD @ PCS) / (BRADFORD @ xyz(*white))
    return np.linalg.inv(BRADFORD) @ np.diag(gain) @ BRADFORD @ matrix


def linear(v):
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def encoded(v):
    return np.where(v <= 0.0031308, v * 12.92, 1.055 * v ** (1 / 2.4) - 0.055)


def icc(name, primaries=None, white=D65, gamma=None):
    """A version 2 profile: with primaries matrix and curve, else grey; without gamma the curve of sRGB."""
    as_xyz = lambda v: b"XYZ " + bytes(4) + struct.pack(">3i", *(round(x * 65536) for x in v))  # noqa: E731
    samples = [round(gamma * 256)] if gamma else [round(x * 65535) for x in linear(np.linspace(0, 1, 1024))]
    curve = b"curv" + bytes(4) + struct.pack(f">I{len(samples)}H", len(samples), *samples)
    text = b"desc" + bytes(4) + struct.pack(">I", len(name) + 1) + name.encode() + bytes(79)
    tags = {b"desc": text, b"wtpt": as_xyz(PCS)}
    if primaries:
        columns = to_pcs(primaries, white).T
        tags |= dict(zip((b"rXYZ", b"gXYZ", b"bXYZ"), map(as_xyz, columns), strict=True))
        tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    else:
        tags[b"kTRC"] = curve
    body, table, start = b"", struct.pack(">I", len(tags)), 132 + 12 * len(tags)
    for tag, value in tags.items():
        table += struct.pack(">4sII", tag, start + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    space = b"RGB " if primaries else b"GRAY"
    head = struct.pack(
        ">I4sI4s4s4s6H4s",
        start + len(body),
        b"",
        0x02400000,
        b"mntr",
        space,
        b"XYZ ",
        *[2024, 1, 1, 0, 0, 0],
        b"acsp",
    )
    head = head.ljust(68, b"\0") + as_xyz(PCS)[8:]
    return head.ljust(128, b"\0") + table + body


def apart(path: Path, expected) -> int:
    return int(np.abs(open_photo(path).pixels.astype(int) - expected).max())


@pytest.mark.parametrize("name", SPACES)
def test_the_same_colours_stored_in_another_space_come_out_the_same(name, tmp_path):
    primaries, white, gamma, tolerance = SPACES[name]
    picture = pictures.astronaut()
    light = linear(picture / 255) @ to_pcs(SRGB, D65).T @ np.linalg.inv(to_pcs(primaries, white)).T
    stored = np.clip(light, 0, 1) ** (1 / gamma) if gamma else encoded(np.clip(light, 0, 1))
    stored = np.rint(stored * 255).astype(np.uint8)
    Image.fromarray(stored).save(tmp_path / "a.png", icc_profile=icc(name, primaries, white, gamma))
    assert apart(tmp_path / "a.png", picture) <= tolerance
    assert np.abs(stored.astype(int) - picture).max() > 20
    assert open_photo(tmp_path / "a.png").notes == (f"converted to sRGB from {name}",)


def test_an_srgb_profile_under_any_name_changes_no_pixel(tmp_path):
    picture = pictures.chelsea()
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (made, icc("my screen", SRGB, D65)):
        Image.fromarray(picture).save(tmp_path / "a.png", icc_profile=profile)
        assert apart(tmp_path / "a.png", picture) == 0
        assert open_photo(tmp_path / "a.png").notes == ()


def test_a_grey_profile_is_applied(tmp_path):
    grey = pictures.camera()
    stored = np.rint(255 * linear(grey / 255) ** (1 / 1.8)).astype(np.uint8)
    Image.fromarray(stored).save(tmp_path / "a.png", icc_profile=icc("Gray 1.8", gamma=1.8))
    assert apart(tmp_path / "a.png", grey[..., None]) <= 1


def test_a_colour_profile_on_a_grey_picture_is_applied(tmp_path):
    grey = pictures.camera()
    stored = np.rint(255 * linear(grey / 255) ** (1 / 1.8)).astype(np.uint8)
    profile = icc("ProPhoto", *SPACES["ProPhoto"][:3])
    Image.fromarray(stored).save(tmp_path / "a.png", icc_profile=profile)
    assert apart(tmp_path / "a.png", grey[..., None]) <= 2


@pytest.mark.parametrize("damage", ["cut", "junk"])
def test_a_damaged_profile_is_noted_and_colours_are_taken_as_srgb(damage, tmp_path):
    whole = icc("Display P3", *SPACES["Display P3"][:3])
    profile = whole[:200] if damage == "cut" else b"junk" * 100
    Image.fromarray(pictures.chelsea()).save(tmp_path / "a.png", icc_profile=profile)
    assert apart(tmp_path / "a.png", pictures.chelsea()) == 0
    assert "damaged" in open_photo(tmp_path / "a.png").notes[0]


def test_a_profile_for_another_kind_of_picture_is_ignored_and_noted(tmp_path):
    Image.fromarray(pictures.chelsea()).save(tmp_path / "a.png", icc_profile=icc("Gray 1.8", gamma=1.8))
    assert apart(tmp_path / "a.png", pictures.chelsea()) == 0
    assert open_photo(tmp_path / "a.png").notes == ("the grey profile of a colour picture was ignored",)


def cmyk_icc(paper):
    """A version 2 output profile: Lab of 8 bits at the 16 corners of CMYK, from `paper`, 16 sRGB colours."""
    relative = (to_pcs(SRGB, D65) @ linear(paper / 255).T).T / PCS
    f = np.where(relative > 216 / 24389, np.cbrt(relative), (24389 / 27 * relative + 16) / 116)
    lab = np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)
    corners = np.rint(lab * [2.55, 1, 1] + [0, 128, 128]).clip(0, 255).astype(np.uint8).tobytes()
    unit = struct.pack(">9i", *np.eye(3, dtype=int).ravel() * 65536)
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + unit
    table += bytes(range(256)) * 4 + corners + bytes(range(256)) * 3
    kind = (0x02400000, b"prtr", b"CMYK", b"Lab ", b"", b"acsp")
    head = struct.pack(">I4sI4s4s4s12s4s", 144 + len(table), b"", *kind)
    head = head.ljust(68, b"\0") + struct.pack(">3i", *(round(x * 65536) for x in PCS))
    return head.ljust(128, b"\0") + struct.pack(">I4sII", 1, b"A2B0", 144, len(table)) + table


def test_a_cmyk_profile_is_applied(tmp_path):
    inks = np.array(list(itertools.product((0, 255), repeat=4)), np.uint8)
    paper = np.random.default_rng(1).integers(40, 220, (16, 3)).astype(np.uint8)
    paper[0], paper[15] = 255, 0
    Image.fromarray(inks[None], "CMYK").save(tmp_path / "a.tif", icc_profile=cmyk_icc(paper))
    assert apart(tmp_path / "a.tif", paper[None]) <= 4
    assert open_photo(tmp_path / "a.tif").notes == ("converted to sRGB from an unnamed profile",)


def test_cmyk_without_a_profile_is_converted_and_noted(tmp_path):
    Image.fromarray(pictures.chelsea()).convert("CMYK").save(tmp_path / "a.jpg", quality=98)
    assert apart(tmp_path / "a.jpg", pictures.chelsea()) < 40
    assert "CMYK" in open_photo(tmp_path / "a.jpg").notes[0]


def test_transparent_pixels_lie_on_white_whatever_they_hide(tmp_path):
    picture = Image.fromarray(pictures.astronaut())
    alpha = Image.fromarray(np.repeat(np.array([[0, 128, 255, 255]], np.uint8), 4, axis=0)).resize(
        (512, 512), 0
    )
    picture.putalpha(alpha)
    for name in ("a.png", "a.webp"):
        picture.save(tmp_path / name, lossless=True, exact=True)
        photo = open_photo(tmp_path / name)
        half = 255 + (pictures.astronaut()[:, 128:256].astype(float) - 255) * 128 / 255
        assert (photo.pixels[:, :128] == 255).all()
        assert np.abs(photo.pixels[:, 128:256] - half).max() <= 1
        assert (photo.pixels[:, 256:] == pictures.astronaut()[:, 256:]).all()
        assert photo.notes == ("transparent pixels were laid on white",)


def test_alpha_that_hides_the_whole_picture_is_ignored_and_noted(tmp_path):
    picture = Image.fromarray(pictures.astronaut())
    picture.putalpha(0)
    picture.save(tmp_path / "a.png")
    assert apart(tmp_path / "a.png", pictures.astronaut()) == 0
    assert open_photo(tmp_path / "a.png").notes == ("the alpha channel is zero everywhere and was ignored",)


def test_opaque_alpha_is_dropped_without_a_word(tmp_path):
    Image.fromarray(pictures.astronaut()).convert("RGBA").save(tmp_path / "a.png")
    assert apart(tmp_path / "a.png", pictures.astronaut()) == 0
    assert open_photo(tmp_path / "a.png").notes == ()


@pytest.mark.parametrize(("gamma", "noted"), [(1.0, True), (0.45455, False)])
def test_a_gamma_chunk_that_is_not_that_of_srgb_is_noted(gamma, noted, tmp_path):
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add(b"gAMA", struct.pack(">I", round(gamma * 100_000)))
    Image.fromarray(pictures.chelsea()).save(tmp_path / "a.png", pnginfo=info)
    assert bool(open_photo(tmp_path / "a.png").notes) == noted
