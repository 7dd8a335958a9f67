"""A multimodal LLM on this machine, by transformers: which photo it favours, how sure, and its reasons."""

from __future__ import annotations

import importlib
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from twinlens.core import catalog
from twinlens.core.types import Choice, Claim, Failure, Pair, Side, Verdict
from twinlens.judges import checkpoint
from twinlens.judges.vlm import Completion, VisionLanguageJudge, VisionPrompt, verdict
from twinlens.language.render import ANSWERS

if TYPE_CHECKING:
    from twinlens.judges.generation import Session

Outcome = Verdict | Failure
T = TypeVar("T")
BEGUN, ENDED = "<thinking>\n", "</thinking>"
NO_CLAIM = "the model's reasons hold no claim"
CUT = "the model's reasons end where the tokens allowed did"
NO_NUMBER = "the model gave no numbers for the answers A and B; expected a dtype it can be run in"
Question = tuple[Pair, Side | None, Sequence[Claim]]
"""A pair; the choice that reasons are written for, None where none is settled; claims the pixels refuted."""


@dataclass(frozen=True, kw_only=True)
class Local(VisionLanguageJudge):
    """An image-text-to-text model of transformers, in a folder or of the hub; deterministic.

    The choice is that of the letters' probabilities where the completion begins with `<answer>`, so `p_a`
    needs no word of text; the reasons are then written for the choice, greedily, `max_tokens` at most.
    Without `reasons` nothing is written. `adapter` is the folder of a LoRA adapter; `device` is auto, cpu,
    cuda or cuda:1, `dtype` auto, float32, bfloat16 or float16; `batch` is how many pairs go at once. Neither
    that nor the other pairs of a batch change an answer, beyond rounding. With the `backend` vllm vLLM does
    the same, on the device that it takes.
    """

    adapter: str | None = None
    device: str = "auto"
    dtype: str = "auto"
    four_bit: bool = False
    max_tokens: int = 512
    batch: int = 8
    backend: Literal["transformers", "vllm"] = "transformers"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.max_tokens < 1 or self.batch < 1:
            given = f"max_tokens={self.max_tokens}, batch={self.batch}"
            raise ValueError(f"found {given}; expected 1 or more of each")
        if self.backend == "vllm" and (self.adapter or self.four_bit or self.device != "auto"):
            raise ValueError("found backend='vllm' with adapter, device or four_bit; expected none of them")

    @property
    def version(self) -> str:
        """What the answers depend on beside the spec: prompt, weights, packages and device."""
        if self.backend == "vllm":
            return f"{super().version}; {_vllm().version(self.model, self.dtype)}"
        weights = checkpoint.version(self.model, self.adapter, self.device, self.dtype)
        return f"{super().version}; {weights}"

    def judge(self, pair: Pair) -> Outcome:
        """The verdict on a pair."""
        return self.judge_many([pair])[0]

    def judge_many(self, pairs: Sequence[Pair]) -> list[Outcome]:
        """The verdicts on pairs, in their order; images that several show are encoded once."""
        return self._in_batches([(pair, None, ()) for pair in pairs])

    def explain(self, pair: Pair, choice: Side, contradicted: Sequence[Claim] = ()) -> Outcome:
        """The verdict with a settled choice and the model's reasons for it."""
        return self.explain_many([(pair, choice, contradicted)])[0]

    def explain_many(self, settled: Sequence[tuple[Pair, Side, Sequence[Claim]]]) -> list[Outcome]:
        """What `explain` says of each, in their order; images that several show are encoded once."""
        return self._in_batches(settled)

    def complete(self, pair: Pair, prompt: VisionPrompt) -> Completion | Failure:
        """What the model writes to a prompt, greedily; `pair` is only named in a failure."""
        start = time.perf_counter()
        made = self._on_device(lambda session: session.completions([prompt], "", self.max_tokens))
        return _timed(made[0], time.perf_counter() - start) if made else self._too_large(pair)

    def _in_batches(self, questions: Sequence[Question]) -> list[Outcome]:
        """The outcomes of questions, `batch` of them at once."""
        parts = (questions[at : at + self.batch] for at in range(0, len(questions), self.batch))
        return [outcome for part in parts for outcome in self._fitted(part)]

    def _fitted(self, questions: Sequence[Question]) -> list[Outcome]:
        """Outcomes of pairs at once; of fewer at once where the device has too little memory."""
        outcomes = self._on_device(lambda session: self._outcomes(session, questions))
        if outcomes is not None:
            return outcomes
        if len(questions) == 1:
            return [self._too_large(questions[0][0])]
        half = len(questions) // 2
        return self._fitted(questions[:half]) + self._fitted(questions[half:])

    def _on_device(self, work: Callable[[Session], T]) -> T | None:
        """Work with the model; None where the device has too little memory for it."""
        if self.backend == "vllm":
            session: Session = _vllm().Session(self.model, self.dtype, 2 * (1 + self.crops))
            return work(session)
        loaded = checkpoint.load(self.model, self.adapter, self.device, self.dtype, self.four_bit)
        torch = importlib.import_module("torch")
        from twinlens.judges import generation, image_features, static_cache

        try:
            with torch.inference_mode():
                return work(generation.Session(loaded, self.batch if loaded.compiles else 0))
        except RuntimeError as error:
            if loaded.compiles and isinstance(error, torch._dynamo.exc.TorchDynamoException):
                loaded.model.generation_config.disable_compile = True  # as where there is no C compiler
                return self._on_device(work)
            if not re.search("out of memory|can't allocate memory", str(error), re.IGNORECASE):
                raise
        image_features.encoded.cache_clear()
        generation.prefix_cache.cache_clear()
        static_cache.clear()
        if loaded.device.type == "cuda":
            torch.cuda.empty_cache()
        return None

    def _outcomes(self, session: Session, questions: Sequence[Question]) -> list[Outcome]:
        """Verdicts, all of them decided here or all on choices that are settled."""
        decides = questions[0][1] is None
        judge = replace(self, reasons=False) if decides else self
        prompts = [judge.prompt_for(*question) for question in questions]
        start = time.perf_counter()
        if decides:
            made = self._decided(session, questions, prompts)
        else:
            made = session.completions(prompts, BEGUN, self.max_tokens, ENDED)
        seconds = (time.perf_counter() - start) / len(questions)
        rows = zip(questions, prompts, made, strict=True)
        return [self._verdict(*question[:2], prompt, _timed(one, seconds)) for question, prompt, one in rows]

    def _decided(
        self, session: Session, questions: Sequence[Question], prompts: Sequence[VisionPrompt]
    ) -> list[Completion]:
        """The letters' probabilities, with reasons for the choice they favour; none for a tie."""
        made = session.answers(prompts)
        choices = [_choice(one.p_first) for one in made]
        sided = [at for at, choice in enumerate(choices) if self.reasons and choice != "tie"]
        explained = [self.prompt_for(questions[at][0], "a" if choices[at] == "a" else "b") for at in sided]
        written = session.completions(explained, BEGUN, self.max_tokens, ENDED)
        for at, one in zip(sided, written, strict=True):
            made[at] = replace(one, p_first=made[at].p_first)
        return made

    def _verdict(
        self, pair: Pair, settled: Side | None, prompt: VisionPrompt, completion: Completion
    ) -> Outcome:
        """What the answer and the text that the model gave come to; its reasons, if any, come first."""
        calls, choice = completion.calls, settled or _choice(completion.p_first)
        if not settled and completion.p_first != completion.p_first:
            return Failure("broken", NO_NUMBER, "", catalog.spec(self), pair.id, calls)
        reasons = f"{BEGUN}{completion.text.strip()}\n{ENDED}\n" if calls[0].answer_tokens else ""
        text = f"{reasons}<answer>{ANSWERS[choice]}</answer>"
        made = verdict(self, pair, prompt, replace(completion, text=text), settled)
        if isinstance(made, Failure) or settled:
            return made
        notes = {NO_CLAIM: reasons and not made.claims, CUT: completion.truncated}
        return replace(made, notes=(*made.notes, *(note for note, holds in notes.items() if holds)))

    def _too_large(self, pair: Pair) -> Failure:
        detail = f"the device has too little memory for one pair of {self.max_pixels:,} pixels an image"
        hint = "lower max_pixels or crops, or set four_bit=True"
        return Failure("broken", f"{detail}; {hint}", "", catalog.spec(self), pair.id)


def _vllm() -> Any:
    """The engine's file, imported only where it is wanted."""
    return importlib.import_module("twinlens.judges.vllm_engine")


def _choice(p_first: float | None) -> Choice:
    return "tie" if p_first is None else "a" if p_first > 0.5 else "b" if p_first < 0.5 else "tie"


def _timed(completion: Completion, seconds: float) -> Completion:
    return replace(completion, calls=(replace(completion.calls[0], seconds=seconds),))
