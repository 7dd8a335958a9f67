"""Answers written elsewhere become a run like any judge's: read, grounded, counted."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from twinlens.core.errors import BadInput
from twinlens.core.run_records import FailureRow, Row, VerdictRow
from twinlens.core.types import Failure
from twinlens.readers import Rows, open_pairs
from twinlens.runs.answers import Answers, Said, missing, run_answers
from twinlens.runs.store import RunFolder

SHARPER = "<thinking>\nGlobal Sharpness: Image A is sharper, while Image B is blurry.\n</thinking>\n"
Pictures = list[tuple[Path, Path]]


@pytest.fixture
def rows(tmp_path: Path, pictures: Pictures) -> Rows:
    """Three pairs, x, y and z, whose a is the sharper one."""
    with open(tmp_path / "pairs.csv", "w", newline="") as stream:
        csv.writer(stream).writerows(
            [("id", "a", "b"), *((id, *pair) for id, pair in zip("xyz", pictures, strict=False))]
        )
    return open_pairs(tmp_path / "pairs.csv")


def ran(rows: Rows, said: dict[str, Said], out: Path, **options: object) -> dict[str, Row]:
    run_answers(rows, Answers("log", said), out, **options)  # type: ignore[arg-type]
    return {row.id: row for _, row in RunFolder(out).rows()}


def test_an_answer_is_read_and_its_claims_are_checked_against_the_pixels(rows: Rows, tmp_path: Path) -> None:
    said = {"x": f"{SHARPER}<answer>A</answer>", "y": f"{SHARPER}<answer>B</answer>", "z": "It is a tie."}
    made = ran(rows, said | {"z": "<answer>same</answer>"}, tmp_path / "run")
    assert all(isinstance(row, VerdictRow) for row in made.values())
    x, y, z = made.values()
    assert (x.choice, x.p_a, x.rationale) == ("a", 1.0, said["x"])
    assert [(claim.favours, claim.grounding) for claim in x.claims] == [("a", "supported")]
    assert (y.choice, y.p_a, y.self_contradicting) == ("b", 0.0, True)
    assert (z.choice, z.p_a) == ("tie", 0.5)


def test_only_the_order_that_was_shown_is_known(rows: Rows, tmp_path: Path) -> None:
    made = ran(rows, dict.fromkeys("xyz", "<answer>A</answer>"), tmp_path / "run")
    assert [list(row.orders) for row in made.values()] == [["ab"]] * 3
    assert [row.consistent for row in made.values()] == [None] * 3


def test_what_cannot_be_read_is_a_failure_with_the_text(rows: Rows, tmp_path: Path) -> None:
    said = {"x": SHARPER, "y": "I cannot compare these.", "z": Failure("timeout", "after 60 s", "Image")}
    made = ran(rows, said, tmp_path / "run")
    kinds = [(row.failure, row.raw) for row in made.values() if isinstance(row, FailureRow)]
    assert kinds == [("unreadable", SHARPER), ("refused", "I cannot compare these."), ("timeout", "Image")]
    assert made["x"].detail == "1 claims and no answer; expected <answer>A</answer> or <answer>B</answer>"


def test_a_pair_without_an_answer_is_a_counted_failure(rows: Rows, tmp_path: Path) -> None:
    answers = Answers("log", {"y": "<answer>A</answer>"})
    summary = run_answers(rows, answers, tmp_path / "run")
    assert (summary.rows, summary.failed) == (3, 2)
    assert missing(rows, answers) == "log: no answer to 'x', 'z': 2 of 3 pairs count as failed"
    assert missing(rows, Answers("log", dict.fromkeys("xyz", ""))) == ""


def test_an_answer_to_no_pair_is_refused_before_anything_is_written(rows: Rows, tmp_path: Path) -> None:
    many = {"x": "", **dict.fromkeys("vwXYZ", "")}
    for said, what in ((many, "answers to 'X', 'Y', 'Z' and 2 more, which .*pairs.csv"), ({}, "no answer")):
        with pytest.raises(BadInput, match=what):
            run_answers(rows, Answers("log", said), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_run_of_answers_goes_on_with_the_same_ones_only(rows: Rows, tmp_path: Path) -> None:
    said: dict[str, Said] = dict.fromkeys("xyz", "<answer>A</answer>")
    assert list(ran(rows, said, tmp_path / "run", limit=1)) == ["x"]
    assert list(ran(rows, said, tmp_path / "run")) == ["x", "y", "z"]
    with pytest.raises(BadInput, match="judge version: it has"):
        ran(rows, said | {"z": "<answer>B</answer>"}, tmp_path / "run")


def test_several_workers_write_the_same_rows(rows: Rows, tmp_path: Path) -> None:
    said: dict[str, Said] = dict.fromkeys("xyz", f"{SHARPER}<answer>A</answer>")
    ran(rows, said, tmp_path / "one")
    ran(rows, said, tmp_path / "two", workers=2)
    one, two = ((tmp_path / name / "rows.jsonl").read_bytes() for name in ("one", "two"))
    assert one == two


def test_the_run_names_the_file_and_who_wrote_it(rows: Rows, tmp_path: Path) -> None:
    run_answers(rows, Answers("log.eval", {"x": ""}, "openai/m"), tmp_path / "run", limit=1)
    assert RunFolder(tmp_path / "run").run.judge.spec == 'answers(file="log.eval", model="openai/m")'
