"""Pairs of photographs in which the damage is known: what may be claimed of them, of which side and where.

The distortions that are not held out and further ways of our own, at any strength, put into photographs as a whole or
in one place; one beside none, a lesser beside a greater, two in a row, and a different one on either side. Every
metric there is measures them; the same number gives the same pair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from pathlib import Path

import cv2
import numpy as np

from benchmarks import processing
from benchmarks.calibrate import cast
from benchmarks.material import DATA, reduced, tuning
from twinlens.core.types import Pair, Side
from twinlens.distortions.detail import OVERDONE, WIPED
from twinlens.distortions.distortion import Distortion, Pixels, Plane, blend, distortions, rounded
from twinlens.features.place_statistics import Numbers
from twinlens.features.pyramid import Pyramid
from twinlens.features.segmentation import Region, find_regions, named_places, regions_within
from twinlens.judgement.evidence import Measurement, features, measure
from twinlens.train.examples import photo_of

Random = np.random.Generator
OFTEN = 1.8
"""How much more often than others ways that change colour or tone only are drawn."""
COLORS_AND_TONES = frozenset({"color", "exposure", "contrast"})
LARGE_SIDES = (1024, 1536, 2048)
A_PHOTO = 8
"""Pairs made of a photograph before the next one is taken."""
COVERED, UNTOUCHED = 0.4, 0.05
"""Share of a region from which damage counts as its own, and up to which it has none."""


@dataclass(frozen=True)
class Way:
    """One way of processing: `make(photo, strength, random)` with a strength of about 0.4 to 3.

    The unprocessed photo is better in `aspects`, the processed one in `gains`; of `open` nothing is known.
    """

    name: str
    aspects: frozenset[str]
    make: Callable[[Pixels, float, Random], Pixels]
    gains: frozenset[str] = frozenset()
    open: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class Damage:
    """A way that was gone on one side, and where: by cell weights (height, width; 0 to 1), None all over."""

    way: Way
    side: Side
    mask: Plane | None


@dataclass(frozen=True)
class Example:
    """What was measured of a pair, and by region and aspect which side is better: 1 for a, -1 for b, 0, None unknown."""

    photo: str
    ways: tuple[str, ...]
    pattern: str
    place: str
    measured: Measurement
    truth: Mapping[tuple[str, str], int | None]


def between(one: Distortion, strength: float) -> object:
    """What a distortion's amount is at a strength between, or a little beyond, its three."""
    numbers = np.array(one.amounts, float).reshape(3, -1)
    k = 0 if strength < 2 else 1
    drawn = numbers[k] + (strength - 1 - k) * (numbers[k + 1] - numbers[k])
    first = one.amounts[0]
    whole = [isinstance(n, int) for n in (first if isinstance(first, tuple) else (first,))]
    made = [round(n) if w else float(n) for n, w in zip(drawn, whole, strict=True)]
    return tuple(made) if isinstance(first, tuple) else made[0]


def distorted(one: Distortion, photo: Pixels, strength: float, random: Random) -> Pixels:
    """A photo with a distortion of any strength."""
    return np.ascontiguousarray(one.make(photo, between(one, strength)))


def stepped(way: Callable[[Pixels, int], Pixels], photo: Pixels, strength: float, random: Random) -> Pixels:
    return way(photo, round(np.clip(strength, 1, 3)) - 1)


def any_cast(photo: Pixels, strength: float, random: Random) -> Pixels:
    """A cast of any colour, put in in one of five ways."""
    push = 0.055 * strength * np.cos(random.uniform(0, 2 * np.pi) - np.arange(3) * 2 * np.pi / 3)
    return cast.WAYS[random.integers(len(cast.WAYS))](photo, push)


def hues(photo: Pixels, strength: float, random: Random) -> Pixels:
    """Hues moved in HSV."""
    hsv = cv2.cvtColor(photo, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0].astype(int) + round(8 * strength) * random.choice([-1, 1])) % 180
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), np.uint8)


