"""A multimodal LLM on this machine, by transformers: which photo it favours, how sure, and its reasons."""

from __future__ import annotations

import importlib
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from twinlens.core import catalog
from twinlens.core.types import Call, Choice, Claim, Failure, Pair, Side, Verdict
from twinlens.judges import checkpoint
from twinlens.judges.generation import Favoured, Talk, Written, out_of_memory
from twinlens.judges.vlm import Asker, Question, Said, verdict
from twinlens.language.render import ANSWERS

Outcome = Verdict | Failure
T = TypeVar("T")
BEGUN, ENDED = "<thinking>\n", "</thinking>"
NO_CLAIM = "the model's reasons hold no claim"
CUT = "the model's reasons end where the tokens allowed did"
NO_NUMBER = "the model gave no numbers for the answers A and B; expected a dtype it can be run in"
REDUCED = "the model saw fewer pixels than the images have; see the sizes"


@dataclass(frozen=True, eq=False)
class _Asked:
    """A pair, what is asked of it, and the choice that reasons are asked for where it is settled."""

    pair: Pair
    question: Question
    choice: Side | None = None


Work = Callable[[Talk, Sequence[_Asked]], list[Outcome]]


@dataclass(frozen=True, kw_only=True)
class Local(Asker):
    """An image-text-to-text model of transformers, in a folder or of the hub; deterministic.

    The choice is that of the letters' probabilities where the model's turn begins with `<answer>`, so `p_a`
    needs no word of text; the reasons are then written for the choice, greedily, `max_tokens` at most.
    Without `reasons` nothing is written. `adapter` is the folder of a LoRA adapter; `device` is auto, cpu,
    cuda or cuda:1, `dtype` auto, float32, bfloat16 or float16; `batch` is how many pairs go at once. Neither
    that nor the company of other pairs changes an answer, beyond rounding.
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
        """The verdicts on pairs, in their order; images that several show are looked at once."""
        bare = replace(self, reasons=False)
        parts = ([_Asked(pair, bare.question(pair)) for pair in part] for part in self._parts(pairs))
        return [outcome for part in parts for outcome in self._fitted(part, self._decided)]

    def explain(self, pair: Pair, choice: Side, contradicted: Sequence[Claim] = ()) -> Outcome:
        """The verdict with a settled choice and the model's reasons for it."""
        return self.explain_many([(pair, choice, contradicted)])[0]

    def explain_many(self, settled: Sequence[tuple[Pair, Side, Sequence[Claim]]]) -> list[Outcome]:
        """What `explain` says of each, in their order; images that several show are looked at once."""
        parts = (
            [_Asked(pair, self.question(pair, choice, wrong), choice) for pair, choice, wrong in part]
            for part in self._parts(settled)
        )
        return [outcome for part in parts for outcome in self._fitted(part, self._explained)]

    def say(self, pair: Pair, question: Question) -> Said | Failure:
        """What the model says to a question, greedily; `pair` is only named in a failure."""
        start = time.perf_counter()
        done = self._on_device(lambda turns: turns.written([question], "", self.max_tokens)[0])
        if done is None:
            return self._too_large(pair)
        call = self._call(time.perf_counter() - start, done.images, done.read, done.tokens)
        return Said(done.text, (call,), cut=done.cut)

    def _parts(self, items: Sequence[T]) -> Iterator[Sequence[T]]:
        return (items[at : at + self.batch] for at in range(0, len(items), self.batch))

    def _fitted(self, asked: Sequence[_Asked], work: Work) -> list[Outcome]:
        """Outcomes of pairs at once; of fewer at once where the device has too little memory."""
        done = self._on_device(lambda turns: work(turns, asked))
        if done is not None:
            return done
        if len(asked) == 1:
            return [self._too_large(asked[0].pair)]
        half = len(asked) // 2
        return self._fitted(asked[:half], work) + self._fitted(asked[half:], work)

    def _on_device(self, work: Callable[[Talk], T]) -> T | None:
        """Work with the model; None where the device has too little memory for it."""
        loaded = checkpoint.load(self.model, self.adapter, self.device, self.dtype, self.four_bit)
        torch = importlib.import_module("torch")
        try:
            with torch.inference_mode():
                return work(Talk(loaded))
        except Exception as error:
            if not out_of_memory(error):
                raise
        loaded.kept.clear()
        if loaded.device.type == "cuda":
            torch.cuda.empty_cache()
        return None

    def _explained(self, turns: Talk, asked: Sequence[_Asked]) -> list[Outcome]:
        """Reasons for choices that are settled."""
        start = time.perf_counter()
        written = turns.written([one.question for one in asked], BEGUN, self.max_tokens, ENDED)
        seconds = (time.perf_counter() - start) / len(asked)
        outcomes = []
        for one, done in zip(asked, written, strict=True):
            call = self._call(seconds, done.images, done.read, done.tokens)
            said = Said(_record(done.text, one.choice or "tie"), (call,), cut=done.cut)
            outcomes.append(verdict(self, one.pair, one.question, said, one.choice))
        return outcomes

    def _decided(self, turns: Talk, asked: Sequence[_Asked]) -> list[Outcome]:
        """The choices that the letters favour, and reasons for them."""
        start = time.perf_counter()
        favoured = turns.favoured([one.question for one in asked])
        choices = [_choice(one.p_first) for one in favoured]
        written = self._reasons(turns, asked, choices) if self.reasons else [None] * len(asked)
        seconds = (time.perf_counter() - start) / len(asked)
        return [self._verdict(seconds, *row) for row in zip(asked, favoured, choices, written, strict=True)]

    def _reasons(self, turns: Talk, asked: Sequence[_Asked], choices: list[Choice]) -> list[Written | None]:
        """Reasons for choices; none where the model calls both alike."""
        questions = [
            self.question(one.pair, choice, before=one.question)
            for one, choice in zip(asked, choices, strict=True)
            if choice != "tie"
        ]
        written = iter(turns.written(questions, BEGUN, self.max_tokens, ENDED) if questions else ())
        return [None if choice == "tie" else next(written) for choice in choices]

    def _verdict(
        self, seconds: float, asked: _Asked, favoured: Favoured, choice: Choice, written: Written | None
    ) -> Outcome:
        pair = asked.pair
        if math.isnan(favoured.p_first):
            call = self._call(seconds, favoured.images, favoured.tokens, 0)
            return Failure("broken", NO_NUMBER, "", catalog.spec(self), pair.id, (call,))
        read, tokens = (written.read, written.tokens) if written else (favoured.tokens, 0)
        text = _record(written.text, choice) if written else f"<answer>{ANSWERS[choice]}</answer>"
        call = self._call(seconds, favoured.images, read, tokens)
        made = verdict(self, pair, asked.question, Said(text, (call,), favoured.p_first))
        if isinstance(made, Failure):
            return made
        told = {
            NO_CLAIM: written is not None and not made.claims,
            CUT: written is not None and written.cut,
            REDUCED: favoured.reduced,
        }
        return replace(made, notes=(*made.notes, *(note for note, holds in told.items() if holds)))

    def _call(self, seconds: float, images: tuple[tuple[int, int], ...], read: int, written: int) -> Call:
        return Call(self.model, seconds, images, read, written)

    def _too_large(self, pair: Pair) -> Failure:
        detail = f"the device has too little memory for one pair of {self.max_pixels:,} pixels an image"
        hint = "lower max_pixels or crops, or set four_bit=True"
        return Failure("broken", f"{detail}; {hint}", "", catalog.spec(self), pair.id)


def _choice(p_first: float) -> Choice:
    return "a" if p_first > 0.5 else "b" if p_first < 0.5 else "tie"


def _record(reasons: str, choice: Choice) -> str:
    """The text of a verdict: the model's reasons, then the answer they are for."""
    return f"{BEGUN}{reasons.strip()}\n{ENDED}\n<answer>{ANSWERS[choice]}</answer>"
