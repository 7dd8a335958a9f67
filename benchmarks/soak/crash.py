"""A run is killed again and again and goes on each time; then it must equal a run that nobody disturbed.

    python -m benchmarks crash                     30 kills, 300 pairs, 2 workers: 3 minutes on two cores
    python -m benchmarks crash --judge measured    the same with a judge that measures

`kill -9` strikes the main process after a random number of rows and a random moment, and every third time one
of its workers before. Expected: "300 rows, unique and complete, equal to an undisturbed run byte for byte
after 30 kills", and exit code 0. Nothing comes from the cache: every row that is not in the file is judged
anew.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main(
    pairs: int = 300,
    kills: int = 30,
    workers: int = 2,
    judge: str = 'fixed(by="id", delay=0.02)',
    seed: int = 1,
) -> None:
    """Run the test; the exit code is 1 where the runs are not equal."""
    with tempfile.TemporaryDirectory() as folder:
        table = write_table(Path(folder), pairs)
        said = crash(table, Path(folder), judge, workers, pairs, kills, seed)
    print(said or f"{pairs} rows, unique and complete, equal to an undisturbed run byte for byte "
          f"after {kills} kills")  # fmt: skip
    raise SystemExit(bool(said))


def crash(table: Path, folder: Path, judge: str, workers: int, pairs: int, kills: int, seed: int) -> str:
    """What is wrong after so many kills; nothing where all is well."""
    drawn = random.Random(seed)
    call = [sys.executable, "-m", "twinlens.cli", "run", str(table), "--judge", judge, "--no-cache",
            "--workers", str(workers)]  # fmt: skip
    subprocess.run([*call, "--out", str(folder / "whole")], check=True, stdout=subprocess.DEVNULL)
    killed: set[int] = set()
    struck = 0
    while struck < kills:
        done, left = rows(folder / "torn"), kills - struck
        wanted = done + drawn.randint(0, 2 * max(1, (pairs - done) // (left + 1)))
        struck += strike([*call, "--out", str(folder / "torn")], wanted, drawn, struck % 3 == 2, killed)
        if rows(folder / "torn") >= pairs and struck < kills:
            return f"the run was done after {struck} kills; expected {kills}: ask for more pairs"
    subprocess.run([*call, "--out", str(folder / "torn")], check=True, stdout=subprocess.DEVNULL)
    return compared(folder, pairs) or left_behind(killed)


def strike(call: list[str], wanted: int, drawn: random.Random, worker_too: bool, killed: set[int]) -> bool:
    """Start the run, and kill it once it holds so many rows; whether it was still running."""
    process = subprocess.Popen(call, stdout=subprocess.DEVNULL)
    out = Path(call[-1])
    while process.poll() is None and (rows(out) < wanted or not (out / "run.json").exists()):
        time.sleep(0.005)
    time.sleep(drawn.uniform(0, 0.2))
    workers = children(process.pid)
    killed.update(workers)
    if worker_too and workers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(drawn.choice(workers), signal.SIGKILL)
        time.sleep(drawn.uniform(0, 0.2))
    running = process.poll() is None
    process.kill()
    process.wait()
    return running


def compared(folder: Path, pairs: int) -> str:
    """How the torn run differs from the whole one; nothing where it does not."""
    whole, torn = ((folder / name / "rows.jsonl").read_bytes() for name in ("whole", "torn"))
    ids = [json.loads(line)["id"] for line in torn.splitlines()]
    if len(ids) != pairs or len(set(ids)) != pairs:
        return f"{len(ids)} rows, {len(set(ids))} of them different; expected {pairs}"
    return "" if whole == torn else "the rows are not those of an undisturbed run"


def left_behind(pids: set[int], patience: float = 10.0) -> str:
    """Which processes are still there some seconds later; nothing where none is."""
    end = time.monotonic() + patience
    while alive := [pid for pid in pids if working(pid)]:
        if time.monotonic() > end:
            return f"processes left behind: {alive}"
        time.sleep(0.1)
    return ""


def rows(out: Path) -> int:
    """How many rows a run folder holds."""
    try:
        return (out / "rows.jsonl").read_bytes().count(b"\n")
    except FileNotFoundError:
        return 0


def children(pid: int) -> list[int]:
    """The processes that a process started and that judge (Linux)."""
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [int(child) for child in listed if working(int(child))]


def working(pid: int) -> bool:
    """Whether a process is a worker that runs."""
    try:
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def write_table(folder: Path, pairs: int) -> Path:
    """A table of pairs cut from photographs: as it is, and blurred."""
    from PIL import Image, ImageFilter
    from skimage import data

    photographs = [Image.fromarray(photo()) for photo in (data.astronaut, data.chelsea, data.coffee)]
    lines = ["id,a,b"]
    for number in range(pairs):
        photo = photographs[number % 3]
        left, top = (number * 7) % (photo.width - 96), (number * 5) % (photo.height - 96)
        a, b = (folder / f"{number}_{side}.png" for side in "ab")
        cut = photo.crop((left, top, left + 96, top + 96))
        cut.save(a)
        cut.filter(ImageFilter.GaussianBlur(1)).save(b)
        lines.append(f"pair_{number},{a},{b}")
    (folder / "pairs.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder / "pairs.csv"
