"""The rewards of `scoring.rewards` as TRL and ms-swift call them, on rows of `data convert --form grpo`.

Each takes a batch of completions, texts or lists of messages, and the column `solution`: an expert's text, or
the answer. Its numbers are from 0 to 1, None where it does not apply. Those that look at the pixels or at
the other order of the photos are in `twinlens train grpo` only.
"""

from collections.abc import Callable, Sequence
from typing import Any

from twinlens.language.answer import last_answer
from twinlens.scoring.rewards import REWARDS as OF_TEXTS
from twinlens.scoring.rewards import Known

Completion = str | Sequence[dict[str, Any]]
Reward = Callable[..., list[float | None]]


def _batched(name: str) -> Reward:
    """The reward of a name, of a batch."""
    reward = OF_TEXTS[name]

    def rewards(completions: Sequence[Completion], solution: Sequence[str], **_: Any) -> list[float | None]:
        return [reward(_text(one), _known(expert)) for one, expert in zip(completions, solution, strict=True)]

    rewards.__name__ = name
    return rewards


def _text(completion: Completion) -> str:
    return completion if isinstance(completion, str) else str(completion[-1]["content"])


def _known(solution: str) -> Known:
    answer = last_answer(solution)
    return Known(None if answer == "same" else answer, solution)


REWARDS = {name: _batched(name) for name in ("answer", "format", "claims", "consistency")}
answer, format, claims, consistency = REWARDS.values()
