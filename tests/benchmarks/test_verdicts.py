"""Stored verdicts are compared with new ones: choice and probability, and each difference is printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.accuracy.verdicts import differences, main, read
from photographs import picture, spoiled


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("pairs")
    Image.fromarray(picture("chelsea")).save(folder / "a.png")
    Image.fromarray(spoiled("chelsea", "blur")).save(folder / "b.png")
    (folder / "pairs.csv").write_text("id,a,b\nsharp,a.png,b.png\nsame,a.png,a.png\n", "utf-8")
    return str(folder / "pairs.csv")


def test_what_was_stored_equals_what_is_judged_again(
    table: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "verdicts.jsonl"
    main(table, store=file, workers=1)
    assert [json.loads(line)["choice"] for line in file.read_text("utf-8").splitlines()] == ["a", "tie"]
    with pytest.raises(SystemExit) as same:
        main(table, against=file, workers=1)
    assert (same.value.code, capsys.readouterr().out) == (0, "2 pairs, 0 of them differ\n")
    with pytest.raises(SystemExit) as other:
        main(table, against=file, judge="fixed", workers=1)
    assert other.value.code == 1
    assert "sharp: stored ('a', " in capsys.readouterr().out


def test_choice_and_probability_and_missing_pairs_are_differences() -> None:
    known = {"1": ("a", 0.7), "2": ("a", 0.7), "3": ("b", 0.3), "4": (None, None), "5": ("a", 0.9)}
    new = {
        "1": ("a", 0.7 * (1 + 5e-7)),
        "2": ("a", 0.70001),
        "3": ("a", 0.3),
        "4": (None, None),
        "6": ("a", 1.0),
    }
    assert [line.split(":")[0] for line in differences(known, new)] == ["2", "3", "5", "6"]


def test_a_run_folder_can_be_what_is_compared_with(tmp_path: Path) -> None:
    rows = [{"id": 1, "choice": "a", "p_a": 0.8, "claims": []}, {"id": 2, "kind": "bad-photo"}]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    assert read(tmp_path) == {"1": ("a", 0.8), "2": (None, None)}
