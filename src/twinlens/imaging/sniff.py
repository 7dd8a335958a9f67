"""What a file holds, told by its first bytes; nothing is decoded here."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

SIGNATURES = (
    ("JPEG", 0, b"\xff\xd8\xff"),
    ("PNG", 0, b"\x89PNG\r\n\x1a\n"),
    ("GIF", 0, b"GIF87a"),
    ("GIF", 0, b"GIF89a"),
    ("WebP", 8, b"WEBP"),
    ("raw", 0, b"FUJIFILMCCD-RAW"),
    ("raw", 0, b"IIRO"),
    ("raw", 0, b"IIRS"),
    ("raw", 0, b"MMOR"),
    ("raw", 0, b"IIU\0"),
    ("raw", 4, b"ftypcrx "),
    ("BMP", 0, b"BM"),
)
FOREIGN = (
    ("a PDF document", b"%PDF"),
    ("a ZIP archive", b"PK\x03\x04"),
    ("a Photoshop document", b"8BPS"),
    ("a JPEG 2000 picture", b"\x00\x00\x00\x0cjP  "),
    ("a JPEG XL picture", b"\xff\x0a"),
    ("a JPEG XL picture", b"\x00\x00\x00\x0cJXL "),
    ("an OpenEXR picture", b"\x76\x2f\x31\x01"),
    ("a Radiance picture", b"#?RADIANCE"),
    ("a web page", b"<!DOCTYPE"),
    ("a web page", b"<html"),
    ("an SVG drawing", b"<svg"),
    ("an XML document", b"<?xml"),
    ("a Git LFS pointer, not the photo it stands for", b"version https://git-lfs"),
)
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
CFA, LINEAR_RAW = 32803, 34892
WANTED = (254, 255, 258, 262, 284, 330, 339)
MOST_DIRECTORIES = 64


@dataclass(frozen=True)
class Directory:
    """The tags of one TIFF directory that tell what its picture is; `reduced` is a thumbnail or a mask."""

    photometric: int
    reduced: bool
    bits: int
    planes: bool
    floats: bool


def sniff(data: bytes) -> str | None:
    """JPEG, PNG, WebP, TIFF, AVIF, BMP, GIF, HEIC or raw; None where it is none of these."""
    for name, start, signature in SIGNATURES:
        if data.startswith(signature, start):
            return name
    if data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "raw" if any(d.photometric in (CFA, LINEAR_RAW) for d in directories(data)) else "TIFF"
    if data[4:8] == b"ftyp":
        length = min(max(int.from_bytes(data[:4], "big"), 16), 512)
        brands = [data[8:12], *(data[i : i + 4] for i in range(16, length, 4))]
        if b"avif" in brands or b"avis" in brands:
            return "AVIF"
        if HEIC_BRANDS.intersection(brands):
            return "HEIC"
    return None


def describe(data: bytes) -> str:
    """What a file is that is no photo, for people."""
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    for name, signature in FOREIGN:
        if data.startswith(signature) or start[: len(signature)].lower() == signature.lower():
            return name
    if data[4:8] == b"ftyp":
        return "a film or a picture of an unknown kind"
    if all(32 <= byte < 127 or byte in b"\t\r\n" for byte in data[:512]):
        return "a text"
    return f"a file that begins with {data[:8].hex(' ')}"


def directories(data: bytes, inner: bool = True) -> Iterator[Directory]:
    """The directories of a TIFF, with those inside others where `inner`; what is damaged ends the walk."""
    order = "<" if data[:2] == b"II" else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    word, entry, head, start = ("Q", 20, 8, 8) if big else ("I", 12, 2, 4)
    try:
        waiting = [struct.unpack_from(order + word, data, start)[0]]
        seen: set[int] = set()
        while waiting and len(seen) < MOST_DIRECTORIES:
            offset = waiting.pop(0)
            if not offset or offset in seen:
                continue
            seen.add(offset)
            (count,) = struct.unpack_from(order + ("Q" if big else "H"), data, offset)
            count = min(count, 4096)
            tags = {}
            for at in range(offset + head, offset + head + count * entry, entry):
                tag, kind = struct.unpack_from(order + "HH", data, at)
                if tag in WANTED:
                    tags[tag] = _values(data, at, order, word, kind)
            yield _directory({tag: values[0] for tag, values in tags.items() if values})
            waiting.extend(struct.unpack_from(order + word, data, offset + head + count * entry))
            if inner:
                waiting.extend(tags.get(330) or ())
    except (struct.error, OverflowError):  # an offset outside the file, or outside any file
        return


def _directory(tags: dict[int, int]) -> Directory:
    return Directory(
        photometric=tags.get(262, 0),
        reduced=bool(tags.get(254, 0) & 5) or tags.get(255) == 2,
        bits=tags.get(258, 1),
        planes=tags.get(284) == 2,
        floats=tags.get(339) == 3,
    )


def _values(data: bytes, at: int, order: str, word: str, kind: int) -> list[int]:
    """The first whole numbers of one entry, at most 16."""
    code = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}.get(kind)
    if code is None:
        return []
    (count,) = struct.unpack_from(order + word, data, at + 4)
    place = at + 4 + struct.calcsize(order + word)
    if count * struct.calcsize(code) > struct.calcsize(order + word):
        (place,) = struct.unpack_from(order + word, data, place)
    return list(struct.unpack_from(f"{order}{min(count, 16)}{code}", data, place))
