"""A backbone fine-tuned on the pairs that may be learned from: once for each part left out, once for all.

Frozen heads are fitted first, the backbone is tuned from there, exported, and looks at all pairs anew. What
is finished and what is half done lies in a folder, by what it was made of, so a command that was killed goes
on; the folder is deleted once the network is written.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from twinlens.core.version import __version__
from twinlens.imaging.open import open_photo
from twinlens.judges.answer import views
from twinlens.networks.backbone import Floats, Pixels
from twinlens.networks.preference_net import crops
from twinlens.readers import Row
from twinlens.runs.row_photos import Photos
from twinlens.train.augment import Views, stored, views_of
from twinlens.train.examples import LabelledPair
from twinlens.train.export import DEFAULT
from twinlens.train.finetune import PAIRS, Draw, Material, siamese, tune, written
from twinlens.train.heads import Examples, Seen, Some, fit_heads
from twinlens.train.looks import Store
from twinlens.train.simulated import DAMAGE, RESTORATION, damage, restored

LINEAR = 4
"""Heads whose mean is what fine-tuning starts from."""
Look = Callable[[Path], tuple[Examples, list[Examples]]]


class Tuner:
    """Fine-tunes; called with which pairs may be learned from and how a frozen backbone sees them."""

    def __init__(
        self, name: str, epochs: int, seed: int, device: str, folder: Path, store: Store, look: Look,
        pairs: Sequence[LabelledPair], rows: Sequence[Row], files: Sequence[Path], of: int,
        progress: Callable[[str, int, int], None],
    ) -> None:  # fmt: skip
        self.name, self.epochs, self.device = name or DEFAULT, epochs, device
        self.folder, self.files, self._look, self._progress = folder, list(files), look, progress
        by_id = {row.id: row for row in rows}
        self._pairs, self._rows = list(pairs), [by_id[pair.id] for pair in pairs]
        self.seconds, self.steps, self.times, self.seed = 0.0, 0, 0, seed
        self._store, self._latest, self._of = store, folder, of

    def __call__(self, known: Some, seen: Seen) -> Seen:
        """The pairs as a backbone sees them that was tuned on those `known`; heads start from its own."""
        self.times += 1
        steps = self.epochs * math.ceil(int(known.sum()) / PAIRS)
        made = self.folder / self._key(known)
        done = made.with_suffix(".npz")
        if not done.exists():
            self._tune(known, seen, steps, made)
        with np.load(done) as arrays:
            start = arrays["start"]
            self.seconds, self.steps = self.seconds + float(arrays["seconds"]), self.steps + steps
        self._latest = made.with_suffix(".onnx")
        digest = hashlib.sha256(self._latest.read_bytes()).hexdigest()
        return Seen(*self._look(self._latest), start, digest)

    def _tune(self, known: Some, seen: Seen, steps: int, made: Path) -> None:
        """Tune, and write backbone and head; deletes the checkpoint."""
        width = seen.people.statistics.shape[1]
        head = fit_heads(seen.people[known], seen.simulated, seen.start, LINEAR).heads.mean(0)
        scale = seen.people.statistics[known].std(axis=0) + 1e-6
        net = siamese(self.name, head[:width], scale)
        material = Material(
            self._people(known, seen.people, head[width:]),
            {DAMAGE: self._damaged, RESTORATION: self._restored} if self.files else {},
            self.seed,
        )

        def progress(step: int, loss: float) -> None:
            self._progress(f"network {self.times} of {self._of}, loss {loss:.3f}, steps", step, steps)

        checkpoint = made.with_suffix(".pt")
        self.folder.mkdir(parents=True, exist_ok=True)
        net, seconds = tune(net, material, steps, self.device, checkpoint, progress)
        written(net, made.with_suffix(".onnx"), self.name)
        draft = made.with_suffix(".draft.npz")
        np.savez(draft, start=np.concatenate([net.head, head[width:]]), seconds=seconds)
        os.replace(draft, made.with_suffix(".npz"))
        checkpoint.unlink()

    def _people(self, known: Some, people: Examples, weights: Floats) -> Draw:
        """Draws pairs of people, kinds alike."""
        numbers, kinds = np.flatnonzero(known), people.kind[known]
        by_kind = [numbers[kinds == kind] for kind in np.unique(kinds)]
        measured = people.sign * (people.evidence @ weights)

        def draw(random: np.random.Generator) -> tuple[tuple[Views, Views], float]:
            some = by_kind[int(random.integers(len(by_kind)))]
            one = int(some[int(random.integers(len(some)))])
            a, b = self._views(one)
            return ((a, b) if people.sign[one] > 0 else (b, a)), float(measured[one])

        return draw

    def _views(self, number: int) -> tuple[Views, Views]:
        """The views of both photos of a pair, a first."""

        def make() -> tuple[Views, Views]:
            shown = Photos(self._rows[number]).pair
            a, b = (views_of(*view) for view in views(shown.canonical))
            return (b, a) if shown.mirrored else (a, b)

        content = json.dumps(self._pairs[number].measured.photos)
        name = hashlib.sha256(content.encode()).hexdigest()[:32]
        return stored(self.folder / "views" / f"{name}.npz", make)

    def _photo(self, random: np.random.Generator) -> tuple[int, Pixels]:
        number = int(random.integers(len(self.files)))
        return number, open_photo(self.files[number]).pixels

    def _damaged(self, random: np.random.Generator) -> tuple[tuple[Views, Views], float]:
        better, worse = damage(self._photo(random)[1], random)
        return (_seen_whole(better), _seen_whole(worse)), 0.0

    def _restored(self, random: np.random.Generator) -> tuple[tuple[Views, Views], float]:
        number, photo = self._photo(random)
        some = restored(photo, number, self._store)
        better, worse = some.order[int(random.integers(len(some.order)))]
        versions = some.versions()
        return (_seen_whole(versions[better]), _seen_whole(versions[worse])), 0.0

    def _key(self, known: Some) -> str:
        """A name for what a network is tuned of."""
        pairs = [
            [pair.id, pair.set, pair.prefers_a, *pair.measured.photos]
            for pair, one in zip(self._pairs, known, strict=True)
            if one
        ]
        files = [file.name for file in self.files]
        of = [__version__, self.name, self._store.sha256, self.epochs, self.device, self.seed, files, pairs]
        return hashlib.sha256(json.dumps(of).encode()).hexdigest()[:16]

    def finish(self, file: Path) -> dict[str, object]:
        """Take the last backbone into a file; what the card says of the tuning."""
        shutil.copyfile(self._latest, file)
        on = (
            torch.cuda.get_device_name()
            if self.device == "cuda"
            else f"cpu, {torch.get_num_threads()} threads"
        )
        return {
            "epochs": self.epochs, "steps": self.steps, "networks": self.times,
            "seconds": round(self.seconds), "device": f"{on}, {platform.machine()}",
            "seed": self.seed, "backbone": self.name,
        }  # fmt: skip


def _seen_whole(photo: Pixels) -> Views:
    return views_of(photo, crops(photo, photo))
