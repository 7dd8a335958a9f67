"""What is no pair is shown to no judge, one or many; by force it is, and the verdict says so."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import twinlens
from tests.photographs import picture
from twinlens.cli import run as command
from twinlens.core.errors import BadInput
from twinlens.core.types import Failure, Pair, Verdict
from twinlens.readers import open_pairs
from twinlens.report.page import headline
from twinlens.runs.engine import run


@pytest.fixture
def photos(tmp_path: Path) -> dict[str, str]:
    made = {
        "photo": picture("coffee"), "other": picture("rocket"), "mirrored": picture("coffee")[:, ::-1],
        "turned": np.rot90(picture("coffee")), "pixel": picture("coffee")[:1, :1],
    }  # fmt: skip
    for name, pixels in made.items():
        Image.fromarray(np.ascontiguousarray(pixels)).save(tmp_path / f"{name}.png")
    return {name: str(tmp_path / f"{name}.png") for name in made}


@dataclass(frozen=True)
class Counting:
    """Shown pairs, and always for a."""

    shown: list[Pair]

    def judge(self, pair: Pair) -> Verdict:
        self.shown.append(pair)
        return Verdict(pair, "counting", "a", 0.75, (), "")


@pytest.mark.parametrize(
    ("name", "words"),
    [("other", "two different scenes"), ("mirrored", "B is A mirrored"), ("turned", "turned by 270°"),
     ("pixel", "B is 1x1; expected a shorter side of at least 32 pixels")],
)  # fmt: skip
def test_no_judge_is_shown_what_is_no_pair_but_by_force(
    photos: dict[str, str], name: str, words: str
) -> None:
    judge = Counting([])
    failure = twinlens.compare(photos["photo"], photos[name], judge)
    assert isinstance(failure, Failure)
    assert (failure.kind, judge.shown) == ("not-a-pair", [])
    assert words in failure.detail
    verdict = twinlens.compare(photos["photo"], photos[name], judge, force=True)
    assert isinstance(verdict, Verdict)
    assert words in verdict.forced
    assert verdict.notes[0] == f"Judged by force: {verdict.forced}."
    assert headline(verdict) == "Not a pair, judged by force: Photo A is better"


@pytest.mark.parametrize("name", ["mirrored", "turned"])
def test_by_force_b_is_brought_upright(photos: dict[str, str], name: str) -> None:
    for a, b in (("photo", name), (name, "photo")):
        verdict = twinlens.compare(photos[a], photos[b], force=True)
        assert isinstance(verdict, Verdict)
        assert np.array_equal(verdict.pair.a.pixels, verdict.pair.b.pixels)
        assert (verdict.choice, verdict.forced.endswith("B was brought upright")) == ("tie", True)


def test_force_changes_nothing_of_a_pair(pictures: list[tuple[Path, Path]]) -> None:
    plain, forced = (twinlens.compare(*pictures[0], force=force) for force in (False, True))
    assert isinstance(plain, Verdict)
    assert isinstance(forced, Verdict)
    assert (plain.p_a, plain.notes, forced.forced) == (forced.p_a, forced.notes, "")


def test_the_command_says_why_and_goes_on_by_force(
    photos: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(["compare", photos["photo"], photos["mirrored"], "--json"]) == 1
    failure = json.loads(capsys.readouterr().out)
    assert (failure["kind"], failure["detail"].partition(";")[0]) == ("not-a-pair", "B is A mirrored")
    assert command(["compare", photos["photo"], photos["mirrored"], "--force"]) == 0
    assert "Not a pair, judged by force" in capsys.readouterr().out
    assert command(["compare", photos["photo"], photos["other"], "--force", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["forced"] == "two different scenes"


def rows(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "rows.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_counts_it_as_failed_and_by_force_is_another_run(
    photos: dict[str, str], tmp_path: Path, workers: int
) -> None:
    table = tmp_path / "pairs.csv"
    with table.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "a", "b"])
        writer.writerows([name, photos["photo"], photos[name]] for name in ("other", "mirrored"))
    judge = "fixed(choice='b')"
    assert run(open_pairs(str(table)), judge, tmp_path / "run", workers=workers).failed == 2
    assert {row["failure"] for row in rows(tmp_path / "run")} == {"not-a-pair"}
    with pytest.raises(BadInput, match="settings force"):
        run(open_pairs(str(table)), judge, tmp_path / "run", force=True)
    assert run(open_pairs(str(table)), judge, tmp_path / "forced", workers=workers, force=True).failed == 0
    assert [row["forced"] for row in rows(tmp_path / "forced")] == [
        "two different scenes", "B is A mirrored; B was brought upright",
    ]  # fmt: skip
    assert json.loads((tmp_path / "forced" / "run.json").read_text("utf-8"))["settings"]["force"] is True
    again = run(open_pairs(str(table)), judge, tmp_path / "again", workers=workers)
    assert (again.failed, again.cached) == (2, 0)
