"""The backend vllm against a stub of vLLM's interface, which runs a tiny checkpoint by transformers.

vLLM itself needs a GPU and other versions of torch and transformers; it was never run.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest

pytest.importorskip("transformers", reason="the extra local is not installed")

import torch
from transformers import AutoModelForImageTextToText, AutoProcessor

import tiny_checkpoint
from twinlens.core import catalog
from twinlens.core.errors import BadSpec
from twinlens.core.types import Pair, Photo, Verdict
from twinlens.judges import vllm_engine
from twinlens.judges.local import Local

MOST = 12


@dataclass
class StructuredOutputsParams:
    """What a text has to match."""

    regex: str | None = None


@dataclass
class SamplingParams:
    """How tokens are chosen: the fields of vLLM's own that we set."""

    temperature: float = 1.0
    max_tokens: int = 16
    logprobs: int | None = None
    allowed_token_ids: list[int] | None = None
    stop: list[str] | None = None
    structured_outputs: StructuredOutputsParams | None = None


class LLM:
    """A stub of vLLM's engine; `made` are those that were made."""

    made: ClassVar[list[LLM]] = []

    def __init__(self, model: str, **arguments: Any) -> None:
        self.arguments, self.given = arguments, list[SamplingParams]()
        opened: Any = AutoModelForImageTextToText.from_pretrained(model, dtype=torch.float32)
        processors: Any = AutoProcessor
        self.model, self.processor = opened.eval(), processors.from_pretrained(model)
        self.made.append(self)

    def generate(
        self, prompts: list[dict[str, Any]], sampling_params: SamplingParams, *, use_tqdm: bool
    ) -> list[Any]:
        assert not use_tqdm
        self.given.append(sampling_params)
        return [self._one(prompt, sampling_params) for prompt in prompts]

    def _one(self, prompt: dict[str, Any], how: SamplingParams) -> Any:
        text = self.processor.tokenizer.decode(prompt["prompt_token_ids"])
        images = prompt["multi_modal_data"]["image"]
        assert len(images) <= self.arguments["limit_mm_per_prompt"]["image"]
        inputs = self.processor(text=[text], images=images, return_tensors="pt")
        length = inputs["input_ids"].shape[1]
        logprobs = None
        with torch.no_grad():
            if how.logprobs:
                masked = torch.full((len(self.processor.tokenizer),), -torch.inf)
                allowed = torch.tensor(how.allowed_token_ids)
                masked[allowed] = self.model(**inputs).logits[0, -1, allowed]
                top = torch.log_softmax(masked, 0).topk(how.logprobs)
                known = zip(top.indices.tolist(), top.values.tolist(), strict=True)
                logprobs = [{token: SimpleNamespace(logprob=value) for token, value in known}]
                row = top.indices[:1]
            else:
                stop = {"stop_strings": how.stop, "tokenizer": self.processor.tokenizer} if how.stop else {}
                row = self.model.generate(**inputs, do_sample=False, max_new_tokens=how.max_tokens, **stop)
                row = row[0, length:]
        said = self.processor.tokenizer.decode(row, skip_special_tokens=True)
        for end in how.stop or ():
            said = said.partition(end)[0]
        reason = "length" if len(row) == how.max_tokens else "stop"
        one = SimpleNamespace(text=said, token_ids=row.tolist(), logprobs=logprobs, finish_reason=reason)
        return SimpleNamespace(prompt_token_ids=inputs["input_ids"][0].tolist(), outputs=[one])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny_checkpoint.qwen3_vl(tmp_path_factory.mktemp("checkpoints") / "qwen3_vl", merged=True))


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> list[LLM]:
    """The engines that were made, vLLM being the stub."""
    module, sampling = ModuleType("vllm"), ModuleType("vllm.sampling_params")
    made: dict[str, Any] = {"LLM": LLM, "SamplingParams": SamplingParams, "sampling_params": sampling}
    vars(module).update(made, __version__="0.33.0", __path__=[])
    vars(sampling).update(StructuredOutputsParams=StructuredOutputsParams)
    monkeypatch.setitem(sys.modules, "vllm", module)
    monkeypatch.setitem(sys.modules, "vllm.sampling_params", sampling)
    monkeypatch.setattr(LLM, "made", [])
    vllm_engine.load.cache_clear()
    return LLM.made


def pairs() -> list[Pair]:
    made = np.random.default_rng(0).integers(0, 256, (3, 2, 64, 96, 3), np.uint8)
    return [
        Pair(f"p{at}", Photo("a", f"a{at}", a), Photo("b", f"b{at}", b)) for at, (a, b) in enumerate(made)
    ]


def verdicts(judge: Local) -> list[Verdict]:
    return [one for one in judge.judge_many(pairs()) if isinstance(one, Verdict)]


def test_its_answers_and_reasons_are_those_of_transformers(folder: str, engines: list[LLM]) -> None:
    ours = verdicts(Local(folder, device="cpu", max_tokens=MOST))
    theirs = verdicts(Local(folder, max_tokens=MOST, backend="vllm"))
    assert len(theirs) == len(ours) == 3
    for one, other in zip(ours, theirs, strict=True):
        assert other.p_a == pytest.approx(one.p_a, abs=1e-4)
        assert other.rationale == one.rationale
        assert other.notes == one.notes
        assert other.calls[0].prompt_tokens == one.calls[0].prompt_tokens
        assert other.calls[0].answer_tokens == one.calls[0].answer_tokens
    assert len(engines) == 1


def test_it_caches_prefixes_gives_letters_only_and_guides_the_end(folder: str, engines: list[LLM]) -> None:
    verdicts(Local(folder, max_tokens=MOST, backend="vllm", crops=0))
    (engine,) = engines
    assert engine.arguments["enable_prefix_caching"]
    assert engine.arguments["logprobs_mode"] == "processed_logprobs"
    assert engine.arguments["limit_mm_per_prompt"] == {"image": 2}
    assert not engine.arguments["trust_remote_code"]
    answers, reasons = engine.given
    assert (answers.max_tokens, answers.logprobs, answers.temperature) == (1, 2, 0.0)
    assert reasons.stop == ["</thinking>"]
    assert reasons.structured_outputs == StructuredOutputsParams(regex="[^<]+</thinking>")


def test_its_version_names_the_engine(folder: str, engines: list[LLM]) -> None:
    assert "; vllm 0.33.0; auto" in Local(folder, backend="vllm").version
    assert engines == []


def test_where_it_is_not_installed_one_line_says_what_to_install(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "vllm", None)
    with pytest.raises(BadSpec, match="needs vLLM, which is not installed; run: pip install vllm"):
        Local(folder, backend="vllm").judge_many(pairs())


@pytest.mark.parametrize("more", ["adapter='x'", "four_bit=True", "device='cpu'"])
def test_what_it_does_not_take_is_refused(more: str) -> None:
    with pytest.raises(BadSpec, match="backend='vllm'"):
        catalog.part("judges", f"local(model='m', backend='vllm', {more})")


def test_the_backend_is_part_of_the_spec() -> None:
    spec = 'local(model="m", backend="vllm")'
    assert catalog.spec(catalog.part("judges", spec)) == spec
    with pytest.raises(BadSpec, match="backend"):
        catalog.part("judges", "local(model='m', backend='sglang')")
