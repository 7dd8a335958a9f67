"""Samples of 16 bits and of floating point, rounded to 8 bits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

ROWS = 256
SWAPPED = {"B": "L", "L": "B", "N": "B" if np.little_endian else "L"}
"""The byte order that takes the low byte of each sample where the key takes the high one."""


def rounded(samples: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """The nearest of 256 levels to each of 65,536: round(x / 257), exact."""
    out = np.empty(samples.shape, np.uint8)
    for top in range(0, len(samples), ROWS):
        out[top : top + ROWS] = (samples[top : top + ROWS].astype(np.uint32) * 255 + 32895) >> 16
    return out


def joined(high: NDArray[np.uint8], low: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """`rounded` of samples given by their bytes: 257 * high + low - high is nearest to high or beside it."""
    out = np.empty(high.shape, np.uint8)
    for top in range(0, len(high), ROWS):
        part = high[top : top + ROWS]
        beyond = low[top : top + ROWS].astype(np.int16) - part
        out[top : top + ROWS] = part + (beyond > 128).astype(np.uint8) - (beyond < -128).astype(np.uint8)
    return out


def from_sixteen(open_again: Callable[[], ImageFile.ImageFile]) -> tuple[Image.Image, ImageFile.ImageFile]:
    """An 8-bit picture of 16-bit samples, and the file it comes from, loaded.

    Pillow keeps the high byte of a sample. The same data read in the other byte order gives the low one, so
    two passes give all 16 bits, whatever the compression.
    """
    first = open_again()
    if first.mode.startswith("I;16"):
        first.load()
        samples = np.asarray(first).astype(np.uint16, copy=False)
        key = first.info.get("transparency")
        return _without(Image.fromarray(rounded(samples)), None if key is None else samples == key), first
    second = open_again()
    if first.mode == "RGBA" and _raw_mode(first).startswith("LA"):
        return _grey_alpha(first, second), first
    second.tile = [t._replace(args=_other_byte(t.args)) for t in second.tile]
    first.load()
    second.load()
    high, low = np.asarray(first), np.asarray(second)
    both, key = Image.fromarray(joined(high, low), first.mode), first.info.get("transparency")
    if first.mode != "RGB" or key is None:
        return both, first
    pairs = (divmod(int(value), 256) for value in key)
    same = [(high[..., k] == upper) & (low[..., k] == lower) for k, (upper, lower) in enumerate(pairs)]
    return _without(both, np.logical_and.reduce(same)), first


def _without(image: Image.Image, clear: NDArray[np.bool_] | None) -> Image.Image:
    """The picture with the pixels of the transparent colour, which is exact to 16 bits, made clear."""
    if clear is not None:
        image.putalpha(Image.fromarray(np.where(clear, 0, 255).astype(np.uint8)))
    return image


def _grey_alpha(first: ImageFile.ImageFile, second: ImageFile.ImageFile) -> Image.Image:
    """Grey and alpha of 16 bits are laid out as four channels of 8: high and low of each."""
    second.tile = [t._replace(args="RGBA") for t in second.tile]
    first.load()
    second.load()
    four = np.asarray(second)
    return Image.fromarray(joined(four[..., 0::2], four[..., 1::2]), "LA")


def _raw_mode(image: ImageFile.ImageFile) -> str:
    args = image.tile[0].args
    return args if isinstance(args, str) else str((args or ("",))[0])


def _other_byte(args: tuple[Any, ...] | str | None) -> tuple[Any, ...] | str:
    if isinstance(args, tuple):
        return (_other_byte(args[0]), *args[1:])
    name = str(args)
    if not name.endswith((";16B", ";16L", ";16N")):
        raise ValueError(f"samples laid out as {name}")
    return name[:-1] + SWAPPED[name[-1]]


def from_float(samples: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Samples of 0 to 1, rounded; ValueError with what was found where they are anything else."""
    low, high = float(samples.min()), float(samples.max())
    if not np.isfinite(low) or not np.isfinite(high):
        raise ValueError("samples that are no finite numbers")
    if low < 0 or high > 1:
        raise ValueError(f"samples from {low:.6g} to {high:.6g}")
    out = np.empty(samples.shape, np.uint8)
    for top in range(0, len(samples), ROWS):
        out[top : top + ROWS] = np.rint(samples[top : top + ROWS].astype(np.float64) * 255)
    return out
