"""A folder of photographs becomes a table of pairs, photograph by photograph; what was stopped goes on.

`made.jsonl` holds the options on its first line and on each further one the rows of a photograph, with the
hash of its file; `pairs.csv` is written of it at the end.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from twinlens.core.contracts import line
from twinlens.core.errors import BadInput, BadPhoto, MissingExtra
from twinlens.core.outputs import check_folder
from twinlens.distortions.distortion import Pixels
from twinlens.imaging.open import open_photo
from twinlens.readers.folder import photos_in
from twinlens.readers.write import make_folder, write_table
from twinlens.runs.process_pool import Pool

LOG, TABLE, PHOTOS = "made.jsonl", "pairs.csv", "photos"
Cells = dict[str, Any]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Photograph:
    """A photograph to make pairs of: its scene, the hash of its file, and its pixels, reduced to a size."""

    scene: str
    sha256: str
    pixels: Pixels

    def random(self, *seed: int) -> np.random.Generator:
        """Random numbers that depend on the photograph's file and a seed only."""
        return np.random.default_rng([*seed, int(self.sha256[:16], 16)])


Work = Callable[[Photograph, Path], list[Cells]]
"""Makes the pairs of a photograph in a folder, and returns the rows of their table."""


@dataclass(frozen=True)
class PhotoPairs:
    """The table that was written, the number of its rows, and what is wrong with photographs, a line each."""

    table: Path
    pairs: int
    problems: tuple[str, ...]


def photo_pairs(
    photographs: Mapping[str, Path], out: Path, work: Work, options: Mapping[str, Any], size: int,
    workers: int = 1, progress: Progress | None = None,
) -> PhotoPairs:  # fmt: skip
    """Make pairs of photographs, given by their scenes and reduced to a long side of `size` pixels.

    BadInput where `out` was begun with other options. `progress` is called with the numbers of photographs
    done and failed.
    """
    check_folder(out, "--out", LOG)
    head = line({"size": size, **options})
    make_folder(out / PHOTOS)
    before = _before(out / LOG, head)
    tasks = [(scene, file, before.get(scene, {}).get("sha256", "")) for scene, file in photographs.items()]
    rows: dict[str, list[Cells]] = {}
    problems = []
    start = partial(_worker, work, out, size)
    results = Pool(start, workers, lambda task, why: why).map(tasks) if workers > 1 else map(start(), tasks)
    with (out / LOG).open("a", encoding="utf-8") as log:
        for at, ((scene, file, _), made) in enumerate(zip(tasks, results, strict=True), 1):
            if isinstance(made, str):
                problems.append(f"{file}: {made}")
            else:
                rows[scene] = made["rows"] if "rows" in made else before[scene]["rows"]
            if isinstance(made, dict) and "rows" in made:
                log.write(line({"scene": scene, **made}) + "\n")
                log.flush()
            if progress is not None:
                progress(at, len(problems))
    every = [row for scene in photographs for row in rows.get(scene, ())]
    write_table(every, out / TABLE)
    return PhotoPairs(out / TABLE, len(every), tuple(problems))


def save(photo: Pixels, out: Path, version: str, scene: str) -> str:
    """Write a version of a photograph as PNG; its path as seen from `out`."""
    file = out / PHOTOS / version / f"{scene}.png"
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(f".{os.getpid()}")
    Image.fromarray(photo).save(draft, "PNG", compress_level=4)
    os.replace(draft, file)
    return file.relative_to(out).as_posix()


def photographs(folder: Path) -> dict[str, Path]:
    """The photographs of a folder by their names without endings; BadInput where it holds none."""
    if not folder.is_dir():
        raise BadInput(f"{str(folder)!r}: no such folder; expected a folder of photographs")
    scenes: dict[str, Path] = {}
    for file in photos_in(folder):
        scene = file.relative_to(folder).with_suffix("").as_posix()
        if scenes.setdefault(scene, file) is not file:
            what = f"found {scenes[scene].name} and {file.name}"
            raise BadInput(f"{str(folder)!r}: {what}; expected one photograph of a name")
    if not scenes:
        raise BadInput(f"{str(folder)!r}: found no photograph; expected a folder of photographs")
    return scenes


def _before(log: Path, head: str) -> dict[str, Any]:
    """What earlier calls made, by scene; a line that was cut off while it was written is taken out."""
    lines = log.read_text("utf-8").split("\n") if log.exists() else []
    whole = lines[:-1]
    if whole and whole[0] != head:
        expected = f"expected {head}, or another --out"
        raise BadInput(f"--out {str(log.parent)!r}: was begun with the options {whole[0]}; {expected}")
    if lines != [*whole, ""] or not whole:
        log.write_text("".join(f"{one}\n" for one in (whole or [head])), "utf-8")
    return {(one := json.loads(text))["scene"]: one for text in whole[1:]}


def _worker(work: Work, out: Path, size: int) -> Callable[[tuple[str, Path, str]], dict[str, Any] | str]:
    cv2.setNumThreads(1)
    return partial(_made, work, out, size)


def _made(work: Work, out: Path, size: int, task: tuple[str, Path, str]) -> dict[str, Any] | str:
    """The rows of a photograph, nothing where they were made before, or why it cannot be read."""
    scene, file, before = task
    try:
        if before == hashlib.sha256(file.read_bytes()).hexdigest():
            return {}
        photo = open_photo(file)
        made = work(Photograph(scene, photo.sha256, _reduced(photo.pixels, size)), out)
    except (BadPhoto, MissingExtra) as error:
        return str(error)
    except OSError as error:
        return f"cannot be read or written: {error.strerror}"
    return {"sha256": photo.sha256, "rows": made}


def _reduced(photo: Pixels, size: int) -> Pixels:
    times = size / max(photo.shape[:2])
    if times >= 1:
        return photo
    shape = [max(1, round(side * times)) for side in photo.shape[1::-1]]
    return np.asarray(cv2.resize(photo, shape, interpolation=cv2.INTER_AREA), np.uint8)


def together(values: Sequence[Any]) -> str:
    """Several values as one cell.

    >>> together(["blur", "noise"])
    'blur+noise'
    """
    return "+".join(map(str, values))


def chosen(given: str, option: str, known: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The names in a list with commas, those of a group one by one; BadInput where nothing has the name."""
    for name in filter(None, map(str.strip, given.split(","))):
        if name not in known:
            raise BadInput(f"{option}: found {name!r}; expected {', '.join(known)}")
        yield from known[name]
