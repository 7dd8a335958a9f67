"""Judges from outside can do nothing worse than fail: the same failure of `compare` and of `run`."""

from __future__ import annotations

import csv
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from odd_judges import WAYS, Plain

from twinlens import cli
from twinlens.core import catalog
from twinlens.core.errors import BadSpec
from twinlens.core.types import Failure, Pair, Verdict
from twinlens.imaging.open import open_pair
from twinlens.judges.panel import Panel
from twinlens.runs.compare import compare_pair

FILE = Path(__file__).parent / "odd_judges.py"
ODD = f"{FILE}:Odd"


@pytest.fixture(scope="module")
def opened(pictures: list[tuple[Path, Path]]) -> Pair:
    return open_pair(*pictures[2])


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Python's own handler of Ctrl-C, which a suite in the background may have lost."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signal.signal(signal.SIGINT, before)


def named(pair: Pair, id: str) -> Pair:
    return Pair(id, pair.a, pair.b, pair.scene, pair.kind)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.usefixtures("interruptible")
def test_whatever_a_judge_does_compare_gives_a_failure(opened: Pair, way: str) -> None:
    failed = compare_pair(named(opened, way), ODD)
    assert isinstance(failed, Failure), failed
    assert failed.kind == "broken"
    assert way in failed.detail
    assert "\n" not in failed.detail
    assert max(len(failed.detail), len(failed.raw)) < 25_000


@pytest.mark.usefixtures("interruptible")
def test_a_run_has_the_same_failures_and_goes_on(
    pictures: list[tuple[Path, Path]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, out = tmp_path / "pairs.csv", tmp_path / "run"
    with table.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("id", "a", "b"), *((way, *pictures[2]) for way in (*WAYS, "good"))])
    call = [
        "run",
        str(table),
        "--judge",
        ODD,
        "--out",
        str(out),
        "--orders",
        "ab",
        "--workers",
        "1",
        "--no-cache",
    ]
    with pytest.raises(SystemExit, match="1"):
        cli.main(call)
    rows = [json.loads(line) for line in (out / "rows.jsonl").read_text("utf-8").splitlines()]
    assert [row["id"] for row in rows] == [*WAYS, "good"]
    assert [row.get("failure") for row in rows] == ["broken"] * len(WAYS) + [None]
    assert all(row["id"] in row["detail"] for row in rows[:-1])
    assert Path.cwd() != Path("/")
    said = capsys.readouterr()
    assert said.out.count("\n") == 1
    assert "a judge may say what it likes\n" in said.err


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_of_the_user_stops_even_where_a_judge_catches_it(opened: Pair) -> None:
    with pytest.raises(KeyboardInterrupt):
        compare_pair(named(opened, "Ctrl-C"), ODD)


def test_a_judge_that_forks_goes_on_once(opened: Pair, tmp_path: Path) -> None:
    said = compare_pair(named(opened, "fork"), ODD)
    with (tmp_path / "said").open("a") as stream:
        stream.write("once")
    assert isinstance(said, Verdict)
    os.wait()
    assert (tmp_path / "said").read_text() == "once"


@pytest.mark.usefixtures("interruptible")
def test_what_a_judge_prints_below_python_is_no_part_of_the_output(
    pictures: list[tuple[Path, Path]], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "pairs.csv"
    with table.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("id", "a", "b"), ("below Python", *pictures[2])])
    call = ["run", str(table), "--judge", ODD, "--out", str(tmp_path / "run"), "--orders", "ab", "--no-cache"]
    with pytest.raises(SystemExit, match="0"):
        cli.main(call)
    said = capfd.readouterr()
    assert said.out.count("\n") == 1
    assert "a judge may print what it likes\n" in said.err


@pytest.mark.usefixtures("interruptible")
def test_a_member_of_a_panel_can_do_no_more(opened: Pair) -> None:
    panel = Panel(judges=(ODD, "fixed"), quorum=1)
    said = compare_pair(named(opened, "KeyboardInterrupt"), panel)
    assert isinstance(said, Verdict)
    assert any("no answer, broken: KeyboardInterrupt" in note for note in said.notes)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Leaving", "SystemExit: 0"),
        ("Wordless", "found no method judge; expected one that takes a pair and gives a verdict"),
        ("Versioned", "version cannot be loaded: KeyboardInterrupt"),
        ("Many", "found in_flight = 'many'; expected a whole number, 1 or more"),
        ("Batchless", "found batch = 0; expected a whole number, 1 or more"),
    ],
)
@pytest.mark.usefixtures("interruptible")
def test_a_judge_that_is_none_is_refused_in_a_line(name: str, message: str) -> None:
    with pytest.raises(BadSpec) as caught:
        catalog.part("judges", f"{FILE}:{name}")
    assert str(caught.value) == f"{FILE}:{name}: {message}"


def test_a_file_that_ends_the_program_is_refused_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "leaves.py").write_text("import sys\nsys.exit(0)\n", "utf-8")
    with pytest.raises(BadSpec, match=r"leaves\.py: cannot be loaded: SystemExit: 0"):
        catalog.part("judges", f"{tmp_path / 'leaves.py'}:Any")


def test_anything_with_the_method_is_a_judge_in_python(opened: Pair) -> None:
    assert isinstance(compare_pair(opened, Plain()), Verdict)
