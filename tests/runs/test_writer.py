"""The run folder: one writer, no row lost, none twice, no mixing of runs."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from twinlens.core.errors import BadInput
from twinlens.core.run_records import FailureRow, JudgeRecord, PairId, RunRecord, TimesRecord
from twinlens.runs import writer
from twinlens.runs.store import RunFolder
from twinlens.runs.writer import RunWriter

INPUT, SETTINGS = {"rows": 3, "sha256": "00"}, {"orders": "both"}
RUN = RunRecord(judge=JudgeRecord("fixed"), input=INPUT, settings=SETTINGS)
IDS = ["x", "y", "z"]


def row(id: str) -> FailureRow:
    return FailureRow(id=id, failure="timeout", pair=PairId(id), judge="fixed", version="0")


def add(target: RunWriter, id: str) -> None:
    target.add(row(id), TimesRecord(id, 1.0, False))


def opened(folder: Path, run: RunRecord = RUN) -> RunWriter:
    return RunWriter(folder, run, IDS)


def ids(folder: Path, name: str = "rows.jsonl") -> list[str]:
    return [json.loads(line)["id"] for line in (folder / name).read_text("utf-8").splitlines()]


def test_rows_are_in_the_file_as_soon_as_they_are_added(tmp_path: Path) -> None:
    with opened(tmp_path / "run") as target:
        add(target, "x")
        assert ids(tmp_path / "run") == ["x"]
        times = (tmp_path / "run" / "times.jsonl").read_text("utf-8")
        assert json.loads(times) == {"id": "x", "seconds": 1.0, "cached": False}
    made = json.loads((tmp_path / "run" / "run.json").read_text("utf-8"))
    assert (made["schema"], made["judge"]["spec"], made["summary"]) == ("twinlens.run/2", "fixed", None)


def test_a_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with opened(tmp_path) as target:
        add(target, "x")
    with opened(tmp_path) as target:
        assert (target.done, target.failed) == (1, 1)
        add(target, "y")
        target.finish({"rows": 2})
    assert ids(tmp_path) == ["x", "y"]
    assert RunFolder(tmp_path).run.summary == {"rows": 2}


@pytest.mark.parametrize("torn", ['{"id": "y"', "{", "\0" * 5000, '{"id": "y"}', "x" * 200_000])
def test_a_last_line_cut_short_is_taken_away(tmp_path: Path, torn: str) -> None:
    with opened(tmp_path) as target:
        add(target, "x")
    for name in ("rows.jsonl", "times.jsonl"):
        with (tmp_path / name).open("a") as stream:
            stream.write(torn)
    with opened(tmp_path) as target:
        assert target.done == 1
        add(target, "y")
    assert ids(tmp_path) == ids(tmp_path, "times.jsonl") == ["x", "y"]


def test_only_a_torn_line_leaves_nothing(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    (tmp_path / "rows.jsonl").write_text('{"id"')
    with opened(tmp_path) as target:
        assert target.done == 0


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"judge": JudgeRecord("measured")}, 'judge spec: it has "fixed", this run "measured"'),
        ({"input": {**INPUT, "rows": 4}}, "input rows: it has 3, this run 4"),
        ({"settings": {"orders": "ab"}}, 'settings orders: it has "both", this run "ab"'),
        ({"versions": {"numpy": "9"}}, 'versions numpy: it has null, this run "9"'),
    ],
)
def test_another_run_in_the_folder_is_refused_with_the_difference(
    tmp_path: Path, change: dict[str, Any], difference: str
) -> None:
    with opened(tmp_path):
        pass
    with pytest.raises(BadInput) as refused:
        opened(tmp_path, replace(RUN, **change))
    assert difference in str(refused.value)
    assert "choose another --out" in str(refused.value)
    with opened(tmp_path):
        pass  # nothing was changed by asking


def test_a_run_of_version_1_does_not_go_on(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"schema": "twinlens.run/1", "judge": {"spec": "fixed"}}')
    with pytest.raises(BadInput, match=r"holds a run of twinlens\.run/1.*choose another --out"):
        opened(tmp_path)


def test_where_a_run_began_does_not_matter(tmp_path: Path) -> None:
    with opened(tmp_path, replace(RUN, origin={"folder": "/one"})):
        pass
    with opened(tmp_path, replace(RUN, origin={"folder": "/two"})):
        pass


@pytest.mark.parametrize("line", ['{"id": "y"}', "oops", "[]", '{"no": "id"}'])
def test_rows_that_are_not_of_this_run_are_refused_with_their_line(tmp_path: Path, line: str) -> None:
    with opened(tmp_path):
        pass
    (tmp_path / "rows.jsonl").write_text(f"{line}\n")
    with pytest.raises(BadInput, match=r"rows.jsonl:1: found the row .*; expected 'x'"):
        opened(tmp_path)


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"id": "x"}\n')
    with pytest.raises(BadInput, match=r"run.json': no such file beside rows.jsonl"):
        opened(tmp_path)
    (tmp_path / "run.json").write_text("oops")
    with pytest.raises(BadInput, match=r"run.json': JSON is malformed.*expected what"):
        opened(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be written"):
        opened(tmp_path / "file")


def test_a_second_process_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    code = f"""
        from twinlens.core.errors import BadInput
        from twinlens.core.run_records import JudgeRecord, RunRecord
        from twinlens.runs.writer import RunWriter
        try:
            RunWriter({str(tmp_path)!r}, {RUN!r}, {IDS!r})
        except BadInput as error:
            print(error)
    """
    with opened(tmp_path) as target:
        ran = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
        )
        assert "another process writes this run" in ran.stdout
        add(target, "x")
    assert ids(tmp_path) == ["x"]


def test_a_full_disk_keeps_every_finished_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write

    def full(file: int, data: Any) -> int:
        if b'"y"' in bytes(data):
            return real(file, bytes(data)[:4])  # a part of it fits
        if bytes(data)[:1] != b"{":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(file, data)

    target = opened(tmp_path)
    add(target, "x")
    with monkeypatch.context() as patched:
        patched.setattr(writer.os, "write", full)
        with pytest.raises(BadInput) as refused, target:
            add(target, "y")
    assert "No space left on device; the 1 finished rows are kept" in str(refused.value)
    assert ids(tmp_path) == ["x"]
    with opened(tmp_path) as target:
        assert target.done == 1
