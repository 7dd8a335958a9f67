"""The KV cache of a batch of prompts: keys and values of what prompts share are computed once.

The prefix that all prompts begin with is computed once; what a second prompt has in common with the
first one in its row is not computed again. Rows are padded on the left, behind the shared prefix, and every
token has the position it would have in a batch of one.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import lru_cache
from itertools import takewhile
from typing import Any

import torch
from transformers.cache_utils import DynamicCache

from twinlens.judges.checkpoint import LoadedModel
from twinlens.judges.image_features import TokenizedPrompt, concatenated


class BatchCache:
    """Keys and values of prompts, one a row, and what of each row they hold."""

    def __init__(self, checkpoint: LoadedModel, prompts: Sequence[TokenizedPrompt]) -> None:
        self.checkpoint = checkpoint
        self._start(prompts)

    def _start(self, prompts: Sequence[TokenizedPrompt]) -> None:
        """Hold the shared prefix, and nothing else."""
        start = _shared_prefix(prompts)
        self.prompts = list(prompts)
        self.cached = [start] * len(prompts)
        self.mask = torch.ones((len(prompts), len(start)), dtype=torch.long)
        self.cache = copy.deepcopy(prefix_cache(self.checkpoint, tuple(start)))
        self.cache.batch_repeat_interleave(len(prompts))

    def inputs(self, prompts: Sequence[TokenizedPrompt]) -> dict[str, Any]:
        """Arguments of `forward` or `generate`, which then fill the cache: the tokens that it lacks."""
        self._crop(prompts)
        new = [one.tokens[len(known) :] for one, known in zip(prompts, self.cached, strict=True)]
        width = max(map(len, new))
        ids = torch.full((len(prompts), width), self.checkpoint.padding)
        positions = torch.zeros((*prompts[0].positions.shape[:-1], len(prompts), width), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, (prompt, tokens) in enumerate(zip(prompts, new, strict=True)):
            ids[row, width - len(tokens) :] = torch.tensor(tokens)
            positions[..., row, width - len(tokens) :] = prompt.positions[..., len(self.cached[row]) :]
            mask[row, width - len(tokens) :] = 1
        features = [
            image.features
            for prompt, known in zip(prompts, self.cached, strict=True)
            for image, begin in zip(prompt.images, prompt.begins, strict=True)
            if begin >= len(known)
        ]
        self.prompts, self.cached = list(prompts), [prompt.tokens for prompt in prompts]
        self.mask = torch.cat([self.mask, mask], 1)
        device = self.checkpoint.device
        arguments = {"input_ids": ids, "position_ids": positions, "attention_mask": self.mask}
        moved: dict[str, Any] = {name: value.to(device) for name, value in arguments.items()}
        images = {"mm_encoder_outputs": {"image": concatenated(features)}} if features else {}
        return {**moved, **images, "cache": self.cache, "use_cache": True}

    def _crop(self, prompts: Sequence[TokenizedPrompt]) -> None:
        """Drop the columns from which any row differs; start anew where that would split an image."""
        common = [
            min(len(_prefix(known, one.tokens)), len(one.tokens) - 1)
            for known, one in zip(self.cached, prompts, strict=True)
        ]
        columns = max(len(known) - same for known, same in zip(self.cached, common, strict=True))
        if not columns:
            return
        dropped = self.mask[:, -columns:].sum(1).tolist()
        left = [known[: len(known) - many] for known, many in zip(self.cached, dropped, strict=True)]
        if not all(map(_same_images, self.prompts, prompts, map(len, left))):
            self._start(prompts)
            return
        self.cache.crop(-columns)
        self.mask, self.cached = self.mask[:, :-columns], left


@lru_cache(maxsize=4)
def prefix_cache(checkpoint: LoadedModel, tokens: tuple[int, ...]) -> DynamicCache:
    """Keys and values of a prefix that prompts share, of one row; not to be changed."""
    cache = DynamicCache()
    if tokens:
        ids = torch.tensor([tokens], device=checkpoint.device)
        checkpoint.model(input_ids=ids, cache=cache, use_cache=True, logits_to_keep=1)
    return cache


def _shared_prefix(prompts: Sequence[TokenizedPrompt]) -> list[int]:
    """The tokens before the first image that all prompts begin with; never all tokens of one."""
    return _prefix(*(one.tokens[: min(*one.begins, len(one.tokens) - 1)] for one in prompts))


def _prefix(*texts: list[int]) -> list[int]:
    return [
        tokens[0] for tokens in takewhile(lambda tokens: len(set(tokens)) == 1, zip(*texts, strict=False))
    ]


def _same_images(before: TokenizedPrompt, now: TokenizedPrompt, length: int) -> bool:
    """Whether the first tokens, so many, hold the same images in both, each whole."""
    rows = zip(before.images, now.images, now.begins, strict=False)
    return all(
        begin >= length or (known is image and begin + len(image.tokens) <= length)
        for known, image, begin in rows
    )
