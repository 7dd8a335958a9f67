"""Sharpened or the other blurred, noise or detail: fits the weights of the signs that tell, and how often they are right.

    .venv/bin/python recipes/signs.py        about 3 minutes; rewrites the part of docs/conventions.md between its marks

The photographs of recipes/casts.py, at most 1280 pixels, are processed in the ways below, in three strengths. Either
photo of a pair can be the processed one: a sharper photo is sharpened where sharpening made it, not where the other was
blurred, denoised, compressed or given another tone curve; what a photo has alone is noise where noise was added, and
detail where the other lost it. The photographs of hecd, scans of grainy film, are not denoised. Each photograph is told
by what was fitted on the others; intervals: 95 %, bootstrap over photographs. What it fits goes by hand into
`twinlens.metrics.halo` (SIGNS, BIAS) and `twinlens.features.noise_floor` (NOISE_COEFFICIENTS, NOISE_INTERCEPT).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from baselines import Array, left_out
from casts import CONVENTIONS, photographs
from marks import rewrite
from PIL import Image
from sklearn.linear_model import LogisticRegression
from tables import share, table

from twinlens.distortions.defects import Pixels
from twinlens.features.noise_floor import BandEnergies
from twinlens.features.pyramid import Pyramid
from twinlens.metrics.halo import sharper, telling
from twinlens.train.examples import opened, spread

SIDE = 1280
PENALTY = 1.0
LEAST_GAIN, LEAST_RESIDUAL = 0.05, 1.0
"""Gain of the second band (log) and residual energy in flats (code values²) from which there is something to tell."""


def rounded(values: Array) -> Pixels:
    return np.ascontiguousarray(np.clip(np.rint(values), 0, 255), np.uint8)


def blurred(photo: Pixels, sigma: float) -> Array:
    return cv2.GaussianBlur(photo.astype(np.float32), (0, 0), sigma).astype(np.float64)


def unsharp(radius: float) -> Callable[[Pixels, int], Pixels]:
    return lambda photo, k: rounded(photo + (0.4, 1.0, 2.5)[k] * (photo - blurred(photo, radius)))


def blur(photo: Pixels, k: int) -> Pixels:
    return rounded(blurred(photo, (0.6, 1.0, 2.0)[k]))


def scaled(photo: Pixels, k: int) -> Pixels:
    height, width = photo.shape[:2]
    small = cv2.resize(
        photo, None, fx=(0.7, 0.5, 0.3)[k], fy=(0.7, 0.5, 0.3)[k], interpolation=cv2.INTER_AREA
    )
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def median(photo: Pixels, k: int) -> Pixels:
    return np.asarray(cv2.medianBlur(photo, (3, 5, 7)[k]), np.uint8)


def bilateral(photo: Pixels, k: int) -> Pixels:
    return np.asarray(cv2.bilateralFilter(photo, 9, (20, 45, 90)[k], (2, 4, 7)[k]), np.uint8)


def shrunk(photo: Pixels, k: int) -> Pixels:
    """Each pixel drawn to the mean about it, the more the flatter it is there (Lee 1980)."""
    values, noise = photo.astype(np.float32), (25, 80, 250)[k]
    mean = cv2.blur(values, (5, 5))
    variance = cv2.blur(values * values, (5, 5)) - mean * mean
    return rounded(mean + np.maximum(variance - noise, 0) / np.maximum(variance, noise) * (values - mean))


def jpeg(photo: Pixels, k: int) -> Pixels:
    file = BytesIO()
    Image.fromarray(photo).save(file, "JPEG", quality=(75, 40, 15)[k])
    return np.array(Image.open(file))


def curve(photo: Pixels, k: int) -> Pixels:
    """An S-curve."""
    x = photo / 255.0
    return rounded(255 * (x + (0.3, 0.6, 0.9)[k] * (3 * x**2 - 2 * x**3 - x)))


def gamma(photo: Pixels, k: int) -> Pixels:
    return rounded(255 * (photo / 255.0) ** (0.85, 0.7, 0.5)[k])


def clarity(photo: Pixels, k: int) -> Pixels:
    """Unsharp masking of a large radius: deeper forms."""
    return rounded(photo + (0.4, 0.8, 1.5)[k] * (photo - blurred(photo, max(photo.shape) / 60)))


def equalized(photo: Pixels, k: int) -> Pixels:
    """Each tile's lightness spread out (contrast-limited adaptive histogram equalisation)."""
    lab = cv2.cvtColor(photo, cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE((1.0, 2.0, 4.0)[k], (6, 6)).apply(lab[..., 0])
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8)


