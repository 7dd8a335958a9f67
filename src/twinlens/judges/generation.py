"""What a model gives for prompts: the probability of each answer, and the text it writes, greedily.

Where a model takes image features apart from the text, prompts go as one batch (`judges.kv_cache`). For all
others each prompt goes by itself, as its processor makes it, with nothing shared.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from twinlens.judges.checkpoint import ANSWER, LoadedModel, chat_text
from twinlens.judges.image_features import LEAST_SEEN, area, messages, processor_inputs, sizes, tokenize
from twinlens.judges.kv_cache import BatchCache
from twinlens.judges.vlm import VisionPrompt


@dataclass(frozen=True)
class Output:
    """What a model gave for a prompt, and what it saw.

    `images` are (width, height) of each image as the model saw it, `reduced` whether those are many fewer
    pixels than it was given. `p_first` is the probability of A where the answer begins (NaN: no number);
    `tokens` is the length of `text`, `truncated` whether that ends where the tokens allowed did.
    """

    images: tuple[tuple[int, int], ...]
    prompt_tokens: int
    reduced: bool
    p_first: float = math.nan
    text: str = ""
    tokens: int = 0
    truncated: bool = False


Batch = tuple[dict[str, Any], list[Output]]
"""Arguments of the model for some prompts, and an output for each, still without answer and text."""


class Session:
    """Prompts given to a model, several at once; a second round reuses the KV cache of the first."""

    def __init__(self, checkpoint: LoadedModel) -> None:
        self.checkpoint = checkpoint
        self.cache: BatchCache | None = None
        known = inspect.signature(checkpoint.model.forward).parameters
        self.last_only = {"logits_to_keep": 1} if "logits_to_keep" in known else {}

    def answers(self, prompts: Sequence[VisionPrompt]) -> list[Output]:
        """The probability of the answer A to each prompt, nothing written."""
        made: list[Output] = []
        for inputs, outputs in self._batches(prompts, None):
            logits = self.checkpoint.model(**inputs, **self.last_only).logits[:, -1].float()
            rows = logits[:, list(self.checkpoint.letters)].tolist()
            made += [replace(one, p_first=_probability(*row)) for one, row in zip(outputs, rows, strict=True)]
        return made

    def completions(
        self, prompts: Sequence[VisionPrompt], begun: str, most: int, until: str = ""
    ) -> list[Output]:
        """What the model writes to each prompt after `begun`; `until` are words that end it."""
        stop = {"stop_strings": [until], "tokenizer": self.checkpoint.processor.tokenizer} if until else {}
        made: list[Output] = []
        for inputs, outputs in self._batches(prompts, begun):
            rows = self.checkpoint.model.generate(**inputs, do_sample=False, max_new_tokens=most, **stop)
            new = rows[:, inputs["input_ids"].shape[1] :].tolist()
            made += [self._completed(one, row, until) for one, row in zip(outputs, new, strict=True)]
        return made

    def _batches(self, prompts: Sequence[VisionPrompt], begun: str | None) -> Iterator[Batch]:
        """All prompts at once; each by itself where its images cannot be encoded apart from the text."""
        tokens = [tokenize(self.checkpoint, one.system, one.content, begun) for one in prompts]
        rows = [one for one in tokens if one is not None]
        if len(rows) < len(prompts):
            yield from (self._single(prompt, begun) for prompt in prompts)
            return
        if self.cache is None or len(self.cache.prompts) != len(rows):
            self.cache = BatchCache(self.checkpoint, rows)
        yield self.cache.inputs(rows), [Output(one.sizes, len(one.tokens), one.reduced) for one in rows]

    def _single(self, prompt: VisionPrompt, begun: str | None) -> Batch:
        checkpoint = self.checkpoint
        text = chat_text(checkpoint.processor, messages(checkpoint.processor, prompt.system, prompt.content))
        text += ANSWER.format("A") if begun is None else begun
        inputs = processor_inputs(checkpoint, text, prompt.images)
        whole = inputs["input_ids"].shape
        length = whole[1] - (checkpoint.tail if begun is None else 0)
        made = {
            name: (value[:, :length] if value.shape == whole else value).to(
                checkpoint.device, checkpoint.model.dtype if value.is_floating_point() else None
            )
            for name, value in inputs.items()
        }
        images = sizes(checkpoint.processor, inputs)
        reduced = area(images) < LEAST_SEEN * area(prompt.sizes)
        return made, [Output(images, length, reduced)]

    def _completed(self, output: Output, row: list[int], until: str) -> Output:
        """An output with the text of a row of new tokens, which are padded behind its end."""
        ends = self.checkpoint.model.generation_config.eos_token_id or ()
        length = next((at + 1 for at, token in enumerate(row) if token in ends), 0)
        text = self.checkpoint.processor.tokenizer.decode(row[: length or None], skip_special_tokens=True)
        stopped = bool(until) and until in text
        if stopped:
            length = max(at + 1 for at, token in enumerate(row) if token != self.checkpoint.padding)
        return replace(
            output, text=text.partition(until)[0] if stopped else text, tokens=length or len(row),
            truncated=not (stopped or length),
        )  # fmt: skip


def _probability(first: float, second: float) -> float:
    """The probability of the first of two answers, by their logits; NaN where they are no numbers."""
    if not (math.isfinite(first) and math.isfinite(second)):
        return math.nan
    return float(1 / (1 + np.exp(np.clip(second - first, -700, 700))))


def out_of_memory(error: BaseException) -> bool:
    """Whether a device had too little memory."""
    text = str(error).lower()
    return isinstance(error, RuntimeError) and ("out of memory" in text or "can't allocate memory" in text)
