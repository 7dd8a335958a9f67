"""Group relative policy optimisation of a multimodal LLM by TRL: it writes, and learns from its rewards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from datasets import Dataset
from trl.trainer.grpo_config import GRPOConfig
from trl.trainer.grpo_trainer import GRPOTrainer

from twinlens.judgement.evidence import measure
from twinlens.readers import Row
from twinlens.runs.row_photos import Photos
from twinlens.scoring.rewards import REWARDS, Known
from twinlens.train.mllm_plan import Plan

PAIRS = 4096
"""Pairs of which what is measured is kept in memory."""
Column = list[Any]


def grpo_trainer(
    plan: Plan, model: Any, processor: Any, rows: Dataset, common: dict[str, Any], pairs: Sequence[Row]
) -> Any:
    """The trainer of a plan; rewards are those of `scoring.rewards`, weighed and added up."""
    settings = GRPOConfig(
        **common, num_generations=plan.group, max_completion_length=plan.judge.max_tokens,
        shuffle_dataset=False, temperature=plan.temperature, reward_weights=list(plan.rewards.values()),
    )  # fmt: skip
    known = _known({row.id: row for row in pairs}, "grounding" in plan.rewards)
    return GRPOTrainer(
        model=model, reward_funcs=[_rewarded(name, known) for name in plan.rewards], args=settings,
        train_dataset=shuffled(rows, plan), processing_class=processor,
    )  # fmt: skip


def shuffled(rows: Dataset, plan: Plan) -> Dataset:
    """Rows in an order that the seed draws, both orders of a pair beside each other, so in one batch."""
    step = 1 + plan.both_orders
    blocks = np.random.default_rng(plan.seed).permutation(len(rows) // step)
    return rows.select((blocks[:, None] * step + np.arange(step)).ravel())


def _known(pairs: dict[str, Row], measured: bool) -> Callable[[str, bool], Known]:
    """What is known of a pair, by its id and whether it is shown swapped."""

    @lru_cache(PAIRS)
    def known(id: str) -> Known:
        row = pairs[id]
        evidence = measure(Photos(row).pair).evidence if measured else ()
        return Known("a" if row.label == "a" else "b", row.reference, evidence)

    return lambda id, swapped: known(id).swapped() if swapped else known(id)


def _rewarded(name: str, known: Callable[[str, bool], Known]) -> Callable[..., list[float | None]]:
    """A reward as TRL calls it: of the completions of a batch, with the rows' columns."""

    def reward(
        completions: Column, id: Column, form: Column, swapped: Column, **_: Any
    ) -> list[float | None]:
        texts = [one[0]["content"] for one in completions]
        rows = list(zip(id, form, swapped, strict=True))
        others = mirrored_texts(rows, texts)
        facts = (replace(known(row[0], row[2]), other=other) for row, other in zip(rows, others, strict=True))
        return [REWARDS[name](text, fact) for text, fact in zip(texts, facts, strict=True)]

    reward.__name__ = name
    return reward


def mirrored_texts(rows: Sequence[tuple[str, str, bool]], texts: Sequence[str]) -> list[str]:
    """Beside each text the one written of the same pair the other way round, "" where the batch has none.

    A row is the pair's id, the form and whether it is swapped; the texts of one row are matched in order.
    """
    by_row: dict[tuple[str, str, bool], list[str]] = {}
    for row, text in zip(rows, texts, strict=True):
        by_row.setdefault(row, []).append(text)
    seen: dict[tuple[str, str, bool], int] = dict.fromkeys(by_row, 0)
    others = []
    for id, form, swapped in rows:
        at, other = seen[id, form, swapped], by_row.get((id, form, not swapped), [])
        seen[id, form, swapped] += 1
        others.append(other[at] if at < len(other) else "")
    return others
