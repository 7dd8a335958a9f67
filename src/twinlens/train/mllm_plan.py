"""What a training of a multimodal LLM is: everything its result depends on, recorded beside the result."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from twinlens.core import catalog
from twinlens.core.errors import BadInput
from twinlens.core.version import __version__
from twinlens.judges import checkpoint
from twinlens.judges.local import Local
from twinlens.judges.training_example import Form
from twinlens.readers import Row, Rows

WORK = "training"
"""The folder, beside the weights, of what a training goes on from and of what it measured."""
PACKAGES = ("torch", "transformers", "trl", "peft", "datasets", "accelerate")
LORA_RANK = 16
RATES = {("sft", True): 1e-5, ("sft", False): 2e-4, ("grpo", True): 1e-6, ("grpo", False): 1e-5}
"""The learning rate by what is done, and whether all weights are trained."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A training as the command line gives it; `modules` are the names of `--train`.

    `judge` is the one before the training, by whose prompts its model is trained, from its adapter on;
    it gives reasons where they are among the `forms`.

    `batch` is in prompts a step, over all processes; GRPO has `group` completions of each. `lora_rank` 0
    trains no adapter of low rank: all weights where `full`, else `modules`; None where the judge has an
    adapter trains that one on as it is. `at_once` is how many rows a process computes with at once.
    """

    goal: Literal["sft", "grpo"]
    judge: Local
    lora_rank: int | None = None
    full: bool = False
    modules: tuple[str, ...] = ()
    forms: tuple[Form, ...] = ("answer", "explain")
    both_orders: bool = True
    steps: int | None = None
    epochs: float = 3.0
    batch: int = 16
    at_once: int = 4
    rate: float | None = None
    seed: int = 0
    save_steps: int = 50
    group: int = 8
    temperature: float = 1.0
    rewards: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "judge", replace(self.judge, reasons=self.forms != ("answer",)))
        if self.full and (self.modules or self.lora_rank):
            raise BadInput("--full: found --train or --lora-rank as well; expected one of them")
        if self.judge.four_bit and (self.full or self.modules):
            raise BadInput(
                "four_bit=True: found --full or --train; expected LoRA: four bits cannot be trained"
            )
        if self.lora_rank == 0 and not self.modules and not self.full:
            raise BadInput("--lora-rank 0: nothing would be trained; expected a rank, --train or --full")
        if "order" in self.rewards and (not self.both_orders or self.batch % 2):
            expected = "expected --both-orders and an even --batch"
            raise BadInput(f"--reward order: both orders of a pair have to be in one batch; {expected}")

    @property
    def rank(self) -> int:
        """The rank of LoRA, 0 where there is none."""
        usual = 0 if self.full or self.modules else LORA_RANK
        return usual if self.lora_rank is None else self.lora_rank

    @property
    def learning_rate(self) -> float:
        """The highest learning rate."""
        return RATES[self.goal, self.full] if self.rate is None else self.rate

    def trained(self, out: Path) -> Local:
        """The judge that the training makes."""
        model, adapter = (str(out), None) if self.full else (self.judge.model, str(out))
        return replace(self.judge, model=model, adapter=adapter)

    def record(self, rows: Rows, pairs: Sequence[Row]) -> dict[str, Any]:
        """What two calls of one training have in common."""
        weights = checkpoint.version(self.judge.model, self.judge.adapter, "cpu", "float32").partition(";")[0]
        settings = {part.name: getattr(self, part.name) for part in fields(self)}
        settings |= {
            "judge": catalog.spec(self.judge),
            "learning_rate": self.learning_rate,
            "rank": self.rank,
        }
        return {
            "settings": settings,
            "data": {"pairs": len(pairs), "scenes": len({row.scene for row in pairs}), **rows.digest()},
            "weights": weights, "prompt": self.judge.version.partition(";")[0],
            "versions": {"twinlens": __version__, **{name: metadata.version(name) for name in PACKAGES}},
        }  # fmt: skip


def begun(out: Path, record: Mapping[str, Any]) -> None:
    """Write what a training is into its folder; BadInput where that holds another one."""
    file = out / WORK / "plan.json"
    text = json.dumps(record, indent=2, ensure_ascii=False, default=list) + "\n"
    if file.exists():
        known, new = json.loads(file.read_text("utf-8")), json.loads(text)
        if known != new:
            raise BadInput(
                f"--out {str(out)!r}: {_difference(known, new)}; expected the same, or a new folder"
            )
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


def _difference(known: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """The first thing in which two records differ."""
    for part in new:
        if known.get(part) == new[part]:
            continue
        if not isinstance(new[part], dict):
            return f"found a training of other {part}"
        old = known.get(part, {})
        name = next((name for name in new[part] if old.get(name) != new[part][name]), part)
        return f"found a training with {part} {name} {old.get(name)!r}, not {new[part].get(name)!r}"
    return "found another training"
