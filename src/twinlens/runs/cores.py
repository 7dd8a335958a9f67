"""The cores of this machine and who computes on them: a worker has one; those that hold a model share all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

from twinlens.core.types import Batched
from twinlens.runs.row_groups import in_flight

LEAST_ROWS = 8
"""Rows that are worth the start of one more process."""


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def usual_workers(judge: Any, rows: int) -> int:
    """One for each core; one in all where the judge waits for a server, holds a model, or has few rows."""
    if in_flight(judge) > 1 or isinstance(judge, Batched):
        return 1
    return max(1, min(cores(), rows // LEAST_ROWS))


def threads_each(judge: Any, workers: int) -> int:
    """With how many threads each of the workers computes."""
    return max(1, cores() // workers) if isinstance(judge, Batched) else 1


@contextlib.contextmanager
def computing(threads: int) -> Iterator[None]:
    """OpenCV in this process computes with so many threads, and afterwards with as many as before."""
    import cv2

    before = cv2.getNumThreads()
    cv2.setNumThreads(threads)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
