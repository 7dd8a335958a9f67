"""`twinlens rank`: versions in order, of a run or of votes, for people and for programs."""

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
    assert "expected 2 to 2000, in the columns version_a and version_b" in err
    assert err.count("\n") == 1


VOTES = """a,b,winner,count,region
rock,scissors,a,30,
scissors,rock,a,5,
scissors,paper,a,30,
paper,scissors,a,5,
paper,rock,a,30,
rock,paper,a,5,
rock,paper,tie,7,
a version with a name that is longer than any column can show without a cut,rock,b,12,
rock,paper,a,9,face
"""


@pytest.fixture
def votes(tmp_path: Path) -> Path:
    (tmp_path / "votes.csv").write_text(VOTES, "utf-8")
    return tmp_path / "votes.csv"


def test_people_see_ties_cycles_groups_and_what_to_judge_next_in_80_columns(
    votes: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(votes.parent)
    assert command(["rank", "votes.csv", "--by", "region", "--next", "2"]) == 0
    out = capsys.readouterr().out
    said = " ".join(out.split())
    assert "votes.csv: 124 comparisons, 4 versions" in said
    assert "ties: ν = " in said
    assert "Intransitive, which no strengths express: paper beats rock (86 %)" in said
    assert "rock > paper" in said
    assert "to judge next" in said
    *lines, _ = out.rstrip().splitlines()  # the signature is one line, however long
    assert max(map(len, lines)) <= 80


def test_a_plot_is_written_and_the_object_has_all(votes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plot = votes.parent / "plot.svg"
    assert command(["rank", str(votes), "--json", "--plot", str(plot), "--model", "bradley-terry"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["model"], record["ties"], record["next"]) == ("bradley-terry", None, [])
    assert [cycle["versions"] for cycle in record["cycles"]] == [["paper", "rock", "scissors"]]
    assert plot.read_text("utf-8").startswith("<svg")


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["nowhere"], "no such file or folder; expected a run's folder or a file of votes"),
        (["votes.csv", "--plot", "nowhere/x.svg"], "no such folder"),
        (["votes.csv", "--plot", "."], "found something else there, a folder"),
        (["votes.csv", "--plot", "votes.csv"], "found an input of this command"),
        (["votes.csv", "--by", "light"], "--by 'light': no row has it"),
        (["votes.csv", "--prior", "-1"], "--prior"),
        (["votes.csv", "--prior", "nan"], "--prior"),
        (["votes.csv", "--prior", "0"], "expected a --prior above 0"),
        (["votes.csv", "--model", "elo"], "--model"),
    ],
)
def test_wrong_use_is_one_line(
    votes: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    found: str,
) -> None:
    monkeypatch.chdir(votes.parent)
    assert command(["rank", *arguments]) == 2
    err = capsys.readouterr().err
    assert found in err
    assert err.count("\n") == 1


def test_names_of_any_length_fit_80_columns_and_stand_whole_in_tables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    names = [
        f"renders/2026-11-27/a very long name of a camera app/{at}/night-portrait-{at}" for at in range(3)
    ]
    lines = [f"{a},{b},a" for at, a in enumerate(names) for b in names[at + 1 :] for _ in range(4)]
    (tmp_path / "votes.csv").write_text("\n".join(["a,b,winner", *lines]), "utf-8")
    assert command(["rank", str(tmp_path / "votes.csv"), "--next", "2"]) == 0
    table = capsys.readouterr().out.partition("\n\n")[0].splitlines()[-4:]
    assert max(map(len, table)) <= 80
    assert [line.split()[0][-3:] for line in table[1:]] == ["t-0", "t-1", "t-2"]
    assert all("12" not in line or "[" in line for line in table)
    assert command(["rank", str(tmp_path / "votes.csv"), "--format", "csv"]) == 0
    assert all(name in capsys.readouterr().out for name in names[:1])
    assert command(["rank", str(tmp_path / "votes.csv"), "--format", "markdown"]) == 0
    assert (
        "| renders/2026-11-27/a very long name of a camera app/0/night-portrait-0 | 1 |"
        in capsys.readouterr().out
    )


def test_a_version_that_never_lost_is_said_to_stay_short_of_100_percent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "votes.csv").write_text("a,b,winner\n" + "x,y,a\n" * 5, "utf-8")
    assert command(["rank", str(tmp_path / "votes.csv")]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "wins with a probability of 92 %" in shown
    assert "the prior does, so its probabilities stay short of 0 and 100 %" in shown
