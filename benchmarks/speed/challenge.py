"""Time of a challenge's scoring program beside that of starting Python with the same imports.

    python -m benchmarks challenge                      2,500 submissions of 101 items, two at a time: some minutes
    python -m benchmarks challenge --submissions 200 --python python3.13

Both are started in turns, as the server starts the program (python3 scoring.py) and bare (-I -S), and their processor
time is compared by the median, since other work on the machine makes single runs slower. The submissions are made up in
the form of the challenge's experts' texts. Asked: at most twice the time, as the server starts it. The exit code is 1
where the program took longer.
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

from benchmarks.headings import ASPECTS, REGIONS
from twinlens.challenge.sandbox import PROGRAM

MOST_RATIO = 2.0
ITEMS, STATEMENTS = 101, 4
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


FLAGS = {"as the server starts it": (), "bare (-I -S)": ("-I", "-S")}


def main(submissions: int = 2500, python: str = getattr(sys, "_base_executable", sys.executable)) -> None:
    """Time; the exit code is 1 where the ratio is not reached."""
    random_source = random.Random(1)
    counts = [submissions // 2, submissions - submissions // 2]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(len(counts)) as pool:
        apps = [write_app(Path(folder) / str(at), random_source) for at in range(len(counts))]
        start = time.perf_counter()
        made = [
            row
            for rows in pool.map(lambda app, count: times(python, app, count), apps, counts)
            for row in rows
        ]
        took = time.perf_counter() - start
    print(
        f"{submissions:,} submissions of {ITEMS} items, started {2 * len(FLAGS)} times each: {took:.0f} s by the clock"
    )
    ratios = []
    for name, (starts, runs) in zip(
        FLAGS, zip(*[iter(zip(*made, strict=True))] * 2, strict=True), strict=True
    ):
        ratios.append(statistics.median(runs) / statistics.median(starts))
        print(f"{name}: Python {1e3 * statistics.median(starts):.0f} ms (least {1e3 * min(starts):.0f}), the program "
              f"{1e3 * statistics.median(runs):.0f} ms (least {1e3 * min(runs):.0f}), ratio {ratios[-1]:.2f}")  # fmt: skip
    print(f"asked: {MOST_RATIO:g}")
    raise SystemExit(ratios[0] > MOST_RATIO)


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


def times(python: str, app: Path, count: int) -> list[list[float]]:
    """Seconds of processor time, so often: of Python and the program, for each of `FLAGS`; the first is left out."""
    program = [str(app / "program" / "scoring.py"), str(app / "input"), str(app / "output")]
    commands = [
        [python, *flags, *rest]
        for flags in FLAGS.values()
        for rest in (["-c", f"import {', '.join(imports())}"], program)
    ]
    return [[seconds(command) for command in commands] for _ in range(count + 1)][1:]


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
