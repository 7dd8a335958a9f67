"""Colours stated by number (ITU-T H.273): cICP of PNG, nclx of AVIF and HEIC, those of JPEG XL, primaries.

Primaries with an ordinary curve become an ICC profile, which `icc` applies; PQ and HLG become linear light,
which `light` tone-maps. BT.709's curve is taken as that of sRGB, as screens show it.
"""

import struct
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from twinlens.imaging import light
from twinlens.imaging.picture import Picture

Primaries = tuple[float, ...]
"""x and y of red, green, blue and white."""
D65, DCI, C = (0.3127, 0.3290), (0.314, 0.351), (0.310, 0.316)
SRGB: Primaries = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, *D65)
PRIMARIES: dict[int, tuple[str, Primaries]] = {
    1: ("BT.709", SRGB),
    4: ("BT.470 M", (0.67, 0.33, 0.21, 0.71, 0.14, 0.08, *C)),
    5: ("BT.470 BG", (0.64, 0.33, 0.29, 0.60, 0.15, 0.06, *D65)),
    6: ("BT.601", (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, *D65)),
    7: ("SMPTE 240M", (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, *D65)),
    9: ("BT.2020", (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, *D65)),
    11: ("DCI-P3", (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, *DCI)),
    12: ("Display P3", (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, *D65)),
}
UNSTATED, SAME = 2, (1, 2, 6, 13, 14, 15)
"""A number for what is not stated, and transfers taken as the curve of sRGB."""
GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0}
PCS = np.array([0.9642, 1.0, 0.8249])
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def coloured(picture: Picture, primaries: int, transfer: int) -> Picture:
    """The picture with colours stated by number applied, or noted where they are of a kind that is not."""
    if primaries in (1, UNSTATED) and transfer in SAME:
        return picture
    name, chromaticities = PRIMARIES.get(primaries, ("", SRGB))
    if primaries == UNSTATED:
        name = "BT.709"
    if not name or transfer not in (*SAME, *GAMMAS, *light.NAMES):
        picture.notes.append(
            f"colours stated as primaries {primaries}, transfer {transfer} were not applied; taken as sRGB"
        )
    elif transfer in light.NAMES:
        return _hdr(picture, to_srgb(chromaticities), transfer)
    else:
        picture.profile = profile(name, chromaticities, GAMMAS.get(transfer, 0.0))
    return picture


def _hdr(picture: Picture, matrix: NDArray[np.float64], transfer: int) -> Picture:
    alpha = picture.image.getchannel("A") if "A" in picture.image.getbands() else None
    samples = picture.deep if picture.deep is not None else np.asarray(picture.image.convert("RGB"))
    picture.image = Image.fromarray(light.from_hdr(samples, transfer, matrix))
    if alpha is not None:
        picture.image.putalpha(alpha)
    picture.profile = None
    picture.notes.append(light.HDR.format(light.NAMES[transfer]))
    return picture


def to_xyz(primaries: Primaries, white: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """The matrix (3, 3) from linear RGB of some primaries to XYZ, adapted to a white (Bradford) if given."""
    x, y = np.array(primaries[0::2], float), np.array(primaries[1::2], float)
    columns = np.stack([x / y, np.ones(4), (1 - x - y) / y])
    own = columns[:, 3]
    matrix = columns[:, :3] * np.linalg.solve(columns[:, :3], own)
    if white is None:
        return np.asarray(matrix, np.float64)
    gain = (BRADFORD @ white) / (BRADFORD @ own)
    return np.asarray(np.linalg.inv(BRADFORD) @ np.diag(gain) @ BRADFORD @ matrix, np.float64)


def to_srgb(primaries: Primaries) -> NDArray[np.float64]:
    """The matrix (3, 3) from linear RGB of some primaries to that of sRGB.

    >>> bool(np.allclose(to_srgb(SRGB), np.eye(3)))
    True
    """
    return np.asarray(np.linalg.inv(to_xyz(SRGB, PCS)) @ to_xyz(primaries, PCS), np.float64)


@lru_cache(16)
def profile(name: str, primaries: Primaries, gamma: float) -> bytes:
    """An ICC profile (version 2) of primaries and a gamma; a gamma of 0 stands for the curve of sRGB."""
    level = np.linspace(0, 1, 1024)
    curve = (
        np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
        if not gamma
        else level**gamma
    )
    samples = np.rint(curve * 65535).astype(">u2").tobytes()
    text = struct.pack(">4s4xI", b"desc", len(name) + 1) + name.encode() + bytes(79)
    tags = {b"desc": text, b"wtpt": _xyz(PCS)}
    tags |= dict(zip((b"rXYZ", b"gXYZ", b"bXYZ"), map(_xyz, to_xyz(primaries, PCS).T), strict=True))
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), struct.pack(">4s4xI", b"curv", 1024) + samples)
    body, table, start = b"", struct.pack(">I", len(tags)), 132 + 12 * len(tags)
    for tag, value in tags.items():
        table += struct.pack(">4sII", tag, start + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    head = struct.pack(">I4xI4s4s4s12x4s", start + len(body), 0x02400000, b"mntr", b"RGB ", b"XYZ ", b"acsp")
    return head.ljust(68, b"\0") + _xyz(PCS)[8:] + bytes(48) + table + body


def _xyz(value: NDArray[np.float64]) -> bytes:
    return struct.pack(">4s4x3i", b"XYZ ", *(round(float(x) * 65536) for x in value))
