"""Time of `twinlens challenge standings` with 200 teams, and of scoring 2,500 submissions in one process.

    python -m benchmarks standings                     200 teams, 3 phases of 101 items, 2,500 submissions: about 2 minutes
    python -m benchmarks standings --null 600 --write  and how often equal teams are called different; rewrites docs/standings.md

Submissions are made up: experts' texts of the form of the challenge's, reworded by each team to its own degree, answers
right with a probability of its own; some teams copy others, some hand in what is hostile. Times are processor seconds of one
process, which does nothing beside. Asked: under 60 s for the standings. The exit code is 1 where they took longer.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.headings import ASPECTS, REGIONS
from benchmarks.marks import rewrite
from benchmarks.tables import table
from twinlens.challenge.blind import Truth
from twinlens.challenge.competitors import evaluation
from twinlens.challenge.program.reference import Unscorable
from twinlens.cli import run
from twinlens.core.errors import BadInput
from twinlens.stats.interval import LEVEL, replicates
from twinlens.stats.rank_sets import LEAST_SCENES, above, scenes_apart

MOST_SECONDS = 60.0
GOOD = (
    "clearer",
    "cleaner",
    "more natural",
    "richer in detail",
    "better balanced",
    "free of halos",
    "crisper",
    "calmer",
)
BAD = (
    "soft",
    "noisy",
    "over-sharpened",
    "smeared",
    "washed out",
    "too dark",
    "artificial",
    "blotchy",
    "flat",
    "harsh",
)
WHERE = ("along the edges", "in the fine strands", "near the border", "in the dark parts", "on the left cheek", "in the sky",
         "around the eyes", "on the collar", "in the distance", "at full size", "under the window", "between the leaves")  # fmt: skip
YAML = """\
title: Made-up challenge
description: Which rendering is better?
organisers: [twinlens]
contact: nobody@example.org
terms: Be fair.
metrics:
- {key: accuracy, weight: 0.6}
- {key: bleu4, weight: 0.2}
- {key: rouge_l, weight: 0.2}
phases:
"""


def main(
    teams: int = 200,
    phases: int = 3,
    items: int = 101,
    submissions: int = 2500,
    null: int = 0,
    write: bool = False,
) -> None:
    """Time; the exit code is 1 where the standings took longer than asked."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        challenge(folder, phases, items)
        hand_in(folder, teams, phases)
        start = time.process_time()
        with contextlib.redirect_stdout(io.StringIO()):
            run(
                [
                    "challenge",
                    "standings",
                    str(folder),
                    str(folder / "submissions"),
                    "-o",
                    str(folder / "out"),
                ]
            )
        took = time.process_time() - start
        rows = [[f"standings of {teams} teams, {phases} phases of {items} items", f"{took:.1f} s"]]
        if submissions:
            seconds, scored = score_all(folder, submissions, phases)
            rows.append(
                [f"{submissions:,} submissions scored, of which {scored:,} can be", f"{seconds:.1f} s"]
            )
    for count, scenes in ((10, 30), (10, 100), (50, 200)) if null else ():
        share = f"{false_alarms(count, scenes, null):.3f} of {null}"
        rows.append([f"any two of {count} equal teams called different, {scenes} scenes", share])
    lines = table(["what", "measured"], rows)
    print(
        "\n".join(
            [
                *lines,
                f"asked under {MOST_SECONDS:g} s for the standings, {1 - LEVEL:.2f}; load {os.getloadavg()[0]:.1f}",
            ]
        )
    )
    if write:
        rewrite(Path("docs/standings.md"), "standings", lines)
    raise SystemExit(took > MOST_SECONDS)


def challenge(folder: Path, phases: int, items: int) -> None:
    """A challenge as built: its challenge.yaml and the reference of each phase."""
    rng, text = random.Random(1), YAML
    for phase in range(1, phases + 1):
        text += f"- {{name: phase {phase}, start: '20{30 + phase}-01-01', end: '20{30 + phase}-02-01', pairs: pairs.csv}}\n"
        reference = folder / "build" / f"phase_{phase}" / "reference"
        reference.mkdir(parents=True)
        lines = []
        for item in range(items):
            id, answer = f"{'psp'[item % 3]}_{item:03}", rng.choice("AAABB")
            images = [f"images/{id}_merged_{view}.jpg" for view in ("c0", "c1")]
            lines.append({"id": id, "images": images, "answer": answer, "rationale": rationale(rng, answer)})
        (reference / "reference.jsonl").write_text(
            "".join(json.dumps(line) + "\n" for line in lines), "utf-8"
        )
        settings = {
            "schema": "twinlens.challenge-settings/1", "title": "Made-up challenge", "answers": ["A", "B"],
            "metrics": [{"key": key, "weight": weight} for key, weight in (("accuracy", 0.6), ("bleu4", 0.2), ("rouge_l", 0.2))],
            "limits": {"bytes": 20_000_000, "lines": 10_000, "characters": 10_000},
        }  # fmt: skip
        (reference / "settings.json").write_text(json.dumps(settings), "utf-8")
    (folder / "pairs.csv").write_text("id,a,b\n", "utf-8")
    (folder / "challenge.yaml").write_text(text, "utf-8")


