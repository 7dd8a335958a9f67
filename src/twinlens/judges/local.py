"""A multimodal LLM on this machine, by transformers: which photo it favours, how sure, and its reasons."""

from __future__ import annotations

import importlib
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from twinlens.core import catalog
from twinlens.core.types import Call, Choice, Claim, Failure, Pair, Side, Verdict
from twinlens.judges import checkpoint
from twinlens.judges.vlm import Completion, VisionLanguageJudge, VisionPrompt, verdict
from twinlens.language.render import ANSWERS

if TYPE_CHECKING:
    from twinlens.judges.generation import Output, Session

Outcome = Verdict | Failure
T = TypeVar("T")
BEGUN, ENDED = "<thinking>\n", "</thinking>"
NO_CLAIM = "the model's reasons hold no claim"
CUT = "the model's reasons end where the tokens allowed did"
NO_NUMBER = "the model gave no numbers for the answers A and B; expected a dtype it can be run in"
REDUCED = "the model saw fewer pixels than the images have; see the sizes"


@dataclass(frozen=True, eq=False)
class _Request:
    """A pair, the prompt about it, and the choice that reasons are written for where it is settled."""

    pair: Pair
    prompt: VisionPrompt
    choice: Side | None = None


Work = Callable[["Session", Sequence[_Request]], list[Outcome]]


