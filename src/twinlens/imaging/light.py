"""Linear light becomes 8 bits of sRGB by one rule, whatever file it came from.

Light is counted in multiples of diffuse white. In the primaries of sRGB, what is negative is 0; a pixel whose
strongest channel is at most 0.8 stays as it is; above, the channel is brought below 1 and the pixel towards
white, by the tone mapper Khronos PBR Neutral (Khronos Group, 2024, without its offset for reflections in
rendered scenes). Then comes the curve of sRGB. The rule looks at no other pixel, so that exposure compares.

PQ (SMPTE ST 2084) and HLG (ARIB STD-B67, shown at 1000 cd/m²) become light as ITU-R BT.2100 says; diffuse
white is 203 cd/m² (ITU-R BT.2408).
"""

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

PART, LEVELS = 1 << 16, 1 << 18
START, DESATURATION = 0.8, 0.15
WHITE, PEAK = 203.0, 1000.0
"""Diffuse white and the peak of an HLG display, cd/m²."""
PQ, HLG = 16, 18
"""Transfer characteristics of ITU-T H.273."""
NAMES = {PQ: "PQ", HLG: "HLG"}
NOTE = "linear light, tone-mapped: brighter than 0.8 of white is compressed (Khronos PBR Neutral)"
HDR = "HDR ({}), tone-mapped: brighter than 0.8 of white, 203 cd/m², is compressed (Khronos PBR Neutral)"
LUMA = np.array([0.2627, 0.6780, 0.0593])
"""Luminance of BT.2020's primaries."""


def tone_mapped(light: NDArray[Any], matrix: NDArray[np.float64]) -> NDArray[np.uint8]:
    """8 bits of sRGB (height, width, 3) of light, (height, width) or (height, width, 3).

    Diffuse white is 1; `matrix` (3, 3) takes its primaries to those of sRGB.

    >>> tone_mapped(np.array([[0.0, 0.5, 1.0, 100.0]]), np.eye(3))[0, :, 0].tolist()
    [0, 188, 243, 255]
    """
    made = np.empty((*light.shape[:2], 3), np.uint8)
    for rows in _parts(light.shape):
        part = np.asarray(light[rows], np.float32)
        made[rows] = _shown(np.repeat(part[..., None], 3, axis=2) if part.ndim == 2 else part, matrix)
    return made


def _parts(shape: tuple[int, ...]) -> Iterator[slice]:
    """The rows of a picture, some at a time, since light takes four times the room of the picture."""
    step = max(1, PART // max(1, shape[1]))
    return (slice(top, top + step) for top in range(0, shape[0], step))


def _shown(light: NDArray[np.float32], matrix: NDArray[np.float64]) -> NDArray[np.uint8]:
    rgb = np.maximum(light.reshape(-1, 3) @ matrix.T.astype(np.float32), 0)
    peak = np.maximum(np.maximum(rgb[:, 0], rgb[:, 1]), rgb[:, 2])
    bright = np.flatnonzero(peak > START)
    if bright.size:
        room, top = 1 - START, peak[bright, None]
        lowered = 1 - room**2 / (top + room - START)
        white = 1 - 1 / (DESATURATION * (top - lowered) + 1)
        rgb[bright] = rgb[bright] * (lowered / top) * (1 - white) + lowered * white
    shown = _curve()[np.rint(np.minimum(rgb, 1) * LEVELS).astype(np.int32)]
    return np.asarray(shown.reshape(light.shape), np.uint8)


@cache
def _curve() -> NDArray[np.uint8]:
    """The code value of sRGB for each of `LEVELS` + 1 levels of light from 0 to 1."""
    light = np.arange(LEVELS + 1) / LEVELS
    curve = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(curve * 255), np.uint8)


def from_hdr(samples: NDArray[Any], transfer: int, matrix: NDArray[np.float64]) -> NDArray[np.uint8]:
    """8 bits of sRGB of PQ or HLG samples, uint8 or uint16 of full range (height, width, 3)."""
    table = _table(transfer, np.iinfo(samples.dtype).max)
    made = np.empty(samples.shape, np.uint8)
    for rows in _parts(samples.shape):
        light = table[samples[rows]]
        if transfer == HLG:  # scene light, which a display of this peak shows with this exponent
            luminance = light @ LUMA.astype(np.float32)
            light = light * (PEAK / WHITE * np.maximum(luminance, 1e-6) ** 0.2)[..., None]
        made[rows] = _shown(light, matrix)
    return made


@lru_cache(4)
def _table(transfer: int, top: int) -> NDArray[np.float32]:
    """Light of each code value: of PQ in multiples of white, of HLG of the scene (0 to 1)."""
    signal = np.arange(top + 1) / top
    if transfer == PQ:
        power = signal ** (1 / 78.84375)
        light = (
            10_000
            / WHITE
            * (np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)) ** (1 / 0.1593017578125)
        )
    else:
        bright = (np.exp((signal - 0.55991073) / 0.17883277) + 0.28466892) / 12
        light = np.where(signal <= 0.5, signal**2 / 3, bright)
    return np.asarray(light, np.float32)
