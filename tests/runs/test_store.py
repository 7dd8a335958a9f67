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

from twinlens.core.errors import BadInput
from twinlens.runs import store
from twinlens.runs.store import Store

RUN = {"judge": {"spec": "fixed"}, "input": {"rows": 3, "sha256": "00"}, "settings": {"orders": "both"}}
IDS = ["x", "y", "z"]


def row(id: str, **more: Any) -> str:
    return json.dumps({"id": id, **more})


def opened(folder: Path, run: dict[str, Any] = RUN) -> Store:
    return Store(folder, run, IDS)


def test_rows_are_in_the_file_as_soon_as_they_are_added(tmp_path: Path) -> None:
    with opened(tmp_path / "run") as target:
        target.add(row("x"), row("x", seconds=1))
        assert (tmp_path / "run" / "rows.jsonl").read_text() == '{"id": "x"}\n'
        assert (tmp_path / "run" / "times.jsonl").read_text() == '{"id": "x", "seconds": 1}\n'
    assert json.loads((tmp_path / "run" / "run.json").read_text()) == {
        "schema": "twinlens.run/1", **RUN, "summary": None,
    }  # fmt: skip


def test_a_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with opened(tmp_path) as target:
        target.add(row("x", failure="timeout"), "{}", failed=True)
    with opened(tmp_path) as target:
        assert (target.done, target.failed) == (1, 1)
        target.add(row("y"), "{}")
        target.finish({"rows": 2})
    assert [json.loads(line)["id"] for line in (tmp_path / "rows.jsonl").read_text().splitlines()] == [
        "x",
        "y",
    ]
    assert json.loads((tmp_path / "run.json").read_text())["summary"] == {"rows": 2}


@pytest.mark.parametrize("torn", ['{"id": "y"', "{", "\0" * 5000, '{"id": "y"}', "x" * 200_000])
def test_a_last_line_cut_short_is_taken_away(tmp_path: Path, torn: str) -> None:
    with opened(tmp_path) as target:
        target.add(row("x"), "{}")
    for name in ("rows.jsonl", "times.jsonl"):
        with (tmp_path / name).open("a") as stream:
            stream.write(torn)
    with opened(tmp_path) as target:
        assert target.done == 1
        target.add(row("y"), "{}")
    assert (tmp_path / "rows.jsonl").read_text() == '{"id": "x"}\n{"id": "y"}\n'
    assert (tmp_path / "times.jsonl").read_text() == "{}\n{}\n"


def test_only_a_torn_line_leaves_nothing(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    (tmp_path / "rows.jsonl").write_text('{"id"')
    with opened(tmp_path) as target:
        assert target.done == 0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"judge": {"spec": "measured"}}, 'judge spec: it has "fixed", asked is "measured"'),
        ({"input": {"rows": 4, "sha256": "00"}}, "input rows: it has 3, asked is 4"),
        ({"settings": {"orders": "ab"}}, 'settings orders: it has "both", asked is "ab"'),
        ({"versions": {"numpy": "9"}}, 'versions: it has null, asked is {"numpy": "9"}'),
    ],
)
def test_another_run_in_the_folder_is_refused_with_the_difference(
    tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    with opened(tmp_path):
        pass
    with pytest.raises(BadInput) as refused:
        opened(tmp_path, RUN | change)
    assert told in str(refused.value)
    assert "choose another --out" in str(refused.value)
    with opened(tmp_path):
        pass  # nothing was changed by asking


def test_where_a_run_began_does_not_matter(tmp_path: Path) -> None:
    with opened(tmp_path, RUN | {"origin": {"folder": "/one"}}):
        pass
    with opened(tmp_path, RUN | {"origin": {"folder": "/two"}}):
        pass


@pytest.mark.parametrize("line", ['{"id": "y"}', "oops", "[]", '{"no": "id"}'])
def test_rows_that_are_not_of_this_run_are_refused_with_their_line(tmp_path: Path, line: str) -> None:
    with opened(tmp_path):
        pass
    (tmp_path / "rows.jsonl").write_text(f"{line}\n")
    with pytest.raises(BadInput, match=r"rows.jsonl:1: found the row .*; expected 'x'"):
        opened(tmp_path)


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(row("x") + "\n")
    with pytest.raises(BadInput, match=r"run.json': no such file beside rows.jsonl"):
        opened(tmp_path)
    (tmp_path / "run.json").write_text("oops")
    with pytest.raises(BadInput, match="found no run"):
        opened(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be written"):
        opened(tmp_path / "file")


def test_a_second_process_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    code = f"""
        from twinlens.core.errors import BadInput
        from twinlens.runs.store import Store
        try:
            Store({str(tmp_path)!r}, {RUN!r}, {IDS!r})
        except BadInput as error:
            print(error)
    """
    with opened(tmp_path) as target:
        ran = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
        )
        assert "another process writes this run" in ran.stdout
        target.add(row("x"), "{}")
    assert (tmp_path / "rows.jsonl").read_text() == '{"id": "x"}\n'


def test_a_full_disk_keeps_every_finished_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write

    def full(file: int, data: Any) -> int:
        if b'"y"' in bytes(data):
            return real(file, bytes(data)[:4])  # a part of it fits
        if bytes(data)[:1] != b"{":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(file, data)

    target = opened(tmp_path)
    target.add(row("x"), "{}")
    with monkeypatch.context() as patched:
        patched.setattr(store.os, "write", full)
        with pytest.raises(BadInput) as refused, target:
            target.add(row("y"), "{}")
    assert "No space left on device; the 1 finished rows are kept" in str(refused.value)
    assert (tmp_path / "rows.jsonl").read_text() == '{"id": "x"}\n'
    with opened(tmp_path) as target:
        assert target.done == 1
