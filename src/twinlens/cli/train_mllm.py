"""`twinlens train sft` and `twinlens train grpo`: a multimodal LLM that learns to judge and to explain."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from twinlens.cli.options import Images, Pairs, flag, option
from twinlens.cli.run import progress, refuse
from twinlens.cli.terminal import complain, console, emit, grid, show, words
from twinlens.core import catalog
from twinlens.core.errors import BadInput, BadSpec, MissingExtra
from twinlens.core.outputs import check_folder

if TYPE_CHECKING:
    from twinlens.core.score_records import ScoresRecord
    from twinlens.judges.local import Local
    from twinlens.readers import Row, Rows
    from twinlens.train.mllm_plan import Plan

TRAINED = 'local(model="Qwen/Qwen3-VL-8B-Instruct")'
Model = Annotated[
    str,
    typer.Option(
        "--judge",
        metavar="SPEC",
        help=f"The model and how it is asked, such as {TRAINED}; adapter=DIR goes on from one.",
    ),
]
Out = Annotated[Path, option("DIR", "The folder for what is trained; a training that is there goes on.")]
LoraRank = Annotated[int | None, option("N", "The rank of LoRA; by default 16. 0: none.", least=0)]
Full = Annotated[bool, flag("--full", "Train all weights.")]
Train = Annotated[
    str | None,
    option("NAMES", "Train these modules whole, without LoRA unless asked for: connector.", "--train"),
]
Forms = Annotated[str, option("FORMS", "What is asked: answer, explain (a settled choice), full.", "--form")]
BothOrders = Annotated[
    bool,
    typer.Option(
        "--both-orders/--one-order", help="Show each pair both ways round, as usual.", show_default=False
    ),
]
Steps = Annotated[int | None, option("N", "Stop after N steps.", least=1)]
Epochs = Annotated[float, typer.Option(metavar="N", min=0, help="Times over the rows, without --steps.")]
Batch = Annotated[int, option("N", "Prompts a step, over all processes.", least=1)]
AtOnce = Annotated[int, option("N", "Rows that a process computes with at once.", least=1)]
Rate = Annotated[float | None, typer.Option(metavar="X", min=0, help="The highest learning rate.")]
Seed = Annotated[int, option("N", "What is drawn begins from it.")]
SaveSteps = Annotated[int, option("N", "Steps between checkpoints.", least=1)]
HeldOut = Annotated[str | None, option("PAIRS", "Labelled pairs to score the model on, before and after.")]
Reward = Annotated[list[str] | None, option("NAME=WEIGHT", "A reward and its weight; several are added up.")]
Group = Annotated[int, option("N", "Texts written to each prompt.", least=2)]
Temperature = Annotated[float, typer.Option(metavar="X", min=0.01, help="How freely texts are drawn.")]
Json = Annotated[bool, flag("--json", "Print the scores, twinlens.scores/2, before against after.")]


def sft(
    pairs: Pairs,
    judge: Model,
    out: Out,
    lora_rank: LoraRank = None,
    full: Full = False,
    train: Train = None,
    form: Forms = "answer,explain",
    both_orders: BothOrders = True,
    steps: Steps = None,
    epochs: Epochs = 3.0,
    batch: Batch = 16,
    at_once: AtOnce = 4,
    rate: Rate = None,
    seed: Seed = 0,
    save_steps: SaveSteps = 50,
    held_out: HeldOut = None,
    images: Images = None,
    json: Json = False,
) -> int:
    """Teach a multimodal LLM what people chose and why (supervised)."""
    return _trained("sft", dict(locals()))


def grpo(
    pairs: Pairs,
    judge: Model,
    out: Out,
    reward: Reward = None,
    lora_rank: LoraRank = None,
    full: Full = False,
    train: Train = None,
    form: Forms = "full",
    both_orders: BothOrders = True,
    steps: Steps = None,
    epochs: Epochs = 1.0,
    batch: Batch = 4,
    at_once: AtOnce = 4,
    group: Group = 8,
    temperature: Temperature = 1.0,
    rate: Rate = None,
    seed: Seed = 0,
    save_steps: SaveSteps = 50,
    held_out: HeldOut = None,
    images: Images = None,
    json: Json = False,
) -> int:
    """Let a multimodal LLM write, and reward what is right and true (GRPO)."""
    return _trained("grpo", dict(locals()))


def _trained(goal: str, given: dict[str, Any]) -> int:
    """Train as an option says each thing, score on the pairs that are held out, and say what came of it."""
    try:
        from twinlens.train import mllm_plan, mllm_result, mllm_training
        from twinlens.train.grpo import grpo_trainer
        from twinlens.train.sft import sft_trainer
    except ImportError as error:
        raise MissingExtra(f"train {goal}", "train-mllm") from error
    from twinlens.readers import BadRows, open_pairs

    out, json, held_out = given.pop("out"), given.pop("json"), given.pop("held_out")
    pairs, images = given.pop("pairs"), given.pop("images")
    check_folder(out, "--out", mllm_plan.WORK)
    plan = _plan(goal, given)
    try:
        rows = open_pairs(path := pairs, images)
        unseen = None if held_out is None else open_pairs(path := held_out, images)
    except BadRows as error:
        return refuse(path, error)
    labelled = _labelled(rows, plan)
    record = plan.record(rows, labelled)
    first, make = mllm_training.rank() == 0, sft_trainer if goal == "sft" else grpo_trainer
    if first:
        mllm_plan.begun(out, record)
    try:
        mllm_training.train(plan, labelled, list(unseen or ()), out, make, complain if first else _quiet)
    except mllm_training.Faults as error:
        return _complain_of(error.lines)
    if not first:
        return 0
    scores = None
    if unseen is not None:
        with progress(2 * len(unseen)) as on_progress:
            scores = mllm_result.scored(plan, unseen, out, on_progress)
    curves = list(mllm_training.curves(out))
    mllm_result.write_result(plan, record, scores, list(unseen or ()), out, curves)
    if json and scores is not None:
        emit(scores)
    else:
        _show(plan, scores, out)
    return 0


def _plan(goal: str, given: dict[str, Any]) -> Plan:
    """The plan of options, each checked."""
    from twinlens.judges.training_example import Form
    from twinlens.train.mllm_plan import Plan

    forms = tuple(filter(None, (part.strip() for part in given.pop("form").split(","))))
    if not forms or set(forms) - set(get_args(Form)):
        raise BadInput(f"--form {','.join(forms)!r}: expected some of {', '.join(get_args(Form))}")
    modules = tuple(filter(None, (given.pop("train") or "").split(",")))
    weights = dict(map(_weight, given.pop("reward", None) or (["answer=1"] if goal == "grpo" else [])))
    judge = model_to_train(given.pop("judge"))
    return Plan(goal=goal, judge=judge, forms=forms, modules=modules, rewards=weights, **given)  # type: ignore[arg-type]


def model_to_train(judge: str) -> Local:
    """The judge of a spec whose model can be trained; BadSpec where it has none."""
    from twinlens.judges.local import Local

    made = catalog.part("judges", judge)
    if not isinstance(made, Local):
        raise BadSpec(f"--judge {judge!r}: found no model to train; expected one like {TRAINED}")
    return made


def _weight(text: str) -> tuple[str, float]:
    """A reward's name and its weight."""
    from twinlens.scoring.rewards import REWARDS

    name, _, weight = text.partition("=")
    if name not in REWARDS:
        raise BadInput(
            f"--reward {text!r}: no reward is called {name!r}; expected one of {', '.join(REWARDS)}"
        )
    try:
        return name, float(weight or 1)
    except ValueError:
        raise BadInput(f"--reward {text!r}: found the weight {weight!r}; expected a number") from None