def recolor(photo: Pixels, strength: float, random: Random) -> Pixels:
    """Chroma times a factor in CIELAB: paler, or richer."""
    factor = 1 + 0.45 * strength if random.random() < 0.5 else max(0.0, 1 - 0.3 * strength)
    lab = cv2.cvtColor((photo / 255).astype(np.float32), cv2.COLOR_RGB2LAB)
    lab[..., 1:] *= factor
    return rounded(255 * cv2.cvtColor(lab, cv2.COLOR_LAB2RGB))


def split_toned(photo: Pixels, strength: float, random: Random) -> Pixels:
    """One colour put into the shadows, another into the lights, in CIELAB."""
    lab = cv2.cvtColor((photo / 255).astype(np.float32), cv2.COLOR_RGB2LAB)
    light = lab[..., :1] / 100
    for part, size in ((light**2, 7.0), ((1 - light) ** 2, 9.0)):
        angle = random.uniform(0, 2 * np.pi)
        lab[..., 1:] += (
            part * np.float32(size * strength) * np.array([np.cos(angle), np.sin(angle)], np.float32)
        )
    return rounded(255 * cv2.cvtColor(lab, cv2.COLOR_LAB2RGB))


def one_hue(photo: Pixels, strength: float, random: Random) -> Pixels:
    """The colours about one hue of the photo moved along the circle of hues, in CIELAB."""
    lab = cv2.cvtColor((photo / 255).astype(np.float32), cv2.COLOR_RGB2LAB)
    hue, chroma = np.arctan2(lab[..., 2], lab[..., 1]), np.hypot(lab[..., 1], lab[..., 2])
    drawn = (
        random.choice(hue.size, p=(chroma / chroma.sum(dtype=np.float64)).ravel().astype(np.float64))
        if chroma.any()
        else 0
    )
    near = np.exp(-((np.angle(np.exp(1j * (hue - hue.flat[drawn]))) / 0.9) ** 2))
    rotated = hue + near * np.deg2rad(22) * strength * random.choice([-1, 1])
    lab[..., 1:] = chroma[..., None] * np.stack([np.cos(rotated), np.sin(rotated)], axis=2)
    return rounded(255 * cv2.cvtColor(lab, cv2.COLOR_LAB2RGB))


def coarse_chroma(photo: Pixels, strength: float, random: Random) -> Pixels:
    """Colours kept at a fraction of the size only."""
    times = 1 + 5 * strength * max(0.5, max(photo.shape) / 2048)
    planes = cv2.cvtColor(photo, cv2.COLOR_RGB2YCrCb)
    small = cv2.resize(planes, None, fx=1 / times, fy=1 / times, interpolation=cv2.INTER_AREA)
    planes[..., 1:] = cv2.resize(small, photo.shape[1::-1], interpolation=cv2.INTER_LINEAR)[..., 1:]
    return np.asarray(cv2.cvtColor(planes, cv2.COLOR_YCrCb2RGB), np.uint8)


def levels(photo: Pixels, strength: float, random: Random) -> Pixels:
    """Few code values for all."""
    step = 255 / np.round(48 / 2.2**strength)
    return rounded(np.rint(photo / step) * step)


def darker(photo: Pixels, strength: float, random: Random) -> Pixels:
    """Far too little light, in linear light."""
    return rounded(255 * (photo / 255.0) * 2.0 ** (-0.45 * strength))


def veil(photo: Pixels, strength: float, random: Random) -> Pixels:
    """Stray light: black is lifted to a grey."""
    return rounded(255 - (255 - photo.astype(float)) * (1 - 0.16 * strength))


def flatter(photo: Pixels, strength: float, random: Random) -> Pixels:
    """Tones drawn to their middle in CIELAB."""
    lab = cv2.cvtColor((photo / 255).astype(np.float32), cv2.COLOR_RGB2LAB)
    lab[..., 0] += 0.22 * strength * (np.median(lab[..., 0]) - lab[..., 0])
    return rounded(255 * cv2.cvtColor(lab, cv2.COLOR_LAB2RGB))


