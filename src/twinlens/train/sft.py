"""Supervised fine-tuning of a multimodal LLM by TRL: it learns to write what it should of each row."""

from __future__ import annotations

from typing import Any

from datasets import Dataset
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from twinlens.train.mllm_plan import Plan


def sft_trainer(
    plan: Plan, model: Any, processor: Any, rows: Dataset, common: dict[str, Any], *_: Any
) -> Any:
    """The trainer of a plan; the loss falls on completions only, and nothing is cut away."""
    settings = SFTConfig(**common, max_length=None, completion_only_loss=True)
    return SFTTrainer(model=model, args=settings, train_dataset=rows, processing_class=processor)
