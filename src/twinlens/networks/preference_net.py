"""The preference network: what people prefer, learned, as log-odds that swapping the photos turns round.

One backbone looks at each photo by itself, at the whole reduced and at crops at 100 %; the mean and
deviation of its activations are a photo's statistics. A linear head on the difference of both photos'
statistics, and on the evidence of the metrics, gives log-odds for a: antisymmetric by construction, and an
exact sum over places, which is the preference map. Several heads, each fitted on other scenes, say by their
spread how sure that is; the distance to the pairs that were learned from says how familiar it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import cv2
import numpy as np
from numpy.typing import NDArray

from twinlens.core.errors import BadInput
from twinlens.core.files import read_bytes
from twinlens.core.types import Box
from twinlens.networks.backbone import CELL, Cells, Floats, Pixels, cells, statistics, whole

SCHEMA = "twinlens.preference-net/1"
EXPECTED = "a folder that `twinlens train answer` wrote"
WHOLE = 288
"""Pixels of the long side of the reduced photo."""
CROP, CROPS = 256, 4
LARGEST = 1 << 30
"""Bytes of a file of a network that are read."""
SMALL = 600_000
"""Pixels up to which a photo is looked at in full at 100 %."""
GRID = 24
"""Cells of the long side of a preference map."""
Place = tuple[tuple[int, ...], Sequence[Box]]
"""The shape (height, width, …) of a photo, and the boxes of it that were looked at at 100 %."""


@dataclass(frozen=True, eq=False)
class Look:
    """What the network sees of one photo: the cells of the whole, and of each crop at 100 %."""

    whole: Cells
    crops: tuple[Cells, ...]

    @cached_property
    def statistics(self) -> Floats:
        """Mean and deviation of each channel, at 100 % and of the whole; shape (2, 2, channels)."""
        return np.stack([statistics(list(self.crops)), statistics([self.whole])])


@dataclass(frozen=True, eq=False)
class Preference:
    """Calibrated log-odds that people prefer a, how familiar the pair is (0 to 1), and where it comes from.

    `map` has about `GRID` columns or rows; its values add up to the network's part of the log-odds, above 0
    for a.
    """

    log_odds: float
    familiar: float
    map: NDArray[np.float32]


def crops(a: Pixels, b: Pixels, wanted: Sequence[Box] = ()) -> list[Box]:
    """The boxes looked at 100 %: the whole of a small photo, else where photos differ most and people look.

    `wanted` are boxes of what people look at first, such as faces and text. The photos have one shape.
    """
    height, width = a.shape[:2]
    if height * width <= SMALL or min(height, width) < CROP:
        down, right = (side // CELL * CELL or side for side in (height, width))
        return [((width - right) // 2, (height - down) // 2, right, down)]
    size = max(2, width * 8 // CROP), max(2, height * 8 // CROP)
    sparse = (np.ascontiguousarray(x[::4, ::4]) for x in (a, b))
    small = [cv2.resize(x, size, interpolation=cv2.INTER_AREA).astype(np.float32) for x in sparse]
    apart = cv2.boxFilter(np.abs(small[0] - small[1]).mean(axis=2), -1, (8, 8), borderType=cv2.BORDER_REFLECT)
    interest = apart / (float(apart.max()) or 1.0)
    for x, y, w, h in wanted:
        column, row = (int((x + w / 2) * size[0] / width), int((y + h / 2) * size[1] / height))
        interest[min(row, size[1] - 1), min(column, size[0] - 1)] += 1
    interest[size[1] // 2, size[0] // 2] += 1
    chosen: list[Box] = []
    for _ in range(CROPS):
        row, column = divmod(int(np.argmax(interest)), size[0])
        left, top = (
            min(max(0, int((at + 0.5) * side / of) - CROP // 2), side - CROP)
            for at, side, of in ((column, width, size[0]), (row, height, size[1]))
        )
        chosen.append((left, top, CROP, CROP))
        interest[max(0, row - 6) : row + 7, max(0, column - 6) : column + 7] = -1
    return chosen


@dataclass(frozen=True, eq=False)
class PreferenceNet:
    """A preference network, opened from the folder that `twinlens train answer` wrote."""

    backbone: Path
    heads: Floats
    """Weights of each head (heads, all): statistics in the order of `Look.statistics`, then evidence."""
    evidence: tuple[str, ...]
    """The names of the evidence that is weighed, as `judgement.preference` names it."""
    axes: Floats
    """What differences are projected on to see how familiar they are; shape (axes, statistics)."""
    known: Floats
    """The directions of the pairs learned from along the axes, unit vectors; shape (pairs, axes)."""
    distances: Floats
    """How far each of these is from the nearest of another scene, whichever way round, sorted."""
    calibration: tuple[float, float, float]
    """Slope where nothing and where all is familiar, and what the heads' spread takes away."""
    sha256: str

    @staticmethod
    def open(folder: str | None = None) -> PreferenceNet:
        """The network in a folder, the shipped one where none is named; BadInput where it holds none."""
        where = Path(str(files("twinlens.networks") / "weights")) if folder is None else Path(folder)
        try:
            stored = ("card.json", "heads.npz", "backbone.onnx")
            card_text, heads, backbone = (read_bytes(where / name, EXPECTED, LARGEST) for name in stored)
            card, values = json.loads(card_text), _arrays(heads)
            data = heads + backbone
        except (ValueError, RecursionError, EOFError, BadZipFile) as error:
            raise BadInput(f"{str(where)!r}: found {error}; expected {EXPECTED}") from None
        if not isinstance(card, dict) or card.get("schema") != SCHEMA:
            raise BadInput(f"{str(where)!r}: card.json is not of schema {SCHEMA!r}; expected {EXPECTED}")
        try:
            return PreferenceNet(
                where / "backbone.onnx", values["heads"], tuple(card["evidence"]), values["axes"],
                values["known"], values["distances"], tuple(values["calibration"]),
                hashlib.sha256(data).hexdigest(),
            )  # fmt: skip
        except KeyError as error:
            raise BadInput(f"{str(where)!r}: found no {error}; expected {EXPECTED}") from None

    def look(self, photo: Pixels, boxes: Sequence[Box]) -> Look:
        """What the network sees of a photo, with crops at boxes."""
        return look(self.backbone, photo, boxes)

    def preference(
        self, a: Look, b: Look, evidence: Mapping[str, float], more: float, places: tuple[Place, Place]
    ) -> Preference:
        """The preference between two photos that were looked at at `places`; the map lies over a.

        `more` are log-odds for a of evidence that the heads were never fitted on.
        """
        difference = (a.statistics - b.statistics).ravel()
        measured = np.array([evidence.get(name, 0.0) for name in self.evidence])
        each = self.heads @ np.concatenate([difference, measured]) + more
        familiar = float(familiarity((self.axes @ difference)[None], self.known, self.distances)[0])
        log_odds = calibrated(float(each.mean()), float(each.std()), familiar, self.calibration)
        weights = self.heads.mean(0)[: difference.size].reshape(a.statistics.shape)
        grid = grid_of(places[0][0])
        maps = [contributions(one, weights, *place, grid) for one, place in zip((a, b), places, strict=True)]
        return Preference(log_odds, familiar, maps[0] - maps[1])


