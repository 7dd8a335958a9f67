"""The picture of a ranking is well-formed SVG that holds every version, whatever its name."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from pathlib import Path

import pytest

from twinlens.core.score_records import RankingRecord
from twinlens.report.ranking_plot import MOST, ranking_plot
from twinlens.scoring.rank import RankRequest, rank_votes

SVG = "{http://www.w3.org/2000/svg}"
NAMES = ["<script>x</script>", "a & b", "plain", 'say "x"', "bell\a", "lone \udc80"]


def record_of(folder: Path, names: list[str]) -> RankingRecord:
    votes = folder / "votes.csv"
    rows = [f'{_quoted(one)},{_quoted(other)},a,"<b>"' for one, other in pairwise(names)]
    votes.write_text("\n".join(["a,b,winner,region", *rows]), "utf-8", "replace")
    return rank_votes(votes, "0", RankRequest(by=("region",)))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def test_names_are_text_and_never_markup(tmp_path: Path) -> None:
    root = ElementTree.fromstring(ranking_plot(record_of(tmp_path, NAMES)))
    words = [text.text for text in root.iter(f"{SVG}text")]
    assert "1. <script>x</script>" in words
    assert any(word and "bell\ufffd" in word for word in words)
    assert not list(root.iter(f"{SVG}script"))


def test_every_version_has_a_dot_within_its_interval_in_every_panel(tmp_path: Path) -> None:
    root = ElementTree.fromstring(ranking_plot(record_of(tmp_path, NAMES)))
    dots = list(root.iter(f"{SVG}circle"))
    whiskers = [one for one in root.iter(f"{SVG}line") if one.get("class") == "whisker"]
    assert len(dots) == len(whiskers) == 2 * len(NAMES)
    for dot, whisker in zip(dots, whiskers, strict=True):
        assert float(whisker.get("x1", "")) < float(dot.get("cx", "")) < float(whisker.get("x2", ""))


def test_of_very_many_versions_the_best_are_drawn_and_the_rest_counted(tmp_path: Path) -> None:
    text = ranking_plot(record_of(tmp_path, [f"v{at:03}" for at in range(MOST + 5)]))
    assert text.count("<circle") == 2 * MOST
    assert "and 5 more" in text


@pytest.mark.parametrize("names", [["x", "y"]])
def test_the_same_ranking_gives_the_same_text(tmp_path: Path, names: list[str]) -> None:
    assert ranking_plot(record_of(tmp_path, names)) == ranking_plot(record_of(tmp_path, names))
