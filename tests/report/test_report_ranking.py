"""Three or more versions stand in order on the page of their run, as `twinlens rank` puts them."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from test_run_page import words

from made_runs import Row, verdict, write_run
from twinlens.report.ranking import order
from twinlens.report.run import run_page
from twinlens.runs.store import RunFolder
from twinlens.scoring.rank import rank_run


def played(scenes: int, wins: dict[tuple[str, str], int]) -> list[Row]:
    """Of each two versions the first wins so many of the scenes."""
    return [
        verdict(
            f"s{at}:{a}:{b}",
            "a" if at < many else "b",
            scene=f"s{at}",
            columns={"version_a": a, "version_b": b},
        )
        for (a, b), many in wins.items()
        for at in range(scenes)
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_run(tmp_path / "run", played(30, {("old", "mid"): 6, ("old", "new"): 3, ("mid", "new"): 4}))


def test_versions_are_in_order_with_intervals_and_steps(folder: Path) -> None:
    told = words(run_page(RunFolder(folder), folder / "report.html"))
    assert "new wins 88 % of its 60 pairs" in told
    assert told.index("new wins 88 %") < told.index("mid wins 47 %") < told.index("old wins 15 %")
    assert "Versions in order: how often one wins against an average one, %" in told
    assert "new wins against mid with a probability of" in told
    assert "1. new +" in told


def test_the_order_is_that_of_the_ranking(folder: Path) -> None:
    found, record = order(RunFolder(folder), 3), rank_run(RunFolder(folder), "0")
    (name, made) = found.win_probabilities[0]
    best = record.versions[0]
    assert name == best.version == "new"
    assert [getattr(made, end) for end in ("value", "low", "high")] == [
        pytest.approx(1 / (1 + math.exp(-getattr(best, end)))) for end in ("strength", "low", "high")
    ]
    assert sorted(["old", "mid", "new"], key=found.rank) == ["new", "mid", "old"]


def test_leaders_that_cannot_be_distinguished_are_named_together(tmp_path: Path) -> None:
    rows = played(30, {("old", "mid"): 3, ("old", "new"): 3, ("mid", "new"): 15})
    folder = write_run(tmp_path / "run", rows)
    told = words(run_page(RunFolder(folder), folder / "report.html"))
    assert "mid and new cannot be told apart" in told
    assert "The win rate" not in told


def test_two_versions_have_no_order_and_those_that_never_met_say_why(tmp_path: Path) -> None:
    two = write_run(tmp_path / "two", played(4, {("old", "new"): 1}))
    assert order(RunFolder(two), 2).versions == ()
    apart = write_run(tmp_path / "apart", played(4, {("old", "new"): 1, ("x", "y"): 1}))
    told = words(run_page(RunFolder(apart), apart / "report.html"))
    assert "The versions are in no order: found versions that were never compared" in told
    assert "Versions in order" not in told


def test_ties_count_half_and_are_part_of_a_step(tmp_path: Path) -> None:
    ties = [
        verdict(f"t{at}:{a}:{b}", "tie", scene=f"t{at}", columns={"version_a": a, "version_b": b})
        for at in range(10)
        for a, b in (("old", "mid"), ("old", "new"), ("mid", "new"))
    ]
    rows = [*played(30, {("old", "mid"): 6, ("old", "new"): 3, ("mid", "new"): 4}), *ties]
    folder = write_run(tmp_path / "run", rows)
    said = words(run_page(RunFolder(folder), folder / "report.html"))
    assert "a tie counts half" in said
    assert re.search(r"new wins against mid with a probability of \d+ %, ties with \d+ %\.", said)
    shares = [score.value for _, score in order(RunFolder(folder), 3).win_probabilities]
    assert shares[0] > 0.5 > shares[-1]


def test_very_many_versions_have_steps_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twinlens.scoring.rank.MOST_IN_MATRIX", 2)
    rows = played(30, {("old", "mid"): 6, ("old", "new"): 3, ("mid", "new"): 4})
    made = order(RunFolder(write_run(tmp_path / "run", rows)), 3)
    assert made.steps[0].startswith("new wins against mid with a probability of")
