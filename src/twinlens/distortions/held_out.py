"""Ways of processing that no weight was fitted on, for photographs that no weight was fitted on either.

Each kind takes uint8 sRGB pixels (height, width, 3) and a strength: 1 slight, 2 visible, 3 strong; it returns
pixels of the same shape, the same ones each time. In each the unprocessed photo is clearly the better from
strength 2 on. Kinds whose winner is open to taste (an S-curve, a glow, a dark photo made brighter, a picture
style) are left out. Lengths are in pixels of a photo of 2048 pixels on its long side and grow with it. `UNSEEN`
of twinlens.distortions.defects is part of the list; none is of the kinds and strengths of `DEFECTS`, which are
for tuning.

The list was fixed before any judge saw it. Add to it, but take nothing out because a judge fails at it.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps
from skimage.restoration import denoise_tv_chambolle

from twinlens.distortions.defects import UNSEEN, Pixels, Process

STRENGTHS = (1, 2, 3)


def pixels_of(values: NDArray[Any]) -> Pixels:
    return np.ascontiguousarray(np.clip(np.rint(values), 0, 255), np.uint8)


def grown(photo: Pixels) -> float:
    """How many pixels of this photo are one of a photo of 2048."""
    return float(max(photo.shape[:2])) / 2048


def chance(photo: Pixels) -> np.random.Generator:
    """Random numbers that depend on the photo only."""
    return np.random.default_rng(int(photo[:: max(1, photo.shape[0] // 64)].sum()) + 1)


def resized(photo: Pixels, times: float, down: int, up: int) -> Pixels:
    """Made smaller by so much, and brought back."""
    height, width = photo.shape[:2]
    factor = 1 + (times - 1) * max(0.5, grown(photo))
    small = cv2.resize(photo, (round(width / factor), round(height / factor)), interpolation=down)
    return np.asarray(cv2.resize(small, (width, height), interpolation=up), np.uint8)


def nearest(photo: Pixels, strength: int) -> Pixels:
    """An upscaler that repeats pixels."""
    return resized(photo, (2, 4, 7)[strength - 1], cv2.INTER_AREA, cv2.INTER_NEAREST)


def cubic(photo: Pixels, strength: int) -> Pixels:
    """An upscaler that invents nothing."""
    return resized(photo, (2.5, 5, 9)[strength - 1], cv2.INTER_AREA, cv2.INTER_CUBIC)


def aliased(photo: Pixels, strength: int) -> Pixels:
    """Made smaller without a filter, so that edges have steps, and enlarged by Lanczos."""
    return resized(photo, (2.5, 5, 9)[strength - 1], cv2.INTER_NEAREST, cv2.INTER_LANCZOS4)


def checker(photo: Pixels, strength: int) -> Pixels:
    """The chequered pattern that upscaling networks leave."""
    side = max(1, round(2 * grown(photo)))
    rows, columns = (np.arange(size) // side % 2 for size in photo.shape[:2])
    sign = np.where(rows[:, None] == columns[None], 1.0, -1.0)[..., None]
    return pixels_of(photo + sign * (0.03, 0.06, 0.12)[strength - 1] * (photo + 20.0))


def sinc(photo: Pixels, strength: int) -> Pixels:
    """All above a frequency cut off at once: every edge rings."""
    keep = (0.35, 0.2, 0.1)[strength - 1] / max(0.5, grown(photo))
    down, across = np.fft.fftfreq(photo.shape[0])[:, None], np.fft.rfftfreq(photo.shape[1])
    passes = np.hypot(down, across) < keep / 2
    planes = [np.fft.irfft2(np.fft.rfft2(plane) * passes, plane.shape) for plane in np.moveaxis(photo, 2, 0)]
    return pixels_of(np.stack(planes, axis=2))


def nlm(photo: Pixels, strength: int) -> Pixels:
    """Non-local means, too strong: texture goes, borders stay."""
    h = (6, 14, 28)[strength - 1]
    return np.asarray(cv2.fastNlMeansDenoisingColored(photo, None, h, h, 5, 9), np.uint8)


def total_variation(photo: Pixels, strength: int) -> Pixels:
    """Total-variation denoising, too strong: flat patches."""
    weight = (0.06, 0.15, 0.35)[strength - 1]
    made = denoise_tv_chambolle(  # type: ignore[no-untyped-call]
        photo / np.float32(255), weight, max_num_iter=20, channel_axis=2
    )
    return pixels_of(made * 255)


def surface(photo: Pixels, strength: int) -> Pixels:
    """An edge-preserving filter, too strong: skin as of plastic."""
    reach = (20, 40, 80)[strength - 1] * grown(photo)
    return np.asarray(
        cv2.edgePreservingFilter(photo, None, cv2.RECURS_FILTER, reach, (0.15, 0.3, 0.6)[strength - 1])
    )


def sharpen(photo: Pixels, strength: int) -> Pixels:
    """Unsharp masking of about one pixel's radius, far too strong."""
    mask = ImageFilter.UnsharpMask(1.2 * max(0.6, grown(photo)), (250, 600, 1400)[strength - 1], 0)
    return np.array(Image.fromarray(photo).filter(mask))


