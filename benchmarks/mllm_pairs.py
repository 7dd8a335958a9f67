"""Pairs for a small multimodal LLM: cuts of photographs at 100 %, one damaged in a known way, and why it is worse.

Damage is done to the whole photograph and then both are cut, so that it has the size that it has in a photo. Kinds of the
family "beside the tuned" and the strength "visible" are held out of training, and so is every fifth photograph.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.material import DATA, photographs, reduced
from twinlens.distortions.distortion import distortions
from twinlens.language.render import line
from twinlens.readers.write import write_table
from twinlens.train.photo_pairs import save

SIDE, LARGEST = 224, 768
APART = "beside the tuned"
SLOW = ("nlm", "total_variation", "surface", "jpeg2000", "palette", "paint", "borders", "vignetting")
"""Left out: they take a tenth of a second or more a photograph, or cannot be seen in a cut."""
WORDS = {
    "sharpness": ("is crisp", "is blurry"), "noise": ("is clean", "is noisy"),
    "artifacts": ("is free of artifacts", "shows artifacts"), "color": ("has natural color", "has unnatural color"),
    "exposure": ("is well exposed", "is badly exposed"), "contrast": ("has good contrast", "looks flat"),
}  # fmt: skip
"""What is said of the better and of the worse photo, in the order in which a kind's aspect is looked up."""
FIRST = {
    "artifacts": (
        "jpeg",
        "halo",
        "sharpen",
        "ringing",
        "webp",
        "avif",
        "checker",
        "nearest",
        "moire",
        "ghost",
        "fringe",
        "lateral_chromatic_aberration",
        "chroma_blur",
    ),
    "contrast": ("haze", "flat"),
}
"""Kinds whose plainest aspect is not the first of theirs."""
Cells = dict[str, Any]


def known_kinds() -> list[str]:
    """The kinds of damage that are trained on."""
    return [name for name, one in distortions().items() if one.family != APART and name not in SLOW]


def held_out_kinds() -> list[str]:
    """The kinds that are not."""
    return [name for name, one in distortions().items() if one.family == APART and name not in SLOW]


def aspect(kind: str) -> str:
    """The aspect under which a kind of damage is named."""
    for name, kinds in FIRST.items():
        if kind in kinds:
            return name
    return next(name for name in WORDS if name in distortions()[kind].aspects)


def training_photos() -> tuple[list[Path], list[Path]]:
    """The photographs to train on, and those that are only looked at to report."""
    files = sorted((DATA / "training_photos").glob("*.jpg"))
    apart = files[::5]
    return [file for file in files if file not in apart], [*apart, *photographs()]


def make_pairs(out: Path, trained: int, tested: int) -> None:
    """Write `train` and `test`, each a table with its photos, with so many pairs a photograph; what is there is left."""
    learn, test = training_photos()
    for name, files, many in (("train", learn, trained), ("test", test, tested)):
        folder = out / name
        if not (folder / "pairs.csv").exists():
            folder.mkdir(parents=True, exist_ok=True)
            rows = [row for file in files for row in _of_photo(file, folder, many, name == "test")]
            write_table(rows, folder / "pairs.csv")


def _of_photo(file: Path, out: Path, many: int, test: bool) -> Iterator[Cells]:
    """The pairs of a photograph; of those to test every second one is of a kind that is held out."""
    random = np.random.default_rng(int.from_bytes(file.stem.encode()) % 2**63)
    photo = reduced(file, LARGEST)
    known, apart = (list(random.permutation(kinds())) for kinds in (known_kinds, held_out_kinds))
    for number in range(many):
        new = test and number % 2 == 1
        kind = str((apart if new else known)[number // (2 if test else 1)])
        strength = int(random.integers(1, 4)) if new else 2 if test else int(random.choice([1, 3]))
        top, left = (int(random.integers(0, side - SIDE + 1)) for side in photo.shape[:2])
        whole, damaged = photo, distortions()[kind](photo, strength)
        files = [
            save(
                np.ascontiguousarray(one[top : top + SIDE, left : left + SIDE]),
                out,
                f"{version}_{number}",
                file.stem,
            )
            for version, one in (("original", whole), ("damaged", damaged))
        ]
        better = "ab"[int(random.integers(2))]
        a, b = files if better == "a" else files[::-1]
        good, bad = WORDS[aspect(kind)]
        said = line("global", aspect(kind), *((good, bad) if better == "a" else (bad, good)))
        yield {
            "id": f"{file.stem}:{number}", "a": a, "b": b, "scene": file.stem, "label": better, "reference": said,
            "defect": kind, "strength": strength, "kinds": "held out" if new else "known",
        }  # fmt: skip
