"""The course of a training of a multimodal LLM: rows, preflight, steps that a kill does not lose, the result.

Everything lies in the folder of the result: the weights there, in `training/` the plan, rows, checkpoints and
metrics. The same command goes on where it was; on a processor to the same bits.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import PrinterCallback, TrainerCallback
from transformers.integrations.integration_utils import TensorBoardCallback

from twinlens.core.errors import BadInput
from twinlens.readers import Row
from twinlens.train.mllm_model import open_model, quiet
from twinlens.train.mllm_plan import WORK, Plan
from twinlens.train.mllm_rows import read_rows, write_rows
from twinlens.train.preflight import Limits, preflight

Say = Callable[[str], None]
Record = dict[str, Any]
EVERY = 10.0
"""Seconds between lines that say how far it is."""
WHOLE = "complete"
"""The file that a checkpoint holds once all of it is written."""
CURVES = ("reward", "frac_reward_zero_std", "completions/mean_length", "loss", "mean_token_accuracy")
NO_SIGNAL = "the completions of each prompt have one reward: this batch teaches nothing"


class Faults(BadInput):
    """Rows that cannot be trained on, a line each."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = tuple(lines)
        super().__init__(f"{len(lines):,} faults; {lines[0]}")


def rank() -> int:
    """The number of this process among those that train together."""
    return int(os.environ.get("RANK", 0))


def processes() -> int:
    """How many processes train together."""
    return int(os.environ.get("WORLD_SIZE", 1))


def train(
    plan: Plan, pairs: Sequence[Row], held_out: Sequence[Row], out: Path, make: Callable[..., Any], say: Say
) -> None:
    """Train as a plan says and write the weights into a folder; nothing where that was done before.

    `make` makes the trainer of model, processor, rows and the settings that both trainers have. Of several
    processes the first one writes rows and looks at them; it alone is left at the end.
    """
    work = out / WORK
    if (work / "log.json").exists():
        return
    common = arguments(plan, work)
    with quiet():
        model, processor = open_model(plan)
        rows = _rows(plan, pairs, held_out, work, model, processor, say)
        say(f"{len(rows):,} rows of {len(pairs):,} pairs")
        trainer = make(plan, model, processor, rows, common, pairs)
        trainer.remove_callback(PrinterCallback)
        trainer.add_callback(Watch(say if rank() == 0 else lambda line: None))
        if rank() == 0:
            from torch.utils.tensorboard import SummaryWriter

            board: Any = TensorBoardCallback
            trainer.add_callback(board(SummaryWriter(str(work / "tensorboard"))))
        trainer.train(resume_from_checkpoint=_last(work / "checkpoints"))
        trainer.save_model(str(out))
    _finish(trainer, out)


def arguments(plan: Plan, work: Path) -> Record:
    """What the settings of both trainers have in common."""
    gpu, each = torch.cuda.is_available(), plan.at_once * processes()
    rows = plan.batch * (plan.group if plan.goal == "grpo" else 1)
    if rows % each:
        many = f"{plan.at_once} at once in {processes()} processes"
        raise BadInput(f"--batch {plan.batch}: {rows} rows a step, {many}; expected a multiple of {each}")
    length = {"num_train_epochs": plan.epochs} if plan.steps is None else {"max_steps": plan.steps}
    return {
        "output_dir": str(work / "checkpoints"), **length, "per_device_train_batch_size": plan.at_once,
        "gradient_accumulation_steps": rows // each, "learning_rate": plan.learning_rate,
        "lr_scheduler_type": "cosine", "warmup_steps": 0.05, "seed": plan.seed, "data_seed": plan.seed,
        "use_cpu": not gpu, "bf16": gpu, "gradient_checkpointing": gpu, "dataloader_pin_memory": gpu,
        "dataloader_num_workers": 4 if gpu else 0, "logging_steps": 1,
        "ddp_backend": "gloo" if not gpu and processes() > 1 else None,
        "save_steps": plan.save_steps, "save_total_limit": 2, "report_to": "none",
        "disable_tqdm": True,
    }  # fmt: skip


