"""A challenge as it is built, kits and submissions for it, and the interpreters of this machine."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from twinlens.challenge.program.reference import Reference

LIMITS = {"bytes": 200_000, "lines": 200, "characters": 4000}
WEIGHTS = {"accuracy": 0.6, "bleu4": 0.1, "rouge_l": 0.3}
TEXTS = (
    "Face Sharpness: Image A (Left) has crisp eyelashes, while Image B (Right) smears them.",
    "Hair Noise: Image A (Left) is grainy (12.5 dB), whereas Image B (Right) looks clean.\nGlobal Realism: "
    "Image B/Right is more natural; Image A/Left shows an over-processed, waxy skin.",
    "Background Texture: Both images are similar, but the foliage of Image B (Right) is 3-4 times finer.",
    "Clothing Artifacts: Image A (Left)'s collar has ringing & halos; Image B (Right)'s has none, at 100 %.",
    "Global Exposure: Image A (Left) clips its highlights, while Image B (Right) keeps the sky's gradation.",
)
ANSWERS = "ABBBB"
IDS = tuple(f"{'ps'[at % 2]}_{at:03}" for at in range(len(TEXTS)))


def images(id: str) -> list[str]:
    return [f"images/{id}_merged_c0.jpg", f"images/{id}_merged_c1.jpg"]


def solution(text: str, answer: str) -> str:
    return f"<thinking>\n{text}\n</thinking>\n<answer>{answer}</answer>"


def line(at: int, text: str | None = None, answer: str | None = None, **other: Any) -> dict[str, Any]:
    """A line of a submission; by default the right one."""
    said = solution(TEXTS[at] if text is None else text, answer or ANSWERS[at])
    return {"images": images(IDS[at]), "solution": said} | other


def right() -> list[dict[str, Any]]:
    return [line(at) for at in range(len(TEXTS))]


def jsonl(lines: Iterable[Any]) -> str:
    return "".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines)


def write_reference(folder: Path, **settings: Any) -> Path:
    """A folder of reference.jsonl and settings.json."""
    folder.mkdir(parents=True)
    rows = [
        {"id": id, "images": images(id), "answer": answer, "rationale": text}
        for id, answer, text in zip(IDS, ANSWERS, TEXTS, strict=True)
    ]
    (folder / "reference.jsonl").write_text(jsonl(rows), "utf-8")
    made = {
        "schema": "twinlens.challenge-settings/1", "title": "A <b>test</b>", "answers": ["A", "B"],
        "metrics": [{"key": key, "weight": weight} for key, weight in WEIGHTS.items()], "limits": LIMITS,
    }  # fmt: skip
    (folder / "settings.json").write_text(json.dumps(made | settings), "utf-8")
    return folder


def reference(folder: Path, **settings: Any) -> Reference:
    return Reference.read(write_reference(folder, **settings))


def write_challenge(folder: Path) -> Path:
    """The folder of a built challenge with one phase and its kit."""
    phase = folder / "build" / "phase_1"
    write_reference(phase / "reference")
    (phase / "kit").mkdir()
    shutil.copy(phase / "reference" / "settings.json", phase / "kit")
    (phase / "kit" / "items.jsonl").write_text(jsonl({"id": id, "images": images(id)} for id in IDS), "utf-8")
    return folder


def write_zip(file: Path, members: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file


def submission(file: Path, lines: Iterable[Any]) -> Path:
    return write_zip(file, {"predictions.jsonl": jsonl(lines)})


@cache
def interpreters() -> dict[str, str]:
    """The Python interpreters of this machine from 3.7 on, by version: on the path, or beside this one."""
    beside = Path(sys.base_prefix).parent.glob("*/bin/python3")
    names = [shutil.which(f"python3.{minor}") for minor in range(7, 30)]
    made = {}
    for path in (sys.executable, *filter(None, names), *map(str, beside)):
        code = "import sys; print('.'.join(map(str, sys.version_info[:2])))"
        ran = subprocess.run([path, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)
        version = ran.stdout.strip()
        if ran.returncode == 0 and tuple(map(int, version.split("."))) >= (3, 7):
            made.setdefault(version, path)
    return made
