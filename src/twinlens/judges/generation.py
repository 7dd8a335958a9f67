"""What a model gives for prompts: the probability of each answer, and the text it writes, greedily.

Where a model takes image features apart from the text, prompts go as one batch: the prefix that all begin
with is computed once, and what a second prompt has in common with the first one in its row is not computed
again. Rows are padded on the left, behind that prefix, and every token has the position it would have in a
batch of one. For all others each prompt goes by itself, as its processor makes it, with nothing shared.
"""

import copy
import inspect
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import takewhile
from typing import Any

import torch
from transformers import StoppingCriteria
from transformers.cache_utils import DynamicCache

from twinlens.core.types import Call
from twinlens.judges import static_cache
from twinlens.judges.checkpoint import LoadedModel
from twinlens.judges.image_features import (
    Sizes,
    TokenizedPrompt,
    concatenated,
    conversation,
    processor_inputs,
    separable,
    sizes,
    tokenize,
)
from twinlens.judges.vlm import Completion, VisionPrompt

LEAST_SEEN = 0.75
"""The share of the images' pixels below which a note says that the model saw fewer."""
REDUCED = "the model saw fewer pixels than the images have; see the sizes"

Batch = tuple[dict[str, Any], list[Completion]]
"""Arguments of the model for some prompts, and for each a completion still without answer and text."""


class Session:
    """Prompts given to a model, several at once: for answers, then for completions.

    `cached` are the tokens of each row whose keys and values are in `cache`; `mask` (rows, columns) is 1
    where a column of it holds one.
    """

    mask: torch.Tensor
    cache: DynamicCache

    def __init__(self, checkpoint: LoadedModel, compiled: int = 0) -> None:
        """`compiled` is for how many rows writing is compiled, where there is a GPU; 0: it is not."""
        self.checkpoint, self.compiled = checkpoint, compiled
        self.prompts, self.cached = list[TokenizedPrompt](), list[list[int]]()

    def answers(self, prompts: Sequence[VisionPrompt]) -> list[Completion]:
        """The probability of the answer A to each prompt (NaN: no numbers came), nothing written."""
        model, letters = self.checkpoint.model, list(self.checkpoint.letters)
        known = inspect.signature(model.forward).parameters
        last = {"logits_to_keep": 1} if "logits_to_keep" in known else {}
        made: list[Completion] = []
        for inputs, outputs in self._batches(prompts, None):
            logits = model(**inputs, **last).logits[:, -1, letters].double()
            p_first = torch.softmax(logits, dim=1)[:, 0].tolist()
            made += [replace(one, p_first=p) for one, p in zip(outputs, p_first, strict=True)]
        return made

    def completions(
        self, prompts: Sequence[VisionPrompt], begun: str, most: int, until: str = ""
    ) -> list[Completion]:
        """What the model writes to each prompt after `begun`; `until` are words that end it."""
        fixed = self.compiled if separable(self.checkpoint) and 2 * len(prompts) > self.compiled else 0
        rows = [*prompts, *list(prompts[:1]) * (fixed - len(prompts))]  # a graph is of one number of rows
        made: list[Completion] = []
        for inputs, outputs in self._batches(rows, begun):
            start = inputs["input_ids"].shape[1]
            if fixed:
                columns = self.mask.shape[1] + most
                inputs["cache"] = static_cache.filled(self.checkpoint, inputs["cache"], len(rows), columns)
                self.prompts, self.cache = [], DynamicCache()  # what they held went into the static one
            ends = [Ending(self.checkpoint.processor.tokenizer, until, start)] if until else []
            written = self.checkpoint.model.generate(
                **inputs, do_sample=False, max_new_tokens=most, stopping_criteria=ends
            )
            new = written[:, start:].tolist()
            made += [self._completed(one, row, until) for one, row in zip(outputs, new, strict=True)]
        return made[: len(prompts)]

    def _completed(self, output: Completion, row: list[int], until: str) -> Completion:
        """A completion with the text of a row of new tokens, which are padded behind its end."""
        ends = self.checkpoint.model.generation_config.eos_token_id or ()
        length = next((at + 1 for at, token in enumerate(row) if token in ends), 0)
        text = self.checkpoint.processor.tokenizer.decode(row[: length or None], skip_special_tokens=True)
        stopped = bool(until) and until in text
        if stopped:
            text = text.partition(until)[0]
            length = max(at + 1 for at, token in enumerate(row) if token != self.checkpoint.padding)
        call = replace(output.calls[0], answer_tokens=length or len(row))
        return replace(output, text=text, calls=(call,), truncated=not (stopped or length))

    def _batches(self, prompts: Sequence[VisionPrompt], begun: str | None) -> Iterator[Batch]:
        """All prompts at once; each by itself where its images cannot be encoded apart from the text."""
        if not prompts or not separable(self.checkpoint):
            yield from (self._single(prompt, begun) for prompt in prompts)
            return
        rows = [tokenize(self.checkpoint, prompt, begun) for prompt in prompts]
        seen = [tuple(size for image in row.images for size in image.sizes) for row in rows]
        lengths = [len(row.tokens) for row in rows]
        yield self._inputs(rows), list(map(self._unanswered, prompts, seen, lengths))

    def _single(self, prompt: VisionPrompt, begun: str | None) -> Batch:
        checkpoint = self.checkpoint
        text = conversation(checkpoint, prompt, begun)
        inputs = processor_inputs(checkpoint.processor, text, prompt.images)
        whole = inputs["input_ids"].shape
        length = whole[1] - (checkpoint.tail if begun is None else 0)
        made = {
            name: (value[:, :length] if value.shape == whole else value).to(
                checkpoint.device, checkpoint.model.dtype if value.is_floating_point() else None
            )
            for name, value in inputs.items()
        }
        return made, [self._unanswered(prompt, sizes(checkpoint.processor, inputs), length)]

    def _unanswered(self, prompt: VisionPrompt, seen: Sizes, length: int) -> Completion:
        pixels, given = (sum(width * height for width, height in each) for each in (seen, prompt.sizes))
        notes = (REDUCED,) if pixels < LEAST_SEEN * given else ()
        return Completion("", (Call(self.checkpoint.name, 0.0, seen, length, 0),), notes=notes)

    def _inputs(self, prompts: Sequence[TokenizedPrompt]) -> dict[str, Any]:
        """Arguments of `forward` or `generate`, which then fill the cache: the tokens that it lacks."""
        if len(self.prompts) != len(prompts) or not self._cropped(prompts):
            self._start(prompts)
        known = list(map(len, self.cached))
        width = max(len(prompt.tokens) - start for prompt, start in zip(prompts, known, strict=True))
        ids = torch.full((len(prompts), width), self.checkpoint.padding)
        positions = torch.zeros((*prompts[0].positions.shape[:-1], len(prompts), width), dtype=torch.long)
        mask, features = torch.zeros_like(ids), []
        for row, (prompt, start) in enumerate(zip(prompts, known, strict=True)):
            left = width - (len(prompt.tokens) - start)
            ids[row, left:] = torch.tensor(prompt.tokens[start:])
            positions[..., row, left:] = prompt.positions[..., start:]
            mask[row, left:] = 1
            images = zip(prompt.images, prompt.begins, strict=True)
            features += [image.features for image, begin in images if begin >= start]
        self.prompts, self.cached = list(prompts), [prompt.tokens for prompt in prompts]
        self.mask = torch.cat([self.mask, mask], 1)
        arguments = {"input_ids": ids, "position_ids": positions, "attention_mask": self.mask}
        moved = {name: value.to(self.checkpoint.device) for name, value in arguments.items()}
        shown = {"mm_encoder_outputs": {"image": concatenated(features)}} if features else {}
        return {**moved, **shown, "cache": self.cache, "use_cache": True}

    def _start(self, prompts: Sequence[TokenizedPrompt]) -> None:
        """Cache the tokens before the first image that all prompts begin with; never all tokens of one."""
        start = _prefix(*(one.tokens[: min(*one.begins, len(one.tokens) - 1)] for one in prompts))
        self.cached = [start] * len(prompts)
        self.mask = torch.ones((len(prompts), len(start)), dtype=torch.long)
        self.cache = copy.deepcopy(prefix_cache(self.checkpoint, tuple(start)))
        self.cache.batch_repeat_interleave(len(prompts))

    def _cropped(self, prompts: Sequence[TokenizedPrompt]) -> bool:
        """Drop the columns from which any row differs; False where images differ, or one would be split."""
        rows = list(zip(self.cached, prompts, strict=True))
        columns = max(len(old) - min(len(_prefix(old, new.tokens)), len(new.tokens) - 1) for old, new in rows)
        dropped = self.mask[:, len(self.mask[0]) - columns :].sum(1).tolist()
        left = [old[: len(old) - many] for (old, _), many in zip(rows, dropped, strict=True)]
        if not all(map(_same_images, self.prompts, prompts, map(len, left))):
            return False
        if columns:
            self.cache.crop(-columns)
        self.mask, self.cached = self.mask[:, : len(self.mask[0]) - columns], left
        return True


