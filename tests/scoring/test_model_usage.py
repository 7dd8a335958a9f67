"""What calls cost is summed, also of failed calls, and what nobody counted is counted apart."""

from __future__ import annotations

from twinlens.core.types import Call
from twinlens.scoring.model_usage import ModelUsage, usage_of

CALL = Call("m", 2.0, (), 900, 80, "ok")


def test_calls_failed_ones_and_tokens_are_summed() -> None:
    late = Call("m", None, (), None, None, "timeout")
    assert usage_of([CALL, CALL, late]) == ModelUsage(3, 1, 4.0, 1800, 160, 1)
    assert usage_of([]) == ModelUsage()
