"""Failed rows are judged again by the same command, and the run is then what an undisturbed one is."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from twinlens.core.types import Failure, FailureKind, Pair, Verdict
from twinlens.readers import open_pairs
from twinlens.runs.engine import run
from twinlens.runs.store import RunFolder

Make = Callable[..., Path]


@dataclass(frozen=True)
class Flaky:
    """Chooses a; pairs in `down` fail in the way that stands there. `calls` are the ids in their order."""

    down: ClassVar[dict[str, FailureKind]] = {}
    calls: ClassVar[list[str]] = []
    stop_at: ClassVar[str] = ""

    def judge(self, pair: Pair) -> Verdict | Failure:
        self.calls.append(pair.id)
        if pair.id == self.stop_at:
            signal.raise_signal(signal.SIGINT)
        if pair.id in self.down:
            return Failure(self.down[pair.id], "for now", judge="flaky", pair_id=pair.id)
        return Verdict(pair, "flaky", "a", 0.75, (), "")


@pytest.fixture(autouse=True)
def server() -> Iterator[type[Flaky]]:
    """A judge that is down for some pairs, each in its own way, and knows its calls."""
    Flaky.down.update(pair_001="timeout", pair_003="broken", pair_004="refused", pair_005="unreadable")
    yield Flaky
    Flaky.down.clear()
    Flaky.calls.clear()
    Flaky.stop_at = ""


def content(folder: Path) -> bytes:
    return (folder / "rows.jsonl").read_bytes()


def failed(folder: Path) -> list[str]:
    rows = map(json.loads, content(folder).splitlines())
    return [f"{row['id']} {row['failure']}" for row in rows if "failure" in row]


@pytest.mark.parametrize("cache", [True, False])
def test_the_same_call_judges_again_what_may_have_passed(
    table: Make, tmp_path: Path, server: type[Flaky], cache: bool
) -> None:
    pairs, out = open_pairs(table(7)), tmp_path / "run"
    assert run(pairs, Flaky(), out, orders="ab", cache=cache).failed == 4
    server.down.clear()
    server.calls.clear()
    summary = run(pairs, Flaky(), out, orders="ab", cache=cache)
    assert (summary.rows, summary.failed, summary.judged, summary.again) == (7, 2, 2, 2)
    assert server.calls == ["pair_001", "pair_003"]
    assert failed(out) == ["pair_004 refused", "pair_005 unreadable"]
    assert RunFolder(out).run.summary == {"rows": 7, "failed": 2, "complete": True}
    assert sorted(os.listdir(out)) == ["rows.jsonl", "run.json", "times.jsonl"]


def test_all_failed_rows_are_judged_again_on_request_and_the_run_is_an_undisturbed_one(
    table: Make, tmp_path: Path, server: type[Flaky]
) -> None:
    pairs, out = open_pairs(table(7)), tmp_path / "run"
    run(pairs, Flaky(), out, limit=5)
    server.down.clear()
    seen: list[tuple[int, int]] = []
    summary = run(
        pairs, Flaky(), out, retry_failed=True, progress=lambda done, failed: seen.append((done, failed))
    )
    assert (summary.rows, summary.failed, summary.again) == (7, 0, 3)
    assert seen == [(5, 3), (6, 3), (7, 3), (7, 2), (7, 1), (7, 0)]
    run(pairs, Flaky(), tmp_path / "undisturbed")
    assert content(out) == content(tmp_path / "undisturbed")
    server.calls.clear()
    assert run(pairs, Flaky(), out, retry_failed=True).judged == 0
    assert server.calls == []


def test_a_row_that_fails_again_stays_failed_and_is_judged_once_more_next_time(
    table: Make, tmp_path: Path, server: type[Flaky]
) -> None:
    pairs, out = open_pairs(table(4)), tmp_path / "run"
    run(pairs, Flaky(), out)
    before = content(out)
    assert run(pairs, Flaky(), out).again == 2
    assert content(out) == before
    server.down["pair_003"] = "refused"
    assert run(pairs, Flaky(), out).failed == 2
    assert failed(out) == ["pair_001 timeout", "pair_003 refused"]


def test_what_was_judged_again_before_an_interrupt_stands_in_the_run(
    table: Make, tmp_path: Path, server: type[Flaky], request: pytest.FixtureRequest
) -> None:
    pairs, out = open_pairs(table(5)), tmp_path / "run"
    run(pairs, Flaky(), out)
    server.down.clear()
    server.stop_at = "pair_003"
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite in the background ignores it
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, heard))
    with pytest.raises(KeyboardInterrupt):
        run(pairs, Flaky(), out)
    assert failed(out) == ["pair_003 broken", "pair_004 refused"]
    server.stop_at = ""
    assert run(pairs, Flaky(), out, retry_failed=True).failed == 0
    run(pairs, Flaky(), tmp_path / "undisturbed")
    assert content(out) == content(tmp_path / "undisturbed")


@pytest.mark.parametrize("torn", ["", '{"id": "pair_003", "fail', "\0\0"])
def test_after_a_crash_what_was_judged_again_is_taken_over_at_the_next_start(
    table: Make, tmp_path: Path, server: type[Flaky], torn: str
) -> None:
    pairs, out = open_pairs(table(5)), tmp_path / "run"
    run(pairs, Flaky(), out)
    crashed = tmp_path / "crashed"
    shutil.copytree(out, crashed)
    server.down.clear()
    run(pairs, Flaky(), out)
    again = [line for line in content(out).splitlines(keepends=True) if b"pair_001" in line]
    (crashed / "again.jsonl").write_bytes(again[0] + torn.encode())
    server.calls.clear()
    assert run(pairs, Flaky(), crashed, cache=False).failed == 1
    assert server.calls == ["pair_003", "pair_003"]
    assert content(crashed) == content(out)
    assert not (crashed / "again.jsonl").exists()


def test_a_limit_holds_for_rows_that_are_judged_again(table: Make, tmp_path: Path) -> None:
    pairs = open_pairs(table(5))
    run(pairs, Flaky(), tmp_path / "run")
    assert run(pairs, Flaky(), tmp_path / "run", limit=2).again == 1


def test_rows_judged_again_in_processes_are_the_same(table: Make, tmp_path: Path) -> None:
    (tmp_path / "judge.py").write_text(
        "import pathlib\nfrom dataclasses import dataclass\n"
        "from twinlens.core.types import Failure, Verdict\n\n"
        "@dataclass(frozen=True)\nclass Mine:\n    def judge(self, pair):\n"
        f"        if pathlib.Path({str(tmp_path / 'down')!r}).exists():\n"
        "            return Failure('timeout', 'for now')\n"
        "        return Verdict(pair, 'mine', 'a', 0.75, (), '')\n"
    )
    pairs, judge = open_pairs(table(4)), f"{tmp_path / 'judge.py'}:Mine"
    (tmp_path / "down").touch()
    assert run(pairs, judge, tmp_path / "run").failed == 4
    (tmp_path / "down").unlink()
    assert run(pairs, judge, tmp_path / "run", workers=2).again == 4
    run(pairs, judge, tmp_path / "undisturbed", cache=False)
    assert content(tmp_path / "run") == content(tmp_path / "undisturbed")
