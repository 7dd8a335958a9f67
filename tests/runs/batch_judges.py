"""Judges for tests, named as `path/file.py:Class`: some take many pairs at once, some are for threads."""

from __future__ import annotations

import itertools
import os
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from twinlens.core.types import Call, Claim, Failure, Pair, Verdict

FILE = Path(__file__)


@dataclass(frozen=True)
class Single:
    """Prefers the photo whose hash is lower, surer where it is shown first; one pair has an answer it lacks.

    `log` is a file with a line a call: how many pairs it was asked of.
    """

    bad: str = ""
    log: str = ""

    def judge(self, pair: Pair) -> Verdict | Failure:
        self._log(1)
        if pair.id == self.bad:
            raise ZeroDivisionError(pair.id)
        first = pair.a.sha256 < pair.b.sha256
        p_a = 0.9 if first else 0.2
        images = tuple((photo.width, photo.height) for photo in (pair.a, pair.b, *sum(pair.crops, ())))
        calls = (Call("mine", 0.5, images, 7, 3), Call("mine", 0.25, (), 5, None, "slow"))
        text = f"{pair.id} shows {len(images)} images"
        return Verdict(pair, "mine", "a" if first else "b", p_a, (), text, calls=calls)

    def _log(self, count: int) -> None:
        if self.log:
            with open(self.log, "a", encoding="utf-8") as stream:
                stream.write(f"{count}\n")


@dataclass(frozen=True)
class Many(Single):
    """The same, asked of several pairs at once; the bad pair breaks the call for all."""

    batch: int = 4

    def judge_many(self, pairs: Sequence[Pair]) -> list[Verdict | Failure]:
        if any(pair.id == self.bad for pair in pairs):
            raise RuntimeError("out of memory")
        self._log(len(pairs))
        return [Single(self.bad).judge(pair) for pair in pairs]


@dataclass(frozen=True)
class Deadly(Single):
    """The same, but one pair ends the process that judges it, so many times; they are counted in `marks`."""

    pair: str = ""
    marks: str = ""
    times: int = 1

    def judge(self, pair: Pair) -> Verdict | Failure:
        if pair.id == self.pair and (died := len(list(Path(self.marks).iterdir()))) < self.times:
            (Path(self.marks) / str(died)).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().judge(pair)


@dataclass(frozen=True)
class Server(Single):
    """The same, asked from threads; the first pairs are the slowest, the first calls are made `together`."""

    in_flight: int = 4
    together: int = 0
    delay: float = 0.0

    def judge(self, pair: Pair) -> Verdict | Failure:
        if self.together and next(_calls[self.together]) < self.together:
            _barrier(self.together).wait(20)
        time.sleep(self.delay / (1 + int(pair.id[-1])))
        return super().judge(pair)


@dataclass(frozen=True)
class Strict(Single):
    """The same, asked from threads; fails where it is asked of more than two pairs at once."""

    in_flight = 2

    def judge(self, pair: Pair) -> Verdict | Failure:
        if not _two.acquire(blocking=False):
            return Failure("refused", "too many at once")
        time.sleep(0.02)
        _two.release()
        said = super().judge(pair)
        assert isinstance(said, Verdict)
        return replace(said, claims=(Claim("", "global", "sharpness", "a"),))


_two = threading.Semaphore(2)
_calls: defaultdict[int, Iterator[int]] = defaultdict(itertools.count)
_barriers: dict[int, threading.Barrier] = {}
_lock = threading.Lock()


def _barrier(count: int) -> threading.Barrier:
    with _lock:
        return _barriers.setdefault(count, threading.Barrier(count))