class Watch(TrainerCallback):
    """Says how far a training is, and stops it where it learns nothing or breaks."""

    def __init__(self, say: Say) -> None:
        self.say, self.shown, self.silent = say, -math.inf, 0

    def on_log(self, args: Any, state: Any, control: Any, logs: Record | None = None, **_: Any) -> None:
        """Look at the numbers of a step."""
        logs = logs or {}
        if "loss" not in logs:
            return
        step = f"step {state.global_step:,} of {state.max_steps:,}"
        if not math.isfinite(logs["loss"]):
            raise BadInput(f"{step}: the loss is {logs['loss']}; expected a number: lower --rate")
        if logs["loss"] == 0 and logs.get("mean_token_accuracy") == 0:
            raise BadInput(f"{step}: the loss is 0 and no token counts: nothing of the completions is left")
        if logs.get("frac_reward_zero_std") == 1:
            self.silent += 1
            self.say(f"{step}: {NO_SIGNAL}")
        elif time.monotonic() - self.shown > EVERY or state.global_step == state.max_steps:
            self.shown = time.monotonic()
            names = ("loss", "reward", "mean_token_accuracy")
            self.say(f"{step}: {', '.join(f'{name} {logs[name]:.3f}' for name in names if name in logs)}")

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Mark a checkpoint that is written, by all processes, as whole."""
        if processes() > 1:
            torch.distributed.barrier()
        if rank() == 0:
            (Path(args.output_dir) / f"checkpoint-{state.global_step}" / WHOLE).touch()


def _rows(
    plan: Plan,
    pairs: Sequence[Row],
    held_out: Sequence[Row],
    work: Path,
    model: Any,
    processor: Any,
    say: Say,
) -> Dataset:
    """The rows, written and looked at once; Faults where something is wrong with them."""
    folder, ready = work / "rows", work / "rows" / "ready"
    while rank() and not ready.exists():
        time.sleep(0.5)  # the first process writes them
    if not ready.exists():
        faults = write_rows(
            pairs, plan.judge, plan.forms, plan.both_orders, folder, _progress(say, len(pairs))
        )
        apart = work / "held_out_rows"
        faults += write_rows(held_out, plan.judge, ("answer",), False, apart)
        if not faults:
            shown = read_rows(held_out, apart, processor) if held_out else ()
            faults = _looked_at(plan, read_rows(pairs, folder, processor), shown, model, processor)
        if faults:
            raise Faults(faults)
        shutil.rmtree(apart, ignore_errors=True)
        ready.touch()
    return read_rows(pairs, folder, processor)


def _looked_at(plan: Plan, rows: Dataset, held_out: Any, model: Any, processor: Any) -> list[str]:
    """What is wrong with the rows, by the preflight, a line each."""
    text = model.config.get_text_config()
    new = plan.judge.max_tokens if plan.goal == "grpo" else 0
    limits = Limits(new_tokens=new, context=getattr(text, "max_position_embeddings", None))
    faults = preflight(rows, processor, plan.goal, limits, held_out)
    return list(dict.fromkeys(map(str, faults)))


def _progress(say: Say, of: int) -> Callable[[int, int], None]:
    shown = time.monotonic()

    def show(done: int, failed: int) -> None:
        nonlocal shown
        if time.monotonic() - shown > EVERY:
            shown = time.monotonic()
            say(f"rows written of {done:,} of {of:,} pairs")

    return show


def _last(checkpoints: Path) -> str | None:
    """The last checkpoint that is whole; what was being written when a training was killed is deleted."""
    whole: list[tuple[int, Path]] = []
    for folder in checkpoints.glob("checkpoint-*"):
        if (folder / WHOLE).exists():
            whole.append((int(folder.name.partition("-")[2]), folder))
        elif rank() == 0:
            shutil.rmtree(folder)
    return str(max(whole)[1]) if whole else None


def _finish(trainer: Any, out: Path) -> None:
    """Leave the weights, the log and the metrics; end the other processes' part."""
    history, work = trainer.state.log_history, out / WORK
    trainer.accelerator.wait_for_everyone()
    if processes() > 1:
        torch.distributed.destroy_process_group()
    if rank() == 0:
        with contextlib.suppress(FileNotFoundError):
            (out / "training_args.bin").unlink()
        (work / "log.json").write_text(json.dumps(history, indent=1) + "\n", "utf-8")
        for name in ("checkpoints", "rows"):
            shutil.rmtree(work / name, ignore_errors=True)
    for name in ("model", "model_wrapped", "optimizer", "lr_scheduler", "callback_handler"):
        setattr(trainer, name, None)
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def curves(out: Path) -> Iterator[tuple[str, list[tuple[int, float]]]]:
    """The metrics of a finished training that are worth a plot, by name: step and value."""
    history: list[Record] = json.loads((out / WORK / "log.json").read_text("utf-8"))
    for name in CURVES:
        points = [(one["step"], one[name]) for one in history if name in one]
        if points:
            yield name, points
