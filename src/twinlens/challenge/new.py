"""`twinlens challenge new`: a challenge.yaml to fill in, or a small challenge that can be built at once."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from skimage import data

from twinlens.challenge.config import FILE
from twinlens.challenge.pages import rendered
from twinlens.challenge.yaml_text import written
from twinlens.core.errors import BadInput
from twinlens.core.outputs import check_folder
from twinlens.distortions.demo import PAIRS, Made, write_pairs
from twinlens.language.render import line

SECOND: tuple[Made, ...] = (
    ("astronaut-2", data.astronaut, "a", "noise", 3),
    ("coffee-2", data.coffee, "b", "blur", 2),
    ("cat-2", data.chelsea, "a", "smear", 3),
    ("rocket-2", data.rocket, "b", "cast", 3),
    ("cat-3", data.chelsea, "b", "halo", 3),
    ("coffee-3", data.coffee, "a", "jpeg", 3),
)
"""The pairs of the example's second phase; those of the demo are its first."""
REGIONS = {data.astronaut: "face", data.coffee: "object", data.chelsea: "hair", data.rocket: "background"}
REASONS = {
    "smear": ("texture", "keeps its fine texture", "is smeared and looks like wax"),
    "halo": ("realism", "has natural edges", "is over-sharpened, with bright halos along its edges"),
    "jpeg": ("artifacts", "is clean", "shows blocks and ringing of strong compression"),
    "blur": ("sharpness", "is crisp", "is blurred and has lost its detail"),
    "noise": ("noise", "is clean", "is covered with noise"),
    "cast": ("color", "has natural colors", "has a strong color cast"),
}
"""By distortion: the aspect, and what an expert would say of the photo without it and of that with it."""
PLACEHOLDERS = {
    "title": "TITLE",
    "description": "What the challenge is about, in a few sentences.",
    "organisers": '"NAME, AFFILIATION"',
}
EXAMPLE = {
    "title": "Which rendering is better, and why",
    "description": "Photographs in two renderings each. Say which is better, with an expert's reasons.\n"
    "An example: its photographs ship with scikit-image, its labels follow from how they were processed.",
    "organisers": '"The twinlens example"',
}


def new(folder: Path, example: bool = False, today: datetime | None = None) -> Path:
    """Write a new challenge into a folder that is empty or not there; its challenge.yaml.

    Dates are set from `today` on. The example brings its pairs and labels.
    """
    check_folder(folder, "DIR")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if example:
            for at, pairs in enumerate((PAIRS, SECOND), 1):
                _write_phase(folder / f"phase_{at}", pairs)
        text = rendered("challenge.yaml.j2", **_values(example, today or datetime.now(UTC)))
        (folder / FILE).write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise BadInput(f"{str(folder)!r}: {error.strerror}; expected a folder to write to") from error
    return folder / FILE


def _values(example: bool, today: datetime) -> dict[str, Any]:
    start = today.replace(hour=0, minute=0, second=0, microsecond=0)
    middle, end = start + timedelta(60), start + timedelta(74)
    phases = [
        _phase(1, "Development", "Scores come at once; try what you like.", start, middle, (10, 200)),
        _phase(2, "Final", "Other items; few submissions.", middle + timedelta(hours=1), end, (2, 6)),
    ]
    texts = EXAMPLE if example else PLACEHOLDERS
    contact = "organiser@example.org"
    return {**texts, "contact": contact, "terms": rendered("terms.md.j2").strip(), "phases": phases}


def _phase(
    number: int, name: str, description: str, start: datetime, end: datetime, most: tuple[int, int]
) -> dict[str, Any]:
    return {
        "name": name, "description": description, "start": written(start), "end": written(end),
        "pairs": f"phase_{number}/pairs.csv", "labels": f"phase_{number}/labels.jsonl",
        "day": most[0], "total": most[1],
    }  # fmt: skip


def _write_phase(folder: Path, pairs: tuple[Made, ...]) -> None:
    """The photos, table and labels of a phase: the photo that was not damaged is the better one."""
    folder.mkdir()
    with (folder / "pairs.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(("id", "a", "b", "scene", "kind"))
        for (name, a, b), made in zip(write_pairs(folder, pairs), pairs, strict=True):
            kind = "person" if made[1] is data.astronaut else "other"
            table.writerow((name, a.name, b.name, made[1].__name__, kind))
    labels = [{"id": made[0], **_label(made)} for made in pairs]
    lines = "".join(json.dumps(label, ensure_ascii=False) + "\n" for label in labels)
    (folder / "labels.jsonl").write_text(lines, "utf-8", newline="\n")


def _label(made: Made) -> dict[str, str]:
    """The side that is better and the reasons, in the experts' form."""
    _, photo, damaged, distortion, _ = made
    aspect, good, bad = REASONS[distortion]
    of_a, of_b = (bad, good) if damaged == "a" else (good, bad)
    better = "b" if damaged == "a" else "a"
    side = {"a": "Image A (Left)", "b": "Image B (Right)"}[better]
    overall = f"Global Quality: {side} is the better photograph, because it {good}."
    return {"label": better, "reference": f"{line(REGIONS[photo], aspect, of_a, of_b)}\n{overall}"}
