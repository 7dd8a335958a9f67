"""`twinlens data restore`: restorations of real networks, labelled only where all measures agree."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.photographs import picture
from twinlens import cli
from twinlens.distortions.distortion import Pixels
from twinlens.readers import Rows, open_pairs
from twinlens.train.consensus import AGREED, MEASURES, margins


def test_a_margin_is_that_of_the_measure_that_agrees_least_and_none_where_they_contradict() -> None:
    scores = np.array([[3.0, 30.0], [2.0, 29.0], [1.0, 40.0]])
    deviations = scores.std(axis=0)
    made = margins(scores)
    assert made[0, 1] == pytest.approx(min(1 / deviations[0], 1 / deviations[1]))
    assert made[0, 2] == made[1, 2] == 0
    assert np.array_equal(made, -made.T)


def restore(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(["data", "restore", *map(str, arguments), "--workers", "1", "--size", "184"])
    return int(ended.value.code or 0)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("restore")
    (folder / "photographs").mkdir()
    Image.fromarray(picture("chelsea")[:279, :279]).save(folder / "photographs" / "cat.png")
    assert restore(folder / "photographs", "-o", folder / "made", "--pairs", "30") == 0
    return folder


def opened(path: str) -> Pixels:
    return np.asarray(Image.open(path))


def test_a_label_is_what_all_measures_say(made: Path) -> None:
    rows: Rows = open_pairs(made / "made" / "pairs.csv")
    labelled = [row for row in rows if row.label]
    assert 0 < len(labelled) < len(rows) <= 30
    assert {row.columns["label_from"] != "" for row in labelled} == {True}
    assert {row.columns["label_from"] for row in rows if not row.label} == {""}
    assert all((float(row.columns["agreement"]) > AGREED) == bool(row.label) for row in rows)
    assert any("waifu2x" in row.columns["version_a"] for row in rows)
    original = np.asarray(
        cv2.resize(picture("chelsea")[:279, :279], (184, 184), interpolation=cv2.INTER_AREA)
    )
    for row in labelled[:3]:
        a, b = (opened(side[0].path) for side in (row.a, row.b))
        assert a.shape == b.shape == original.shape
        assert all(
            (measure(a, original) > measure(b, original)) == (row.label == "a") for measure in MEASURES
        )


def test_a_photograph_too_small_for_the_measures_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "photographs").mkdir()
    Image.fromarray(picture("chelsea")[:100]).save(tmp_path / "photographs" / "cat.png")
    assert restore(tmp_path / "photographs", "-o", tmp_path / "made") == 1
    assert "'cat': 184 × 40 pixels; expected 176 on the short side" in capsys.readouterr().err
