"""A judge that gives the answer it was made with: the fake that tests use, and the known-bad judges."""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from twinlens.core import catalog
from twinlens.core.types import Choice, Claim, Failure, FailureKind, Pair, Reading, Side, Verdict
from twinlens.language.parse import read
from twinlens.language.render import ANSWERS

SWAPPED: dict[Choice, Choice] = {"a": "b", "b": "a", "tie": "tie"}
REASONS: dict[Choice, str] = {
    "a": "Image A (Left) is sharper, while Image B (Right) is blurry.",
    "b": "Image B (Right) is sharper, while Image A (Left) is blurry.",
    "tie": "Both images are equally sharp.",
}


@dataclass(frozen=True)
class Fixed:
    """Gives one answer, for tests: by default the photo shown first, whatever it shows.

    `choice` and `p_a` speak of the photos as shown. `by` is what swaps the answer: nothing ("position"), the
    content of the photos ("content": the same photo wins in both orders) or the pair's id ("id").
    `rationale` is the text said; `failure` fails instead; `delay` waits, in seconds.
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
        """The verdict or failure it was made to give."""
        p_a = {"a": 0.8, "b": 0.2, "tie": 0.5}[self.choice] if self.p_a is None else self.p_a
        odd = hashlib.sha256(pair.id.encode()).digest()[0] % 2 == 1
        swaps = {"position": False, "content": pair.a.sha256 > pair.b.sha256, "id": odd}[self.by]
        return self._outcome(pair, *((SWAPPED[self.choice], 1.0 - p_a) if swaps else (self.choice, p_a)))

    def explain(self, pair: Pair, choice: Side, contradicted: Sequence[Claim] = ()) -> Verdict | Failure:
        """Reasons for a choice: those it was made with, whatever they say, else ones that never looked."""
        return self._outcome(pair, choice, 1.0 if choice == "a" else 0.0)

    def _outcome(self, pair: Pair, choice: Choice, p_a: float) -> Verdict | Failure:
        time.sleep(self.delay)
        spec = catalog.spec(self)
        if self.failure is not None:
            return Failure(self.failure, "made to fail", self.rationale, spec, pair.id)
        reasons = f"<thinking>\nGlobal Sharpness: {REASONS[choice]}\n</thinking>\n"
        text = self.rationale or f"{reasons}<answer>{ANSWERS[choice]}</answer>"
        reading = read(text)
        claims = reading.claims if isinstance(reading, Reading) else ()
        return Verdict(pair, spec, choice, p_a, claims, text)
