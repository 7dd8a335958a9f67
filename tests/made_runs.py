"""Run folders with known rows, for tests of what is made of runs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from twinlens.core.run_records import PromptRecord
from twinlens.runs.store import RunFolder
from twinlens.scoring import rater_scores
from twinlens.scoring.rater import RaterIdentity

Row = dict[str, Any]
SHARP = {
    "metric": "edge_width", "region": "face", "aspect": "sharpness", "a": 1.8, "b": 3.1, "unit": "px",
    "better": "lower", "says": "a", "steps": 6.2, "box": [8, 6, 40, 30], "box_b": [9, 6, 40, 30],
}  # fmt: skip

WHO = {"judge": 'chat(model="m")', "version": "", "prompt": {"name": "rater", "sha256": "0123"}}
CALL = {
    "model": "m", "seconds": 1.5, "images": [], "prompt_tokens": 1000, "answer_tokens": 50, "outcome": "ok",
}  # fmt: skip


def claim(text: str = "", favours: str = "a", grounding: str = "supported", **other: Any) -> Row:
    """A claim about the face's sharpness, with its evidence."""
    made = {
        "text": text, "region": "face", "aspect": "sharpness", "favours": favours, "box": [8, 6, 40, 30],
        "grounding": grounding, "evidence": [SHARP],
    }  # fmt: skip
    return made | other


def verdict(id: str, choice: str = "a", p_a: float | None = None, **other: Any) -> Row:
    """A row with a verdict; `files` are the names of both photos, `size` their width and height."""
    p = {"a": 0.8, "b": 0.2, "tie": 0.5}[choice] if p_a is None else p_a
    files, size = other.pop("files", ("a.png", "b.png")), other.pop("size", (128, 96))
    photos = [
        {
            "file": file,
            "sha256": f"{int(file != files[0])}" * 64,
            "width": size[0],
            "height": size[1],
            "notes": [],
        }
        for file in files
    ]
    row = {
        "id": id, "scene": id, "schema": "twinlens.verdict/2",
        "pair": {"id": id, "kind": "other", "a": photos[0], "b": photos[1]}, "judge": "fixed",
        "choice": choice, "confidence": max(p, 1 - p), "p_a": p, "claims": [claim("The face is sharper.")],
        "rationale": "The face is sharper.", "self_contradicting": False, "notes": [], "seconds": None,
        "version": "0", "kind": "other", "label": None, "reference": None, "columns": {},
        "orders": {"ab": {"first": "a", "choice": choice, "p_a": p, "rationale": "", "notes": []},
                   "ba": {"first": "b", "choice": choice, "p_a": p, "rationale": "", "notes": []}},
        "consistent": True,
    }  # fmt: skip
    return row | other


def failure(id: str, kind: str = "unreadable", **other: Any) -> Row:
    """A row without a verdict."""
    row = {
        "id": id, "scene": id, "schema": "twinlens.failure/2", "detail": "found no answer", "raw": "Hm.",
        "pair": {"id": id}, "judge": "fixed", "version": "0", "failure": kind, "kind": "other", "label": None,
        "reference": None, "columns": {}, "orders": {}, "consistent": None,
    }  # fmt: skip
    return row | other


def write_run(folder: Path, rows: Iterable[Row], judge: str = "fixed", symmetric: bool = False) -> Path:
    """A run folder of these rows; relative photos are relative to the folder above it."""
    folder.mkdir()
    who, origin = {"spec": judge, "symmetric": symmetric}, {"folder": str(folder.parent)}
    run = {"schema": "twinlens.run/2", "judge": who, "origin": origin}
    (folder / "run.json").write_text(json.dumps(run), "utf-8")
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return folder


def rate(folder: Path, rows: list[Row], **changes: Row) -> None:
    """Ratings of the texts of `rows`: 9, and 3 where the sides are mirrored, but for `changes` of a row."""
    who = RaterIdentity(WHO["judge"], WHO["version"], PromptRecord(**WHO["prompt"]))
    made = folder.parent / f"{folder.name}-unrated"
    tasks = rater_scores.tasks_of(RunFolder(write_run(made, rows)), None)
    lines = []
    for task in tasks:
        line = {
            **WHO, "key": task.key(who), "id": task.row.id, "mirrored": task.mirrored,
            "rating": 3 if task.mirrored else 9, "failure": None, "detail": "", "raw": "Nearly all true.",
            "calls": [CALL],
        }  # fmt: skip
        lines.append(line | ({} if task.mirrored else changes.get(task.row.id, {})))
    (folder / rater_scores.FILE).write_text("".join(json.dumps(one) + "\n" for one in lines), "utf-8")
    shutil.rmtree(made)