def shadows_lost(photo: Pixels, strength: float, random: Random) -> Pixels:
    """A toe that swallows the shadows."""
    low = 20.0 * strength
    return rounded(np.maximum(0, photo - low * np.exp(-photo / 90.0)) * 1.0)


def blown(photo: Pixels, strength: float, random: Random) -> Pixels:
    """Over-exposed in linear light."""
    return rounded(255 * np.minimum(1, (photo / 255) ** 2.2 * 2 ** (0.45 * strength)) ** (1 / 2.2))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


@cache
def ways() -> tuple[Way, ...]:
    """All ways of processing."""
    ours = [
        Way(one.name, one.aspects, partial(distorted, one))
        for one in distortions().values()
        if not one.held_out
    ]
    groups = (
        (processing.SHARPENING, OVERDONE), (processing.NOISE, "noise"),
        (processing.DENOISING, WIPED), ({"soft": processing.blur, "upscaled": processing.scaled}, "sharpness texture"),
    )  # fmt: skip
    further = [
        Way(name, _words(aspects), partial(stepped, way))
        for group, aspects in groups
        for name, way in group.items()
    ]
    made = {
        any_cast: "color", hues: "color", split_toned: "color", one_hue: "color", recolor: "color", coarse_chroma: "color artifacts", levels: "artifacts color",
        darker: "exposure", veil: "contrast exposure", flatter: "contrast", shadows_lost: "exposure", blown: "exposure",
    }  # fmt: skip
    further += [Way(make.__name__.replace("_", " "), _words(aspects), make) for make, aspects in made.items()]
    unknown = _words("exposure color noise texture realism")
    further += [
        Way(name, frozenset(), partial(stepped, way), _words("contrast"), unknown)
        for name, way in processing.CURVES.items()
        if name != "gamma"
    ]
    return (*ours, *further)


@cache
def shares() -> Numbers:
    """How often each way is drawn: colours and tones are the hardest to explain."""
    often = [OFTEN if way.aspects <= COLORS_AND_TONES and way.aspects else 1.0 for way in ways()]
    return np.array(often) / sum(often)


@lru_cache(maxsize=2)
def opened_at(file: Path, side: int) -> tuple[Pixels, list[Region]]:
    """A photo, at most `side` on the long side, and its regions."""
    photo = reduced(file, side)
    return photo, named_places(Pyramid.of(photo, photo))