def _arrays(data: bytes) -> dict[str, Floats]:
    """The arrays of an npz file; ValueError where they are larger than any network's."""
    with ZipFile(BytesIO(data)) as archive:
        if (size := sum(part.file_size for part in archive.infolist())) > LARGEST:
            raise ValueError(f"arrays of {size:,} bytes")
    with np.load(BytesIO(data), allow_pickle=False) as arrays:
        return {name: arrays[name].astype(np.float64) for name in arrays.files}


def directions(places: Floats) -> Floats:
    """Vectors (n, axes) at unit length."""
    return np.asarray(places / np.maximum(np.linalg.norm(places, axis=-1, keepdims=True), 1e-9))


def apart(places: Floats, known: Floats) -> Floats:
    """Distances of directions (n, axes) and (m, axes), whichever way round; shape (n, m)."""
    return np.asarray(np.sqrt(np.maximum(2 - 2 * np.abs(places @ known.T), 0)))


def familiarity(places: Floats, known: Floats, distances: Floats) -> Floats:
    """The share of pairs learned from that are farther from their nearest than each place (n, axes) is."""
    nearest = apart(directions(places), known).min(axis=1)
    return np.asarray(1 - np.searchsorted(distances, nearest, side="left") / len(distances))


def look(backbone: Path, photo: Pixels, boxes: Sequence[Box]) -> Look:
    """What a backbone sees of a photo: the whole, and crops at boxes."""
    parts = (photo[y : y + h, x : x + w] for x, y, w, h in boxes)
    even = (
        part if not any(n % CELL for n in part.shape[:2]) else whole(part, max(part.shape)) for part in parts
    )
    return Look(cells(backbone, whole(photo, WHOLE)), tuple(cells(backbone, part) for part in even))


