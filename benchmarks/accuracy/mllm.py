"""A small multimodal LLM from nothing: joined, trained on known damage, rewarded; what it reaches.

    python -m benchmarks mllm --out DIR               every piece in its turn: half an hour on two idle cores
    python -m benchmarks mllm --out DIR --piece sft   that one only

A piece that was done is not done again, and one that was stopped goes on. They are: `pairs` (benchmarks.mllm_pairs), `join`
(the first layers of DINOv2-small and SmolLM2-135M-Instruct), `connector` (benchmarks.mllm_connector), `sft` (supervised; an
early state is kept), `grpo` (from the early state), `runs` (each of them on photographs held out, and on people's pairs) and
`figures`, which rewrites its table of docs/training.md and the curves in docs/images. What is computed here is what `train sft`
and `train grpo` compute, but the vision encoder's part, which stays as it is, once a pair.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import transformers
import typer

from benchmarks import mllm_connector, mllm_training
from benchmarks.marks import rewrite
from benchmarks.material import DATA
from benchmarks.mllm_pairs import make_pairs
from benchmarks.mllm_rows import SHOWN, Prompts, connected, stored_tokens
from benchmarks.tables import cell, table
from twinlens.core.catalog import spec
from twinlens.core.run_records import FailureRow
from twinlens.judges.local import Local
from twinlens.readers import Row, open_pairs
from twinlens.report.training import curves_plot
from twinlens.runs.store import RunFolder
from twinlens.scoring.claim_scores import claim_key, claims_of, matches
from twinlens.stats.interval import group_sums, interval
from twinlens.train.join import join

PARTS: dict[str, Any] = {"vision_layers": 4, "language_layers": 4, "side": 224, "together": 4}
STEPS, EARLY, REWARDED = 80, 50, 40
RATE, GENTLE = 5e-4, 1e-4
"""Learning rates: supervised, and of GRPO."""
TESTED, PEOPLE = 4, 5
"""Pairs of a held-out photograph that are judged; of people's pairs one in so many."""
STAGES = ("early", "grpo", "sft")
PAGE, IMAGES = Path("docs/training.md"), Path("docs/images")
Piece = Callable[[Path], None]


def pairs(out: Path) -> None:
    """Pairs to train on and to test on."""
    make_pairs(out, trained=7, tested=6)
    with (out / "test" / "pairs.csv").open(encoding="utf-8", newline="") as stream:
        lines = list(csv.DictReader(stream))
    with (out / "test" / "some.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, lines[0].keys())
        writer.writeheader()
        writer.writerows(line for line in lines if int(line["id"].rpartition(":")[2]) < TESTED)


def joined(out: Path) -> None:
    """The two parts in one folder."""
    join(out / "joined", **PARTS)


def connector(out: Path) -> None:
    """A connector that begins with discriminants of known damage."""
    model, processor = _opened(out / "joined")
    rows = _rows(out)
    print(
        mllm_connector.begin(
            model, processor, rows, stored_tokens(model, processor, rows, out / "train" / "tokens.pt")
        )
    )
    model.save_pretrained(out / "connector")
    processor.save_pretrained(out / "connector")


def sft(out: Path) -> None:
    """Answers and reasons, supervised."""
    course = _course(out, out / "connector", out / "sft", RATE)
    mllm_training.supervised(course, STEPS, {EARLY: out / "early"})


def grpo(out: Path) -> None:
    """Right answers rewarded, from the early state on."""
    mllm_training.rewarded(_course(out, out / "early", out / "grpo", GENTLE), REWARDED)


def runs(out: Path) -> None:
    """The verdicts of every stage on held-out photographs, and of the last two on people's pairs."""
    for stage in STAGES:
        _run(out, stage, out / "test" / "some.csv", "test")
    for name in ("human", "human_sr"):
        some = out / f"{name}.csv"
        with (DATA / name / "pairs.csv").open(encoding="utf-8", newline="") as stream:
            lines = list(csv.DictReader(stream))[::PEOPLE]
        for line in lines:
            line |= {side: str((DATA / name / line[side]).resolve()) for side in "ab"}
        with some.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, lines[0].keys())
            writer.writeheader()
            writer.writerows(lines)
        for stage in STAGES[1:]:
            _run(out, stage, some, name)


def figures(out: Path) -> None:
    """The table and the curves in docs."""
    rows = []
    for name, of, score in SCORES:
        stages = STAGES if of.startswith("test") else STAGES[1:]
        made = {stage: _score(list(_sums(out, of, stage, score).values())) for stage in stages}
        gain = _gain(out, of, score) if "early" in made else ""
        rows.append([name, *(made.get(stage, "") for stage in STAGES[:2]), gain, made["sft"]])
    rewrite(PAGE, "mllm", table(["", "early SFT", "GRPO from it", "gained by GRPO", "SFT to its end"], rows))
    for stage, names in (("sft", ("letter", "explain")), ("grpo", ("answer", "without signal"))):
        log = json.loads((out / f"{stage}.json").read_text("utf-8"))
        curves = [(name, [(line["step"], line[name]) for line in log if name in line]) for name in names]
        (IMAGES / f"mllm_{stage}.svg").write_text(curves_plot(curves), "utf-8")


