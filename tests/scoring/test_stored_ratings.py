"""What raters said is read from the run folder, as it was scored, and nothing is asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_raters import rater
from made_rows import Made, failure, verdict

from twinlens.core.errors import BadInput
from twinlens.core.score_records import ScoresRecord
from twinlens.runs.store import RunFolder
from twinlens.scoring.labels import key, read_labels
from twinlens.scoring.rater_scores import stored_ratings
from twinlens.scoring.score import ScoreRequest, score_run


def score(folder: Path, name: str = "Looking", labels: Path | None = None) -> ScoresRecord:
    return score_run(RunFolder(folder), ScoreRequest(labels, rater=rater(name)), "0").record


def test_stored_ratings_have_the_scores_and_notes_of_the_command_that_requested_them(made: Made) -> None:
    for name in ("Looking", "Blind", "Odd"):
        folder = made(more=[failure("x", label="a"), verdict("y", "a", label="a", rationale="")])
        record = score(folder, name)
        ((one,), unfit) = stored_ratings(RunFolder(folder))
        assert unfit == 0
        assert one.ratings.who.judge == rater(name)
        found = record.scores["rating"]
        assert (one.score.value, one.score.low, one.score.n, one.score.failed) == (
            found.value, found.low, found.n, found.failed,
        )  # fmt: skip
        assert one.control is not None
        assert one.control.value == record.controls["mirrored"]["rating"].value
        assert set(one.notes) <= set(record.notes)
        assert bool(one.notes) == (name != "Looking")
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()


def test_what_a_rater_said_of_a_row_is_there_with_its_words_and_cost(made: Made) -> None:
    folder = made()
    score(folder)
    score(folder, "Odd")
    ((one, odd), _) = stored_ratings(RunFolder(folder))
    assert (
        one.ratings.plain[key("0")].raw == "<think><rating>5</rating></think>It is True. <rating>9</rating>"
    )
    odd_plain = odd.ratings.plain
    assert one.ratings.mirrored[key("0")].rating == 2
    assert [call.outcome for call in one.calls] == ["ok"] * 24
    assert (odd_plain[key("0")].failure, odd_plain[key("3")].rating) == (
        "unreadable",
        10,
    )
    assert sorted(call.outcome for call in odd.calls) == ["late", "late", "ok", "ok"]


def test_a_text_that_was_never_rated_is_left_out_and_reported(made: Made) -> None:
    folder = made()
    score(folder)
    file = folder / "ratings.jsonl"
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    file.write_text("".join(json.dumps(one) + "\n" for one in lines if one["id"] != "3"), "utf-8")
    ((one,), _) = stored_ratings(RunFolder(folder))
    assert (one.score.n, one.score.failed, one.ratings.unrated) == (11, 1, 1)
    assert one.notes == ["1 text was never rated and left out; score again to have the rest rated."]


def test_ratings_of_other_texts_or_labels_are_counted_and_not_shown(made: Made, tmp_path: Path) -> None:
    folder = made()
    labels = tmp_path / "labels.csv"
    labels.write_text("id,label,reference\n" + "".join(f"{at},a,Mine.\n" for at in range(12)), "utf-8")
    score(folder, labels=labels)
    assert stored_ratings(RunFolder(folder)) == ([], 24)
    ((one,), unfit) = stored_ratings(RunFolder(folder), read_labels(labels))
    assert (one.score.n, unfit) == (12, 0)


def test_a_run_that_was_never_rated_has_none_and_a_broken_one_is_reported(made: Made) -> None:
    folder = made()
    assert stored_ratings(RunFolder(folder)) == ([], 0)
    score(folder)
    rows = (folder / "rows.jsonl").read_text("utf-8").replace('"sha256"', '"hash"')
    (folder / "rows.jsonl").write_text(rows, "utf-8")
    with pytest.raises(BadInput, match="expected a row of a run"):
        stored_ratings(RunFolder(folder))
