"""`make interop`: what `twinlens data convert` writes for training is read, and trained on, by the programs.

python tests/interop/trainers.py trl|ms-swift|llama-factory PYTHON [--record]

Three small pairs are written in the program's forms. Its own loader reads them in its own environment
(`trl_reader.py` and the like): images, texts and the tokens on which the loss falls are compared with ours.
Then the command of the card trains a tiny Qwen3-VL for two steps, without a network and on a processor. With
--record what was read and the losses go to `recorded/`, which the tests read.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from export_rows import expected
from stub_answers import write_pairs

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))
OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1", "OMP_NUM_THREADS": "1",
           "CUDA_VISIBLE_DEVICES": ""}  # fmt: skip
PAIRS = 3
SMALL = {
    "trl": "--max_steps 2 --gradient_accumulation_steps 1 --use_cpu true --bf16 false --report_to none",
    "ms-swift": "--model_type qwen3_vl --max_steps 2 --gradient_accumulation_steps 1 --use_cpu true"
                " --torch_dtype float32 --report_to none",
    "llama-factory": "max_steps=2 gradient_accumulation_steps=1 use_cpu=true bf16=false",
}  # fmt: skip
SHORT = " --max_completion_length 8"
FORMS = {"trl": ("full", "grpo"), "ms-swift": ("full", "grpo"), "llama-factory": ("full",)}
LOGS = {"trl": "trainer_state.json", "ms-swift": "logging.jsonl", "llama-factory": "trainer_log.jsonl"}


def main() -> int:
    """The exit code: 0 where all is read as it was written, and the loss is a number."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", choices=FORMS)
    parser.add_argument("python", type=Path)
    parser.add_argument("--record", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made = {
            form: read_and_trained(given.program, given.python.absolute(), Path(folder), form)
            for form in FORMS[given.program]
        }
    wrong = [form for form, one in made.items() if not (one["as_written"] and one["losses"])]
    for form, one in made.items():
        print(f"{given.program:14} {form:6} {'as written' if form not in wrong else 'WRONG'}", *one["losses"])
    if given.record and not wrong:
        to = HERE / "recorded" / f"{given.program.replace('-', '_')}.json"
        to.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return len(wrong)


def read_and_trained(program: str, python: Path, work: Path, form: str) -> dict[str, Any]:
    """What the program's loader reads of an export, whether that is what was written, and its losses."""
    out, model = work / f"{program}_{form}", work / "tiny"
    if not model.exists():
        from tests.tiny_checkpoint import qwen3_vl

        write_pairs(work / "stub", PAIRS)
        qwen3_vl(model, numbered=True)
    options = ("--to", program, "--form", form, "--judge", f"local(model='{model}')", "-o", out)
    call(Path(sys.executable), work, "-m", "twinlens.cli", "data", "convert", "stub/pairs.csv", *options)
    reader = HERE / f"{program.replace('-', '_')}_reader.py"
    read = json.loads(call(python, work, reader, out, model).splitlines()[-1])
    rows = expected(out)
    read["as_written"] = [{key: one[key] for key in rows[0]} for one in read["rows"]] == rows
    if not read["as_written"]:
        print(json.dumps(read["rows"][0], indent=1), json.dumps(rows[0], indent=1), sep="\n")
    return {**read, "losses": losses(program, python, out, form)}


def losses(program: str, python: Path, folder: Path, form: str) -> list[float]:
    """The losses of the card's command, of a tiny model and two steps; none where one is no number."""
    command = re.findall(r"```bash\n(.*?)\n```", (folder / "README.md").read_text("utf-8"))[0]
    words = shlex.split(command + " " + SMALL[program] + (SHORT if form == "grpo" else ""))
    words[0] = str(python.parent / words[0])
    call(Path(words[0]), folder, *words[1:])
    (log,) = sorted((folder / "output").rglob(LOGS[program]))[-1:]
    text = log.read_text("utf-8")
    lines = json.loads(text)["log_history"] if program == "trl" else map(json.loads, text.splitlines())
    numbers = [float(line["loss"]) for line in lines if "loss" in line]
    return numbers if len(numbers) == 2 and all(map(math.isfinite, numbers)) else []


def call(python: Path, work: Path, *arguments: str | Path) -> str:
    """What a program says; it finds no settings of its user."""
    home = {name: str(work / ".cache") for name in ("HF_HOME", "XDG_CACHE_HOME", "MODELSCOPE_CACHE")}
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(
        [python, *arguments], cwd=work, env={**os.environ, **home, **OFFLINE, "PATH": path},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if ran.returncode:
        raise SystemExit(
            f"{python} {' '.join(map(str, arguments))}\n{ran.stdout[-3000:]}\n{ran.stderr[-3000:]}"
        )
    return ran.stdout


if __name__ == "__main__":
    sys.exit(main())