def rationale(rng: random.Random, answer: str) -> str:
    """Three to six made-up statements in the experts' form, about 85 words."""
    sides = ("Image A (Left)", "Image B (Right)")
    better, worse = sides if answer == "A" else sides[::-1]
    made = []
    for _ in range(rng.randint(3, 6)):
        good, bad, where = rng.choice(GOOD), rng.choice(BAD), rng.choice(WHERE)
        made.append(
            f"{rng.choice(REGIONS)} {rng.choice(ASPECTS)}: {better} is {good} {where}, while {worse} looks {bad} {rng.choice(WHERE)}."
        )
    return "\n".join(made)


def hand_in(folder: Path, teams: int, phases: int) -> None:
    """A folder of submissions of so many teams: each of its own skill, every 20th a copy, every 40th hostile."""
    truths = [Truth(folder / "build" / f"phase_{phase}" / "reference") for phase in range(1, phases + 1)]
    for at in range(teams):
        team = folder / "submissions" / f"team {at:03}"
        team.mkdir(parents=True)
        (team / "fact_sheet.yaml").write_text(
            f"team: Team {at}\nmethod: made up\nparameters: {at}\n", "utf-8"
        )
        for number, truth in enumerate(truths, 1):
            rng = random.Random(at - at % 20 if at % 20 == 1 else at)
            content = "".join(lines(truth, rng, 0.5 + 0.45 * rng.random(), 0.1 + 0.6 * rng.random()))
            write_zip(team / f"{number}.zip", "a\n" if at % 40 == 39 else content)


def lines(truth: Truth, rng: random.Random, skill: float, reworded: float) -> Iterator[str]:
    """A submission of a team that is right with the probability `skill` and replaces so many of the words."""
    words = sorted({word for text in truth.texts for word in text.split()})
    for item, text in zip(truth.reference.items, truth.texts, strict=True):
        answer = item.answer if rng.random() < skill else {"A": "B", "B": "A"}[item.answer]
        own = " ".join(rng.choice(words) if rng.random() < reworded else word for word in text.split())
        solution = f"<thinking>\n{own}\n</thinking>\n<answer>{answer}</answer>"
        yield json.dumps({"images": item.images, "solution": solution}) + "\n"


def write_zip(file: Path, content: str) -> None:
    """A submission of one .jsonl."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("submission.jsonl", content)


def score_all(folder: Path, submissions: int, phases: int) -> tuple[float, int]:
    """Processor seconds of scoring so many submissions, those of the folder again and again, and how many could be."""
    truths = [Truth(folder / "build" / f"phase_{phase}" / "reference") for phase in range(1, phases + 1)]
    files: Sequence[Path] = sorted((folder / "submissions").glob("*/*.zip"))
    start, scored = time.process_time(), 0
    for at in range(submissions):
        file = files[at % len(files)]
        with contextlib.suppress(BadInput, Unscorable):
            evaluation(file, truths[int(file.stem) - 1])
            scored += 1
    return time.process_time() - start, scored


def false_alarms(teams: int, scenes: int, challenges: int) -> float:
    """The share of made-up challenges of equal teams in which any two are called different."""
    rng, alarms = np.random.default_rng(0), 0
    for _ in range(challenges):
        parts = (rng.random((teams, scenes)) < rng.beta(4.0, 1.2, scenes)).astype(np.float64)
        sums = np.concatenate([np.ones((1, scenes)), parts]).T
        drawn = replicates(sums, lambda made: made[..., 1:] / made[..., :1])
        alarms += bool(above(parts.mean(axis=1), drawn, scenes_apart(parts) >= LEAST_SCENES, scenes).any())
    return alarms / challenges
