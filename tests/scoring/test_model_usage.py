"""What calls cost is summed, also of failed calls, and what nobody counted is counted apart."""

from __future__ import annotations

import json
from pathlib import Path

from twinlens.scoring.model_usage import ModelUsage, calls_of, usage_of

CALL = {"outcome": "ok", "seconds": 2.0, "prompt_tokens": 900, "answer_tokens": 80}


def test_calls_failed_ones_and_tokens_are_summed() -> None:
    late = {"outcome": "timeout", "seconds": None, "prompt_tokens": None, "answer_tokens": None}
    assert usage_of([CALL, CALL, late]) == ModelUsage(3, 1, 4.0, 1800, 160, 1)
    assert usage_of([]) == ModelUsage()


def test_calls_of_a_run_are_those_of_all_its_lines_but_one_cut_short(tmp_path: Path) -> None:
    assert list(calls_of(tmp_path)) == []
    lines = [{"id": "p", "calls": [CALL, CALL]}, {"id": "q", "cached": True}, {"id": "r", "calls": [CALL]}]
    text = "".join(json.dumps(one) + "\n" for one in lines) + '{"id": "s", "calls": [{"outc'
    (tmp_path / "times.jsonl").write_text(text, "utf-8")
    assert list(calls_of(tmp_path)) == [CALL] * 3
