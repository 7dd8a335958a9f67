"""Time of a challenge's scoring program beside that of starting Python with the same imports.

    python -m benchmarks challenge                      2,500 submissions of 101 items, two at a time: some minutes
    python -m benchmarks challenge --submissions 200 --python python3.13

Both are started bare (-I -S) and in turns, and their processor time is compared by the median, since other work on the
machine makes single runs slower. The submissions are made up in the form of the challenge's experts' texts. Asked: at
most twice the time. The exit code is 1 where the program took longer.
"""

from __future__ import annotations

import ast
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from twinlens.challenge.sandbox import PROGRAM

MOST_RATIO = 2.0
ITEMS, STATEMENTS = 101, 4
REGIONS = ("Face", "Hair", "Skin", "Eyes", "Background", "Clothing", "Foliage", "Global", "Building", "Text")
ASPECTS = ("Sharpness", "Texture", "Noise", "Artifacts", "Realism", "Exposure", "Contrast", "Color")
GOOD = (
    "shows crisper detail",
    "keeps fine, natural texture",
    "has a cleaner, smoother background",
    "renders true tones",
)
BAD = (
    "exhibits heavy smearing",
    "looks over-sharpened (halos)",
    "suffers from visible noise",
    "loses mid-tone detail",
)
PLACES = (
    "in the shadows",
    "along the hair edges",
    "in high-frequency areas",
    "around the eyes",
    "near the border",
    "overall",
)


def main(submissions: int = 2500, python: str = sys.executable) -> None:
    """Time; the exit code is 1 where the ratio is not reached."""
    random_source = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        apps = [write_app(Path(folder) / str(at), random_source) for at in range(2)]
        bare = [python, "-I", "-S", "-c", f"import {', '.join(imports())}"]
        start = time.perf_counter()
        with ThreadPoolExecutor(len(apps)) as pool:
            counts = [submissions // 2, submissions - submissions // 2]
            made = list(pool.map(lambda app, count: times(bare, python, app, count), apps, counts))
        starts, runs = ([one for each in made for one in each[at]] for at in range(2))
        took = time.perf_counter() - start
    ratio = statistics.median(runs) / statistics.median(starts)
    print(f"{submissions:,} submissions of {ITEMS} items: processor time of starting Python "
          f"{1e3 * statistics.median(starts):.0f} ms (least {1e3 * min(starts):.0f}), of the program "
          f"{1e3 * statistics.median(runs):.0f} ms (least {1e3 * min(runs):.0f}), ratio {ratio:.2f} (asked {MOST_RATIO:g}); "
          f"both together {took:.0f} s by the clock")  # fmt: skip
    raise SystemExit(ratio > MOST_RATIO)


def imports() -> list[str]:
    """The modules of the standard library that the program imports."""
    names = set()
    for file in PROGRAM.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names |= {one.name for one in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names.add(str(node.module))
    return sorted(names - {"__future__"})


def times(bare: Sequence[str], python: str, app: Path, count: int) -> tuple[list[float], list[float]]:
    """Seconds of processor time of starting Python and of scoring, so often, in turns; the first of each is left out."""
    program = [
        python,
        "-I",
        "-S",
        str(app / "program" / "scoring.py"),
        str(app / "input"),
        str(app / "output"),
    ]
    made = [(seconds(bare), seconds(program)) for _ in range(count + 1)][1:]
    return [one for one, _ in made], [one for _, one in made]


def seconds(command: Sequence[str]) -> float:
    """The processor time of a process that ends well."""
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    process = os.posix_spawnp(
        command[0], list(command), {"PATH": os.environ.get("PATH", "")}, file_actions=quiet
    )
    _, status, usage = os.wait4(process, 0)
    if status:
        raise SystemExit(f"{' '.join(command)[:200]}: ended with {status}")
    return usage.ru_utime + usage.ru_stime


def rationale(random_source: random.Random) -> str:
    """Reasons of the length of the challenge's experts': about 85 words."""
    lines = []
    for _ in range(STATEMENTS):
        heading = f"{random_source.choice(REGIONS)} {random_source.choice(ASPECTS)}"
        sides = ["Image A (Left)", "Image B (Right)"]
        random_source.shuffle(sides)
        first, second, where, there = (random_source.choice(each) for each in (GOOD, BAD, PLACES, PLACES))
        lines.append(f"{heading}: {sides[0]} {first} {where}, while {sides[1]} {second} {there}.")
    return "\n".join(lines)


def write_app(app: Path, random_source: random.Random) -> Path:
    """A folder laid out as the server's /app, with a submission."""
    for name in ("input/ref", "input/res", "output"):
        (app / name).mkdir(parents=True)
    shutil.copytree(PROGRAM, app / "program", ignore=shutil.ignore_patterns("__pycache__"))
    metrics = [
        {"key": key, "weight": weight}
        for key, weight in (("accuracy", 0.7), ("bleu4", 0.1), ("rouge_l", 0.2))
    ]
    settings = {"schema": "twinlens.challenge-settings/1", "title": "speed", "metrics": metrics, "answers": ["A", "B"],
                "limits": {"bytes": 10**7, "lines": 1000, "characters": 10**4}}  # fmt: skip
    (app / "input" / "ref" / "settings.json").write_text(json.dumps(settings), "utf-8")
    with (
        open(app / "input" / "ref" / "reference.jsonl", "w", encoding="utf-8") as reference,
        open(app / "input" / "res" / "predictions.jsonl", "w", encoding="utf-8") as predictions,
    ):
        for at in range(ITEMS):
            images = [f"images/p_{at:03}_merged_{view}.jpg" for view in ("c0", "c1")]
            item = {
                "id": f"p_{at:03}",
                "images": images,
                "answer": "A",
                "rationale": rationale(random_source),
            }
            reference.write(json.dumps(item) + "\n")
            solution = f"<thinking>\n{rationale(random_source)}\n</thinking>\n<answer>B</answer>"
            predictions.write(json.dumps({"images": images, "solution": solution}) + "\n")
    return app
