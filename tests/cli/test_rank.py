"""`twinlens rank`: versions in order, for people and for programs."""

import json
from pathlib import Path

import pytest

from made_runs import verdict, write_run
from twinlens.cli import run as command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run of 40 pairs of two versions, three quarters won by v2."""
    columns = {"version_a": "v1", "version_b": "v2 [red]"}
    rows = [verdict(f"p{at}", "b" if at < 30 else "a", columns=columns) for at in range(40)]
    return write_run(tmp_path / "run", rows, "measured")


def test_people_see_the_order_and_what_is_certain(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["rank", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "measured: 40 pairs, 40 scenes" in out
    first = next(line for line in out.splitlines() if "v2" in line)
    assert first.split()[:4] == ["v2", "[red]", "1", "+0.533"]
    assert "v2 [red] against v1: wins with a probability of 74 %, the first is better" in out


def test_programs_get_one_object(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["rank", str(folder), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["schema"] == "twinlens.ranking/1"
    assert [one["version"] for one in record["versions"]] == ["v2 [red]", "v1"]


def test_a_run_without_versions_is_reported_in_one_line(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = (folder / "rows.jsonl").read_text("utf-8").replace("version_", "other_")
    (folder / "rows.jsonl").write_text(rows, "utf-8")
    assert command(["rank", str(folder)]) == 2
    err = capsys.readouterr().err
    assert "expected 2 to 50, in the columns version_a and version_b" in err
    assert err.count("\n") == 1
