"""What raters said of a run stands on its page, beside its control, and in each pair in their words."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from test_run_page import block, opened, table, words

from made_runs import CALL, Row, failure, rate, verdict, write_run
from twinlens.core.types import Call
from twinlens.report import ratings
from twinlens.report.run import run_page
from twinlens.runs.store import RunFolder

PLAIN = {"seconds": 1.0, "cached": False}


def text(side: str) -> str:
    better, worse = ("A (Left)", "B (Right)") if side == "a" else ("B (Right)", "A (Left)")
    return f"Global Sharpness: Image {better} is sharper, while Image {worse} is blurry."


@pytest.fixture
def rows() -> list[Row]:
    return [
        verdict(f"p{at}", "ab"[at % 2], label="ab"[at % 2], rationale=text("ab"[at % 2])) for at in range(12)
    ]


@pytest.fixture
def page(tmp_path: Path, rows: list[Row]) -> str:
    folder = write_run(tmp_path / "run", rows)
    odd = {"rating": None, "failure": "unreadable", "raw": "Nine of ten."}
    rate(folder, rows, p3=odd, p4={"rating": 4})
    return run_page(RunFolder(folder), folder / "report.html")


def test_the_rating_stands_with_interval_n_failures_and_its_control(page: str) -> None:
    told = words(page)
    assert "A model’s rating of the reasons 8.5 of 10" in told
    assert "95 % interval, 11 pairs 3.0 where A and B are exchanged in the reasons" in told
    assert 'chat(model="m") 8.5' in told
    assert "the same reasons, A and B exchanged 3.0" in told
    assert "1 ratings failed and are left out (1 unreadable)" in told
    assert 'Rated by chat(model="m"), prompt rater rating 0.838' in told


def test_each_pair_has_its_rating_and_the_raters_words(page: str) -> None:
    found = {row["id"]: row["rating"] for row in table(page)}
    assert (found["p0"], found["p3"], found["p4"]) == (9, -1, 4)
    said = {row["id"]: told["rated"] for row, told in zip(table(page), opened(page), strict=True)}
    assert said["p4"] == [['chat(model="m")', 4, 3, "Nearly all true.", None]]
    assert said["p3"] == [['chat(model="m")', None, 3, "Nine of ten.", "unreadable"]]


def test_a_rater_that_does_not_look_is_reported(tmp_path: Path, rows: list[Row]) -> None:
    folder = write_run(tmp_path / "run", rows)
    rate(folder, rows, **{row["id"]: {"rating": 3} for row in rows})
    assert "The rater has not shown that it looks" in words(
        run_page(RunFolder(folder), folder / "report.html")
    )


def test_ratings_of_texts_that_are_not_these_are_counted(tmp_path: Path, rows: list[Row]) -> None:
    folder = write_run(tmp_path / "run", rows)
    rate(folder, [row | {"rationale": text("a") + " Indeed."} for row in rows])
    told = words(run_page(RunFolder(folder), folder / "report.html"))
    assert "A model’s rating" not in told
    assert "ratings.jsonl holds 24 ratings of other texts" in told


def test_a_run_that_was_never_rated_has_no_place_for_ratings(tmp_path: Path, rows: list[Row]) -> None:
    folder = write_run(tmp_path / "run", rows)
    page = run_page(RunFolder(folder), folder / "report.html")
    assert "rating of the reasons 1 to 10" not in words(page)
    assert "called" not in words(page)
    assert re.search('<body class="run[^"]* unrated"', page)


def test_what_calls_cost_stands_in_a_line_of_the_judge_and_one_of_the_raters(
    tmp_path: Path, rows: list[Row]
) -> None:
    folder = write_run(tmp_path / "run", [*rows, failure("late", "timeout", label="a")])
    late = CALL | {"outcome": "timeout", "prompt_tokens": None, "answer_tokens": None}
    lines = [
        {"id": "p0", "calls": [CALL | {"order": "ab"}, CALL | {"order": "ba"}]},
        {"id": "late", "calls": [late | {"order": "ab"}]},
        {"id": "p1", "cached": True},
    ]
    (folder / "times.jsonl").write_text("".join(json.dumps(PLAIN | one) + "\n" for one in lines), "utf-8")
    rate(folder, rows)
    told = words(run_page(RunFolder(folder), folder / "report.html"))
    assert (
        "Models were called 3 times, 1 of them failed: 2,000 tokens sent, 100 written (1 call not counted); "
        "1.5 s a call." in told
    )
    assert "Raters were called 24 times: 24,000 tokens sent, 1,200 written; 1.5 s a call." in told


def test_words_of_a_rater_are_never_markup(tmp_path: Path, rows: list[Row]) -> None:
    folder = write_run(tmp_path / "run", rows)
    hostile = "</script><script>window.hacked=1</script>"
    rate(folder, rows, p0={"raw": hostile})
    page = run_page(RunFolder(folder), folder / "report.html")
    assert "<script>window" not in page
    assert "window.hacked" in block(page, "piece-rows-0")


def test_a_cost_says_what_nobody_counted() -> None:
    assert ratings.cost([Call("m", 2.0, (), None, None, "ok")]) == (
        "Models were called once: nobody counted the tokens; 2.0 s a call."
    )
    assert ratings.cost([]) == ""
