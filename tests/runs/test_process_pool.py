"""Several processes judge; results come in order, and processes that die are replaced."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from twinlens.core.errors import BadInput, BadSpec
from twinlens.runs.process_pool import Pool

Work = Callable[[int], str]


def slow_first() -> Work:
    def work(task: int) -> str:
        time.sleep(0.05 if task % 5 == 0 else 0)
        return f"{task} by {os.getpid()}"

    return work


def dies(marks: str, times: int) -> Work:
    """Task 3 ends its process so many times."""

    def work(task: int) -> str:
        died = len(list(Path(marks).iterdir()))
        if task == 3 and died < times:
            (Path(marks) / str(died)).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return str(task)

    return work


def misused() -> Work:
    raise BadSpec("no such model")


def stillborn() -> Work:
    os._exit(7)


def lost(task: object, why: str) -> str:
    return f"{task} lost: {why}"


def test_results_come_in_the_order_of_the_tasks_from_both_processes() -> None:
    found = list(Pool(slow_first, 2, lost).map(range(40)))
    assert [int(one.split()[0]) for one in found] == list(range(40))
    assert len({one.split()[2] for one in found}) == 2


def test_a_task_whose_process_was_killed_is_done_once_more(tmp_path: Path) -> None:
    found = list(Pool(partial(dies, str(tmp_path), 1), 2, lost).map(range(10)))
    assert found == [str(task) for task in range(10)]


def test_a_task_that_ends_its_process_twice_is_lost_and_the_others_are_not(tmp_path: Path) -> None:
    found = list(Pool(partial(dies, str(tmp_path), 2), 2, lost).map(range(10)))
    assert found[3] == "3 lost: the process that judged it ended with signal 9"
    assert [one for one in found if "lost" not in one] == [str(task) for task in range(10) if task != 3]


def test_wrong_use_in_a_process_stops_all_with_its_line() -> None:
    with pytest.raises(BadInput, match="no such model"):
        list(Pool(misused, 2, lost).map(range(4)))


def test_processes_that_cannot_start_stop_all() -> None:
    with pytest.raises(BadInput, match="ended with code 7 before it was ready"):
        list(Pool(stillborn, 2, lost).map(range(4)))


def test_no_process_is_left_where_the_results_are_not_wanted() -> None:
    pool = Pool(slow_first, 2, lost)
    results = pool.map(range(100))
    pids = {int(next(results).split()[2]) for _ in range(10)}
    results.close()  # type: ignore[attr-defined]
    assert pids
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def echo() -> Callable[[str], str]:
    return lambda task: task * 2


def test_large_tasks_and_results_do_not_wait_for_each_other() -> None:
    tasks = [str(number) * 2_000_000 for number in range(6)]
    assert list(Pool(echo, 2, lost).map(tasks)) == [task * 2 for task in tasks]