@dataclass(frozen=True, kw_only=True)
class Local(VisionLanguageJudge):
    """An image-text-to-text model of transformers, in a folder or of the hub; deterministic.

    The choice is that of the letters' probabilities where the completion begins with `<answer>`, so `p_a`
    needs no word of text; the reasons are then written for the choice, greedily, `max_tokens` at most.
    Without `reasons` nothing is written. `adapter` is the folder of a LoRA adapter; `device` is auto, cpu,
    cuda or cuda:1, `dtype` auto, float32, bfloat16 or float16; `batch` is how many pairs go at once. Neither
    that nor the other pairs of a batch change an answer, beyond rounding.
    """

    adapter: str | None = None
    device: str = "auto"
    dtype: str = "auto"
    four_bit: bool = False
    max_tokens: int = 512
    batch: int = 8

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.max_tokens < 1 or self.batch < 1:
            found = f"max_tokens={self.max_tokens}, batch={self.batch}"
            raise ValueError(f"found {found}; expected 1 or more of each")

    @property
    def version(self) -> str:
        """What the answers depend on beside the spec: prompt, weights, packages and device."""
        weights = checkpoint.version(self.model, self.adapter, self.device, self.dtype)
        return f"{super().version}; {weights}"

    def judge(self, pair: Pair) -> Outcome:
        """The verdict on a pair."""
        return self.judge_many([pair])[0]

    def judge_many(self, pairs: Sequence[Pair]) -> list[Outcome]:
        """The verdicts on pairs, in their order; images that several show are encoded once."""
        bare = replace(self, reasons=False)
        return self._in_batches(pairs, lambda pair: _Request(pair, bare.prompt_for(pair)), self._decided)

    def explain(self, pair: Pair, choice: Side, contradicted: Sequence[Claim] = ()) -> Outcome:
        """The verdict with a settled choice and the model's reasons for it."""
        return self.explain_many([(pair, choice, contradicted)])[0]

    def explain_many(self, settled: Sequence[tuple[Pair, Side, Sequence[Claim]]]) -> list[Outcome]:
        """What `explain` says of each, in their order; images that several show are encoded once."""
        return self._in_batches(
            settled, lambda one: _Request(one[0], self.prompt_for(*one), one[1]), self._explained
        )

    def complete(self, pair: Pair, prompt: VisionPrompt) -> Completion | Failure:
        """What the model writes to a prompt, greedily; `pair` is only named in a failure."""
        start = time.perf_counter()
        outputs = self._on_device(lambda session: session.completions([prompt], "", self.max_tokens))
        if outputs is None:
            return self._too_large(pair)
        call = self._call(time.perf_counter() - start, outputs[0])
        return Completion(outputs[0].text, (call,), truncated=outputs[0].truncated)

    def _in_batches(self, items: Sequence[T], request: Callable[[T], _Request], work: Work) -> list[Outcome]:
        """The outcomes of items, `batch` of them at once."""
        parts = (items[at : at + self.batch] for at in range(0, len(items), self.batch))
        return [outcome for part in parts for outcome in self._fitted(list(map(request, part)), work)]

    def _fitted(self, requests: Sequence[_Request], work: Work) -> list[Outcome]:
        """Outcomes of pairs at once; of fewer at once where the device has too little memory."""
        outcomes = self._on_device(lambda session: work(session, requests))
        if outcomes is not None:
            return outcomes
        if len(requests) == 1:
            return [self._too_large(requests[0].pair)]
        half = len(requests) // 2
        return self._fitted(requests[:half], work) + self._fitted(requests[half:], work)

    def _on_device(self, work: Callable[[Session], T]) -> T | None:
        """Work with the model; None where the device has too little memory for it."""
        loaded = checkpoint.load(self.model, self.adapter, self.device, self.dtype, self.four_bit)
        torch = importlib.import_module("torch")
        from twinlens.judges import generation, kv_cache

        try:
            with torch.inference_mode():
                return work(generation.Session(loaded))
        except RuntimeError as error:
            if not generation.out_of_memory(error):
                raise
        loaded.cache.clear()
        kv_cache.prefix_cache.cache_clear()
        if loaded.device.type == "cuda":
            torch.cuda.empty_cache()
        return None

    def _explained(self, session: Session, requests: Sequence[_Request]) -> list[Outcome]:
        """Reasons for choices that are settled."""
        start = time.perf_counter()
        outputs = session.completions([one.prompt for one in requests], BEGUN, self.max_tokens, ENDED)
        seconds = (time.perf_counter() - start) / len(requests)
        outcomes = []
        for one, output in zip(requests, outputs, strict=True):
            text = _record(output, one.choice or "tie")
            completion = Completion(text, (self._call(seconds, output),), truncated=output.truncated)
            outcomes.append(verdict(self, one.pair, one.prompt, completion, one.choice))
        return outcomes

    def _decided(self, session: Session, requests: Sequence[_Request]) -> list[Outcome]:
        """The choices that the letters favour, and reasons for them."""
        start = time.perf_counter()
        outputs = session.answers([one.prompt for one in requests])
        if self.reasons:
            outputs = self._with_reasons(session, requests, outputs)
        seconds = (time.perf_counter() - start) / len(requests)
        return [self._verdict(seconds, *row) for row in zip(requests, outputs, strict=True)]

    def _with_reasons(
        self, session: Session, requests: Sequence[_Request], answers: list[Output]
    ) -> list[Output]:
        """The answers with reasons written for their choices; none where the model calls both alike."""
        choices = [_choice(answer.p_first) for answer in answers]
        sided = [at for at, choice in enumerate(choices) if choice != "tie"]
        prompts = [self.prompt_for(requests[at].pair, "a" if choices[at] == "a" else "b") for at in sided]
        written = session.completions(prompts, BEGUN, self.max_tokens, ENDED) if prompts else []
        outputs = list(answers)
        for at, output in zip(sided, written, strict=True):
            outputs[at] = replace(output, p_first=answers[at].p_first)
        return outputs

    def _verdict(self, seconds: float, request: _Request, output: Output) -> Outcome:
        call = self._call(seconds, output)
        if math.isnan(output.p_first):
            return Failure("broken", NO_NUMBER, "", catalog.spec(self), request.pair.id, (call,))
        text = _record(output, _choice(output.p_first))
        made = verdict(self, request.pair, request.prompt, Completion(text, (call,), output.p_first))
        if isinstance(made, Failure):
            return made
        empty = output.tokens and not made.claims
        notes = {NO_CLAIM: empty, CUT: output.truncated, REDUCED: output.reduced}
        return replace(made, notes=(*made.notes, *(note for note, holds in notes.items() if holds)))

    def _call(self, seconds: float, output: Output) -> Call:
        return Call(self.model, seconds, output.images, output.prompt_tokens, output.tokens)

    def _too_large(self, pair: Pair) -> Failure:
        detail = f"the device has too little memory for one pair of {self.max_pixels:,} pixels an image"
        hint = "lower max_pixels or crops, or set four_bit=True"
        return Failure("broken", f"{detail}; {hint}", "", catalog.spec(self), pair.id)


def _choice(p_first: float) -> Choice:
    return "a" if p_first > 0.5 else "b" if p_first < 0.5 else "tie"


def _record(output: Output, choice: Choice) -> str:
    """The text of a verdict: the model's reasons where it wrote any, then the answer they are for."""
    reasons = f"{BEGUN}{output.text.strip()}\n{ENDED}\n" if output.tokens else ""
    return f"{reasons}<answer>{ANSWERS[choice]}</answer>"
