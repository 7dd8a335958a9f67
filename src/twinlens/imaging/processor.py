"""How a comparison uses processor and memory: one thread a step, and memory retained for the next one."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import cv2
import numpy as np

from twinlens.imaging.silence import Shared

RETAINED = 8 << 20
"""Bytes of a block: more than a map of a small photo takes, and little beside a large one."""


@contextmanager
def _one_thread() -> Iterator[None]:
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


one_thread = Shared(_one_thread)
"""OpenCV in one thread: more take up to a third more processor time, and give little by the clock."""


@cache
def retain_memory() -> None:
    """Has glibc retain freed memory of the size of maps, which otherwise goes back and is zeroed anew.

    It retains what is no larger than the largest block freed so far (mallopt(3), M_MMAP_THRESHOLD): here one
    that nobody touched. Elsewhere nothing changes.
    """
    np.empty(RETAINED, np.uint8)
