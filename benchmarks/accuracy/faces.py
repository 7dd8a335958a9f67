"""Faces rotated, small, dark and drawn: how many are found, beside OpenCV's cascades.

    python -m benchmarks faces    3 minutes on 2 cores; rewrites the table of docs/benchmarks.md

The portraits of `shared/data/photos` (1024 pixels), changed; where a face is was seen by eye in each as it is. A face is
found where a box meets it (intersection over union from .3); a box that misses it (under .1) is a false one.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.marks import BENCHMARKS, rewrite
from benchmarks.material import DATA, reduced, shrunk
from benchmarks.tables import table
from twinlens.core.types import Box
from twinlens.features.faces import find_faces, overlap

Picture = NDArray[np.uint8]
Case = tuple[Picture, Box]
SIDE, WIDE, MEETS = 1024, 1600, 0.3


def main() -> None:
    """Print the table, and write it into docs/benchmarks.md."""
    photos = [reduced(file, SIDE) for file in sorted((DATA / "photos").glob("portrait*.jpg"))]
    known = [(photo, find_faces(photo)[0].box) for photo in photos]
    wide = reduced(DATA / "photos" / "scene_00.jpg", WIDE)
    rows = []
    for name, cases in ways(known, wide).items():
        rows.append([name, str(len(cases)), *(hits(look, cases) for look in (networks, cascades))])
        print(*rows[-1], flush=True)
    head = ["portraits", "n", "networks: found, false boxes", "cascades: found, false boxes"]
    rewrite(BENCHMARKS, "faces", table(head, rows))


def ways(known: list[Case], wide: Picture) -> dict[str, list[Case]]:
    """The portraits, and what was done to them, by name."""
    random = np.random.default_rng(0)
    made = {"as they are": known}
    for degrees in (15, 30, 45, 60, 90):
        made[f"rotated by {degrees}°"] = [
            rotated(*case, sign * degrees) for case in known for sign in (1, -1)
        ]
    for share in (0.12, 0.08, 0.05, 0.04):
        cases = [small(*case, share, wide, random) for case in known for _ in range(2)]
        made[f"face of {share:.0%} of the long side"] = cases
    for light in (0.1, 0.03, 0.01):
        made[f"{light:.0%} of the light, noise"] = [(dark(photo, light, random), box) for photo, box in known]
    looks: dict[str, Callable[[Picture], Picture]] = {
        "painted (stylization)": lambda photo: np.asarray(cv2.stylization(photo, None, 60, 0.45), np.uint8),
        "drawn (pencil sketch)": lambda photo: _grey(cv2.pencilSketch(photo, None, None, 60, 0.07, 0.05)[0]),
        "posterised": lambda photo: photo // 64 * 64 + 32,
        "black and white": lambda photo: _grey(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)),
    }
    return made | {name: [(look(photo), box) for photo, box in known] for name, look in looks.items()}


def _grey(picture: NDArray[np.generic]) -> Picture:
    return np.repeat(np.asarray(picture, np.uint8)[..., None], 3, axis=2)


def rotated(photo: Picture, box: Box, degrees: float) -> Case:
    """The photo rotated on a larger canvas; the box is as large as before."""
    x, y, w, h = box
    height, width = photo.shape[:2]
    about = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    cos, sin = np.abs(about[0, :2])
    wide, high = int(height * sin + width * cos), int(height * cos + width * sin)
    about[:, 2] += (wide - width) / 2, (high - height) / 2
    centre = about @ (x + w / 2, y + h / 2, 1)
    side = max(w, h)
    left, upper = np.rint(centre - side / 2).astype(int).tolist()
    picture = cv2.warpAffine(photo, about, (wide, high), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(picture, np.uint8), (left, upper, side, side)


def small(photo: Picture, box: Box, share: float, wide: Picture, random: np.random.Generator) -> Case:
    """The photo reduced, somewhere in a wide one, so that the face's side is that share of its long side."""
    factor = share * WIDE / max(box[2:])
    inset = cv2.resize(photo, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    height, width = (min(side, most - 20) for side, most in zip(inset.shape[:2], wide.shape[:2], strict=True))
    y, x = (
        int(random.integers(most - side)) for most, side in zip(wide.shape[:2], (height, width), strict=True)
    )
    picture = wide.copy()
    picture[y : y + height, x : x + width] = inset[:height, :width]
    left, upper, w, h = (round(side * factor) for side in box)
    return picture, (left + x, upper + y, w, h)


def dark(photo: Picture, light: float, random: np.random.Generator) -> Picture:
    """The photo with a share of its light, and the noise that comes with so little."""
    linear = (photo / 255) ** 2.2 * light
    noise = random.normal(0, 1, photo.shape) * np.sqrt(linear * 0.004 + 0.00002)
    return np.asarray(255 * np.clip(linear + noise, 0, 1) ** (1 / 2.2), np.uint8)


def networks(photo: Picture) -> list[Box]:
    """Boxes of twinlens' own faces."""
    scale = max(1.0, max(photo.shape) / SIDE)
    return [face.at(scale).box for face in find_faces(shrunk(photo, SIDE))]


def cascades(photo: Picture) -> list[Box]:
    """Boxes that two face cascades (Viola and Jones 2001) detect and an eye confirms, as twinlens did before."""
    little = shrunk(photo, 480)
    grey = np.asarray(cv2.equalizeHist(cv2.cvtColor(little, cv2.COLOR_RGB2GRAY)), np.uint8)
    faces: list[Box] = []
    for name, neighbours in (("frontalface_alt2", 2), ("frontalface_default", 5)):
        for x, y, w, h in _detected(name, grey, neighbours, 24):
            upper = cv2.resize(grey[y + h // 6 : y + h * 3 // 5, x : x + w], (160, 70))
            if _detected("eye", np.asarray(upper, np.uint8), 3, 26):
                faces.append((x, y, w, h))
    scale = max(photo.shape) / max(little.shape)
    boxes = [(round(x * scale), round(y * scale), round(w * scale), round(h * scale)) for x, y, w, h in faces]
    return [one for at, one in enumerate(boxes) if all(overlap(one, other) < 0.2 for other in boxes[:at])]


def _detected(name: str, grey: Picture, neighbours: int, least: int) -> list[Box]:
    file = Path(cv2.__file__).parent / "data" / f"haarcascade_{name}.xml"
    boxes = cv2.CascadeClassifier(str(file)).detectMultiScale(grey, 1.15, neighbours, 0, (least, least))
    return [(int(x), int(y), int(w), int(h)) for x, y, w, h in boxes]


def hits(look: Callable[[Picture], list[Box]], cases: list[Case]) -> str:
    """The share of faces that are found, and how many boxes are of none."""
    shares = [[overlap(box, known) for box in look(photo)] for photo, known in cases]
    right = sum(max(each, default=0) > MEETS for each in shares)
    return f"{right / len(cases):.2f}, {sum(one < 0.1 for each in shares for one in each)}"
