"""A small joined model trained on a processor: supervised, then rewarded for right answers and true reasons (GRPO).

The language model's layers are trained; vision encoder, connector and vocabulary stay, so what an image's tokens are is computed
once. A training that was stopped goes on from its last checkpoint.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy, linear
from transformers import DynamicCache

from benchmarks.mllm_rows import Prompts, batch
from twinlens.core.types import Evidence
from twinlens.judges.checkpoint import token_ids
from twinlens.language.side_mentions import mirror
from twinlens.readers import Row
from twinlens.scoring.rewards import answer_reward, claim_reward, grounding_reward

ANSWERS, REASONS = 24, 10
"""Rows of a supervised step, which asks for answers and for reasons in turn."""
LETTER = 4.0
"""Weight of the letter among the tokens of an answer."""
PROMPTS, GROUP, NEW = 3, 8, 40
"""Pairs of a GRPO step whose reasons are written, texts of each, tokens of a text at most."""
Record = dict[str, float]


@dataclass(eq=False)
class Course:
    """What is trained on, where it is saved, and how far it is."""

    model: Any
    processor: Any
    prompts: Prompts
    rows: Sequence[Row]
    images: torch.Tensor
    out: Path
    rate: float
    log: list[Record] = field(default_factory=list)

    def __post_init__(self) -> None:
        inner = self.model.model
        layers = (*inner.language_model.layers, inner.language_model.norm)
        self.model.requires_grad_(False)
        self.weights = [weight.requires_grad_() for one in layers for weight in one.parameters()]
        self.optimizer = torch.optim.AdamW(self.weights, lr=self.rate, weight_decay=0.01, betas=(0.9, 0.98))
        answers = [token_ids(self.processor, f"<answer>{letter}</answer>") for letter in "AB"]
        self.begun, self.letters = answers[0][:-4], [one[-4] for one in answers]
        if self._state.exists():
            state = torch.load(self._state)
            self.optimizer.load_state_dict(state["optimizer"])
            self.log = state["log"]
            for weight, stored in zip(self.weights, state["weights"], strict=True):
                weight.data = stored

    @property
    def _state(self) -> Path:
        return self.out.with_name(f"{self.out.name}.state")

    def hidden(self, images: torch.Tensor, wanted: Any, written: Any) -> torch.Tensor:
        """The language model's last states of rows that are padded on the left."""
        embedded, mask, positions = batch(self.model, self.prompts, images, wanted, written)
        made = self.model.model.language_model(
            inputs_embeds=embedded, attention_mask=mask, position_ids=positions, use_cache=False
        )
        return made.last_hidden_state

    def logits(self, states: torch.Tensor) -> torch.Tensor:
        return linear(states, self.model.get_input_embeddings().weight)

    def step(self, share: float, record: Record) -> None:
        """Change the weights by their gradients, at a share of the highest rate."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate * share
        torch.nn.utils.clip_grad_norm_(self.weights, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.log.append(record)

    def save(self) -> None:
        """What the training goes on from."""
        state = {
            "optimizer": self.optimizer.state_dict(),
            "log": self.log,
            "weights": [w.data for w in self.weights],
        }
        torch.save(state, draft := self._state.with_suffix(".new"))
        os.replace(draft, self._state)

    def finish(self, folder: Path) -> None:
        """Write the folder that `local` takes, and the log beside it."""
        self.model.save_pretrained(folder)
        self.processor.save_pretrained(folder)
        folder.with_name(f"{folder.name}.json").write_text(json.dumps(self.log), "utf-8")


def supervised(course: Course, steps: int, early: Mapping[int, Path]) -> None:
    """Train on answers and reasons in turn; after the steps of `early` what is reached is written apart."""
    forms = ("answer", "explain")
    mirrored = exchanged(course.model, course.images)
    for at in range(len(course.log), steps):
        form = forms[at % 2]
        random = np.random.default_rng([0, at])
        chosen = random.choice(len(course.rows), (ANSWERS, REASONS)[at % 2], replace=False)
        swapped = random.integers(0, 2, len(chosen)).astype(bool)
        texts = [_wanted(course.rows[k], one) for k, one in zip(chosen, swapped, strict=True)]
        written = [course.prompts.completion(form, *text) for text in texts]
        images = torch.stack(
            [(mirrored if one else course.images)[k] for k, one in zip(chosen, swapped, strict=True)]
        )
        states = course.hidden(images, [(form, label) for label, _ in texts], written)
        ends = torch.cat([states[k, -len(text) - 1 : -1] for k, text in enumerate(written)])
        wanted = torch.tensor(list(chain(*written)))
        losses = cross_entropy(course.logits(ends), wanted, reduction="none")
        letter = torch.isin(wanted, torch.tensor(course.letters)) & (form == "answer")
        weights = torch.where(letter, LETTER, 1.0)
        loss = (losses * weights).sum() / weights.sum()
        loss.backward()
        record = {"step": at + 1, form: float(loss)} | (
            {"letter": float(losses[letter].mean())} if letter.any() else {}
        )
        course.step(min(1.0, (at + 1) / 15) * max(0.05, 0.5 + 0.5 * math.cos(math.pi * at / steps)), record)
        if (at + 1) % 20 == 0:
            print(f"step {at + 1} of {steps}: {record}", flush=True)
            course.save()
        if at + 1 in early:
            course.finish(early[at + 1])
    course.finish(course.out)


def exchanged(model: Any, images: torch.Tensor) -> torch.Tensor:
    """Tokens of composites whose halves are exchanged: mirrored, and on the other side of the mean embedding.

    That is so of a connector that adds in the left half what it subtracts in the right.
    """
    across = round(images.shape[1] ** 0.5)
    order = torch.arange(images.shape[1]).reshape(across, across).flip(1).flatten()
    return (2 * model.get_input_embeddings().weight.mean(0).detach() - images)[:, order]


def _wanted(row: Row, swapped: bool) -> tuple[str, str]:
    """The label and the reasons of a row, or of its photos exchanged."""
    if not swapped:
        return row.label or "a", row.reference
    return "b" if row.label == "a" else "a", mirror(row.reference)


def rewarded(course: Course, steps: int, evidence: Mapping[str, tuple[Evidence, ...]]) -> None:
    """GRPO: answers by `answer_reward`, reasons for the settled choice by `grounding_reward` and `claim_reward`."""
    measured = [k for k, row in enumerate(course.rows) if row.id in evidence]
    for at in range(len(course.log), steps):
        random = np.random.default_rng([1, at])
        torch.manual_seed(at)
        record = {"step": at + 1, **_answers(course, random.choice(len(course.rows), ANSWERS, replace=False))}
        record |= _reasons(course, random.choice(measured, PROMPTS, replace=False), evidence)
        course.step(min(1.0, (at + 1) / 5), record)
        if (at + 1) % 5 == 0:
            print(f"step {at + 1} of {steps}: {record}", flush=True)
            course.save()
    course.finish(course.out)


def advantages(rewards: torch.Tensor) -> torch.Tensor:
    """Rewards (prompts, group) less the mean of their group, over its spread."""
    return (rewards - rewards.mean(1, keepdim=True)) / (rewards.std(1, keepdim=True) + 1e-4)


def _answers(course: Course, chosen: Any) -> Record:
    """Gradients of answers: the letter is drawn, the tokens about it are those of every answer."""
    rows = [course.rows[k] for k in chosen]
    states = course.hidden(course.images[chosen], [("answer", "a")] * len(rows), [course.begun] * len(rows))
    logs = course.logits(states[:, -1]).log_softmax(-1)
    drawn = torch.multinomial(logs.detach().exp(), GROUP, replacement=True)
    texts = [
        [f"<answer>{course.processor.tokenizer.decode([one])}</answer>" for one in group]
        for group in drawn.tolist()
    ]
    rewards = torch.tensor(
        [[answer_reward(text, row.label) for text in group] for group, row in zip(texts, rows, strict=True)]
    )
    (-(advantages(rewards) * logs.gather(1, drawn)).mean()).backward()
    return {
        "answer": float(rewards.mean()),
        "answers without signal": float((rewards.std(1) == 0).float().mean()),
    }


def _reasons(course: Course, chosen: Any, evidence: Mapping[str, tuple[Evidence, ...]]) -> Record:
    """Gradients of reasons, each text written and read whole."""
    rows = [course.rows[k] for k in chosen for _ in range(GROUP)]
    wanted, images = [("explain", row.label) for row in rows], course.images[np.repeat(chosen, GROUP)]
    begun = token_ids(course.processor, "<thinking>\n")
    written = _written(course, *batch(course.model, course.prompts, images, wanted, [begun] * len(rows)))
    end = course.processor.tokenizer.eos_token_id
    texts = [
        course.processor.tokenizer.decode([*begun, *(one for one in text if one != end)]) for text in written
    ]
    grounding = torch.tensor(
        [grounding_reward(text, evidence[row.id]) or 0.0 for text, row in zip(texts, rows, strict=True)]
    )
    claims = torch.tensor(
        [claim_reward(text, row.reference) or 0.0 for text, row in zip(texts, rows, strict=True)]
    )
    rewards = (grounding + claims).reshape(len(chosen), GROUP)
    weights = advantages(rewards).flatten()
    states = course.hidden(images, wanted, [begun + text for text in written])
    ends = torch.cat([states[k, -len(text) - 1 : -1] for k, text in enumerate(written)])
    logs = course.logits(ends).log_softmax(-1).gather(1, torch.tensor(list(chain(*written)))[:, None])[:, 0]
    (
        -(torch.cat([w.expand(len(text)) for w, text in zip(weights, written, strict=True)]) * logs).mean()
    ).backward()
    return {"grounding": float(grounding.mean()), "claims": float(claims.mean()),
            "reasons without signal": float((rewards.std(1) == 0).float().mean())}  # fmt: skip


@torch.no_grad()
def _written(
    course: Course, embedded: torch.Tensor, mask: torch.Tensor, positions: torch.Tensor
) -> list[list[int]]:
    """Tokens drawn after each row, to its end or `NEW` of them."""
    cache, end = DynamicCache(config=course.model.config.text_config), course.processor.tokenizer.eos_token_id
    texts: list[list[int]] = [[] for _ in embedded]
    for _ in range(NEW):
        made = course.model.model.language_model(
            inputs_embeds=embedded, attention_mask=mask, position_ids=positions, cache=cache, use_cache=True
        )
        drawn = torch.multinomial(course.logits(made.last_hidden_state[:, -1]).softmax(-1), 1)
        for text, (one,) in zip(texts, drawn.tolist(), strict=True):
            text += [one] * (not text or text[-1] != end)
        if all(text[-1] == end for text in texts):
            break
        embedded, positions = course.model.get_input_embeddings()(drawn), positions[:, -1:] + 1
        mask = torch.cat([mask, torch.ones_like(mask[:, :1])], 1)
    return texts
