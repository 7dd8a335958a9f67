"""`twinlens score`: what people see, what programs get, and the exit codes of gates."""

import csv
import json
from pathlib import Path

import jsonschema
import pytest

from made_runs import verdict, write_run
from twinlens.cli import run as command
from twinlens.core.contracts import schema


def folder(place: Path, name: str, right: int = 30, judge: str = "measured") -> Path:
    """A run of 40 pairs in 10 scenes, so many right, the label b, which is version v2."""
    columns = {"version_a": "v1", "version_b": "v2", "tier": "easy"}
    bare = {"columns": columns, "claims": [], "rationale": "", "orders": {}, "consistent": None}
    chosen = [("b", 0.25) if at < right else ("a", 0.75) for at in range(40)]
    rows = [
        verdict(f"p{at}", choice, p_a, scene=f"s{at % 10}", label="b", **bare)
        for at, (choice, p_a) in enumerate(chosen)
    ]
    return write_run(place / name, rows, judge)


def test_people_see_value_interval_rows_and_failures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(["score", str(folder(tmp_path, "run")), "--by", "tier"]) == 0
    out = capsys.readouterr().out
    assert "measured: 40 pairs, 10 scenes" in out
    line = next(line for line in out.splitlines() if line.startswith("accuracy"))
    assert line.split()[:2] == ["accuracy", "0.750"]
    assert line.split()[-2:] == ["40", "0"]
    assert "tier" in out
    assert "control: always the side that is right more often" in out
    assert "twinlens:" in out


def test_programs_get_one_object_of_the_schema(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = folder(tmp_path, "1"), folder(tmp_path, "2", 38)
    call = [
        "score",
        str(first),
        str(second),
        "--json",
        "--composite",
        "2*accuracy",
        "--require",
        "accuracy>0.5",
    ]
    assert command(call) == 0
    record = json.loads(capsys.readouterr().out)
    jsonschema.validate(record, schema("scores"))
    assert record["difference"]["scores"]["accuracy"]["words"] == "the second is higher"
    assert record["against"]["scores"]["accuracy"]["value"] == 0.95
    assert record["gates"][0]["met"] is True


def test_two_runs_are_distinguished_or_not_in_plain_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = folder(tmp_path, "1"), folder(tmp_path, "2", 31, "other")
    assert command(["score", str(first), str(second)]) == 0
    out = capsys.readouterr().out
    assert "cannot be told apart" in out
    assert "against other: 40 pairs" in out


@pytest.mark.parametrize(
    ("require", "code"),
    [("win_rate(v2)>=0.5", 0), ("win_rate(v2)>=0.9", 1), ("low(accuracy)>=0.74", 1), ("accuracy>=0.75", 0)],
)
def test_a_gate_that_is_not_met_exits_with_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], require: str, code: int
) -> None:
    assert command(["score", str(folder(tmp_path, "run")), "--require", require]) == code
    captured = capsys.readouterr()
    assert f"{'not met' if code else 'met'}: {require}" in captured.out
    assert captured.err == (f"twinlens: not met: {require}\n" if code else "")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--require", "accuracy"], "expected one score, one of >= > <= <"),
        (["--require", "win_rate(v9)>0"], "found no score 'win_rate(v9)'"),
        (["--composite", "os.system"], "expected weights and names of scores"),
        (["--mean-over", "tier"], "found no --composite"),
        (["--by", "nothing"], "no row has the column 'nothing'"),
        (["--labels", "nowhere.csv"], "'nowhere.csv': cannot be read"),
    ],
)
def test_wrong_use_is_one_line_and_the_code_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], told: str
) -> None:
    assert command(["score", str(folder(tmp_path, "run")), *options]) == 2
    captured = capsys.readouterr()
    assert told in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_a_folder_that_is_no_run_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["score", str(tmp_path)]) == 2
    assert "expected the folder of a run" in capsys.readouterr().err


def test_a_torn_last_line_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = folder(tmp_path, "run")
    file = made / "rows.jsonl"
    file.write_bytes(file.read_bytes()[:-9])
    assert command(["score", str(made)]) == 0
    out = capsys.readouterr().out
    assert "39 pairs" in out
    assert "cut short and left out" in " ".join(out.split())


def test_a_judges_name_never_reaches_the_terminal_as_markup(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(["score", str(folder(tmp_path, "run", judge="[red]x\x1b[31m"))]) == 0
    out = capsys.readouterr().out
    assert "[red]x\ufffd[31m" in out
    assert "\x1b" not in out


def test_tables_are_printed_as_papers_and_programs_take_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = str(folder(tmp_path, "run"))
    assert command(["score", run, "--format", "markdown"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("| score | value | 95 % interval | n | failed |\n| --- | --: |")
    assert "\n| accuracy | 0.750 | \\[0." in shown
    assert "twinlens:" in shown
    assert command(["score", run, "--format", "latex"]) == 0
    shown = capsys.readouterr().out
    assert r"win\_rate(v1) & 0.250 & [0." in shown
    assert "% twinlens:" in shown
    assert command(["score", run, run, "--format", "csv", "--by", "tier"]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert {row["part"] for row in rows} == {"", "tier: easy", "control: majority_side"}
    first = rows[0]
    assert (first["score"], first["value"], first["n"]) == ("accuracy", "0.750000", "40")
    assert first["signature"].startswith("accuracy|of:labelled pairs")


def test_signatures_are_shown_on_demand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = str(folder(tmp_path, "run"))
    assert command(["score", run, "--signatures"]) == 0
    assert "accuracy|of:labelled pairs, a tie half|failures:wrong|interval:" in capsys.readouterr().out
    assert command(["score", run]) == 0
    assert "accuracy|of:" not in capsys.readouterr().out