class Ending(StoppingCriteria):  # type: ignore[misc, unused-ignore]
    """Ends a row where what was written, from the column `start` on, holds some words.

    Of transformers' own `stop_strings` the whole vocabulary is sorted anew for every call, which takes a
    second for one of 150,000 tokens.
    """

    def __init__(self, tokenizer: Any, words: str, start: int) -> None:
        self.tokenizer, self.words, self.start = tokenizer, words, start

    def __call__(self, input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        """Which rows (n,) end with the last token, whatever follows the words in it."""
        last = input_ids[:, max(self.start, input_ids.shape[1] - len(self.words)) :].tolist()
        ended = [self.words in self.tokenizer.decode(row) for row in last]
        return torch.tensor(ended, device=input_ids.device)


@lru_cache(4)
def prefix_cache(checkpoint: LoadedModel, tokens: tuple[int, ...]) -> DynamicCache:
    """Keys and values of a prefix that prompts share, of one row; not to be changed."""
    cache = DynamicCache()
    if tokens:
        ids = torch.tensor([tokens], device=checkpoint.device)
        checkpoint.model(input_ids=ids, cache=cache, use_cache=True, logits_to_keep=1)
    return cache


def _prefix(*texts: list[int]) -> list[int]:
    """The tokens that all texts begin with."""
    return [first for first, *_ in takewhile(lambda tokens: len(set(tokens)) == 1, zip(*texts, strict=False))]


def _same_images(before: TokenizedPrompt, now: TokenizedPrompt, length: int) -> bool:
    """Whether the first tokens, so many, hold the same images in both, each whole."""
    rows = zip(before.images, now.images, now.begins, strict=False)
    return all(
        begin >= length or (known is image and begin + len(image.tokens) <= length)
        for known, image, begin in rows
    )
