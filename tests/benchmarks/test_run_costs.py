"""What a run costs beside judging is measured on rows as large as real ones; tables follow from it."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from PIL import Image, ImageFilter
from skimage import data

from benchmarks import row_costs as costs
from benchmarks.row_costs import RowCosts
from benchmarks.speed import cluster, workers
from benchmarks.speed.compare import Cost


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    photo = Image.fromarray(data.astronaut()).resize((192, 192))
    made = tmp_path / "a.png", tmp_path / "b.png"
    photo.save(made[0])
    photo.filter(ImageFilter.GaussianBlur(2)).save(made[1])
    return str(made[0]), str(made[1])


def test_rows_of_a_stored_verdict_cost_the_main_process_something(
    files: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(costs, "TABLE", 500)
    monkeypatch.setattr(costs, "SOME", 2)
    row = costs.row_costs(*files, 12)
    assert 0 < row.reading < row.seconds < 0.1
    assert row.stored > 1500, "a row holds claims with their evidence"


def test_a_judge_of_one_verdict_says_it_of_each_pair(files: tuple[str, str], tmp_path: Path) -> None:
    spec = costs.written(tmp_path, *files)
    assert spec.endswith(f"repeated_verdict.py:Repeated(file={str(tmp_path / 'verdict')!r})")
    assert pickle.loads((tmp_path / "verdict").read_bytes()).claims


def test_so_many_cores_are_as_quick_as_the_serial_part_lets_them_be() -> None:
    rows = workers.on_paper(RowCosts(0.0001, 0.0004, 700.0, 3000.0), 0.05)
    assert rows[2][1] == "1.00 %"
    assert {name: value for name, value, _ in rows}["on paper: 64 cores"] == "39.3 ×"


def test_ten_million_pairs_take_as_long_as_the_judging_or_the_main_process() -> None:
    pairs = [Cost((seconds, seconds), (0.1, 0.1), 10**8) for seconds in (0.036, 0.36, 3.6)]
    lines = cluster.on_paper(pairs, [10**5, 10**6, 10**7], RowCosts(0.0001, 0.00026, 1000.0, 3000.0))
    assert "| core hours | 100 | 1,000 | 10,000 |" in lines
    assert "| on 1,000 cores | 1.0 h | 1.0 h | 10.0 h |" in lines
    assert "| photos to read | 1.0 TB | 10.0 TB | 100.0 TB |" in lines
