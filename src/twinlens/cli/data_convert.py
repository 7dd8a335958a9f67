"""`twinlens data convert`: pairs as data sets and tasks of other programs."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from twinlens.cli.options import Images, Pairs, Reference, option
from twinlens.cli.run import progress, refuse
from twinlens.cli.terminal import plain
from twinlens.cli.train_mllm import TRAINED, model_to_train

if TYPE_CHECKING:
    from twinlens.interop.huggingface import Exported
    from twinlens.interop.training_sets import Form, Target
    from twinlens.readers import Rows

To = Annotated[
    Literal["huggingface", "lmms-eval", "trl", "ms-swift", "llama-factory"],
    typer.Option(help="For which program."),
]
Out = Annotated[Path, option("DIR", "A new folder.", "--out", "-o")]
Split = Annotated[str | None, option("NAME", "huggingface, lmms-eval: the split that the pairs are, test.")]
FormOption = Annotated[
    Literal["answer", "explain", "full", "grpo"] | None,
    typer.Option(
        "--form",
        help="Training: the answer; reasons of a settled choice; both (full, the default); or by reward.",
    ),
]
TrainedJudge = Annotated[
    str | None, option("SPEC", f"Training: the judge that is trained, by default {TRAINED}.", "--judge")
]


def convert(
    pairs: Pairs, to: To, out: Out, images: Images = None, reference: Reference = None, split: Split = None,
    form: FormOption = None, judge: TrainedJudge = None,
) -> int:  # fmt: skip
    """Write pairs as a data set or a task of another program."""
    from twinlens.readers import BadRows, open_pairs

    evaluated = to in ("huggingface", "lmms-eval")
    for name, value, other in (("--split", split, not evaluated), ("--form", form, evaluated),
                               ("--judge", judge, evaluated)):  # fmt: skip
        if value is not None and other:
            raise typer.BadParameter(f"{name} does nothing with --to {to}")
    try:
        rows = open_pairs(pairs, images, reference)
    except BadRows as error:
        return refuse(pairs, error)
    if to == "huggingface" or to == "lmms-eval":
        return _evaluated(rows, to, out, split or "test")
    return _trained(rows, to, out, form or "full", judge or TRAINED)


def _evaluated(rows: Rows, to: str, out: Path, split: str) -> int:
    from twinlens.interop import huggingface, lmms_eval

    task = ""
    with progress(len(rows)) as on_progress:
        if to == "huggingface":
            made = huggingface.export(rows, out, split, on_progress)
        else:
            made, task = lmms_eval.write(rows, out, split, on_progress)
    _say(made, out, "photos")
    if task:
        print(plain(f"lmms-eval --include_path {shlex.quote(str(out))} --tasks {task}"))
    return 0


def _trained(rows: Rows, to: Target, out: Path, form: Form, judge: str) -> int:
    from twinlens.interop import training_sets

    trained = model_to_train(judge)
    with progress(len(rows)) as on_progress:
        made = training_sets.write(rows, out, to, trained, form, on_progress)
    _say(made.exported, out, "images")
    for reason, count in made.left_out.items():
        print(f"left out: {count:,} {reason}")
    command = training_sets.PROGRAMS[to].command[training_sets.stage_of(form)]
    print(plain(f"cd {shlex.quote(str(out))} && {command}"))
    return 0


def _say(made: Exported, out: Path, images: str) -> None:
    copied = f"{made.copied:,} of them as they were, {made.photos - made.copied:,} written as PNG"
    print(plain(f"{made.pairs:,} pairs in {out}, {made.photos:,} {images}, {copied}"))
