"""Other people's measures agree with ours: photographs processed by strength are put in the same order.

The second opinions are scikit-image's, OpenCV's or written here from their papers. Each photograph is
processed from slight to strong, by Pillow or scikit-image where they can; a metric's difference from the
unprocessed photo is set beside the other measure's. Cast, banding and smearing have none here: shades of
grey (Finlayson and Trezzi 2004) judges casts otherwise than grey-edge does, and of the other two we know no
measure whose code is kept. Bounds leave a little room below what was found (docs/conventions.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter
from scipy.stats import spearmanr
from skimage import color, filters, measure, restoration

from photographs import NAMES, Pixels, picture
from twinlens.features.pyramid import Pyramid
from twinlens.metrics import metrics

Floats = NDArray[np.float64]
SIZE = 384
"""Pixels of the cuts' sides: what is judged at 100 % is measured at 100 %."""
EVERY = 3
"""Of the shared photographs each third is looked at, which keeps this quick."""


def rounded(values: Floats) -> Pixels:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


def luma(photo: Pixels) -> Floats:
    return np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), np.float64)


def chroma(photo: Pixels) -> Floats:
    return np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2YCrCb), np.float64)[..., 1:]


def enhanced(kind: Any) -> Callable[[Pixels, float], Pixels]:
    return lambda photo, strength: np.asarray(kind(Image.fromarray(photo)).enhance(strength))


def noisy(photo: Pixels, sigma: float) -> Pixels:
    return rounded(photo + np.random.default_rng(1).normal(0, sigma, (*photo.shape[:2], 1)))


def speckled(photo: Pixels, sigma: float) -> Pixels:
    planes = np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2YCrCb), np.float64)
    planes[..., 1:] += np.random.default_rng(1).normal(0, sigma, planes[..., 1:].shape)
    return np.asarray(cv2.cvtColor(rounded(planes), cv2.COLOR_YCrCb2RGB), np.uint8)


def blurred(photo: Pixels, radius: float) -> Pixels:
    return np.asarray(Image.fromarray(photo).filter(ImageFilter.GaussianBlur(radius)))


def sharpened(photo: Pixels, amount: float) -> Pixels:
    return rounded(255 * filters.unsharp_mask(photo, radius=2, amount=amount, channel_axis=2))


def blurred_or_sharpened(photo: Pixels, strength: float) -> Pixels:
    return blurred(photo, -strength) if strength < 0 else sharpened(photo, strength)


def compressed(photo: Pixels, quality: float) -> Pixels:
    with BytesIO() as file:
        Image.fromarray(photo).save(file, "JPEG", quality=int(quality))
        with Image.open(file) as image:
            return np.asarray(image)


def colourfulness(photo: Pixels, _: Pixels) -> float:
    """M3 of Hasler and Süsstrunk 2003, Measuring colourfulness in natural images."""
    red, green, blue = photo.astype(np.float64).transpose(2, 0, 1)
    first, second = red - green, (red + green) / 2 - blue
    return float(np.hypot(first.std(), second.std()) + 0.3 * np.hypot(first.mean(), second.mean()))


def blockiness(photo: Pixels, _: Pixels) -> float:
    """B of Wang, Sheikh and Bovik 2002, the mean step at block borders, less the mean of all steps."""
    found = []
    for plane in (luma(photo), luma(photo).T):
        steps = np.abs(np.diff(plane, axis=1))
        found.append(steps[:, 7::8].mean() - steps.mean())
    return float(np.mean(found))


def spilled(photo: Pixels, original: Pixels) -> float:
    """How far a photo's tones reach beyond those within two pixels of the same place in the original."""
    near = np.ones((5, 5), np.uint8)
    low, high = cv2.erode(luma(original), near), cv2.dilate(luma(original), near)
    return float((np.maximum(luma(photo) - high, 0) + np.maximum(low - luma(photo), 0)).mean())


def lost(photo: Pixels, _: Pixels) -> float:
    """The share of pixels with two channels at the top or all at the bottom."""
    return float((((photo >= 254).sum(axis=2) >= 2) | (photo.max(axis=2) <= 1)).mean())


@dataclass(frozen=True)
class Opinion:
    """Another measure of what a metric measures, how photos are graded, and how well the orders agree.

    `pooled` is the least rank correlation over all photographs together; `sign` is -1 where the other
    measure falls as ours rises.
    """

    metric: str
    make: Callable[[Pixels, float], Pixels]
    strengths: Sequence[float]
    other: Callable[[Pixels, Pixels], float]
    pooled: float
    sign: int = 1


def sigma(photo: Pixels, _: Pixels) -> float:
    """Donoho and Johnstone 1994, from wavelets."""
    return float(restoration.estimate_sigma(luma(photo)))


def chroma_sigma(photo: Pixels, _: Pixels) -> float:
    """The same of Cr and Cb."""
    return float(restoration.estimate_sigma(chroma(photo), channel_axis=2, average_sigmas=True))


def blur(photo: Pixels, _: Pixels) -> float:
    """Crete, Dolmiere, Ladret and Nicolas 2007; higher is softer."""
    return float(measure.blur_effect(luma(photo)))