PIECES: dict[str, tuple[Piece, str]] = {
    "pairs": (pairs, "test/some.csv"), "join": (joined, "joined/config.json"),
    "connector": (connector, "connector/config.json"), "sft": (sft, "sft/config.json"),
    "grpo": (grpo, "grpo/config.json"), "runs": (runs, ""), "figures": (figures, ""),
}  # fmt: skip
"""Each with the file that says it was done; runs go on by themselves."""
SCORES = (
    ("accuracy, known kinds", "test known", "right"), ("accuracy, kinds held out", "test held out", "right"),
    ("grounding: claims supported", "test", "grounded"), ("claim F1", "test", "f1"),
    ("swap consistency", "test", "consistent"), ("accuracy on people's pairs", "human", "right"),
    ("on super-resolution", "human_sr", "right"),
)  # fmt: skip


def _opened(folder: Path) -> tuple[Any, Any]:
    model = transformers.AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32)
    return model.eval(), transformers.AutoProcessor.from_pretrained(folder)


def _rows(out: Path) -> list[Row]:
    return list(open_pairs(str(out / "train" / "pairs.csv")))


def _course(out: Path, begin: Path, end: Path, rate: float) -> mllm_training.Course:
    """A training of the model of one folder, to be written into another."""
    (model, processor), rows = _opened(begin), _rows(out)
    images = stored_tokens(model, processor, rows, out / "train" / "tokens.pt")
    prompts = Prompts(begin, processor, rows[0])
    return mllm_training.Course(model, processor, prompts, rows, connected(model, images), end, rate)


def _run(out: Path, stage: str, of: Path, name: str) -> None:
    """A stage's verdicts on pairs, both orders, as `twinlens run` gives them."""
    judge = spec(Local(str(out / stage), **SHOWN, max_tokens=mllm_training.NEW, batch=16))
    command = [
        sys.executable,
        "-m",
        "twinlens.cli",
        "run",
        str(of),
        "--judge",
        judge,
        "--out",
        str(out / f"{stage}_{name}"),
    ]
    subprocess.run([*command, "--no-cache"], check=True)


def _sums(out: Path, of: str, stage: str, score: str) -> dict[str, tuple[str, float, float]]:
    """Of each pair its photograph, and what of how much a score counts in it."""
    run, _, kinds = of.partition(" ")
    made = {}
    for _, row in RunFolder(out / f"{stage}_{run}").rows():
        if not kinds or row.columns.get("kinds") == kinds:
            made[row.id] = row.scene, *_counted(row, score)
    return made


def _counted(row: Any, score: str) -> tuple[float, float]:
    if isinstance(row, FailureRow):
        return 0.0, 1.0
    if score == "right":
        return sum(one.choice == row.label for one in row.orders.values()) / 2, 1.0
    if score == "consistent":
        return float(bool(row.consistent)), 1.0
    if score == "f1":
        matched, made, expected, *_ = matches(map(claim_key, row.claims), claims_of(row.reference or ""))
        return 2 * matched, made + expected
    hows = [claim.grounding for claim in row.claims if claim.grounding != "opinion"]
    return float(hows.count("supported")), float(len(hows))


def _score(sums: Sequence[tuple[str, float, float]]) -> str:
    _, groups = np.unique([scene for scene, *_ in sums], return_inverse=True)
    return cell(interval(group_sums(np.array([rest for _, *rest in sums]), groups)), len(sums), 2)


def _gain(out: Path, of: str, score: str) -> str:
    """What GRPO added to the early state, with the paired bootstrap over photographs."""
    before, after = (_sums(out, of, stage, score) for stage in ("early", "grpo"))
    rows = [(before[id][0], *before[id][1:], *after[id][1:]) for id in before]
    _, groups = np.unique([scene for scene, *_ in rows], return_inverse=True)
    sums = group_sums(np.array([rest for _, *rest in rows]), groups)
    return cell(interval(sums, lambda s: s[..., 2] / s[..., 3] - s[..., 0] / s[..., 1]), len(rows), 2)


def main(
    out: Annotated[Path, typer.Option(help="Where pairs, models and runs go; 2 GB.")],
    piece: Annotated[str | None, typer.Option(help=f"One of {', '.join(PIECES)}.")] = None,
) -> None:
    """Do the pieces that are not done."""
    torch.set_num_threads(1)
    for name in PIECES if piece is None else [piece]:
        work, mark = PIECES[name]
        if not mark or not (out / mark).exists():
            print(f"{name}: {work.__doc__}", flush=True)
            work(out)
