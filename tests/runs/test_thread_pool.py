"""Tasks done by threads come back in order, and what one of them raises ends them in order."""

from __future__ import annotations

import threading
import time

import pytest

from twinlens.runs.thread_pool import in_threads


def test_results_come_in_the_order_of_the_tasks_whatever_takes_longest() -> None:
    def work(task: int) -> int:
        time.sleep(0.01 * (5 - task % 5))
        return task * task

    assert list(in_threads(work, range(23), 4)) == [task * task for task in range(23)]


def test_what_is_raised_comes_after_the_results_before_it_and_what_was_begun_is_finished() -> None:
    begun, finished = set[int](), set[int]()
    together = threading.Barrier(4)

    def work(task: int) -> int:
        begun.add(task)
        together.wait(20)
        if task == 2:
            raise ZeroDivisionError
        time.sleep(0.05 * (1 + task))
        finished.add(task)
        return task

    results = in_threads(work, range(400), 4)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ZeroDivisionError):
        next(results)
    assert begun == {0, 1, 2, 3}
    assert finished == {0, 1, 3}


def test_of_two_errors_the_first_in_order_is_raised() -> None:
    together = threading.Barrier(2)

    def work(task: int) -> int:
        together.wait(20)
        time.sleep(0.05 * (1 - task))
        raise ValueError(task)

    with pytest.raises(ValueError, match="0"):
        list(in_threads(work, range(9), 2))
