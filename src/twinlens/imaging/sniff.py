"""The format of a file by its first bytes; nothing is decoded here."""

SIGNATURES: tuple[tuple[str, int, tuple[bytes, ...]], ...] = (
    ("JPEG", 0, (b"\xff\xd8\xff",)),
    ("PNG", 0, (b"\x89PNG\r\n\x1a\n",)),
    ("GIF", 0, (b"GIF87a", b"GIF89a")),
    ("WebP", 8, (b"WEBP",)),
    ("TIFF", 0, (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
    ("raw", 0, (b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0")),
    ("raw", 4, (b"ftypcrx ",)),
    ("BMP", 0, (b"BM",)),
    ("JPEG XL", 0, (b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")),
    ("OpenEXR", 0, (b"\x76\x2f\x31\x01",)),
)
"""Names of formats, and after how many bytes a file of theirs has one of which signatures."""
KINDS = (b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"f")
FOREIGN = {
    "a PDF document": (b"%pdf",),
    "a ZIP archive": (b"pk\x03\x04",),
    "a Photoshop document": (b"8bps",),
    "a JPEG 2000 picture": (b"\x00\x00\x00\x0cjp  ",),
    "a JPEG 2000 codestream": (b"\xffo\xffq",),
    "a JPEG XR picture": (b"ii\xbc\x01",),
    "a Radiance picture": (b"#?radiance", b"#?rgbe"),
    "a Windows icon": (b"\0\0\1\0", b"\0\0\2\0"),
    "an icon of macOS": (b"icns",),
    "a GIMP document": (b"gimp xcf",),
    "a PostScript document": (b"%!ps", b"\xc5\xd0\xd3\xc6"),
    "a Netpbm picture": tuple(b"p" + kind + end for kind in KINDS for end in (b"\n", b"\r", b" ")),
    "a QOI picture": (b"qoif",),
    "a DirectDraw surface": (b"dds ",),
    "a FITS file": (b"simple  =",),
    "a NumPy array": (b"\x93numpy",),
    "an HDF5 file": (b"\x89hdf\r\n",),
    "a gzip archive": (b"\x1f\x8b",),
    "a 7z archive": (b"7z\xbc\xaf",),
    "a RAR archive": (b"rar!\x1a",),
    "an SQLite database": (b"sqlite format",),
    "a Matroska or WebM film": (b"\x1ae\xdf\xa3",),
    "a JSON document": (b"{", b"["),
    "a web page": (b"<!doctype", b"<html"),
    "an SVG drawing": (b"<svg",),
    "an XML document": (b"<?xml",),
    "a Git LFS pointer, not the photo it stands for": (b"version https://git-lfs",),
}
"""How what is no photo begins, in lower case."""
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


def sniff(data: bytes) -> str | None:
    """JPEG, PNG, WebP, TIFF, AVIF, BMP, GIF, HEIC, JPEG XL, OpenEXR or raw; None where it is none of these.

    A TIFF may yet be raw: its pages say so.

    >>> sniff(b"GIF89a"), sniff(b"%PDF-1.7")
    ('GIF', None)
    """
    for name, start, signatures in SIGNATURES:
        if data.startswith(signatures, start):
            return name
    if data[4:8] == b"ftyp":
        length = min(max(int.from_bytes(data[:4], "big"), 16), 512)
        brands = [data[8:12], *(data[i : i + 4] for i in range(16, length, 4))]
        if b"avif" in brands or b"avis" in brands:
            return "AVIF"
        if HEIC_BRANDS.intersection(brands):
            return "HEIC"
    return None


def describe(data: bytes) -> str:
    """What a file is that is no photo, for people.

    >>> describe(b"%PDF-1.7"), describe(b"\\0\\1")
    ('a PDF document', 'a file that begins with 00 01')
    """
    start = data[:512].lower()
    for name, signatures in FOREIGN.items():
        if start.startswith(signatures) or start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(signatures):
            return name
    if data[:4] == b"RIFF":
        return "a film or a sound (RIFF)"
    if data[128:132] == b"DICM":
        return "a DICOM file"
    if data[4:8] == b"ftyp":
        return "a film or a picture of an unknown kind"
    if all(32 <= byte < 127 or byte in b"\t\r\n" for byte in data[:512]):
        return "a text"
    return f"a file that begins with {data[:8].hex(' ')}"
