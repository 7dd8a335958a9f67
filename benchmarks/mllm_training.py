"""A small joined model trained on a processor: supervised, then rewarded for right answers (GRPO).

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

from benchmarks.mllm_rows import Prompts, batch
from twinlens.judges.checkpoint import token_ids
from twinlens.language.side_mentions import mirror
from twinlens.readers import Row
from twinlens.scoring.rewards import answer_reward

ANSWERS, REASONS = 24, 10
"""Rows of a supervised step, which asks for answers and for reasons in turn."""
LETTER = 4.0
"""Weight of the letter among the tokens of an answer."""
REWARDED, GROUP, NEW = 20, 8, 40
"""Pairs of a GRPO step, each in both orders, and letters drawn for each; tokens of a text at most."""
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


def rewarded(course: Course, steps: int) -> None:
    """GRPO: of each pair both orders, a letter drawn `GROUP` times, rewarded by `answer_reward`.

    Where a step sees one order only, a favoured letter earns as much as a right one in half of the groups.
    """
    mirrored = exchanged(course.model, course.images)
    for at in range(len(course.log), steps):
        torch.manual_seed(at)
        chosen = np.random.default_rng([1, at]).choice(len(course.rows), REWARDED, replace=False)
        labels = [_wanted(course.rows[k], swapped)[0] for swapped in (False, True) for k in chosen]
        images = torch.cat([course.images[chosen], mirrored[chosen]])
        states = course.hidden(images, [("answer", "a")] * len(labels), [course.begun] * len(labels))
        logs = course.logits(states[:, -1]).log_softmax(-1)
        drawn = torch.multinomial(logs.detach().exp(), GROUP, replacement=True)
        rewards = torch.tensor([
            [answer_reward(f"<answer>{course.processor.tokenizer.decode([one])}</answer>", label) for one in group]
            for group, label in zip(drawn.tolist(), labels, strict=True)
        ])  # fmt: skip
        advantages = (rewards - rewards.mean(1, keepdim=True)) / (rewards.std(1, keepdim=True) + 1e-4)
        (-(advantages * logs.gather(1, drawn)).mean()).backward()
        silent = float((rewards.std(1) == 0).float().mean())
        record = {"step": at + 1, "answer": float(rewards.mean()), "without signal": silent}
        course.step(min(1.0, (at + 1) / 5), record)
        if (at + 1) % 10 == 0:
            print(f"step {at + 1} of {steps}: {record}", flush=True)
            course.save()
    course.finish(course.out)