def any_place(shape: tuple[int, ...], regions: list[Region], random: Random) -> Plane:
    """A place with soft borders: a box or an ellipse anywhere, a region, or a box about one."""
    height, width = shape[:2]
    how = random.random()
    mask = np.zeros((height, width), np.float32)
    if regions and how < 0.45:
        weight = regions[random.integers(len(regions))].weight
        region = np.asarray(cv2.resize(weight, (width, height)), np.float32)
        if how < 0.2:
            mask = region
        else:
            x, y, w, h = cv2.boundingRect((region > 0.5).astype(np.uint8))
            share = random.uniform(0.5, 1, 2)
            mask[y : y + round(h * share[0]), x : x + round(w * share[1])] = 1
    else:
        w, h = (round(side * random.uniform(0.15, 0.55)) for side in (width, height))
        x, y = random.integers(0, width - w), random.integers(0, height - h)
        if how < 0.8:
            mask[y : y + h, x : x + w] = 1
        else:
            cv2.ellipse(mask, (x + w // 2, y + h // 2), (w // 2, h // 2), 0, 0, 360, 1.0, -1)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 6 * max(height, width) / 2048 + 0.5), np.float32)


def applied(photo: Pixels, damage: Damage, strength: float, random: Random) -> Pixels:
    made = damage.way.make(photo, strength, random)
    return made if damage.mask is None else blend(photo, made, damage.mask)


def photograph(number: int) -> tuple[Path, int]:
    """The photograph of a pair's number, and its long side; A_PHOTO pairs in turn are of one."""
    random = np.random.default_rng([1, number // A_PHOTO])
    large = random.random() < 0.2
    files = tuning() if large else sorted((DATA / "training_photos").glob("*.jpg"))
    return files[number // A_PHOTO % len(files)], int(random.choice(LARGE_SIDES)) if large else 768


def made_pair(
    photo: Pixels, regions: list[Region], random: Random
) -> tuple[dict[Side, Pixels], list[Damage], str]:
    """Both photos of a pair, what was done to which, and the pattern."""
    pattern = str(random.choice(["one", "lesser", "two", "either"], p=[0.5, 0.12, 0.25, 0.13]))
    mask = any_place(photo.shape, regions, random) if random.random() < 0.55 else None
    first, second = (ways()[k] for k in random.choice(len(ways()), 2, False, shares()))
    u, v, seed = *random.uniform(0.4, 3, 2), random.integers(2**31)
    done: list[tuple[Damage, float, int]] = [(Damage(first, "b", mask), u, seed)]
    if pattern == "lesser":
        done.append((Damage(first, "a", mask), max(0.3, u * random.uniform(0.2, 0.6)), seed))
    elif pattern == "two":
        other = None if mask is not None and random.random() < 0.3 else mask
        done.append((Damage(second, "b", other), v, seed + 1))
    elif pattern == "either":
        done.append((Damage(second, "a", mask), v, seed + 1))
    sides: dict[Side, Pixels] = {"a": photo, "b": photo}
    for damage, strength, drawn in done:
        made = applied(sides[damage.side], damage, strength, np.random.default_rng(drawn))
        sides[damage.side] = made
    return sides, [damage for damage, *_ in (done[:1] if pattern == "lesser" else done)], pattern


def example(number: int) -> Example:
    """The example of a number."""
    cv2.setNumThreads(1)
    file, side = photograph(number)
    photo, regions = opened_at(file, side)
    sides, damages, pattern = made_pair(photo, regions, np.random.default_rng([2, number]))
    pair = Pair("", photo_of(sides["a"]), photo_of(sides["b"]))
    shared = features(pair)
    if shared.aligned and shared.pyramid.a.shape == Pyramid.of(photo, photo).a.shape:
        within = regions_within(regions, shared.pyramid)
        shared.pyramid._cached(find_regions, None, lambda: within)  # faces are looked for once a photograph
        if any(region.local for region in within):  # of the others nothing is claimed
            shared.regions = tuple(one for one in within if one.local or one.name == "global")
    measured = measure(pair)
    aspects = {aspect for way in ways() for aspect in (*way.aspects, *way.gains)}
    truth = {
        (region.name, aspect): better(aspect, [(one, covered(one, region.weight)) for one in damages])
        for region in measured.regions
        for aspect in aspects
    }
    place = "whole" if all(one.mask is None for one in damages) else "one place"
    return Example(file.stem, tuple(one.way.name for one in damages), pattern, place, measured, truth)


def covered(damage: Damage, weight: Plane) -> float:
    """The share of a region, by its weight a cell, that a damage covers."""
    if damage.mask is None:
        return 1.0
    cells = cv2.resize(damage.mask, weight.shape[::-1], interpolation=cv2.INTER_AREA)
    return float((cells * weight).sum() / weight.sum())


def better(aspect: str, damages: list[tuple[Damage, float]]) -> int | None:
    """Which side is better in an aspect, of damages and how much of the place each covers."""
    sides = set(_said(aspect, damages))
    return None if None in sides or len(sides) > 1 else sides.pop() if sides else 0


def _said(aspect: str, damages: list[tuple[Damage, float]]) -> Iterator[int | None]:
    for damage, share in damages:
        for_other = -1 if damage.side == "a" else 1
        known = {
            **dict.fromkeys(damage.way.gains, -for_other),
            **dict.fromkeys(damage.way.aspects, for_other),
        }
        if share <= UNTOUCHED or aspect not in {*known, *damage.way.open}:
            continue
        yield known.get(aspect) if share >= COVERED else None
