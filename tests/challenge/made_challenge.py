"""A small challenge as `challenge build` leaves it, and submissions for it, made up without photos."""

from __future__ import annotations

import json
import random
import zipfile
from pathlib import Path

PHASES = ("development", "final")
ITEMS = 30
WEIGHTS = {"accuracy": 0.6, "bleu4": 0.1, "rouge_l": 0.3}
YAML = """\
title: Which is better? <2027>
description: Two renderings of a photograph.
organisers: [A. Person]
contact: someone@example.org
terms: Be fair.
metrics: [{key: accuracy, weight: 0.6}, {key: bleu4, weight: 0.1}, {key: rouge_l, weight: 0.3}]
phases:
- {name: development, start: '2027-01-01 10:00:00', end: '2027-02-01 00:00:00', pairs: pairs.csv}
- {name: final, start: '2027-02-02 00:00:00', pairs: pairs.csv}
fact_sheet:
- {key: method, title: Your method}
leaderboard: {rule: RULE}
"""
WORDS = (
    "skin", "hair", "wall", "cloth", "leaf", "eye", "lash", "edge", "grain", "halo", "tone", "shade", "sharp",
    "soft", "clean", "smear", "clear", "dull", "rich",
)  # fmt: skip


def expert(item: int, phase: int) -> str:
    """The expert's text of an item, unlike those of others."""
    rng = random.Random(100 * phase + item)
    return "\n".join(
        f"{rng.choice(('Face', 'Hair', 'Global'))} Noise: "
        f"Image A (Left) has {' '.join(rng.choices(WORDS, k=6))}, "
        f"while Image B (Right) has {' '.join(rng.choices(WORDS, k=6))}."
        for _ in range(3)
    )


def answer(item: int, phase: int) -> str:
    return "AAB"[(item + phase) % 3]


def build(folder: Path, rule: str = "Force_Last") -> Path:
    """Write the challenge; its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "challenge.yaml").write_text(YAML.replace("RULE", rule), "utf-8")
    (folder / "pairs.csv").write_text("id,a,b\n", "utf-8")
    for phase in range(2):
        reference = folder / "build" / f"phase_{phase + 1}" / "reference"
        reference.mkdir(parents=True)
        lines = [
            {"id": f"p_{item:03}", "images": images(item), "answer": answer(item, phase), "kind": "person",
             "rationale": expert(item, phase)}
            for item in range(ITEMS)
        ]  # fmt: skip
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (reference / "reference.jsonl").write_text(
            "".join(json.dumps(line) + "\n" for line in lines), "utf-8"
        )
        metrics = [{"key": key, "weight": weight} for key, weight in WEIGHTS.items()]
        limits = {"bytes": 1_000_000, "lines": 1000, "characters": 5000}
        settings = {"schema": "twinlens.challenge-settings/1", "title": "t", "answers": ["A", "B"]}
        text = json.dumps({**settings, "metrics": metrics, "limits": limits})
        (reference / "settings.json").write_text(text, "utf-8")
    return folder


def images(item: int) -> list[str]:
    return [f"images/p_{item:03}_merged_{view}.jpg" for view in ("c0", "c1")]


def submission(phase: int, wrong: int = 0, seed: int = 0, reworded: float = 0.3) -> str:
    """A submission that errs on so many items and replaces such a share of the experts' words."""
    rng = random.Random(1000 * seed + phase)
    missed = set(rng.sample(range(ITEMS), wrong))
    made = []
    for item in range(ITEMS):
        right = answer(item, phase)
        said = right if item not in missed else "B" if right == "A" else "A"
        text = " ".join(
            f"v{rng.randrange(10**6)}" if rng.random() < reworded else word
            for word in expert(item, phase).split()
        )
        solution = f"<thinking>\n{text}\n</thinking>\n<answer>{said}</answer>"
        made.append(json.dumps({"images": images(item), "solution": solution}))
    return "\n".join(made) + "\n"


def hand_in(submissions: Path, team: str, *contents: str, sheet: str = "") -> Path:
    """Write a team's submission of each phase, as zips, and its fact sheet; its folder."""
    folder = submissions / team
    folder.mkdir(parents=True)
    for at, content in enumerate(contents, 1):
        zipped(folder / f"{at}.zip", content)
    if sheet:
        (folder / "fact_sheet.yaml").write_text(sheet, "utf-8")
    return folder


def zipped(file: Path, content: str) -> Path:
    file.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("submission.jsonl", content)
    return file


def team(submissions: Path, name: str, wrong: int, seed: int, sheet: str = "") -> Path:
    """A team that errs on so many items of each phase."""
    return hand_in(submissions, name, *(submission(phase, wrong, seed) for phase in range(2)), sheet=sheet)
