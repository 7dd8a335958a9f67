"""Faces and their landmarks, turned, dark, small or drawn ones too, by two small networks of MediaPipe.

BlazeFace detects them (Bazarevsky et al. 2019, the model for whole rooms), a mesh of 468 points says where
their parts are and whether it is a face (Kartynnik et al. 2019). `python -m benchmarks faces` shows how often
they are right; `python -m benchmarks people_nets` made the files from the packages that hold them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from twinlens.core.types import Box
from twinlens.features.onnx_session import session

Picture = NDArray[np.uint8]
Points = NDArray[np.float32]
DETECTOR_SIDE, STRIDE, MESH_SIDE = 192, 4, 192
TILE = 0.55
"""Side of a tile as a share of the long side: in tiles, faces are seen that are small in the whole."""
LIKELY, PRESENT = 0.5, 0.5
"""Probabilities from which a detection is looked at, and from which what it shows is a face."""
SAME = 0.3
"""Intersection over union from which two boxes are of one face."""
LEAST = 0.03
"""A face's side as a share of the long side, under which no part of it can be measured."""
MOST = 12
"""Faces, the likeliest first: a crowd is no portrait."""
AROUND = 1.5
"""Side of what the mesh sees, in sides of the detected box."""
OVAL = (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148,
        176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109)  # fmt: skip
EYES = ((33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
        (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466))  # fmt: skip
LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
FOREHEAD, CHIN = 10, 152


@dataclass(frozen=True, eq=False)
class Face:
    """The landmarks of a face: float32 of shape (468, 2), x and y in pixels of the picture."""

    points: Points

    @property
    def box(self) -> Box:
        """x, y, width and height of what the landmarks span."""
        x, y = np.floor(self.points.min(0)).astype(int).tolist()
        right, lower = np.ceil(self.points.max(0)).astype(int).tolist()
        return x, y, right - x, lower - y

    def at(self, scale: float) -> Face:
        """The face in a picture so many times as large."""
        return Face(self.points * np.float32(scale))


@dataclass(frozen=True)
class _Detection:
    """A likely face: probability; centre, sides and the right and left eye, in pixels."""

    probability: float
    centre: Points
    sides: Points
    eyes: Points

    @property
    def box(self) -> Points:
        return np.concatenate([self.centre - self.sides / 2, self.sides])


def find_faces(picture: Picture) -> list[Face]:
    """The faces in a uint8 sRGB picture of some 1000 pixels, the largest first.

    >>> find_faces(np.zeros((64, 64, 3), np.uint8))
    []
    """
    height, width = picture.shape[:2]
    likely = [*_detected(picture, 0, 0)]
    side = round(max(height, width) * TILE)
    starts = [sorted({0, max(0, length - side)}) for length in (height, width)]
    for y, x in product(*starts):
        likely += _detected(picture[y : y + side, x : x + side], x, y)
    wanted: list[_Detection] = []
    for one in sorted(likely, key=lambda one: -one.probability):
        large = one.sides.max() >= LEAST * max(height, width)
        if large and all(overlap(one.box, other.box) < SAME for other in wanted):
            wanted.append(one)
    faces = [face for one in wanted[:MOST] if (face := _landmarks(picture, one))]
    return sorted(faces, key=lambda face: (-face.box[2] * face.box[3], face.box))


def network(name: str) -> Any:
    """A network of `weights` by the name of its file."""
    return session(Path(str(files("twinlens.features") / "weights" / f"{name}.onnx")))


@cache
def _anchors() -> Points:
    at = (np.arange(DETECTOR_SIDE // STRIDE, dtype=np.float32) + 0.5) * STRIDE
    return np.stack(np.meshgrid(at, at), axis=-1).reshape(-1, 2)


def _detected(picture: Picture, left: int, upper: int) -> list[_Detection]:
    """The likely faces of a part of a picture that begins at (left, upper)."""
    factor = DETECTOR_SIDE / max(picture.shape[:2])
    height, width = (max(1, round(side * factor)) for side in picture.shape[:2])
    view = np.zeros((DETECTOR_SIDE, DETECTOR_SIDE, 3), np.uint8)
    y, x = (DETECTOR_SIDE - height) // 2, (DETECTOR_SIDE - width) // 2
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    view[y : y + height, x : x + width] = cv2.resize(picture, (width, height), interpolation=how)
    boxes, logits = network("face_detection").run(None, {"photo": view[None].astype(np.float32) / 127.5 - 1})
    probability = 1 / (1 + np.exp(-np.clip(logits[0, :, 0], -80, 80)))
    where = np.flatnonzero(probability >= LIKELY)
    return [
        _Detection(
            float(probability[at]),
            (boxes[0, at, :2] + _anchors()[at] - (x, y)) / factor + (left, upper),
            boxes[0, at, 2:4] / factor,
            (boxes[0, at, 4:8].reshape(2, 2) + _anchors()[at] - (x, y)) / factor + (left, upper),
        )
        for at in where
    ]


def overlap(one: Box | Points, other: Box | Points) -> float:
    """Intersection over union of two boxes (x, y, width, height), 0 to 1."""
    sides = [min(one[k] + one[k + 2], other[k] + other[k + 2]) - max(one[k], other[k]) for k in (0, 1)]
    shared = max(0, sides[0]) * max(0, sides[1])
    return float(shared / (one[2] * one[3] + other[2] * other[3] - shared))


def _landmarks(picture: Picture, likely: _Detection) -> Face | None:
    """The face that a detection shows, its eyes brought level; None where the mesh sees none."""
    turn = np.degrees(np.arctan2(*(likely.eyes[1] - likely.eyes[0])[::-1]))
    scale = MESH_SIDE / (AROUND * float(likely.sides.max()))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=how)
    x, y = (scale * likely.centre).tolist()
    upright = cv2.getRotationMatrix2D((x, y), float(turn), 1.0)
    upright[:, 2] = upright[:, 2] + (MESH_SIDE / 2 - x, MESH_SIDE / 2 - y)
    view = cv2.warpAffine(scaled, upright, (MESH_SIDE, MESH_SIDE), borderMode=cv2.BORDER_REPLICATE)
    points, logit = network("face_landmarks").run(None, {"photo": view[None].astype(np.float32) / 255})
    if 1 / (1 + np.exp(-np.clip(float(logit.ravel()[0]), -80, 80))) < PRESENT:
        return None
    back = cv2.invertAffineTransform(upright)
    return Face(((points.reshape(-1, 3)[:, :2] @ back[:, :2].T + back[:, 2]) / scale).astype(np.float32))
