"""A judge from outside that misbehaves in the way that the pair's id says, and judges that cannot be made."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from dataclasses import dataclass, replace
from typing import Any

from twinlens.core.types import Claim, Evidence, Failure, Pair, Verdict


class _Mute(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


class _Shapeless:
    def __repr__(self) -> str:
        raise RuntimeError("no text")


def _interrupted() -> None:
    """What Ctrl-C does, caught by a judge that catches all."""
    with contextlib.suppress(BaseException):
        os.kill(os.getpid(), signal.SIGINT)


RAISES: dict[str, BaseException] = {
    "StopIteration": StopIteration(), "KeyboardInterrupt": KeyboardInterrupt(),
    "SystemExit: 0": SystemExit(0), "GeneratorExit": GeneratorExit(), "BaseException: x": BaseException("x"),
    "MemoryError": MemoryError(), f"ValueError: {200 * 'x'}": ValueError("x" * 1_000_000),
    "_Mute: (its message cannot be read)": _Mute(),
}  # fmt: skip
CLAIM = Claim("x", "face", "sharpness", "a")
CHANGES: dict[str, dict[str, Any]] = {
    "p_a = 'x'; expected a number": {"p_a": "x"}, "p_a = None; expected a number": {"p_a": None},
    "p_a = nan; expected a number": {"p_a": float("nan")}, "no text": {"p_a": _Shapeless()},
    "Invalid enum value 'c' - at `$.choice`": {"choice": "c"},
    "Invalid enum value 'nose' - at `$.claims[0].region`": {"claims": (replace(CLAIM, region="nose"),)},
    "Invalid enum value 'left' - at `$.claims[0].favours`": {"claims": (replace(CLAIM, favours="left"),)},
    "Invalid enum value 'zeal' - at `$.claims[0].aspect`": {"claims": (replace(CLAIM, aspect="zeal"),)},
    "Expected `array`, got `null` - at `$.claims`": {"claims": None},
    "another pair": {"pair": None}, "Expected `str`, got `int` - at `$.rationale`": {"rationale": 3},
    "AttributeError: 'str' object": {"claims": (CLAIM,), "evidence": ("x",)},
    "Expected `object`, got `str` - at `$.calls[0]`": {"calls": ("x",)},
    "1,001 claims; expected at most 1,000": {"claims": (CLAIM,) * 1001},
}  # fmt: skip
RESULTS: dict[str, Any] = {
    "the judge gave NoneType": None, "the judge gave tuple": ("a", 0.7),
    "Invalid enum value 'odd' - at `$.kind`": Failure("odd", "x"),  # type: ignore[arg-type]
    "Expected `str`, got `null` - at `$.detail`": Failure("broken", None),  # type: ignore[arg-type]
}  # fmt: skip
WAYS = (*RAISES, "SystemExit: 3", *CHANGES, *RESULTS)


@dataclass(frozen=True)
class Odd:
    """What the detail of the failure is to hold is the pair's id."""

    def judge(self, pair: Pair) -> Any:
        print("a judge may say what it likes")
        if pair.id == "fork":
            os.fork()
        if pair.id == "below Python":
            os.write(1, b"a judge may print what it likes\n")
        if pair.id == "SystemExit: 3":
            os._exit(3)
        if pair.id == "good":
            os.chdir("/")
        if pair.id == "Ctrl-C":
            _interrupted()
        if pair.id in RAISES:
            raise RAISES[pair.id]
        if pair.id in RESULTS:
            return RESULTS[pair.id]
        return replace(Verdict(pair, "odd", "a", 0.7, (), ""), **CHANGES.get(pair.id, {}))


@dataclass(frozen=True)
class Leaving:
    def __post_init__(self) -> None:
        sys.exit(0)


@dataclass(frozen=True)
class Wordless:
    """No judge."""


@dataclass(frozen=True)
class Versioned(Odd):
    @property
    def version(self) -> str:
        raise KeyboardInterrupt


@dataclass(frozen=True)
class Many(Odd):
    in_flight = "many"


@dataclass(frozen=True)
class Batchless(Odd):
    batch = 0


class Plain:
    """No dataclass, for Python only."""

    def judge(self, pair: Pair) -> Verdict:
        return Verdict(pair, "plain", "a", 0.7, (), "", evidence=tuple[Evidence]())
