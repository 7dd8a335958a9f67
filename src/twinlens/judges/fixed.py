"""A judge that says what it is told to say: the fake that tests use, and the known-bad judges."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from twinlens.core import catalog
from twinlens.core.types import Choice, Claim, Failure, FailureKind, Pair, Reading, Side, Verdict
from twinlens.language.parse import read
from twinlens.language.render import ANSWERS


@dataclass(frozen=True)
class Fixed:
    """Gives one answer, for tests: by default the photo shown first, whatever it shows.

    `choice` and `p_a` speak of the photos as shown. `by` tells what turns the answer round: nothing
    ("position"), the content of the photos ("content": the same photo wins in both orders) or the pair's id
    ("id"). `rationale` is the text said; `failure` fails instead; `delay` waits, in seconds.
    """

    choice: Choice = "a"
    p_a: float | None = None
    rationale: str = ""
    by: Literal["position", "content", "id"] = "position"
    failure: FailureKind | None = None
    delay: float = 0.0

    @property
    def symmetric(self) -> bool:
        """Whether the order in which photos are shown changes nothing, by construction."""
        return self.by == "content"

    def judge(self, pair: Pair) -> Verdict | Failure:
        """The verdict it was told to give."""
        time.sleep(self.delay)
        spec = catalog.spec(self)
        if self.failure is not None:
            return Failure(self.failure, "told to fail", self.rationale, spec, pair.id)
        p_a = {"a": 0.8, "b": 0.2, "tie": 0.5}[self.choice] if self.p_a is None else self.p_a
        choice = self.choice
        if self._turned(pair):
            p_a, choice = 1.0 - p_a, _other(choice)
        text = self.rationale or _text(choice)
        return Verdict(pair, spec, choice, p_a, _claims(text), text)

    def explain(self, pair: Pair, choice: Side, contradicted: Sequence[Claim] = ()) -> Verdict | Failure:
        """Reasons for a choice: those it was told to give, whatever they say, else ones that never looked."""
        time.sleep(self.delay)
        spec = catalog.spec(self)
        if self.failure is not None:
            return Failure(self.failure, "told to fail", self.rationale, spec, pair.id)
        text = self.rationale or _text(choice)
        return Verdict(pair, spec, choice, 1.0 if choice == "a" else 0.0, _claims(text), text)

    def _turned(self, pair: Pair) -> bool:
        if self.by == "content":
            return pair.a.sha256 > pair.b.sha256
        return self.by == "id" and hashlib.sha256(pair.id.encode()).digest()[0] % 2 == 1


def _claims(text: str) -> tuple[Claim, ...]:
    said = read(text)
    return said.claims if isinstance(said, Reading) else ()


def _other(choice: Choice) -> Choice:
    return "b" if choice == "a" else "a" if choice == "b" else "tie"


def _text(choice: Choice) -> str:
    """A rationale in the experts' form that never looked at a photo."""
    better, worse = (
        ("Image A (Left)", "Image B (Right)") if choice != "b" else ("Image B (Right)", "Image A (Left)")
    )
    line = f"Global Sharpness: {better} is sharper, while {worse} is blurry."
    if choice == "tie":
        line = "Global Sharpness: Both images are equally sharp."
    return f"<thinking>\n{line}\n</thinking>\n<answer>{ANSWERS[choice]}</answer>"
