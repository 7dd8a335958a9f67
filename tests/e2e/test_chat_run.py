"""Whole commands against a model behind a server: nothing lost, nothing doubled, and no key anywhere."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from fault_server import KEY, Server, only_this_server, serve
from twinlens import cli
from twinlens.core.contracts import schema
from twinlens.core.spec import write


@pytest.fixture
def server() -> Iterator[Server]:
    with serve() as running:
        yield running


@pytest.fixture(autouse=True)
def _surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWINLENS_CACHE", str(tmp_path / "cache"))
    only_this_server(monkeypatch)


@pytest.fixture
def table(tmp_path: Path, pictures: list[tuple[Path, Path]]) -> Path:
    file = tmp_path / "pairs.csv"
    lines = [f"pair_{number:02},{a},{b}" for number, (a, b) in enumerate(pictures)]
    file.write_text("\n".join(("id,a,b", *lines)) + "\n", "utf-8")
    return file


def twinlens(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


def chat(server: Server, model: str = "good", more: str = "") -> str:
    return f'chat(model="{model}", base_url="{server.url}"{more})'


def rows(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "rows.jsonl").read_bytes().splitlines()]


def holding_the_key(folder: Path) -> list[str]:
    return [str(file) for file in folder.rglob("*") if file.is_file() and KEY.encode() in file.read_bytes()]


def test_a_run_over_a_server_with_every_fault_loses_nothing_and_doubles_nothing(
    server: Server, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    judge = chat(server, "every fault", ", timeout=2.0, retries=2")
    out = tmp_path / "run"
    assert twinlens("run", table, "--judge", judge, "--out", out) == 1
    record = rows(out)
    assert [row["id"] for row in record] == [f"pair_{number:02}" for number in range(12)]
    assert all(count <= 3 for count in server.times.values())
    assert len(server.times) == 24
    kinds = set()
    for row in record:
        assert set(row["orders"]) == {"ab", "ba"}
        for said in row["orders"].values():
            if "failure" in said:
                kinds.add(said["failure"])
                assert said["detail"]
                assert isinstance(said["raw"], str)
            else:
                assert said["choice"] in ("a", "b")
            assert said["images"] == [[128, 96], [64, 48]] * 2
    assert kinds == {"timeout", "broken", "unreadable", "refused"}
    calls = len(server.requests)
    times = (out / "times.jsonl").read_bytes().splitlines()
    outcomes = [call["outcome"] for line in times for call in json.loads(line)["calls"]]
    late = sum(outcome.startswith("no whole answer") for outcome in outcomes)  # some may not have arrived
    assert len(outcomes) - late <= calls <= len(outcomes)
    assert twinlens("run", table, "--judge", judge, "--out", out) == 1
    again = {row["id"] for row in record if row.get("failure") in ("timeout", "broken")}
    assert 0 < len(server.requests) - calls <= 2 * 3 * len(again), "only what may pass is judged again"
    settled = [row for row in record if row["id"] not in again]
    assert [row for row in rows(out) if row["id"] not in again] == settled
    assert twinlens("report", out, "-o", tmp_path / "run.html") == 0
    assert holding_the_key(tmp_path) == []
    assert KEY not in "".join(capsys.readouterr())


def test_a_run_whose_server_answers_well_is_scored_and_its_answers_are_stored(
    server: Server, table: Path, tmp_path: Path
) -> None:
    assert twinlens("run", table, "--judge", chat(server), "--out", tmp_path / "one") == 0
    assert {row["choice"] for row in rows(tmp_path / "one")} == {"a"}
    assert all(row["consistent"] for row in rows(tmp_path / "one"))
    assert twinlens("run", table, "--judge", chat(server), "--out", tmp_path / "two") == 0
    assert len(server.requests) == 24
    one, two = ((tmp_path / name / "rows.jsonl").read_bytes() for name in ("one", "two"))
    assert one == two
    assert holding_the_key(tmp_path) == []


def test_an_interrupt_leaves_a_run_that_goes_on_and_asks_only_what_is_left(
    table: Path, tmp_path: Path
) -> None:
    with serve(latency=0.3) as server:
        out = tmp_path / "run"
        call = [sys.executable, "-m", "twinlens.cli", "run", str(table), "--out", str(out),
                "--judge", chat(server, more=", in_flight=2")]  # fmt: skip
        heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a suite in the background ignores it
        process = subprocess.Popen(
            call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heard
        )
        while not (out / "rows.jsonl").exists() or len(rows(out)) < 2:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        said, complained = process.communicate(timeout=300)
        assert (process.returncode, said) == (130, "")
        assert complained == f"twinlens: stopped; the same command goes on with {str(out)!r}\n"
        done = len(rows(out))
        assert 1 <= done < 12, "a row that is being written at that moment is taken back"
        again = subprocess.run(call, capture_output=True, text=True, check=False)
        assert again.returncode == 0, again.stderr
        assert len(rows(out)) == 12
        assert len(server.requests) <= 24 + 4
        assert len(server.times) == 24
        whole = tmp_path / "whole"
        server.latency = 0.0
        call[call.index(str(out))] = str(whole)
        fresh = {**os.environ, "TWINLENS_CACHE": str(tmp_path / "other")}
        assert subprocess.run(call, env=fresh, capture_output=True, check=False).returncode == 0
        assert (whole / "rows.jsonl").read_bytes() == (out / "rows.jsonl").read_bytes()
    assert holding_the_key(tmp_path) == []


def test_a_run_whose_server_is_gone_stops_in_one_line_and_the_same_command_goes_on_exactly(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, whole = tmp_path / "run", tmp_path / "whole"
    with serve() as server:
        judge = chat(server, more=", in_flight=2")
        assert twinlens("run", table, "--judge", judge, "--out", whole, "--no-cache") == 0
        assert twinlens("run", table, "--judge", judge, "--out", out, "--limit", "3", "--no-cache") == 0
    host, port = server.url.split("/")[2], int(server.url.rpartition(":")[2].removesuffix("/v1"))
    capsys.readouterr()
    assert twinlens("run", table, "--judge", judge, "--out", out) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert re.fullmatch(
        rf"twinlens: no connection to {host}, tried \d+ times in a row; "
        rf"3 of 12 pairs are in {out}; the same command goes on\n",
        said.err,
    )
    assert len(rows(out)) == 3
    with serve(port=port) as server:
        assert twinlens("run", table, "--judge", judge, "--out", out) == 0
        assert len(server.requests) == 18
    assert (out / "rows.jsonl").read_bytes() == (whole / "rows.jsonl").read_bytes()


def test_pairs_fail_one_by_one_where_a_server_is_tried_too_seldom_to_be_called_gone(
    table: Path, tmp_path: Path
) -> None:
    judge = 'chat(model="m", base_url="http://127.0.0.1:9/v1", retries=0)'
    assert twinlens("run", table, "--judge", judge, "--out", tmp_path / "run", "--limit", "1") == 1
    failed = rows(tmp_path / "run")
    assert [row["failure"] for row in failed] == ["broken"]
    assert all(row["detail"].startswith("connection to 127.0.0.1:9 failed") for row in failed)


def test_a_run_whose_budget_is_used_up_says_so_and_goes_on_with_the_same_command(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    with serve(latency=0.05) as server:
        call = ("run", table, "--judge", chat(server, more=", in_flight=4"), "--out", out)
        assert twinlens(*call, "--max-calls", "7") == 1
        said, complained = capsys.readouterr()
        done = len(rows(out))
        record = f"{done} of 12 pairs are in {out}; the same command goes on\n"
        assert re.fullmatch(
            rf"twinlens: the budget is used up: 7 of 7 calls made, 7,\d\d\d tokens used; {re.escape(record)}",
            complained,
        )
        assert said == ""
        assert len(server.requests) == 7
        assert twinlens(*call, "--max-calls", "7") == 1
        assert done < len(rows(out)) < 12
        assert len(server.requests) == 14
        assert twinlens(*call, "--max-calls", "10", "--max-tokens", "100000") == 0
        assert len(server.requests) == len(server.times) == 24  # no answer was paid for twice
        server.latency = 0.0
        whole = tmp_path / "whole"
        assert twinlens(*call[:-1], whole, "--no-cache") == 0
    assert (whole / "rows.jsonl").read_bytes() == (out / "rows.jsonl").read_bytes()
    runs = [json.loads((folder / "run.json").read_bytes()) for folder in (out, whole)]
    assert [run["summary"]["complete"] for run in runs] == [True, True]
    assert runs[0]["settings"] == runs[1]["settings"]


def test_a_budget_of_tokens_ends_a_run_too(
    server: Server, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ("run", table, "--judge", chat(server, more=", in_flight=1"), "--out", tmp_path / "run")
    assert twinlens(*call, "--max-tokens", "4500") == 1
    assert "5 calls made, 5," in capsys.readouterr().err
    assert len(rows(tmp_path / "run")) == 2
    assert twinlens(*call, "--workers", "2", "--max-tokens", "4500") == 2
    assert "found --workers 2; expected one process" in capsys.readouterr().err
    assert twinlens(*call) == 0
    assert len(server.requests) == 24


def test_a_comparison_beyond_its_budget_has_no_verdict(
    server: Server, pictures: list[tuple[Path, Path]], capsys: pytest.CaptureFixture[str]
) -> None:
    both = write("panel", {"judges": (chat(server), chat(server, more=", temperature=0.5"))})
    assert twinlens("compare", *pictures[0], "--judge", both, "--max-calls", "1", "--json") == 1
    said = capsys.readouterr()
    record = json.loads(said.out)
    Draft202012Validator(schema("failure")).validate(record)
    assert (record["kind"], record["detail"][:25]) == ("broken", "the budget is used up: 1 ")
    assert said.err.startswith("twinlens: no verdict (broken): the budget is used up: 1 of 1 calls made")
    assert twinlens("compare", *pictures[0], "--judge", both, "--max-calls", "2") == 0


def test_a_comparison_reports_what_its_calls_cost(
    server: Server, pictures: list[tuple[Path, Path]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert twinlens("compare", *pictures[0], "--judge", chat(server), "--json") == 0
    record = json.loads(capsys.readouterr().out)
    Draft202012Validator(schema("verdict")).validate(record)
    assert record["calls"][0]["prompt_tokens"] == 1000
    assert record["claims"][0]["grounding"] == "supported"
    assert twinlens("compare", *pictures[0], "--judge", chat(server, "refusal"), "--json") == 1
    failed = json.loads(capsys.readouterr().out)
    Draft202012Validator(schema("failure")).validate(failed)
    assert (failed["kind"], len(failed["calls"])) == ("refused", 1)


def test_a_comparison_by_a_model_has_a_page(
    server: Server, pictures: list[tuple[Path, Path]], tmp_path: Path
) -> None:
    page = tmp_path / "verdict.html"
    assert twinlens("compare", *pictures[0], "--judge", chat(server), "--report", page) == 0
    assert "Global Sharpness" in page.read_text("utf-8")
    assert KEY not in page.read_text("utf-8")


def test_an_endpoint_with_a_key_takes_both_from_the_environment(
    server: Server,
    pictures: list[tuple[Path, Path]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    assert twinlens("compare", *pictures[0], "--judge", 'chat(model="good")') == 0
    assert server.requests[0].key == KEY
    assert KEY not in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("model", "record"), [("status 401", "expected a valid key in OPENAI_API_KEY"), ("status 404", "model")]
)
def test_wrong_use_stops_a_run_with_one_line(
    server: Server, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], model: str, record: str
) -> None:
    assert twinlens("run", table, "--judge", chat(server, model), "--out", tmp_path / "run") == 2
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert record in said.err
    assert KEY not in said.err
    assert rows(tmp_path / "run") == []


def test_a_prompt_that_is_not_there_stops_a_run_before_any_call(
    server: Server, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    judge = chat(server, more=', prompt="experts"')
    assert twinlens("run", table, "--judge", judge, "--out", tmp_path / "run") == 2
    assert "did you mean 'expert'?" in capsys.readouterr().err
    assert server.requests == []
