"""What libraries warn of while they decode stays out of the terminal and never becomes an exception."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image

_lock = threading.Lock()
_inside = 0
_outside: tuple[warnings.catch_warnings[None], int | None] | None = None


@contextmanager
def quiet() -> Iterator[None]:
    """No warnings, and no size limit of Pillow's own: sizes are held against `Limits`.

    Both are states of the process, so the first thread that enters sets them and the last that leaves
    restores them; `warnings.catch_warnings` alone is not made for threads.
    """
    global _inside, _outside
    with _lock:
        if _inside == 0:
            caught = warnings.catch_warnings()
            caught.__enter__()
            warnings.simplefilter("ignore")
            _outside = caught, Image.MAX_IMAGE_PIXELS
            Image.MAX_IMAGE_PIXELS = None
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0 and _outside is not None:
                caught, Image.MAX_IMAGE_PIXELS = _outside
                caught.__exit__(None, None, None)
                _outside = None
