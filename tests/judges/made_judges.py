"""Judges of tests, named by their path: explainers that write otherwise when asked again, and odd members."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from twinlens.core.types import Call, Claim, Failure, Pair, Reading, Side, Verdict
from twinlens.language.parse import read


@dataclass(frozen=True)
class Writing:
    """Explains with the text after the one whose contradicted claims are shown; after the last it fails."""

    texts: tuple[str, ...]

    def judge(self, pair: Pair) -> Verdict | Failure:
        return Failure("broken", "it only explains")

    def explain(self, pair: Pair, choice: Side, contradicted: Sequence[Claim] = ()) -> Verdict | Failure:
        wrong = {claim.text for claim in contradicted}
        shown = [number for number, text in enumerate(self.texts) if wrong <= set(text.splitlines())]
        at = shown[0] + 1 if wrong else 0
        call = Call("writer", 0.5, outcome=f"attempt {at + 1}")
        if at == len(self.texts):
            return Failure("timeout", "no answer in time", "half a wo", calls=(call,))
        text = self.texts[at]
        said = read(text)
        claims = said.claims if isinstance(said, Reading) else ()
        answer = said.answer if isinstance(said, Reading) and said.answer in ("a", "b") else choice
        return Verdict(pair, "writer", answer, 0.5, claims, text, calls=(call,))


@dataclass(frozen=True)
class WritingMany(Writing):
    """The same, asked of two pairs at once; `log` gets a line a call, with the ids of the pairs."""

    log: str = ""
    batch = 2

    def explain_many(
        self, settled: Sequence[tuple[Pair, Side, Sequence[Claim]]]
    ) -> Sequence[Verdict | Failure]:
        with open(self.log, "a", encoding="utf-8") as stream:
            stream.write(" ".join(pair.id for pair, _, _ in settled) + "\n")
        if any(pair.id == "bad" for pair, _, _ in settled):
            raise MemoryError("too many")
        return [self.explain(*one) for one in settled]


@dataclass(frozen=True)
class WritingTogether(Writing):
    """The same, from three threads: each answers only once all three are asked."""

    in_flight = 3

    def explain(self, pair: Pair, choice: Side, contradicted: Sequence[Claim] = ()) -> Verdict | Failure:
        _together.wait(20)
        return super().explain(pair, choice, contradicted)


_together = threading.Barrier(3)


@dataclass(frozen=True)
class Calling:
    """Chooses a, by a call to a model, and says that it can be asked by several threads."""

    text: str = "I choose A."
    in_flight = 4
    version = "v7"

    def judge(self, pair: Pair) -> Verdict | Failure:
        calls = (Call("m", 1.0),)
        return Verdict(pair, "calling", "a", 0.9, (), self.text, notes=("seen",), calls=calls, familiar=0.25)


@dataclass(frozen=True)
class Many:
    """Likes to be asked of three pairs at once; says how many there were."""

    batch = 3

    def judge(self, pair: Pair) -> Verdict | Failure:
        return self.judge_many([pair])[0]

    def judge_many(self, pairs: Sequence[Pair]) -> list[Verdict | Failure]:
        if any(pair.id == "bad" for pair in pairs):
            raise MemoryError("too many")
        note = f"of {len(pairs)}"
        return [Verdict(pair, "many", "b", 0.3, (), "", notes=(note,), familiar=0.75) for pair in pairs]


@dataclass(frozen=True)
class Breaking:
    """Breaks."""

    def judge(self, pair: Pair) -> Verdict | Failure:
        raise ZeroDivisionError("by nothing")


@dataclass(frozen=True)
class Wordless:
    """Gives no verdict and no failure."""

    def judge(self, pair: Pair) -> Verdict | Failure:
        return None  # type: ignore[return-value]
