"""The model of a training, with what of it is trained: all weights, modules by name, or a LoRA adapter.

What training adds is saved apart from the weights that stay as they are: LoRA and modules trained whole, such
as a connector, make one adapter of PEFT, which `local(model=…, adapter=…)` takes.
"""

from __future__ import annotations

import importlib
import os
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
import transformers

from twinlens.core.errors import BadInput
from twinlens.judges import checkpoint
from twinlens.train.mllm_plan import Plan

CONNECTORS = (
    "multi_modal_projector", "multimodal_projector", "mm_projector", "connector", "merger",
    "deepstack_merger_list", "aligner",
)  # fmt: skip
"""What the modules between vision encoder and language model are called: `--train connector`."""
NO_TARGETS = "dummy-target-modules"
"""PEFT's name for an adapter that changes no layer, only trains modules whole."""


@contextmanager
def quiet() -> Iterator[None]:
    """Without progress bars, and two warnings about activation checkpointing that ask nothing of us."""
    with checkpoint.quietly(transformers), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`(is_)?gradient_checkpointing` is deprecated", FutureWarning)
        yield


@quiet()
def open_model(plan: Plan) -> tuple[Any, Any]:
    """The model of a plan, ready to train, and its processor, which pads on the left."""
    model, processor = checkpoint.opened(
        plan.judge.model, plan.judge.four_bit, dtype=_dtype(plan), device_map=_device_map(plan)
    )
    processor.tokenizer.padding_side = "left"
    if plan.full:
        return checkpoint.adapted(
            model, plan.judge.adapter, False
        ) if plan.judge.adapter else model, processor
    return _with_adapter(plan, model), processor


def _with_adapter(plan: Plan, model: Any) -> Any:
    """The model with an adapter to train: a new one, that of the plan, or a new one that begins with its."""
    peft = importlib.import_module("peft")
    if plan.judge.adapter is not None and plan.lora_rank is None and not plan.modules:
        with checkpoint.one_line(plan.judge.adapter, "a LoRA adapter of this model"):
            return peft.PeftModel.from_pretrained(model, plan.judge.adapter, is_trainable=True)
    whole = modules_named(model, plan.modules, plan.judge.model) if plan.modules else []
    inside = "|".join(rf"{re.escape(name)}(\..*)?" for name in whole)
    torch.manual_seed(plan.seed)
    config = peft.LoraConfig(
        r=plan.rank or 1, lora_alpha=2 * (plan.rank or 1), modules_to_save=whole or None,
        target_modules="all-linear" if plan.rank else NO_TARGETS,
        exclude_modules=inside if plan.rank and whole else None,
    )  # fmt: skip
    made = peft.get_peft_model(model, config)
    if plan.judge.adapter is not None:
        _begin_with(made, plan.judge.adapter, peft)
    return made


def _begin_with(model: Any, adapter: str, peft: Any) -> None:
    """Give a new adapter the weights of another, each of which must have its place in it."""
    with checkpoint.one_line(adapter, "the adapter of an earlier training of this model"):
        known = peft.load_peft_weights(adapter, device="cpu")
        result = peft.set_peft_model_state_dict(model, known)
    if left := sorted(map(str, result.unexpected_keys)):
        raise BadInput(
            f"adapter={adapter!r}: {len(left)} of its weights have no place in what is trained, such as "
            f"{left[0]}; expected the same --train and --lora-rank, or more"
        )


def modules_named(model: Any, names: Sequence[str], of: str) -> list[str]:
    """The paths of the modules of these names, outermost ones; "connector" stands for `CONNECTORS`."""
    wanted = {one for name in names for one in (CONNECTORS if name == "connector" else (name,))}
    paths = [path for path, _ in model.named_modules() if path.rpartition(".")[2] in wanted]
    outer = [path for path in paths if not any(path.startswith(f"{other}.") for other in paths)]
    if not outer:
        children = sorted({path.rpartition(".")[2] for path, _ in model.named_modules()} - {""})
        some = ", ".join(name for name in children if not name.isdigit())[:200]
        raise BadInput(
            f"--train {','.join(names)}: {of!r} has no such module; expected connector or one of {some}"
        )
    return [inner for path in outer for inner in _leaves(model.get_submodule(path), path)]


def _leaves(module: Any, path: str) -> Iterator[str]:
    """A module's path, of a list of modules those of its members."""
    if isinstance(module, torch.nn.ModuleList):
        yield from (f"{path}.{at}" for at in range(len(module)))
    else:
        yield path


def _dtype(plan: Plan) -> str:
    """bfloat16 where a GPU holds weights that stay as they are, else float32."""
    frozen = not plan.full and not plan.modules
    return "bfloat16" if frozen and torch.cuda.is_available() else "float32"


def _device_map(plan: Plan) -> dict[str, Any] | None:
    """Four bits are loaded onto their device; everything else is put there by the trainer."""
    return (
        {"": int(os.environ.get("LOCAL_RANK", 0))}
        if plan.judge.four_bit and torch.cuda.is_available()
        else None
    )
