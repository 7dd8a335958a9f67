"""`make interop`: inspect_ai and lmms-eval, each run end to end against a stub model, come to our scores.

python tests/interop/harnesses.py INSPECT LMMS [--record]

Eight pairs are made; each harness judges them in its own environment, without a network, through its own
command or registry; its log becomes a run, which is scored. The harness's numbers are compared with ours.
With --record the logs and numbers go to `recorded/`, which the tests read.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from stub_answers import ANSWERS, write_pairs

HERE = Path(__file__).resolve().parent
SAME = 1e-12
OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
Numbers = dict[str, float]


def main() -> int:
    """The exit code: 0 where every number is ours."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("inspect", type=Path)
    parser.add_argument("lmms", type=Path)
    parser.add_argument("--record", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        write_pairs(work)
        plain = "".join(json.dumps({"id": id, "text": text}) + "\n" for id, text in ANSWERS.items())
        (work / "answers.jsonl").write_text(plain, "utf-8")
        ours = score(work, "answers.jsonl")
        log, inspected = inspect(given.inspect.absolute(), work)
        samples, evaluated = lmms(given.lmms.absolute(), work)
        equal = compare("inspect_ai", inspected, ours) & compare("inspect_ai's log", score(work, log), ours)
        equal &= compare("lmms-eval", evaluated, ours) & compare(
            "lmms-eval's samples", score(work, samples), ours
        )
        if given.record and equal:
            record(work, log, samples, {"inspect_ai": inspected, "lmms-eval": evaluated, "twinlens": ours})
    return 0 if equal else 1


def inspect(python: Path, work: Path) -> tuple[str, Numbers]:
    """The log of a run of `twinlens/rationale`, and its numbers; unread answers are wrong, as with us."""
    logs = call(
        python, work, HERE / "inspect_stub.py", "twinlens/rationale", "pairs.csv", "answers.json", "logs"
    )
    log = Path(logs.splitlines()[-1])
    shown = call(python, work, "-m", "inspect_ai", "log", "dump", "--header-only", log)
    scores = {one["name"]: one for one in json.loads(shown)["results"]["scores"]}
    choice = scores["choice"]
    scored, unscored = choice["scored_samples"], choice["unscored_samples"]
    numbers = {name: scores[name]["metrics"]["mean"]["value"] for name in ("bleu4", "rouge_l")}
    numbers |= {
        "claim_f1": scores["claim_f1"]["metrics"]["f1"]["value"],
        "accuracy": choice["metrics"]["accuracy"]["value"] * scored / (scored + unscored),
        "unread": unscored / (scored + unscored),
    }
    return os.path.relpath(log, work), numbers


def lmms(python: Path, work: Path) -> tuple[str, Numbers]:
    """The samples of a run of the task that `twinlens data convert` writes, and its numbers."""
    twinlens(work, "data", "convert", "pairs.csv", "--to", "lmms-eval", "-o", "stub_pairs")
    call(
        python, work, HERE / "lmms_stub.py", "answers.json", "--model", "stub", "--log_samples",
        "--include_path", "stub_pairs", "--tasks", "twinlens_stub_pairs", "--output_path", "out",
    )  # fmt: skip
    (results,), (samples,) = (list((work / "out").rglob(f"*{end}")) for end in ("_results.json", ".jsonl"))
    made = json.loads(results.read_text("utf-8"))["results"]["twinlens_stub_pairs"]
    names = ("accuracy", "unread", "bleu4", "rouge_l", "claim_f1")
    return os.path.relpath(samples, work), {name: made[f"{name},none"] for name in names}


def score(work: Path, answers: str) -> Numbers:
    """The scores of our run of the answers in a file."""
    out = work / "runs" / Path(answers).name
    twinlens(work, "run", "pairs.csv", "--answers", answers, "--out", str(out), codes=(0, 1))
    made = json.loads(twinlens(work, "score", str(out), "--json"))["scores"]
    numbers = {name: made[name]["value"] for name in ("accuracy", "bleu4", "rouge_l", "claim_f1")}
    return numbers | {"unread": made["accuracy"]["failed"] / made["accuracy"]["n"]}


def twinlens(work: Path, *arguments: str, codes: tuple[int, ...] = (0,)) -> str:
    return call(Path(sys.executable), work, "-m", "twinlens.cli", *arguments, codes=codes)


def call(python: Path, work: Path, *arguments: str | Path, codes: tuple[int, ...] = (0,)) -> str:
    """What a program says; it runs in the folder of the pairs, and finds no settings of its user."""
    home = {"HF_HOME": str(work / "hf"), "XDG_CACHE_HOME": str(work / "cache"), "COLUMNS": "110"}
    ran = subprocess.run(
        [python, *arguments], cwd=work, env={**os.environ, **home, **OFFLINE}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if ran.returncode not in codes:
        raise SystemExit(
            f"{python} {' '.join(map(str, arguments))}: {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
        )
    return ran.stdout


def compare(name: str, made: Numbers, ours: Numbers) -> bool:
    """Whether numbers are ours; each is printed."""
    equal = True
    for key, value in sorted(ours.items()):
        same = math.isclose(made[key], value, rel_tol=SAME, abs_tol=SAME)
        equal &= same
        print(f"{name:20} {key:10} {made[key]:.12f} {'=' if same else '≠'} {value:.12f}")
    return equal


def record(work: Path, log: str, samples: str, numbers: dict[str, Any]) -> None:
    """Put the logs and numbers where the tests read them."""
    to = HERE / "recorded"
    shutil.copy(work / log, to / "inspect_ai.eval")
    shutil.copy(work / samples, to / "lmms_eval_samples.jsonl")
    (to / "scores.json").write_text(json.dumps(numbers, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
