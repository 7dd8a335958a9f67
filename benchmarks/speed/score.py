"""Time and memory of `twinlens score` on many selection rows, beside json.loads over the same lines.

    python -m benchmarks score                      1,000,000 rows, 3 rounds: some minutes, 1.5 GB of disk
    python -m benchmarks score --rows 20000 --rounds 1

Selection rows hold a choice and a label and no text. Both are timed in processes of their own, in turns, and the best
round of each counts; the time of `score` is that of the whole command in its process. Asked: at most 5 times json.loads.
The exit code is 1 where it took longer.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

MOST_RATIO = 5.0
LOADS = """
import json, sys, time
start = time.perf_counter()
with open(sys.argv[1], "rb") as lines:
    for line in lines:
        json.loads(line)
print(time.perf_counter() - start)
"""
SCORE = """
import contextlib, io, resource, sys, time
start = time.perf_counter()
from twinlens.cli import run
with contextlib.redirect_stdout(io.StringIO()) as said:
    assert run(["score", sys.argv[1], "--json"]) == 0
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def main(rows: int = 1_000_000, rounds: int = 3) -> None:
    """Time; the exit code is 1 where the ratio is not reached."""
    loads, scores, peak = [], [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        size = write_run(Path(folder), rows)
        for _ in range(rounds):
            loads.append(numbers(LOADS, Path(folder) / "rows.jsonl")[0])
            took, memory = numbers(SCORE, Path(folder))
            scores.append(took)
            peak = max(peak, memory / 1e6)
    ratio = min(scores) / min(loads)
    print(f"{rows:,} rows, {size / 1e9:.2f} GB, best of {rounds}: json.loads {min(loads):.1f} s, "
          f"score {min(scores):.1f} s, ratio {ratio:.2f} (asked {MOST_RATIO:g}), peak memory {peak:.2f} GB")  # fmt: skip
    raise SystemExit(ratio > MOST_RATIO)


def write_run(folder: Path, count: int) -> int:
    """A run folder of so many rows of a judge that is right in four of five; the bytes of its rows."""
    random_source = random.Random(1)
    photo = {"sha256": "0" * 64, "width": 512, "height": 512, "notes": []}
    with open(folder / "rows.jsonl", "w", encoding="utf-8") as stream:
        for number in range(count):
            label = random_source.choice("ab")
            p_a = random_source.random() * 0.5 + (
                0.5 if (label == "a") == (random_source.random() < 0.8) else 0.0
            )
            choice = "a" if p_a > 0.5 else "b"
            id, scene = f"pair_{number:07}", f"scene_{number // 7:06}"
            photos = {side: {"file": f"photos/{id}_{side}.jpg", **photo} for side in "ab"}
            row = {
                "id": id, "scene": scene, "schema": "twinlens.verdict/1",
                "pair": {"id": id, "kind": "other", **photos}, "judge": "answer", "choice": choice,
                "confidence": max(p_a, 1 - p_a), "p_a": p_a, "claims": [], "rationale": "",
                "self_contradicting": False, "notes": [], "seconds": None, "version": "0",
                "kind": random_source.choice(["person", "scene"]), "label": label, "reference": None, "columns": {},
                "orders": {order: {"first": order[0], "choice": choice, "p_a": p_a, "rationale": "", "notes": []}
                           for order in ("ab", "ba")},
                "consistent": True,
            }  # fmt: skip
            stream.write(json.dumps(row) + "\n")
    run = {"schema": "twinlens.run/1", "judge": {"spec": "answer", "code": "0", "symmetric": False, "version": ""},
           "input": {"rows": count}, "settings": {"orders": "both"}, "versions": {}, "origin": {}, "summary": None}  # fmt: skip
    (folder / "run.json").write_text(json.dumps(run), "utf-8")
    return (folder / "rows.jsonl").stat().st_size


def numbers(code: str, path: Path) -> list[float]:
    """The numbers that a process of its own prints."""
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    return [float(word) for word in done.stdout.split()]