def jpeg2000(photo: Pixels, strength: int) -> Pixels:
    """Compressed by wavelets until it smears."""
    rate = (60, 150, 400)[strength - 1]
    return saved(photo, "JPEG2000", quality_mode="rates", quality_layers=[rate], irreversible=True)


def avif(photo: Pixels, strength: int) -> Pixels:
    """AVIF of low quality."""
    return saved(photo, "AVIF", quality=(20, 8, 1)[strength - 1], speed=8, max_threads=1)


def saved(photo: Pixels, kind: str, **options: Any) -> Pixels:
    file = BytesIO()
    Image.fromarray(photo).save(file, kind, **options)
    return np.array(Image.open(file).convert("RGB"))


def poisson(photo: Pixels, strength: int) -> Pixels:
    """The noise of too few photons: more of it in bright places."""
    white = (700, 180, 45)[strength - 1]
    return pixels_of(chance(photo).poisson(photo * (white / 255)) * (255 / white))


def chroma_noise(photo: Pixels, strength: int) -> Pixels:
    """Coloured blotches; the lightness stays."""
    planes = np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2YCrCb), np.float32)
    noise = chance(photo).normal(0, 1, (*photo.shape[:2], 2)).astype(np.float32)
    noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), 2.0 * max(0.5, grown(photo))))
    planes[..., 1:] += noise * ((5, 11, 22)[strength - 1] / noise.std())
    return np.asarray(cv2.cvtColor(pixels_of(planes), cv2.COLOR_YCrCb2RGB), np.uint8)


def salt(photo: Pixels, strength: int) -> Pixels:
    """Dead and hot pixels."""
    drawn = chance(photo).random(photo.shape[:2])[..., None]
    share = (0.0005, 0.003, 0.02)[strength - 1]
    return np.where(drawn < share, 255, np.where(drawn > 1 - share, 0, photo)).astype(np.uint8)


def rows(photo: Pixels, strength: int) -> Pixels:
    """Stripes of a sensor: each row a little too light or too dark."""
    offsets = chance(photo).normal(0, (2, 5, 10)[strength - 1], (photo.shape[0], 1, 1))
    return pixels_of(photo + offsets)


def blur_noise(photo: Pixels, strength: int) -> Pixels:
    """Out of focus, and noisy on top."""
    soft = cv2.GaussianBlur(photo, (0, 0), (1.5, 3.0, 5.0)[strength - 1] * max(0.5, grown(photo)))
    return pixels_of(soft + chance(photo).normal(0, (4, 8, 16)[strength - 1], photo.shape))


def defocus(photo: Pixels, strength: int) -> Pixels:
    """Out of focus: every point a disc."""
    radius = (2.0, 5.0, 10.0)[strength - 1] * max(0.5, grown(photo))
    y, x = np.mgrid[-np.ceil(radius) : np.ceil(radius) + 1, -np.ceil(radius) : np.ceil(radius) + 1]
    disc = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    return np.asarray(cv2.filter2D(photo, -1, disc / disc.sum(), borderType=cv2.BORDER_REFLECT))


def chroma_blur(photo: Pixels, strength: int) -> Pixels:
    """Colours that run over the borders of things."""
    planes = np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2YCrCb))
    planes[..., 1:] = cv2.GaussianBlur(planes[..., 1:], (0, 0), (8, 24, 60)[strength - 1] * grown(photo))
    return np.asarray(cv2.cvtColor(planes, cv2.COLOR_YCrCb2RGB), np.uint8)


