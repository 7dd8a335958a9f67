"""What a backbone sees of photos, computed once and stored, so that a run that was stopped goes on."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from twinlens.core.files import sealed, unsealed
from twinlens.core.types import Box
from twinlens.networks.backbone import Floats, Pixels
from twinlens.networks.preference_net import crops, look


class Store:
    """Arrays by name and photo, for one backbone; what no backbone is needed for goes to `shared`, if any."""

    def __init__(self, backbone: Path, folder: Path, shared: Path | None = None) -> None:
        self.backbone = backbone
        self.sha256 = hashlib.sha256(backbone.read_bytes()).hexdigest()
        self._folder, self._shared = folder / self.sha256[:16], shared
        self._folder.mkdir(parents=True, exist_ok=True)

    def array(self, name: str, photo: Pixels, make: Callable[[], Floats]) -> Floats:
        """What `make` gives, made once for a name and the pixels of a photo."""
        return np.asarray(_stored(self._folder, name, photo, lambda: np.asarray(make(), np.float32)), float)

    def numbers(self, name: str, photo: Pixels, make: Callable[[], Floats]) -> Floats:
        """The same, of what no backbone is needed for."""
        folder = self._shared or self._folder
        return np.asarray(_stored(folder, name, photo, lambda: np.asarray(make(), np.float32)), float)

    def pixels(self, name: str, photo: Pixels, make: Callable[[], Sequence[Pixels]]) -> Sequence[Pixels]:
        """Photos of one size that `make` gives, stored where there is a place that all backbones share."""
        if self._shared is None:
            return make()
        return list(_stored(self._shared, name, photo, lambda: np.stack(make())))

    def statistics_of(self, name: str, photo: Pixels, make: Callable[[], Sequence[Pixels]]) -> Floats:
        """The statistics of versions of a photo, shape (versions, statistics)."""
        return self.array(name, photo, lambda: np.stack([self._seen(one, crops(one, one)) for one in make()]))

    def statistics(self, photo: Pixels, boxes: Sequence[Box]) -> Floats:
        """The statistics of a photo looked at at boxes, shape (statistics,)."""
        return self.array(repr(list(boxes)), photo, lambda: self._seen(photo, boxes))

    def _seen(self, photo: Pixels, boxes: Sequence[Box]) -> Floats:
        return look(self.backbone, photo, boxes).statistics.ravel()


def _stored(folder: Path, name: str, photo: Pixels, make: Callable[[], Any]) -> Any:
    """An array made once for a name and the pixels of a photo."""
    key = hashlib.sha256(name.encode() + repr(photo.shape).encode() + photo.tobytes()).hexdigest()[:32]
    file = folder / f"{key}.npy"
    with contextlib.suppress(OSError):
        if (content := unsealed(key, file.read_bytes())) is not None:
            return np.load(io.BytesIO(content), allow_pickle=False)
    made, stream = make(), io.BytesIO()
    np.save(stream, made)
    folder.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(f".{uuid.uuid4().hex}")
    draft.write_bytes(sealed(key, stream.getvalue()))
    os.replace(draft, file)
    return made
