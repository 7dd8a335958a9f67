"""`twinlens train measured` as somebody runs it on pairs of their own, nothing faked."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, pictures: list[tuple[Path, Path]]) -> Path:
    """People who prefer the softer photo of each pair; one pair is a tie, one has no label, one no photo."""
    made = tmp_path_factory.mktemp("train")
    (made / "broken.png").write_bytes(b"no photo")
    rows = []
    for at, (sharp, soft) in enumerate(pictures):
        a, b = (sharp, soft) if at % 2 else (soft, sharp)
        label = {3: "tie", 4: ""}.get(at, "b" if at % 2 else "a")
        rows.append((f"p{at}", a, b if at != 5 else made / "broken.png", f"scene {at}", label))
    with (made / "pairs.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("id", "a", "b", "scene", "label"), *rows])
    return made


def twinlens(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "twinlens.cli", *arguments]
    environment = {**os.environ, "TWINLENS_CACHE": str(folder / "cache"), "NO_COLOR": "1", "COLUMNS": "110"}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment)


@pytest.fixture(scope="module")
def trained(folder: Path) -> subprocess.CompletedProcess[str]:
    return twinlens(folder, "train", "measured", "pairs.csv", "--out", "w.json")


def test_it_reports_what_was_left_out_and_what_was_gained(
    folder: Path, trained: subprocess.CompletedProcess[str]
) -> None:
    assert trained.returncode == 1
    assert trained.stderr.count("\n") == 1
    assert "pairs.csv:7: " in trained.stderr
    assert "broken.png" in trained.stderr
    for words in (
        "9 pairs of 9 scenes", "1 without a label, 1 that people call alike, 1 not measured", "new weights",
        "shipped weights", "(9 pairs)", "only 9 scenes", "--judge 'measured(",
    ):  # fmt: skip
        assert words in trained.stdout
    made = json.loads((folder / "w.json").read_text("utf-8"))
    assert made["schema"] == "twinlens.weights/1"
    assert made["made"]["left_out"] == {"unlabelled": 1, "ties": 1, "failed": 1}
    assert made["weights"]["sharpness"] < 2


def test_the_same_pairs_give_the_same_bytes_measured_again_or_not(
    folder: Path, trained: subprocess.CompletedProcess[str]
) -> None:
    known = (folder / "w.json").read_bytes()
    for more in ([], ["--no-cache"]):
        ran = twinlens(folder, "train", "measured", "pairs.csv", "--out", "w2.json", "--json", *more)
        assert (folder / "w2.json").read_bytes() == known
        assert json.loads(ran.stdout) == json.loads(known)


def test_the_judge_decides_by_the_new_weights(
    folder: Path, trained: subprocess.CompletedProcess[str], pictures: list[tuple[Path, Path]]
) -> None:
    sharp, soft = map(str, pictures[6])
    spec = 'measured(weights="w.json")'
    new, shipped = (
        json.loads(twinlens(folder, "compare", sharp, soft, "--json", *judge).stdout)
        for judge in (("--judge", spec), ("--judge", "measured"))
    )
    assert new["judge"] == spec
    assert new["p_a"] < shipped["p_a"]
    assert twinlens(folder, "run", "pairs.csv", "--judge", spec, "--out", "run").returncode == 1
    who = json.loads((folder / "run" / "run.json").read_text("utf-8"))["judge"]
    assert who["spec"] == spec
    assert who["version"].startswith("weights ")
    (folder / "w.json").write_text((folder / "w.json").read_text("utf-8") + "\n", "utf-8")
    again = twinlens(folder, "run", "pairs.csv", "--judge", spec, "--out", "run")
    assert again.returncode == 2
    assert "judge version" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("pairs.csv", "--out", "pairs.csv"), "found an input of this command"),
        (("pairs.csv", "--out", "gone/w.json"), "no such folder"),
        (("pairs.csv", "--out", "."), "found something else there"),
        (("gone.csv", "--out", "x.json"), "cannot be read"),
        (("pairs.csv", "--out", "x.json", "--by", "who"), "expected one of kind"),
        (("pairs.csv", "--out", "x.json", "--labels", "gone.csv"), "cannot be read"),
    ],
)
def test_wrong_use_is_one_line_before_anything_is_measured(
    folder: Path, arguments: tuple[str, ...], told: str
) -> None:
    known = (folder / "pairs.csv").read_bytes()
    ran = twinlens(folder, "train", "measured", *arguments)
    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (2, "", 1)
    assert told in ran.stderr
    assert (folder / "pairs.csv").read_bytes() == known
    assert not (folder / "x.json").exists()
