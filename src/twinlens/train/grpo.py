"""Group relative policy optimisation of a multimodal LLM by TRL: it writes, and learns from its rewards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from datasets import Dataset
from trl import GRPOConfig, GRPOTrainer

from twinlens.language.answer import last_answer
from twinlens.train.mllm_plan import Plan

CURVES = ("reward", "frac_reward_zero_std", "entropy", "completions/mean_length")
Rewarded = Callable[..., list[float | None]]


def grpo_trainer(plan: Plan, model: Any, processor: Any, rows: Dataset, common: dict[str, Any]) -> Any:
    """The trainer of a plan; rewards are those of `scoring.rewards`, weighed and added up."""
    settings = GRPOConfig(
        **common, num_generations=plan.group, max_completion_length=plan.max_tokens,
        temperature=plan.temperature, reward_weights=list(plan.rewards.values()),
    )  # fmt: skip
    rewards = [_rewarded(name) for name in plan.rewards]
    return GRPOTrainer(
        model=model, reward_funcs=rewards, args=settings, train_dataset=rows, processing_class=processor
    )


def _rewarded(name: str) -> Rewarded:
    """A reward as TRL calls it."""

    def reward(completions: list[Any], label: list[str], **_: Any) -> list[float | None]:
        texts = [one[0]["content"] for one in completions]
        return [float(last_answer(text) == side) for text, side in zip(texts, label, strict=True)]

    reward.__name__ = name
    return reward
