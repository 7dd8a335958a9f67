"""Prompts given to vLLM, for those who have it: letters by logprobs, and reasons with a guided end.

vLLM caches prefixes and batches by itself. It fixes versions of torch and transformers that are others than
ours, so it is in no extra: `pip install vllm` in an environment of its own, and twinlens beside it.
"""

import importlib
import math
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from PIL import Image

from twinlens.core.errors import BadSpec
from twinlens.core.types import Call
from twinlens.judges import checkpoint
from twinlens.judges.checkpoint import LoadedModel
from twinlens.judges.image_features import conversation
from twinlens.judges.vlm import Completion, VisionPrompt


class Session:
    """Prompts given to an engine, all at once: for answers, or for completions."""

    def __init__(self, model: str, dtype: str, images: int) -> None:
        self.vllm, self.loaded = package(), load(model, dtype, images)

    def answers(self, prompts: Sequence[VisionPrompt]) -> list[Completion]:
        """The probability of the answer A to each prompt (NaN: no numbers came), nothing written."""
        letters = list(self.loaded.letters)
        made = self._given(prompts, None, max_tokens=1, logprobs=len(letters), allowed_token_ids=letters)
        return [
            Completion("", (self._call(prompt, one, 0),), p_first=_p_first(one.outputs[0].logprobs, letters))
            for prompt, one in zip(prompts, made, strict=True)
        ]

    def completions(
        self, prompts: Sequence[VisionPrompt], begun: str, most: int, until: str = ""
    ) -> list[Completion]:
        """What the model writes to each prompt after `begun`; `until` ends it and is the only tag in it."""
        guide = {}
        if until:
            pattern = f"[^{re.escape(until[0])}]+{re.escape(until)}"
            guide = {"stop": [until], "structured_outputs": self._structured(regex=pattern)}
        texts = []
        for prompt, one in zip(prompts, self._given(prompts, begun, max_tokens=most, **guide), strict=True):
            said = one.outputs[0]
            call = self._call(prompt, one, len(said.token_ids))
            text = said.text.partition(until)[0] if until else said.text
            texts.append(Completion(text, (call,), truncated=said.finish_reason == "length"))
        return texts

    def _structured(self, **form: str) -> Any:
        return self.vllm.sampling_params.StructuredOutputsParams(**form)

    def _given(self, prompts: Sequence[VisionPrompt], begun: str | None, **sampling: Any) -> list[Any]:
        """What the engine makes of prompts, each begun as `judges.image_features.conversation` says."""
        given = [
            {"prompt_token_ids": self._tokens(prompt, begun),
             "multi_modal_data": {"image": [Image.fromarray(image) for image in prompt.images]}}
            for prompt in prompts
        ]  # fmt: skip
        if not given:
            return []
        how = self.vllm.SamplingParams(temperature=0.0, **sampling)
        return list(self.loaded.model.generate(given, how, use_tqdm=False))

    def _tokens(self, prompt: VisionPrompt, begun: str | None) -> list[int]:
        tokens = checkpoint.token_ids(self.loaded.processor, conversation(self.loaded, prompt, begun))
        return tokens[: -self.loaded.tail] if begun is None else tokens

    def _call(self, prompt: VisionPrompt, one: Any, written: int) -> Call:
        return Call(self.loaded.name, 0.0, prompt.sizes, len(one.prompt_token_ids), written)


def _p_first(logprobs: Any, letters: Sequence[int]) -> float:
    """The probability of the first letter over that of both."""
    first, second = (logprobs[0][letter].logprob if letter in logprobs[0] else math.nan for letter in letters)
    return 1 / (1 + math.exp(min(second - first, 700.0)))


@cache
def load(model: str, dtype: str, images: int) -> LoadedModel:
    """The engine of a folder or hub id, for prompts of so many images, with its processor."""
    vllm, transformers = package(), importlib.import_module("transformers")
    checkpoint.never_run_code()
    with checkpoint.one_line(model, checkpoint.MODEL):
        processor = transformers.AutoProcessor.from_pretrained(model, trust_remote_code=False)
        engine = vllm.LLM(
            model=model, dtype=dtype, seed=0, trust_remote_code=False, enable_prefix_caching=True,
            limit_mm_per_prompt={"image": images}, logprobs_mode="processed_logprobs",
        )  # fmt: skip
    letters, tail = checkpoint.answer_letters(model, processor)
    return LoadedModel(model, engine, processor, letters, tail, False)


def version(model: str, dtype: str) -> str:
    """What answers depend on beside the arguments: weights, the engine and its precision."""
    return f"{checkpoint.content_of(model)}; vllm {package().__version__}; {dtype}"


def package() -> Any:
    """vLLM; BadSpec where it is not installed."""
    try:
        importlib.import_module("vllm.sampling_params")
        return importlib.import_module("vllm")
    except ImportError as error:
        raise BadSpec(
            "local: backend='vllm' needs vLLM, which is not installed; "
            "run: pip install vllm, in an environment of its own"
        ) from error
