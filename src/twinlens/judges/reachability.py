"""Servers that are not there: counted over all judges and threads of a process, so that a run can stop.

A judge that cannot connect gives a failure, as of one pair; that no answer came from the server meanwhile is
known here only.
"""

import threading
from collections import Counter

from twinlens.core.errors import ServerLost

MOST = 3
"""Tries to connect, none of which reached the server and between which none did, that make it lost."""
_tries: Counter[str] = Counter()
_lock = threading.Lock()


def answered(host: str) -> None:
    """Note that a server answered, whatever it said."""
    with _lock:
        _tries.pop(host, None)


def unconnected(host: str, tries: int) -> None:
    """Note that a question was given up after so many tries in vain to connect."""
    with _lock:
        _tries[host] += tries


def check() -> None:
    """ServerLost where a server is; called where a question failed."""
    with _lock:
        for host, tries in _tries.items():
            if tries >= MOST:
                raise ServerLost(f"no connection to {host}, tried {tries} times in a row")


def forget() -> None:
    """Begin anew: nothing is known of any server."""
    with _lock:
        _tries.clear()