def moved(photo: Pixels, across: float, down: float) -> Pixels:
    shift = np.array([[1, 0, across], [0, 1, down]], np.float32)
    height, width = photo.shape[:2]
    return np.asarray(cv2.warpAffine(photo, shift, (width, height), borderMode=cv2.BORDER_REPLICATE))


def fringe(photo: Pixels, strength: int) -> Pixels:
    """Red and blue out of place: coloured borders."""
    way = (2, 5, 10)[strength - 1] * max(0.5, grown(photo))
    red, blue = moved(photo, way, way / 2)[..., 0], moved(photo, -way, -way / 2)[..., 2]
    return np.stack([red, photo[..., 1], blue], axis=2)


def ghost(photo: Pixels, strength: int) -> Pixels:
    """Two exposures that do not lie on each other."""
    way = (6, 14, 30)[strength - 1] * grown(photo)
    return pixels_of(0.65 * photo + 0.35 * moved(photo, way, way / 3))


def dim(photo: Pixels, strength: int) -> Pixels:
    """Far too dark."""
    return pixels_of(photo * (0.8, 0.55, 0.3)[strength - 1])


def haze(photo: Pixels, strength: int) -> Pixels:
    """A veil of light grey."""
    k = (0.15, 0.35, 0.6)[strength - 1]
    return pixels_of(photo * (1 - k) + 205 * k)


def flat(photo: Pixels, strength: int) -> Pixels:
    """Contrast taken out, about the photo's own mean."""
    return pixels_of(photo.mean() + (0.8, 0.5, 0.3)[strength - 1] * (photo - photo.mean()))


def posterize(photo: Pixels, strength: int) -> Pixels:
    """Steps where tones should run smoothly."""
    bits = (5, 4, 3)[strength - 1]
    return np.array(ImageOps.posterize(Image.fromarray(photo), bits)) + np.uint8(128 >> bits)


def palette(photo: Pixels, strength: int) -> Pixels:
    """A few colours stand for all."""
    few = Image.fromarray(photo).quantize((64, 24, 10)[strength - 1], dither=Image.Dither.NONE)
    return np.array(few.convert("RGB"))


def gains(photo: Pixels, red: float, green: float, blue: float) -> Pixels:
    return pixels_of(photo * np.array([1 + red, 1 + green, 1 + blue]))


def cool(photo: Pixels, strength: int) -> Pixels:
    """White balance too blue."""
    k = (0.07, 0.15, 0.3)[strength - 1]
    return gains(photo, -k, 0, k)


def green(photo: Pixels, strength: int) -> Pixels:
    """White balance too green."""
    k = (0.05, 0.11, 0.22)[strength - 1]
    return gains(photo, -k, k, -k)


def magenta(photo: Pixels, strength: int) -> Pixels:
    """White balance too magenta."""
    k = (0.05, 0.11, 0.22)[strength - 1]
    return gains(photo, k, -k, k)


def hue(photo: Pixels, strength: int) -> Pixels:
    """All hues turned."""
    turn = np.deg2rad((12, 30, 70)[strength - 1])
    planes = np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2YCrCb), np.float64)
    red, blue = planes[..., 1] - 128, planes[..., 2] - 128
    planes[..., 1] = 128 + np.cos(turn) * red - np.sin(turn) * blue
    planes[..., 2] = 128 + np.sin(turn) * red + np.cos(turn) * blue
    return np.asarray(cv2.cvtColor(pixels_of(planes), cv2.COLOR_YCrCb2RGB), np.uint8)


def mix(photo: Pixels, strength: int) -> Pixels:
    """A wrong colour matrix: each channel leaks into the next; greys stay."""
    k = (0.15, 0.35, 0.6)[strength - 1]
    return pixels_of((1 - k) * photo + k * np.roll(photo, 1, axis=2).astype(np.float64))


FAMILIES: dict[str, tuple[Process, ...]] = {
    "upscaling": (nearest, cubic, aliased, checker, sinc),
    "denoising": (nlm, total_variation, surface),
    "sharpening": (sharpen,),
    "compression": (jpeg2000, avif),
    "noise": (poisson, chroma_noise, salt, rows, blur_noise),
    "blur": (defocus, chroma_blur, fringe, ghost),
    "tone": (dim, haze, flat, posterize, palette),
    "colour": (cool, green, magenta, hue, mix),
}
KINDS: dict[str, Process] = {
    **{make.__name__: make for family in FAMILIES.values() for make in family},
    **{defect.name: defect.make for defect in UNSEEN},
}
"""Every kind by name."""
