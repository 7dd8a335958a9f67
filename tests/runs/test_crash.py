"""A run killed and gone on with equals one that nobody disturbed; longer: `python -m benchmarks crash`."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from benchmarks.soak import crash

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")


def test_a_run_killed_five_times_equals_an_undisturbed_one_byte_for_byte(tmp_path: Path) -> None:
    table = crash.write_table(tmp_path, 40)
    judge = 'fixed(by="id", delay=0.02)'
    assert crash.crash(table, tmp_path, judge, workers=2, pairs=40, kills=5, seed=3) == ""


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupt_leaves_a_run_that_goes_on_and_no_process(
    table: Callable[..., Path], tmp_path: Path, workers: int
) -> None:
    out = tmp_path / "run"
    call = [sys.executable, "-m", "twinlens.cli", "run", str(table(12)), "--judge", "fixed(delay=0.1)",
            "--out", str(out), "--workers", str(workers)]  # fmt: skip
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a suite in the background ignores it
    process = subprocess.Popen(
        call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heard
    )
    while crash.rows(out) < 3:
        time.sleep(0.01)
    workers_seen = set(crash.children(process.pid))
    process.send_signal(signal.SIGINT)
    said, complained = process.communicate(timeout=300)
    assert (process.returncode, said) == (130, "")
    assert complained == f"twinlens: stopped; the same command goes on with {str(out)!r}\n"
    assert crash.left_behind(workers_seen) == ""
    assert 3 <= crash.rows(out) < 12
    assert subprocess.run(call, check=False, stdout=subprocess.DEVNULL).returncode == 0
    assert crash.rows(out) == 12


def test_a_second_run_into_the_same_folder_is_refused(table: Callable[..., Path], tmp_path: Path) -> None:
    out = tmp_path / "run"
    call = [sys.executable, "-m", "twinlens.cli", "run", str(table(6)), "--judge", "fixed(delay=60)",
            "--out", str(out)]  # fmt: skip
    process = subprocess.Popen(call, stdout=subprocess.DEVNULL)
    while not (out / "run.json").exists():
        time.sleep(0.01)
    second = subprocess.run(call, capture_output=True, text=True, check=False)
    process.kill()
    process.wait()
    assert second.returncode == 2
    assert second.stderr.startswith(f"twinlens: {str(out)!r}: another process writes this run; ")
    assert second.stderr.count("\n") == 1


def test_a_disk_that_fills_up_stops_with_one_line_and_keeps_every_row(
    table: Callable[..., Path], tmp_path: Path
) -> None:
    resource = pytest.importorskip("resource")
    out = tmp_path / "run"
    call = [sys.executable, "-m", "twinlens.cli", "run", str(table(6)), "--judge", 'fixed(by="content")',
            "--workers", "2"]  # fmt: skip
    subprocess.run([*call, "--out", str(tmp_path / "whole")], check=True, stdout=subprocess.DEVNULL)
    whole = (tmp_path / "whole" / "rows.jsonl").read_bytes()
    room = len(whole) // 2

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    full = subprocess.run(
        [*call, "--out", str(out)], capture_output=True, text=True, check=False, preexec_fn=limited
    )
    assert full.returncode == 2, full.stderr
    assert "cannot be written: File too large; the" in full.stderr
    assert "finished rows are kept" in full.stderr
    assert full.stderr.count("\n") == 1
    written = (out / "rows.jsonl").read_bytes()
    assert written
    assert written.endswith(b"\n")
    assert whole.startswith(written)
    assert subprocess.run([*call, "--out", str(out)], check=False, stdout=subprocess.DEVNULL).returncode == 0
    assert (out / "rows.jsonl").read_bytes() == whole
