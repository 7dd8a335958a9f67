"""Scores read of each row what they need, store no text, and say the same as of whole rows."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from made_rows import Row, Run, claim, failure, text, verdict

from twinlens.core.errors import BadInput
from twinlens.scoring.claim_scores import claim_numbers
from twinlens.scoring.claim_sides import claim_sides
from twinlens.scoring.labels import Label, key
from twinlens.scoring.rows import ScoredVerdict, label_of, read_rows, scored_rows
from twinlens.scoring.text_scores import TextReader, read_again

ORDERS = {"ab": {"first": "a", "choice": "a"}, "ba": {"first": "b", "failure": "timeout"}}
CLAIMS = [claim("face", "noise", "a", "supported"), claim("global", "quality", "b", "opinion")]


def rows(version: int) -> list[Row]:
    """Rows of every kind."""
    made = [
        verdict("p1", label="b", claims=CLAIMS, rationale=text("a"), reference=text("b"), orders=ORDERS),
        verdict("p2", "tie", columns={"share": 0.8, "set": "x"}, scene="s", consistent=False),
        failure("p3", label="a", reference=text("a"), orders=ORDERS),
    ]
    return [row | {"schema": row["schema"].replace("2", str(version))} for row in made]


@pytest.mark.parametrize("version", [1, 2])
def test_of_a_row_its_numbers_are_those_of_the_whole_row(run: Run, version: int) -> None:
    folder, readers = run(rows(version)), (claim_numbers, claim_sides("region", ("face", "global"))[1])
    some = list(scored_rows(folder))
    assert [isinstance(row, ScoredVerdict) for _, row in some] == [version == 2, version == 2, False]
    for (where, row), (same, whole) in zip(some, folder.rows(), strict=True):
        assert where == same
        label = label_of(whole, None)
        assert label_of(row, None) == label
        for read in (*readers, TextReader(rationale=False).numbers):
            assert repr(read(row, label)) == repr(read(whole, label))


@pytest.mark.parametrize("wrong", [{"choice": "c"}, {"p_a": 2}, {"claims": [{"region": "nose"}]}])
def test_what_scores_need_is_still_checked_with_its_line(run: Run, wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=r"rows\.jsonl:2: .* expected a row of a run a line"):
        read_rows(run([verdict("p1"), verdict("p2") | wrong]))


def test_texts_of_any_length_are_not_stored(run: Run) -> None:
    long = "Face Noise: Image A (Left) is cleaner. " * 2000
    made = [verdict(f"p{at}", label="a", rationale=f"{at} {long}", reference=long) for at in range(60)]
    folder, reader = run(made), TextReader(rationale=False)
    tracemalloc.start()
    try:
        read_rows(folder, readers=[(("text",), reader.numbers)])
        assert tracemalloc.get_traced_memory()[1] < 20 * len(long)
    finally:
        tracemalloc.stop()
    assert list(reader.references) == list(range(60))


def test_chosen_texts_are_read_again_with_the_labels_of_a_file(run: Run) -> None:
    folder = run([verdict(f"p{at}", rationale=f"own {at}", reference=f"their {at}") for at in range(5)])
    assert [(one.row, one.own, one.text) for one in read_again(folder, None, [1, 4])] == [
        (1, "own 1", "their 1"),
        (4, "own 4", "their 4"),
    ]
    labels = {key("p3"): Label("b", text="a file's")}
    assert [(one.row, one.side, one.text) for one in read_again(folder, labels, [2, 3])] == [
        (3, "b", "a file's")
    ]
    assert list(read_again(folder, None, [])) == []
