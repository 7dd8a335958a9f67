"""Rows judged in groups, from threads and in processes come out the same to the last byte."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from batch_judges import FILE

from twinlens.core.errors import BadInput
from twinlens.readers import open_pairs
from twinlens.runs import swap
from twinlens.runs.engine import run

Make = Callable[..., Path]


def lines(folder: Path, name: str = "rows.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text("utf-8").splitlines()]


def bare(folder: Path) -> list[dict[str, Any]]:
    """The rows without who judged them."""
    return [{**row, "judge": ""} for row in lines(folder)]


def judge(name: str, **arguments: Any) -> str:
    listed = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
    return f"{FILE}:{name}({listed})"


@pytest.mark.parametrize(
    ("name", "arguments", "workers"),
    [
        ("Many", {"batch": 4}, 1),
        ("Many", {"batch": 5}, 1),
        ("Many", {"batch": 100}, 1),
        ("Many", {"batch": 1}, 1),
        ("Many", {"batch": 4}, 2),
        ("Server", {"in_flight": 4, "delay": 0.05}, 1),
        ("Server", {"in_flight": 1}, 2),
    ],
)
def test_batches_threads_and_workers_change_no_byte(
    table: Make, tmp_path: Path, name: str, arguments: dict[str, Any], workers: int
) -> None:
    pairs = open_pairs(table(9))
    run(pairs, judge("Single"), tmp_path / "one", cache=False)
    run(pairs, judge(name, **arguments), tmp_path / "run", workers=workers, cache=False)
    assert bare(tmp_path / "run") == bare(tmp_path / "one")
    again = run(pairs, judge(name, **arguments), tmp_path / "fresh")
    assert again.cached == 0
    again = run(pairs, judge(name, **arguments), tmp_path / "cached")
    assert again.cached == 9
    whole = (tmp_path / "run" / "rows.jsonl").read_bytes()
    for other in ("fresh", "cached"):
        assert (tmp_path / other / "rows.jsonl").read_bytes() == whole


def test_both_orders_of_a_group_go_in_one_call(table: Make, tmp_path: Path) -> None:
    log = tmp_path / "log"
    run(open_pairs(table(5)), judge("Many", batch=4, log=str(log)), tmp_path / "run")
    assert log.read_text().split() == ["4", "4", "2"]
    log.unlink()
    run(open_pairs(table(5)), judge("Many", batch=4, log=str(log)), tmp_path / "ab", orders="ab", cache=False)
    assert log.read_text().split() == ["4", "1"]


def test_answers_that_are_known_are_left_out_of_the_call(table: Make, tmp_path: Path) -> None:
    log = tmp_path / "log"
    many = judge("Many", batch=8, log=str(log))
    run(open_pairs(table(4)), many, tmp_path / "ab", orders="ab", limit=3)
    assert run(open_pairs(table(4)), many, tmp_path / "both").cached == 0
    assert log.read_text().split() == ["3", "5"]
    for row in lines(tmp_path / "both", "times.jsonl")[:3]:
        assert {call["order"] for call in row["calls"]} == {"ba"}
    assert {"ab", "ba"} == {call["order"] for call in lines(tmp_path / "both", "times.jsonl")[3]["calls"]}


def test_where_a_call_for_many_breaks_only_the_bad_pair_fails(table: Make, tmp_path: Path) -> None:
    summary = run(open_pairs(table(6)), judge("Many", bad="pair_001"), tmp_path / "run")
    assert (summary.rows, summary.failed) == (6, 1)
    run(open_pairs(table(6)), judge("Single", bad="pair_001"), tmp_path / "one")
    found, expected = bare(tmp_path / "run"), bare(tmp_path / "one")
    assert found[1]["failure"] == "broken"
    assert found[1]["detail"] == "ZeroDivisionError: pair_001"
    assert found == expected


def test_a_photo_that_cannot_be_read_fails_its_row_and_not_its_group(table: Make, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"oops")
    pairs = open_pairs(table(2, more=f"bad,{broken},{broken},s,a\n"))
    assert run(pairs, judge("Many", batch=8), tmp_path / "run").failed == 1
    assert [row.get("failure") for row in lines(tmp_path / "run")] == [None, None, "bad-photo"]


def test_a_server_gets_several_pairs_at_once(table: Make, tmp_path: Path) -> None:
    server = judge("Server", in_flight=3, together=3)  # each waits for two others
    assert run(open_pairs(table(6)), server, tmp_path / "run").failed == 0
    assert [row["id"] for row in lines(tmp_path / "run")] == [f"pair_{number:03}" for number in range(6)]


def test_a_server_gets_more_while_claims_are_checked_and_never_of_more_than_it_takes(
    table: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked, lock, together = swap.grounded, threading.Lock(), threading.Barrier(3)
    calls = 0

    def slowly(*given: Any, **more: Any) -> Any:
        nonlocal calls
        with lock:
            calls += 1
            one_of_three = calls <= 3
        if one_of_three:  # two threads alone would wait here for a third that never comes
            together.wait(20)
        return checked(*given, **more)

    monkeypatch.setattr(swap, "grounded", slowly)
    assert run(open_pairs(table(9)), judge("Strict"), tmp_path / "run").failed == 0
    assert calls == 9


def test_processes_for_a_judge_that_waits_for_a_server_are_refused(table: Make, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"--workers: found 2 for a judge that judges 4 pairs at once"):
        run(open_pairs(table(3)), judge("Server"), tmp_path / "run", workers=2)
    assert not (tmp_path / "run").exists()


def test_what_calls_cost_stands_with_the_times_and_what_was_seen_in_the_row(
    table: Make, tmp_path: Path
) -> None:
    run(open_pairs(table(1)), judge("Single"), tmp_path / "run")
    (row,), (times,) = lines(tmp_path / "run"), lines(tmp_path / "run", "times.jsonl")
    for order in ("ab", "ba"):
        assert row["orders"][order]["images"] == [[128, 96], [128, 96]]
    assert "calls" not in json.dumps(row)
    assert [(call["order"], call["model"], call["seconds"]) for call in times["calls"]] == [
        ("ab", "mine", 0.5), ("ab", "mine", 0.25), ("ba", "mine", 0.5), ("ba", "mine", 0.25),
    ]  # fmt: skip
    first, second = times["calls"][:2]
    assert (first["prompt_tokens"], first["answer_tokens"], first["outcome"]) == (7, 3, "ok")
    assert (second["images"], second["answer_tokens"], second["outcome"]) == ([], None, "slow")
    run(open_pairs(table(1)), judge("Single"), tmp_path / "cached")
    assert lines(tmp_path / "cached") == [row]
    assert "calls" not in lines(tmp_path / "cached", "times.jsonl")[0]


def test_a_failed_row_names_its_photos(table: Make, tmp_path: Path) -> None:
    (tmp_path / "log").write_text("oops")
    pairs = open_pairs(table(1, more=f"bad,{tmp_path / 'log'},{tmp_path / 'log'},s,a\n"))
    run(pairs, 'fixed(failure="timeout")', tmp_path / "run")
    timeout, bad = lines(tmp_path / "run")
    assert timeout["pair"] == {"id": "pair_000"}
    assert set(timeout["photos"]["a"]) == {"file", "sha256", "width", "height", "notes"}
    assert timeout["photos"]["b"]["file"] == pairs.rows[0].b[0].path
    assert bad["photos"] == {side: {"file": str(tmp_path / "log")} for side in ("a", "b")}


def test_an_interrupt_does_not_wait_for_servers(table: Make, tmp_path: Path) -> None:
    out = tmp_path / "run"
    slow = judge("Server", in_flight=4, delay=60.0)
    call = [sys.executable, "-m", "twinlens.cli", "run", str(table(8)), "--out", str(out)]
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a suite in the background ignores it
    process = subprocess.Popen(
        [*call, "--judge", slow], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heard
    )
    while not (out / "run.json").exists():
        time.sleep(0.01)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    said, complained = process.communicate(timeout=300)  # the first answer takes a minute
    assert (process.returncode, said) == (130, "")
    assert complained == f"twinlens: stopped; the same command goes on with {str(out)!r}\n"
    assert run(open_pairs(table(8)), slow, out, limit=0).rows == 0
