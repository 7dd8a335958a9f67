"""What fine-tuning draws of a pair: a crop at 100 % and a crop of the whole, changed alike in both photos.

Nothing done here can change which photo people prefer: both are cut at the same place and scale, mirrored
together and compressed alike. Exchanging the photos is no augmentation, for the network is antisymmetric.
"""

from __future__ import annotations

import io
import os
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from twinlens.core.files import sealed, unsealed
from twinlens.core.types import Box
from twinlens.networks.backbone import Pixels, whole
from twinlens.networks.preference_net import WHOLE

ENLARGED = 1.25
"""The most that a whole is enlarged by, beyond what its crop needs."""
COMPRESSED, QUALITIES = 0.2, (85, 98)
"""How often both crops are compressed as JPEG, and between which qualities."""


@dataclass(frozen=True, eq=False)
class Views:
    """What a network looks at of one photo: the whole, reduced, and parts at 100 %; (height, width, 3)."""

    whole: Pixels
    parts: tuple[Pixels, ...]


def views_of(photo: Pixels, boxes: Sequence[Box]) -> Views:
    """The views of a photo looked at at boxes."""
    return Views(whole(photo, WHOLE), tuple(photo[y : y + h, x : x + w] for x, y, w, h in boxes))


def stored(file: Path, make: Callable[[], tuple[Views, Views]]) -> tuple[Views, Views]:
    """The views of both photos of a pair, made once and stored in a file."""
    content = unsealed(file.stem, file.read_bytes()) if file.exists() else None
    if content is not None:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            parts = [[arrays[n] for n in sorted(arrays.files) if n[0] == side] for side in "ab"]
            return Views(parts[0][0], tuple(parts[0][1:])), Views(parts[1][0], tuple(parts[1][1:]))
    both, stream = make(), io.BytesIO()
    named = {
        f"{side}{number:02}": one
        for side, views in zip("ab", both, strict=True)
        for number, one in enumerate((views.whole, *views.parts))
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(f".{uuid.uuid4().hex}")
    np.savez(stream, **named)  # type: ignore[arg-type]
    draft.write_bytes(sealed(file.stem, stream.getvalue()))
    os.replace(draft, file)
    return both


def drawn(
    pair: tuple[Views, Views], crop: int, reduced: int, random: np.random.Generator
) -> tuple[list[Pixels], list[Pixels]]:
    """Of each photo a part at 100 %, of sides `crop`, and one of the whole, of sides `reduced`."""
    part, places, more = random.random(), random.random(4), random.uniform(1, ENLARGED)
    mirrored, compressed = random.random() < 0.5, random.random() < COMPRESSED
    quality = int(random.integers(*QUALITIES))
    made: tuple[list[Pixels], list[Pixels]] = ([], [])
    for views in pair:
        shown = views.parts[int(part * len(views.parts))]
        size = max(reduced, round(min(views.whole.shape[:2]) * more))
        for into, one in zip(
            made,
            (_cut(shown, crop, places[:2]), _cut(_of_side(views.whole, size), reduced, places[2:])),
            strict=True,
        ):
            into.append(_changed(one, mirrored, quality if compressed else None))
    return made


def _of_side(photo: Pixels, side: int) -> Pixels:
    """A photo brought to a short side."""
    factor = side / min(photo.shape[:2])
    height, width = (max(side, round(full * factor)) for full in photo.shape[:2])
    return np.asarray(cv2.resize(photo, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def _cut(photo: Pixels, side: int, place: np.ndarray) -> Pixels:
    """A square at a place (0 to 1 each way); a photo that is too small goes on mirrored."""
    down, right = (max(0, side - full) for full in photo.shape[:2])
    if down or right:
        photo = np.asarray(cv2.copyMakeBorder(photo, 0, down, 0, right, cv2.BORDER_REFLECT), np.uint8)
    top, left = (int(at * (full - side + 1)) for at, full in zip(place, photo.shape[:2], strict=True))
    return photo[top : top + side, left : left + side]


def _changed(photo: Pixels, mirrored: bool, quality: int | None) -> Pixels:
    photo = np.ascontiguousarray(photo[:, ::-1] if mirrored else photo)
    if quality is None:
        return photo
    data = cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
