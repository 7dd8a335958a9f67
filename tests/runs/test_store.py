"""A run folder as others read it: typed rows of both versions, whole lines only, never a guess."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from made_runs import claim, failure, verdict, write_run
from twinlens.core.errors import BadInput
from twinlens.core.run_records import FailureRow, RatingRecord, VerdictRow
from twinlens.core.types import Call
from twinlens.runs.store import RunFolder

OVERALL = claim("A is better overall.", region="global", aspect="quality")


def of_version_1(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"schema": row["schema"].replace("/2", "/1")}


def test_a_run_is_read_as_typed_rows_with_their_lines(tmp_path: Path) -> None:
    folder = RunFolder(write_run(tmp_path / "run", [verdict("x"), failure("y", "timeout")], "measured"))
    (where, first), (_, second) = folder.rows()
    assert where == f"{tmp_path / 'run' / 'rows.jsonl'}:1"
    assert isinstance(first, VerdictRow)
    assert (first.choice, first.p_a, first.claims[0].evidence[0].metric) == ("a", 0.8, "edge_width")
    assert isinstance(second, FailureRow)
    assert (second.failure, second.kind) == ("timeout", "other")
    assert folder.run.judge.spec == "measured"
    assert folder.notes == []


def test_rows_of_version_1_are_read_and_their_overall_claims_are_opinions(tmp_path: Path) -> None:
    rows = [verdict("x", claims=[claim("The face is sharper."), OVERALL]), failure("y")]
    folder = RunFolder(write_run(tmp_path / "run", map(of_version_1, rows)))
    read = [row for _, row in folder.rows()]
    assert [found.grounding for found in read[0].claims] == ["supported", "opinion"]  # type: ignore[union-attr]
    assert isinstance(read[0], VerdictRow)
    assert isinstance(read[1], FailureRow)


def test_rows_of_two_versions_are_refused_with_the_line(tmp_path: Path) -> None:
    folder = RunFolder(write_run(tmp_path / "run", [of_version_1(verdict("x")), verdict("y")]))
    with pytest.raises(BadInput, match=r"rows\.jsonl:2: found a row of another version"):
        list(folder.rows())


def test_a_last_line_cut_short_is_left_out_and_noted_once(tmp_path: Path) -> None:
    made = write_run(tmp_path / "run", [verdict("x")])
    with (made / "rows.jsonl").open("a") as stream:
        stream.write(json.dumps(verdict("é", rationale="…"), ensure_ascii=False)[:90])
    folder = RunFolder(made)
    for _ in range(2):
        assert [row.id for _, row in folder.rows()] == ["x"]
    assert folder.notes == ["The last line of rows.jsonl is cut short and left out; the run has not ended."]


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"choice": "both"}, "Invalid enum value 'both' - at `\\$.choice`"),
        ({"p_a": 1.5}, "Expected `float` <= 1"),
        ({"schema": "other/1"}, "Invalid (enum )?value 'other/1'"),
        ({"id": None}, "Expected `str`, got `null`"),
        ({"columns": [1]}, "Expected `object`, got `array`"),
        ({"claims": [claim(region="nose")]}, "Invalid enum value 'nose'"),
    ],
)
def test_what_is_no_row_is_named_with_its_line(tmp_path: Path, row: dict[str, Any], found: str) -> None:
    folder = RunFolder(write_run(tmp_path / "run", [verdict("x"), verdict("y") | row]))
    with pytest.raises(BadInput, match=rf"rows\.jsonl:2: {found}"):
        list(folder.rows())


@pytest.mark.parametrize("line", ["oops", '{"schema": "twin', "[" * 100_000])
def test_a_line_in_the_middle_that_is_no_json_is_named(tmp_path: Path, line: str) -> None:
    made = write_run(tmp_path / "run", [verdict("x")])
    file = made / "rows.jsonl"
    file.write_text(f"\n{line}\n{file.read_text('utf-8')}", "utf-8")
    with pytest.raises(BadInput, match=r"rows\.jsonl:2: .*expected a row of a run a line"):
        list(RunFolder(made).rows())


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("{", "truncated"),
        ("[]", "Expected `object`"),
        (None, "run.json cannot be read: No such file"),
        ('{"schema": "twinlens.run/3", "judge": {"spec": "x"}}', "Invalid value 'twinlens.run/3'"),
    ],
)
def test_a_folder_that_is_no_run_is_refused(tmp_path: Path, content: str | None, found: str) -> None:
    if content is not None:
        (tmp_path / "run.json").write_text(content, "utf-8")
    with pytest.raises(BadInput, match=found):
        _ = RunFolder(tmp_path).run
    with pytest.raises(BadInput, match=r"rows\.jsonl.*cannot be read"):
        list(RunFolder(tmp_path).rows())


def test_calls_to_models_are_read_from_the_times_whatever_is_cut_short(tmp_path: Path) -> None:
    call = {"model": "m", "seconds": None, "images": [], "prompt_tokens": 9, "answer_tokens": None,
            "outcome": "late", "order": "ab"}  # fmt: skip
    lines = [
        {"id": "x", "seconds": 1.0, "cached": False, "calls": [call]},
        {"id": "y", "seconds": 0, "cached": True},
    ]
    text = "".join(json.dumps(one) + "\n" for one in lines)
    (tmp_path / "times.jsonl").write_text(text + text[:40], "utf-8")
    assert [(call.model, call.prompt_tokens, call.outcome) for call in RunFolder(tmp_path).calls()] == [
        ("m", 9, "late")
    ]
    assert list(RunFolder(tmp_path / "none").calls()) == []


def test_ratings_are_appended_after_what_was_cut_short(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    assert list(folder.ratings()) == []
    call = Call("m", 1.5, (), 9, 1, "ok")
    ratings = [
        RatingRecord(key="1", id="x", rating=9, calls=(call,)),
        RatingRecord(key="2", id="y", rating=3),
    ]
    folder.add_rating(ratings[0])
    with (tmp_path / "ratings.jsonl").open("ab") as stream:
        stream.write(b'{"key": "3", "id')
    folder.add_rating(ratings[1])
    assert list(folder.ratings()) == ratings