def noise(size: float, coloured: bool) -> Callable[[Pixels, int], Pixels]:
    def add(photo: Pixels, k: int) -> Pixels:
        shape = photo.shape if coloured else photo.shape[:2]
        drawn = np.random.default_rng(int(photo[::32].sum()) + k).normal(0, 1, shape).astype(np.float32)
        drawn = cv2.GaussianBlur(drawn, (0, 0), size) if size else drawn
        drawn = (drawn / drawn.std()).reshape(*photo.shape[:2], -1)
        return rounded(photo + (3.0, 7.0, 14.0)[k] * drawn)

    return add


SHARPENING = {f"unsharp, radius {radius}": unsharp(radius) for radius in (0.7, 1.3, 2.5)}
NOISE = {"noise": noise(0, True), "fine grain": noise(0.7, False), "coarse grain": noise(1.2, False)}
DENOISING = {"median": median, "bilateral": bilateral, "local mean": shrunk}
LOSS = {"blur": blur, "upscaling": scaled, **DENOISING, "JPEG": jpeg}
CURVES = {"S-curve": curve, "gamma": gamma, "clarity": clarity, "local equalisation": equalized}
WAYS = {**SHARPENING, **NOISE, **LOSS, **CURVES}
Sign = tuple[str, bool, Array]
"""The way, whether it was sharpened or is noise, and the signs."""


def told(file: Path) -> tuple[list[Sign], list[Sign]]:
    """Of each processed self of a photograph: the signs of sharpening, and those of noise."""
    photo = opened(file)
    shrink = min(1.0, SIDE / max(photo.shape[:2]))
    photo = np.asarray(cv2.resize(photo, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8)
    halos: list[Sign] = []
    noises: list[Sign] = []
    for name, way in WAYS.items():
        if "hecd" in file.name and name in DENOISING:
            continue
        for k in range(3):
            pyramid = Pyramid.of(photo, way(photo, k))
            place = BandEnergies.of(pyramid, np.ones(pyramid.shape, np.float32))
            if place.cells.size:
                halos += [
                    (name, made == 1 and name in SHARPENING, signs)
                    for made, signs in _sharper(place, pyramid.size)
                ]
                noises += [
                    (name, side == 1 and name in NOISE, place.noise_features[side])
                    for side in (0, 1)
                    if name in NOISE or name in LOSS
                    if place.residual[0][side, :2].sum() > LEAST_RESIDUAL and (side == 1) == (name in NOISE)
                ]
    return halos, noises


def _sharper(place: BandEnergies, size: int) -> Iterator[tuple[int, Array]]:
    for level in telling(place, size):
        side, signs = sharper(place, level)
        if signs[1] > LEAST_GAIN:
            yield side, signs


def fitted(known: Array, wants: Array) -> Array:
    """Weights of the signs and, last, the bias; both answers weigh alike."""
    scale = known.std(axis=0)
    model = LogisticRegression(C=1 / PENALTY, max_iter=2000, class_weight="balanced").fit(
        known / scale, wants
    )
    return np.array([*(model.coef_[0] / scale), model.intercept_[0]])


def lines(what: str, names: Array, signs: list[Sign]) -> Iterator[list[str]]:
    """A row a way: how often what was fitted on other photographs is right."""
    ways, wants = np.array([one[0] for one in signs]), np.array([one[1] for one in signs])
    known = np.array([one[2] for one in signs])

    def odds(others: Array, asked: Array) -> Array:
        weights = fitted(known[others], wants[others])
        return np.asarray(known[asked] @ weights[:-1] + weights[-1])

    right = (left_out(names, odds) > 0) == wants
    for way in dict.fromkeys(ways):
        here = ways == way
        answer = what if wants[here].mean() > 0.5 else "not"
        yield [f"{way}: {answer}", share(right[here], names[here], 2)]
    weights = fitted(known, wants)
    print(what, "weights", ", ".join(f"{w:.1f}" for w in weights[:-1]), f"bias {weights[-1]:.1f}")


def main() -> None:
    files = photographs()
    found = list(spread(told, files))
    rows = []
    for k, what in enumerate(("sharpened", "noise")):
        signs = [one for group in found for one in group[k]]
        names = np.array([file.stem for file, group in zip(files, found, strict=True) for _ in group[k]])
        rows += list(lines(what, names, signs))
    rewrite(CONVENTIONS, "signs", table(["processing: answer", "right"], rows))


if __name__ == "__main__":
    main()
