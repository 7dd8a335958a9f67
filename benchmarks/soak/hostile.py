"""Hostile inputs in bulk: each gives a result, a typed failure or a refusal in one line, in bounds.

    python -m benchmarks hostile                         10,000 inputs in 2 workers, part of `make soak`
    python -m benchmarks hostile --first 4711 --count 1  one input again, which --seed and its number make

Photos, tables, runs, specs, texts, answers of servers and challenges are damaged or made up, and given to what
reads them in a worker, some thousand inputs one after the other. A traceback, a signal, a worker over its time
or memory and a worker that grows are faults; their inputs are left in the folder --keep. Memory is what one
input adds to the worker at its peak. The exit code is 1 where there are faults. Linux only: it reads /proc.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import itertools
import multiprocessing
import os
import random
import resource
import shutil
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.hostile_inputs import KINDS, Inputs, Work, material

SECONDS, MEGABYTES, GROWTH = 30.0, 700, 150
"""The most that an input may take, and the most MB a worker may grow by after its first tenth of inputs."""
BUSY = 10
"""Seconds of the clock for each of `SECONDS`, which a processor counts: others may use it too."""
ORDER = [kind for kind, many in KINDS.items() for _ in range(many)]
random.Random(0).shuffle(ORDER)


def main(
    count: int = 10_000,
    seed: int = 1,
    first: int = 0,
    workers: int = 2,
    minutes: float = 60.0,
    keep: Path = Path("hostile"),
) -> None:
    """Run the test; the exit code is 1 where there are faults."""
    with tempfile.TemporaryDirectory() as folder:
        faults, lines = soak(Path(folder), range(first, first + count), seed, workers, minutes, keep)
    print("\n".join([*lines, *faults]))
    raise SystemExit(bool(faults))


@dataclass
class Outcomes:
    """What came of the inputs of a kind."""

    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: tuple[float, int] = (0.0, -1)
    megabytes: tuple[float, int] = (0.0, -1)


def soak(
    folder: Path, numbers: range, seed: int, workers: int, minutes: float, keep: Path
) -> tuple[list[str], list[str]]:
    """The faults, a line each, and the lines of the table of all outcomes; no input begins after the minutes."""
    material(folder)
    end, counts = time.monotonic() + 60 * minutes, defaultdict[str, Outcomes](Outcomes)
    left = itertools.takewhile(lambda _: time.monotonic() < end, numbers)
    faults: list[str] = []
    share = len(numbers) // workers
    threads = [
        threading.Thread(target=_drive, args=(folder / str(at), left, seed, share, counts, faults, keep))
        for at in range(workers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = [
        "| inputs | number | result | failure | refusal | fault | longest, s (input) | most memory, MB (input) |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for kind in (kind for kind in KINDS if kind in counts):
        one, of = counts[kind], counts[kind].outcomes
        cells = [kind, of.total(), *(of[name] for name in ("result", "failure", "refusal", "fault"))]
        cells += [f"{one.seconds[0]:.1f} ({one.seconds[1]})", f"{one.megabytes[0]:.0f} ({one.megabytes[1]})"]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    grown = ", ".join(f"{one.megabytes[0]:.0f}" for name, one in counts.items() if name not in KINDS)
    many = sum(one.outcomes.total() for one in counts.values())
    said = f"{many:,} of {len(numbers):,} inputs, {len(faults)} faults"
    return faults, [*lines, "", f"{said}; growth of the workers after their first tenth, MB: {grown}"]


def _drive(
    folder: Path,
    left: Iterator[int],
    seed: int,
    share: int,
    counts: dict[str, Outcomes],
    faults: list[str],
    keep: Path,
) -> None:
    """Give inputs to a worker, and to a new one where it ended or had to be ended."""
    context, number = multiprocessing.get_context("spawn"), next(left, None)
    for turn in itertools.count():
        if number is None:
            return
        here = folder / str(turn)
        ours, theirs = context.Pipe()
        arguments = (theirs, here, folder.parent / "material", seed)
        process = context.Process(target=_work, args=arguments, daemon=True)
        process.start()
        theirs.close()
        resident: list[float] = []
        try:
            ours.recv()
            while number is not None:
                ours.send(number)
                late = ("fault", f"over {SECONDS:g} s", SECONDS, 0.0, None)
                outcome, why, seconds, megabytes, after = ours.recv() if _in_time(ours, process.pid) else late
                kind, resident = ORDER[number % 100], [*resident, after or 0.0]
                _note(counts[kind], number, outcome, seconds, megabytes)
                if outcome == "fault":
                    faults.append(_saved(here, keep, number, seed, why))
                number = next(left, None)
                if after is None:
                    break
        except (EOFError, ConnectionError):
            process.join(5)
            _note(counts[ORDER[(number or 0) % 100]], number or 0, "fault", 0.0, 0.0)
            faults.append(_saved(here, keep, number or 0, seed, f"ended with {process.exitcode}"))
            number = next(left, None)
        finally:
            process.kill()
            process.join()
        grown = resident[-1] - resident[share // 10] if len(resident) > share // 10 and resident[-1] else 0.0
        counts[str(here)].megabytes = (grown, turn)
        if grown > GROWTH:
            faults.append(f"a worker grew by {grown:.0f} MB in {len(resident)} inputs")


def _in_time(pipe: Connection, worker: int | None) -> bool:
    """Whether a worker answers before it has computed for `SECONDS`, or has waited for `BUSY` times as many."""
    end, before = time.monotonic() + BUSY * SECONDS, _computed(worker)
    while not pipe.poll(1.0):
        if time.monotonic() > end or _computed(worker) > before + SECONDS:
            return pipe.poll()
    return True


def _computed(worker: int | None) -> float:
    """The seconds that a process has had of a processor so far."""
    with contextlib.suppress(OSError):  # it has ended, which the pipe says
        fields = Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _note(one: Outcomes, number: int, outcome: str, seconds: float, megabytes: float) -> None:
    one.outcomes[outcome] += 1
    one.seconds = max(one.seconds, (seconds, number))
    one.megabytes = max(one.megabytes, (megabytes, number))


def _saved(here: Path, keep: Path, number: int, seed: int, why: str) -> str:
    """The line of a fault; its input and what was printed are copied."""
    shutil.copytree(here, keep / f"{seed}_{number}", dirs_exist_ok=True, symlinks=True)
    shutil.copy(here.parent / f"{here.name}.printed", keep / f"{seed}_{number}" / "printed")
    line = f"--seed {seed} --first {number} --count 1 ({ORDER[number % 100]}): {why}; see {keep / f'{seed}_{number}'}"
    print(line, file=sys.stderr, flush=True)
    return line


def _work(pipe: Connection, here: Path, made: Path, seed: int) -> None:
    """A worker: for each number that comes, make the input, use it, and send what came of it."""
    os.environ |= {"TWINLENS_CACHE": str(made / "cache"), "NO_PROXY": "127.0.0.1", "OMP_NUM_THREADS": "1"}
    here.mkdir(parents=True)
    printed = os.open(here.parent / f"{here.name}.printed", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    faulthandler.enable()
    maker = Inputs(made)
    most = (_status("VmSize") + 4 * MEGABYTES) * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (int(most), int(most)))
    for kind in KINDS:  # what is loaded late is loaded now
        shutil.rmtree(here)
        here.mkdir()
        _outcome(getattr(maker, kind)(random.Random(kind), here))
    gc.freeze()  # so that collecting after each input is quick
    pipe.send("ready")
    while True:
        try:
            number = pipe.recv()
        except EOFError:
            return
        shutil.rmtree(here)
        here.mkdir()
        drawn = random.Random(f"{seed} {number}")
        work = getattr(maker, ORDER[number % 100])(drawn, here)
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
        before, start = _status("VmRSS"), time.perf_counter()
        outcome, why = _outcome(work)
        seconds, megabytes = time.perf_counter() - start, _status("VmHWM") - before
        if megabytes > MEGABYTES:
            outcome, why = "fault", f"{megabytes:.0f} MB"
        gc.collect()
        pipe.send((outcome, why, seconds, megabytes, _status("VmRSS")))


def _status(name: str) -> float:
    """A size of this process, MB."""
    text = Path("/proc/self/status").read_text()
    return int(text.partition(f"{name}:")[2].split()[0]) / 1024


def _outcome(work: Work) -> tuple[str, str]:
    """What came of an input, and why where it is a fault."""
    from twinlens.core.errors import TwinlensError
    from twinlens.core.types import Failure

    try:
        made = work()
    except TwinlensError as error:
        fine = str(error).isprintable()
        return ("refusal", "") if fine else ("fault", f"a line that is not printable: {str(error)!r:.300}")
    except BaseException as error:  # noqa: BLE001  all else is what is looked for
        traceback.print_exc()
        return "fault", f"{type(error).__name__}: {error!s:.200}"
    return ("failure" if isinstance(made, Failure) else "result"), ""
