"""The benchmark of `rank` times fits whose intervals hold the known strengths."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.speed.rank import drawn, timed


@pytest.mark.parametrize("scenes", [False, True])
def test_most_intervals_hold_the_strengths_that_outcomes_were_drawn_of(scenes: bool) -> None:
    made, true = drawn(20_000, 60, np.random.default_rng(0))
    seconds, inside = timed(made, true, "davidson", scenes)
    assert seconds > 0
    assert inside >= 0.85
