"""Templates filled in by a process of their own (`language.template_process`), within its bounds.

There is one such process, started when it is first needed; one that went beyond its bounds is replaced.
"""

from __future__ import annotations

import atexit
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

SECONDS = 3
"""Seconds of a processor that a template may take, about."""
LONGEST_WAIT = 60.0
"""Seconds of the clock."""
Kind = Literal["prompt", "chat"]
_lock = threading.Lock()
_process: subprocess.Popen[bytes] | None = None


class TemplateFailed(Exception):
    """A template that cannot be filled in: why, in one line. `syntax` says that it is no template."""

    def __init__(self, why: str, syntax: bool = False) -> None:
        self.syntax = syntax
        super().__init__(" ".join(why.split()))


@dataclass(frozen=True)
class Filled:
    """The names of the values that a template uses, its blocks, and the texts it gave."""

    used: frozenset[str]
    blocks: frozenset[str]
    texts: tuple[str, ...]


def fill(kind: Kind, text: str, calls: Sequence[tuple[str | None, Mapping[str, Any]]] = ()) -> Filled:
    """What a template gives, for each call one of its blocks ("" where it has none) or, None, the whole.

    A template of the kind "prompt" may use only values it was given; of the kind "chat" it is one of a
    checkpoint, filled in as transformers does. TemplateFailed where it cannot be, or goes beyond its bounds.
    """
    made = _ask({"kind": kind, "text": text, "calls": calls, "seconds": SECONDS})
    if "error" in made:
        raise TemplateFailed(made["error"], made.get("syntax", False))
    return Filled(frozenset(made["used"]), frozenset(made["blocks"]), tuple(made["texts"]))


def _ask(request: dict[str, Any]) -> dict[str, Any]:
    line = json.dumps(request).encode() + b"\n"
    with _lock:
        process = _running()
        assert process.stdin is not None
        assert process.stdout is not None
        watch = threading.Timer(LONGEST_WAIT, process.kill)
        watch.daemon = True
        watch.start()
        try:
            process.stdin.write(line)
            process.stdin.flush()
            answer = process.stdout.readline()
        except OSError:
            answer = b""
        finally:
            watch.cancel()
        if not answer.endswith(b"\n"):
            code = _end()
            slow = -code in (signal.SIGKILL, getattr(signal, "SIGXCPU", 24))
            why = "takes too long" if slow else f"ended the process that fills it in, with code {code}"
            raise TemplateFailed(f"it {why}")
    made: dict[str, Any] = json.loads(answer)
    return made


def _running() -> subprocess.Popen[bytes]:
    """The process, started where there is none."""
    global _process
    if _process is None or _process.poll() is not None:
        _end()
        script = str(files("twinlens.language") / "template_process.py")
        _process = subprocess.Popen(
            [sys.executable, "-P", script],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            start_new_session=True,  # an interrupt is for the main process
        )  # fmt: skip
    return _process


@atexit.register
def _end() -> int:
    """End the process, where there is one; its exit code."""
    global _process
    process, _process = _process, None
    if process is None:
        return 0
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.close()
    with suppress(OSError):  # it is gone, and with it who reads what was left to write
        process.stdin.close()
    return process.wait()