def calibrated(log_odds: float, spread: float, familiar: float, by: tuple[float, float, float]) -> float:
    """Log-odds shrunk by how much the heads differ and how unfamiliar the pair is; odd in `log_odds`."""
    unknown, known, shrinkage = by
    slope = unknown + (known - unknown) * familiar
    return slope * log_odds / float(np.sqrt(1 + shrinkage * spread**2))


def grid_of(shape: tuple[int, ...]) -> tuple[int, int]:
    """Rows and columns of the preference map of a photo of a shape (height, width, …)."""
    rows, columns = (max(1, round(GRID * side / max(shape[:2]))) for side in shape[:2])
    return rows, columns


def contributions(
    of: Look, weights: Floats, shape: tuple[int, ...], boxes: Sequence[Box], grid: tuple[int, int]
) -> NDArray[np.float32]:
    """What each place of a photo (height, width, …) adds to its score, on a grid of rows and columns."""
    (height, width), (rows, columns) = shape[:2], grid
    full = (0, 0, width, height)
    views = [
        ([of.whole], [full], of.statistics[1], weights[1]),
        (of.crops, boxes, of.statistics[0], weights[0]),
    ]
    made = np.zeros(grid, np.float32)
    for parts, places, values, own in views:
        count = sum(part.mean[0].size for part in parts)
        for part, (x, y, w, h) in zip(parts, places, strict=True):
            score = _scores(part, values, own) / count
            left, right = (round(at * columns / width) for at in (x, x + w))
            top, low = (round(at * rows / height) for at in (y, y + h))
            left, top = min(left, columns - 1), min(top, rows - 1)
            size = max(1, right - left), max(1, low - top)
            spread = cv2.resize(score, size, interpolation=cv2.INTER_LINEAR)
            spread += (float(score.sum()) - float(spread.sum())) / spread.size
            made[top : top + size[1], left : left + size[0]] += spread
    return made


def _scores(part: Cells, values: Floats, weights: Floats) -> NDArray[np.float32]:
    """What each cell adds: its mean, and its square distance from the photo's mean, as weighed."""
    (middle, deviation), (of_mean, of_deviation) = values, weights
    apart = part.square - 2 * middle[:, None, None] * part.mean + (middle**2)[:, None, None]
    scores = np.tensordot(of_mean, part.mean, 1) + np.tensordot(of_deviation / deviation, apart, 1)
    return np.asarray(scores, np.float32)


def card_of(evidence: Sequence[str], **others: Any) -> dict[str, Any]:
    """The card of a network: schema, the evidence it weighs, and what it was made of."""
    return {"schema": SCHEMA, "evidence": list(evidence), **others}