def _labelled(rows: Rows, plan: Plan) -> list[Row]:
    """The rows that can be learned from; what is left out of them is said."""
    labelled = [row for row in rows if row.label in ("a", "b")]
    reasoned = [row for row in labelled if row.reference.strip()]
    only_reasons = "answer" not in plan.forms
    used = reasoned if only_reasons else labelled
    if not used:
        wanted = "a label a or b" + " and a rationale (column reference)" * only_reasons
        raise BadInput(f"{rows.path}: none of {len(rows):,} pairs has {wanted}; expected some that have")
    if (others := len(rows) - len(labelled)) > 0:
        complain(f"left out: {others:,} of {len(rows):,} pairs without the label a or b")
    if plan.forms != ("answer",) and (bare := len(labelled) - len(reasoned)):
        complain(f"{bare:,} of {len(labelled):,} pairs have no rationale: no reasons are learned from them")
    return used


def _quiet(line: str) -> None:
    """What other processes than the first would say."""


def _complain_of(faults: Sequence[str], most: int = 20) -> int:
    """Print what is wrong with rows, a line each; the exit code of wrong input."""
    for fault in faults[:most]:
        complain(fault)
    if len(faults) > most:
        complain(f"and {len(faults) - most:,} more")
    complain(f"{len(faults):,} faults; nothing was trained")
    return 2


def _show(plan: Plan, scores: ScoresRecord | None, out: Path) -> None:
    """The output for people."""
    from twinlens.report.training import before_and_after

    target = console()
    if scores is not None and scores.against:
        run = scores.run
        target.print(words(f"{run.rows:,} held-out pairs of {run.scenes:,} scenes, before and after", "bold"))
        table = before_and_after(scores)
        target.print(grid(table.head[:-1], [row[:-1] for row in table.rows], table.align[:-1]))
        for note in scores.against.notes:
            show(words(note), target, "· ")
        target.print()
    target.print(words(f"written: {out}; the page is {out / 'report.html'}"), soft_wrap=True)
    target.print(words(f"judge by it with --judge '{catalog.spec(plan.trained(out))}'"), soft_wrap=True)
    sys.stdout.flush()
