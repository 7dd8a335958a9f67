"""Two runs on the same pairs are compared pair by pair."""

import numpy as np
import pytest
from made_rows import Row, Run, verdict

from twinlens.core.errors import BadInput
from twinlens.scoring.compare_runs import compare_runs
from twinlens.scoring.composite import parse_composite
from twinlens.scoring.rows import read_rows
from twinlens.scoring.score import ScoreRequest, score_run


def judged(right: np.ndarray) -> list[Row]:
    """Rows of 20 scenes whose label is a, judged right or wrong."""
    return [
        verdict(str(at), "a" if one else "b", label="a", scene=f"s{at % 20}") for at, one in enumerate(right)
    ]


def test_a_run_cannot_be_distinguished_from_itself(run: Run) -> None:
    table = read_rows(run(judged(np.arange(100) % 3 > 0)))
    found = compare_runs(table, table).scores["accuracy"]
    assert (found.value, found.low, found.high) == (0, 0, 0)
    assert found.words == "cannot be told apart"


def test_pairing_distinguishes_what_two_intervals_cannot(run: Run) -> None:
    rng = np.random.default_rng(0)
    hard = rng.random(300) < 0.4
    first, second = ~hard, ~hard | (rng.random(300) < 0.12)
    one, other = (
        score_run(run(judged(right), name), ScoreRequest(), "0")
        for right, name in ((first, "1"), (second, "2"))
    )
    mine, theirs = (scored.record.scores["accuracy"] for scored in (one, other))
    assert mine.high > theirs.low
    found = compare_runs(one.table, other.table).scores["accuracy"]
    assert found.words == "the second is higher"
    assert found.value == pytest.approx(theirs.value - mine.value)
    assert 0 < found.low < found.value < found.high
    assert compare_runs(other.table, one.table).scores["accuracy"].words == "the second is lower"


def test_a_small_difference_cannot_be_distinguished(run: Run) -> None:
    right = np.arange(100) % 3 > 0
    other = right.copy()
    other[:2] = ~other[:2]
    tables = [read_rows(run(judged(one), name)) for one, name in ((right, "1"), (other, "2"))]
    assert compare_runs(*tables).scores["accuracy"].words == "cannot be told apart"


def test_only_the_pairs_of_both_runs_are_compared_in_any_order(run: Run) -> None:
    rows = judged(np.arange(50) % 4 > 0)
    first, second = read_rows(run(rows[:40], "1")), read_rows(run(rows[10:][::-1], "2"))
    found = compare_runs(first, second, parse_composite("2*accuracy"))
    assert (found.pairs, found.only_first, found.only_second) == (30, 10, 10)
    assert found.same_labels
    assert found.scores["accuracy"].value == 0
    assert found.scores["composite"].value == 0


def test_runs_of_other_pairs_are_refused(run: Run) -> None:
    with pytest.raises(BadInput, match="no pair in common"):
        compare_runs(read_rows(run([verdict("1")], "1")), read_rows(run([verdict("2")], "2")))


def test_one_scene_is_too_few_to_say(run: Run) -> None:
    rows = [verdict(str(at), "a", label="a", scene="s") for at in range(5)]
    table = read_rows(run(rows))
    assert compare_runs(table, table).scores["accuracy"].words == "too few scenes to tell"


def test_other_labels_of_the_same_pairs_are_noticed(run: Run) -> None:
    first, second = (read_rows(run([verdict("1", label=label)], label)) for label in "ab")
    assert not compare_runs(first, second).same_labels