def detail(photo: Pixels, _: Pixels) -> float:
    """Variance of the Laplacian, Pech-Pacheco and others 2000."""
    return float(cv2.Laplacian(luma(photo), cv2.CV_64F).var())


def lightness(photo: Pixels, _: Pixels) -> float:
    """Mean L*."""
    return float(color.rgb2lab(photo)[..., 0].mean())


def spread(photo: Pixels, _: Pixels) -> float:
    """Standard deviation of L*: RMS contrast, Peli 1990."""
    return float(color.rgb2lab(photo)[..., 0].std())


def luma_spread(photo: Pixels, _: Pixels) -> float:
    """Standard deviation of luma."""
    return float(luma(photo).std())


TONES = (0.3, 0.7, 1.2, 1.5)
OPINIONS = (
    Opinion("noise", noisy, (1, 2, 4, 8, 16), sigma, 0.9),
    Opinion("chroma_noise", speckled, (2, 4, 8, 16), chroma_sigma, 0.9),
    Opinion("sharpness", blurred_or_sharpened, (-3, -2, -1.2, -0.6, 0.3, 0.6, 1, 2), blur, 0.9, -1),
    Opinion("texture", blurred, (0.4, 0.6, 0.9, 1.3, 2), detail, 0.7),
    Opinion("halo", sharpened, (0.3, 0.6, 1, 2, 3), spilled, 0.7),
    Opinion("saturation", enhanced(ImageEnhance.Color), (0, 0.3, 0.6, 1.4, 2), colourfulness, 0.8),
    Opinion("blocking", compressed, (90, 70, 50, 30, 15, 8), blockiness, 0.9),
    Opinion("contrast", enhanced(ImageEnhance.Contrast), TONES, spread, 0.95),
    Opinion("local_contrast", enhanced(ImageEnhance.Contrast), TONES, luma_spread, 0.9),
    Opinion("exposure", enhanced(ImageEnhance.Brightness), TONES, lightness, 0.99),
    Opinion("clipping", enhanced(ImageEnhance.Brightness), (1.1, 1.3, 1.6, 2), lost, 0.95),
)
RISES = {"noise", "chroma_noise", "halo", "blocking", "clipping"}
"""Metrics of which more is worse."""


@pytest.fixture(scope="module")
def shipped() -> list[Pixels]:
    """Cuts of the photographs that ship with scikit-image."""
    cuts = [picture(name) for name in NAMES]
    return [np.ascontiguousarray(cut[-SIZE:, :SIZE]) for cut in cuts]


@pytest.fixture(scope="module")
def shared(data: Path) -> list[Pixels]:
    """The middles of shared photographs of people and scenes, cut at the borders of their blocks."""
    files = sorted([*(data / "photos").glob("portrait_*.jpg"), *(data / "photos").glob("scene_*.jpg")])
    cuts = []
    for file in files[::EVERY]:
        with Image.open(file) as image:
            left, top = ((side - SIZE) // 16 * 8 for side in image.size)
            cuts.append(np.asarray(image.convert("RGB").crop((left, top, left + SIZE, top + SIZE))))
    return cuts


def differences(opinion: Opinion, original: Pixels) -> tuple[list[float], list[float]]:
    """By strength: how much more the metric and the other measure find in the processed photo."""
    ours, theirs = [], []
    before = opinion.other(original, original)
    for strength in opinion.strengths:
        processed = opinion.make(original, strength)
        grid = Pyramid.of(original, processed)
        found = metrics()[opinion.metric].measure(grid, np.ones(grid.shape, np.float32))
        if found is not None:
            ours.append(found[1] - found[0])
            theirs.append(opinion.sign * (opinion.other(processed, original) - before))
    return ours, theirs


@pytest.mark.parametrize("source", ["shipped", "shared"])
@pytest.mark.parametrize("opinion", OPINIONS, ids=[opinion.metric for opinion in OPINIONS])
def test_the_order_is_that_of_another_measure(
    opinion: Opinion, source: str, request: pytest.FixtureRequest
) -> None:
    found = [differences(opinion, photo) for photo in request.getfixturevalue(source)]
    told = [(ours, theirs) for ours, theirs in found if len(ours) > 2]
    assert len(told) >= 0.7 * len(found)
    for ours, theirs in told:
        assert spearmanr(ours, theirs).statistic >= 0.9 - 1e-9  # two neighbours of five exchanged
    ours, theirs = (np.concatenate(side) for side in zip(*told, strict=True))
    assert spearmanr(ours, theirs).statistic >= opinion.pooled
    assert np.mean(np.sign(ours) == np.sign(theirs)) >= 0.9


@pytest.mark.parametrize("opinion", OPINIONS, ids=[opinion.metric for opinion in OPINIONS])
def test_more_of_it_is_better_or_worse_as_it_should_be(opinion: Opinion) -> None:
    better = {"saturation": "target", "exposure": "target"}.get(opinion.metric)
    expected = better or ("lower" if opinion.metric in RISES else "higher")
    assert metrics()[opinion.metric].better == expected
