"""A worker has one core, and where nothing is said each core has a worker."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest
from batch_judges import FILE

from twinlens.core import catalog
from twinlens.readers import open_pairs
from twinlens.runs import process_pool
from twinlens.runs.engine import run

Make = Callable[..., Path]
THREADS = '''
from dataclasses import dataclass
import os
import cv2
from twinlens.core.types import Verdict

@dataclass(frozen=True)
class Threads:
    """Says which process it is in and with how many threads OpenCV computes there."""

    def judge(self, pair):
        return Verdict(pair, "threads", "a", 0.9, (), f"{os.getpid()} {cv2.getNumThreads()}")
'''


@pytest.fixture
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_pool, "cores", lambda: 8)


def threads_of(folder: Path) -> list[list[str]]:
    rows = (folder / "rows.jsonl").read_text("utf-8").splitlines()
    return [json.loads(row)["orders"]["ab"]["rationale"].split() for row in rows]


@pytest.mark.parametrize("workers", [1, 2])
def test_each_worker_computes_on_one_core(table: Make, tmp_path: Path, workers: int) -> None:
    (tmp_path / "threads.py").write_text(THREADS, "utf-8")
    before = cv2.getNumThreads()
    run(open_pairs(table(6)), f"{tmp_path / 'threads.py'}:Threads", tmp_path / "run", workers=workers)
    assert {threads for _, threads in threads_of(tmp_path / "run")} == {"1"}
    assert len({process for process, _ in threads_of(tmp_path / "run")}) <= workers
    assert cv2.getNumThreads() == before


@pytest.mark.usefixtures("eight_cores")
def test_each_core_has_a_worker_where_there_are_rows_enough() -> None:
    measured = catalog.part("judges", "measured")
    assert [process_pool.usual_workers(measured, rows) for rows in (1, 16, 1000)] == [1, 2, 8]


@pytest.mark.usefixtures("eight_cores")
@pytest.mark.parametrize(("name", "threads"), [("Many", 8), ("Server", 1)])
def test_a_model_has_one_process_and_all_cores_and_a_server_is_waited_for_in_one(
    name: str, threads: int
) -> None:
    judge = catalog.part("judges", f"{FILE}:{name}")
    assert process_pool.usual_workers(judge, 1000) == 1
    assert process_pool.threads_each(judge, 1) == threads
    assert process_pool.threads_each(judge, 4) == max(1, threads // 4)
