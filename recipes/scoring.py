"""Time and memory of `twinlens score` on many selection rows, beside json.loads over the same lines.

    python recipes/scoring.py                      1,000,000 rows, 3 turns: some minutes, 1.5 GB of disk
    python recipes/scoring.py --rows 20000 --turns 1

Selection rows hold a choice and a label and no text. Both are timed in processes of their own, in turns, and the best
turn of each counts; the time of `score` is that of the whole command in its process. Asked: at most 5 times json.loads.
The exit code is 1 where it took longer.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

ASKED = 5.0
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


def main() -> int:
    """Run it; 0 where the ratio is reached."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--turns", type=int, default=3)
    given = parser.parse_args()
    loads, scores, peak = [], [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        size = write_run(Path(folder), given.rows)
        for _ in range(given.turns):
            loads.append(told(LOADS, Path(folder) / "rows.jsonl")[0])
            took, memory = told(SCORE, Path(folder))
            scores.append(took)
            peak = max(peak, memory / 1e6)
    ratio = min(scores) / min(loads)
    print(f"{given.rows:,} rows, {size / 1e9:.2f} GB, best of {given.turns}: json.loads {min(loads):.1f} s, "
          f"score {min(scores):.1f} s, ratio {ratio:.2f} (asked {ASKED:g}), peak memory {peak:.2f} GB")  # fmt: skip
    return 0 if ratio <= ASKED else 1


def write_run(folder: Path, count: int) -> int:
    """A run folder of so many rows of a judge that is right in four of five; the bytes of its rows."""
    chance = random.Random(1)
    photo = {"sha256": "0" * 64, "width": 512, "height": 512, "notes": []}
    with open(folder / "rows.jsonl", "w", encoding="utf-8") as stream:
        for number in range(count):
            label = chance.choice("ab")
            p_a = chance.random() * 0.5 + (0.5 if (label == "a") == (chance.random() < 0.8) else 0.0)
            choice = "a" if p_a > 0.5 else "b"
            id, scene = f"pair_{number:07}", f"scene_{number // 7:06}"
            photos = {side: {"file": f"photos/{id}_{side}.jpg", **photo} for side in "ab"}
            row = {
                "id": id, "scene": scene, "schema": "twinlens.verdict/1",
                "pair": {"id": id, "kind": "other", **photos}, "judge": "answer", "choice": choice,
                "confidence": max(p_a, 1 - p_a), "p_a": p_a, "claims": [], "rationale": "",
                "self_contradicting": False, "notes": [], "seconds": None, "version": "0",
                "kind": chance.choice(["person", "scene"]), "label": label, "reference": None, "columns": {},
                "orders": {order: {"first": order[0], "choice": choice, "p_a": p_a, "rationale": "", "notes": []}
                           for order in ("ab", "ba")},
                "consistent": True,
            }  # fmt: skip
            stream.write(json.dumps(row) + "\n")
    run = {"schema": "twinlens.run/1", "judge": {"spec": "answer", "code": "0", "symmetric": False, "version": ""},
           "input": {"rows": count}, "settings": {"orders": "both"}, "versions": {}, "origin": {}, "summary": None}  # fmt: skip
    (folder / "run.json").write_text(json.dumps(run), "utf-8")
    return (folder / "rows.jsonl").stat().st_size


def told(code: str, path: Path) -> list[float]:
    """The numbers that a process of its own prints."""
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    return [float(word) for word in done.stdout.split()]


if __name__ == "__main__":
    sys.exit(main())
