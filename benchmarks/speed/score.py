"""Processor time and memory of `twinlens score` and of `rank` on many rows, beside json.loads over the same lines.

    python -m benchmarks score                      1,000,000 selection rows, 3 rounds: some minutes, 1 GB of disk
    python -m benchmarks score --rows 20000 --rounds 1

Selection rows hold a choice, a label and two versions, and no text; of a tenth as many rows with six reasons, their
evidence and a text is scored too. Each is timed in a process of its own, in turns, and the best round counts: the
processor time of the process, and the most memory it took (VmHWM: ru_maxrss of a child may be its parent's). Those of
`score` and `rank` are of the whole command. Asked: at most 2 times json.loads; the exit code is 1 where one took longer.
Rewrites its figures in docs/benchmarks.md where there were a million rows.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.marks import BENCHMARKS, rewrite

MOST_RATIO = 2.0
WHOLE = 1_000_000
LOADS = """
import json, sys, time
with open(sys.argv[1] + "/rows.jsonl", "rb") as lines:
    for line in lines:
        json.loads(line)
print(time.process_time(), 0)
"""
COMMAND = """
import contextlib, io, sys, time
from pathlib import Path
from twinlens.cli import run
with contextlib.redirect_stdout(io.StringIO()):
    assert run([sys.argv[2], sys.argv[1], "--json"]) == 0
print(time.process_time(), Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
"""
VERSIONS = [f"v{number}" for number in range(5)]
WAYS = {"json.loads": LOADS, "score": COMMAND, "rank": COMMAND}


def main(rows: int = WHOLE, rounds: int = 3) -> None:
    """Time, and rewrite the table; the exit code is 1 where a ratio is not reached."""
    lines = ["| rows | file | `json.loads` | `score` | × | memory | `rank` | × | memory |", "|" + "---|" * 9]
    worst = 0.0
    for name, reasons, count in (("selection", 0, rows), ("with six reasons", 6, rows // 10)):
        with tempfile.TemporaryDirectory() as folder:
            size = write_run(Path(folder), count, reasons)
            timed = [[numbers(code, folder, way) for way, code in WAYS.items()] for _ in range(rounds)]
        (loads, _), *both = (min(way) for way in zip(*timed, strict=True))
        ratios = [seconds / loads for seconds, _ in both]
        worst = max(worst, *ratios)
        cells = [f"{seconds:.1f} s | {ratio:.2f} | {peak / 1e6:.2f} GB"
                 for (seconds, peak), ratio in zip(both, ratios, strict=True)]  # fmt: skip
        lines.append(f"| {count:,} {name} | {size / 1e9:.2f} GB | {loads:.1f} s | {' | '.join(cells)} |")
    print("\n".join(lines))
    if rows >= WHOLE:
        rewrite(BENCHMARKS, "scoring", lines)
    raise SystemExit(worst > MOST_RATIO)


def write_run(folder: Path, count: int, reasons: int) -> int:
    """A run folder of so many rows of a judge that is right in four of five; the bytes of its rows."""
    random_source = random.Random(1)
    photo = {"sha256": "0" * 64, "width": 512, "height": 512, "notes": []}
    with open(folder / "rows.jsonl", "w", encoding="utf-8") as stream:
        for number in range(count):
            label = random_source.choice("ab")
            right = random_source.random() < 0.8
            p_a = random_source.random() * 0.5 + (0.5 if (label == "a") == right else 0.0)
            choice = "a" if p_a > 0.5 else "b"
            id, scene = f"pair_{number:07}", f"scene_{number // 7:06}"
            photos = {side: {"file": f"photos/{id}_{side}.jpg", **photo} for side in "ab"}
            versions = dict(zip(("version_a", "version_b"), random_source.sample(VERSIONS, 2), strict=True))
            text = f"Photo {choice} of {id} is sharper, less noisy and closer to the scene. " * reasons
            row = {
                "id": id, "scene": scene, "schema": "twinlens.verdict/2",
                "pair": {"id": id, "kind": "other", **photos}, "judge": "answer", "choice": choice,
                "confidence": max(p_a, 1 - p_a), "p_a": p_a, "claims": [claim(choice)] * reasons, "rationale": text,
                "self_contradicting": False, "notes": [], "seconds": None, "version": "0",
                "kind": random_source.choice(["person", "scene"]), "label": label, "reference": None,
                "columns": versions, "consistent": True,
                "orders": {order: {"first": order[0], "choice": choice, "p_a": p_a, "rationale": text, "notes": []}
                           for order in ("ab", "ba")},
            }  # fmt: skip
            stream.write(json.dumps(row) + "\n")
    run = {"schema": "twinlens.run/2", "judge": {"spec": "answer", "code": "0", "symmetric": False, "version": ""},
           "input": {"rows": count}, "settings": {"orders": "both"}, "versions": {}, "origin": {}, "summary": None}  # fmt: skip
    (folder / "run.json").write_text(json.dumps(run), "utf-8")
    return (folder / "rows.jsonl").stat().st_size


def claim(side: str) -> dict[str, Any]:
    """A claim with one piece of evidence."""
    piece = {"metric": "sharpness", "region": "face", "aspect": "sharpness", "a": 0.123456, "b": 0.234567, "unit": "",
             "better": "higher", "says": side, "steps": 2.3456, "box": [1, 2, 30, 40], "box_b": [1, 2, 30, 40]}  # fmt: skip
    return {"text": f"Face Sharpness: {side} is sharper.", "region": "face", "aspect": "sharpness", "favours": side,
            "box": [1, 2, 30, 40], "grounding": "supported", "evidence": [piece]}  # fmt: skip


def numbers(code: str, folder: str, way: str) -> tuple[float, float]:
    """Processor time in seconds and memory in kB that a process of its own prints."""
    done = subprocess.run(
        [sys.executable, "-c", code, folder, way], capture_output=True, text=True, check=True
    )
    seconds, peak = map(float, done.stdout.split())
    return seconds, peak
