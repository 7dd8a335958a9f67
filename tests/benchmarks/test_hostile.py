"""The soak of hostile inputs: they are made again by their numbers, and what is wrong with one is seen."""

from __future__ import annotations

import random
from pathlib import Path

from benchmarks.hostile_inputs import KINDS, rewritten
from benchmarks.soak import hostile


def test_hostile_inputs_give_results_failures_and_refusals_only(tmp_path: Path) -> None:
    faults, lines = hostile.soak(tmp_path / "made", range(40), 1, 1, 10.0, tmp_path / "kept")
    assert faults == []
    assert "40 of 40 inputs, 0 faults" in lines[-1]
    assert {line.split(" | ")[0].strip("| ") for line in lines[2:-2]} <= {*KINDS}


def test_the_same_number_makes_the_same_input() -> None:
    made = [rewritten(b'{"id": "1"}\n{"id": "2"}\n', random.Random(f"1 {number}")) for number in (7, 7, 8)]
    assert made[0] == made[1] != made[2]


def test_a_traceback_is_a_fault() -> None:
    def broken() -> None:
        raise KeyError("a")

    assert hostile._outcome(broken) == ("fault", "KeyError: 'a'")
