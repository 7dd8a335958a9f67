"""No command writes over an input, a picture, or what another program made; nothing is written then."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from twinlens import cli

Ran = Callable[..., tuple[int, str]]


@pytest.fixture
def here(tmp_path: Path, pictures: list[tuple[Path, Path]], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in: photos, a table, a run, a network, and a folder of the user's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TWINLENS_CACHE", str(tmp_path / "cache"))
    for name, photo in zip(("a.png", "b.png", "verdict.html"), (*pictures[0], pictures[1][0]), strict=True):
        shutil.copy(photo, tmp_path / name)
    (tmp_path / "pairs.csv").write_text("id,a,b,label\nx,a.png,b.png,a\n")
    (tmp_path / "votes.csv").write_text("a,b,winner\nv1,v2,a\nv2,v1,a\n")
    (tmp_path / "notes.json").write_text('{"mine": true}')
    (tmp_path / "own").mkdir()
    shutil.copy(pictures[0][0], tmp_path / "own" / "cat_a.png")
    (tmp_path / "own" / "thesis.md").write_text("| rank | team |")
    run = {"schema": "twinlens.run/2", "judge": {"spec": "fixed"}}
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").write_text(json.dumps(run))
    (tmp_path / "run" / "rows.jsonl").write_text("")
    os.mkfifo(tmp_path / "pipe.html")
    return tmp_path


@pytest.fixture
def ran(capsys: pytest.CaptureFixture[str]) -> Ran:
    """Runs a command: its exit code and its complaints."""

    def run(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(list(arguments))
        return int(ended.value.code or 0), capsys.readouterr().err

    return run


def content(folder: Path) -> dict[str, bytes]:
    files = (file for file in folder.rglob("*") if file.is_file() and "cache" not in file.parts)
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


COMPARE, MEASURED = ("compare", "a.png", "b.png", "--report"), ("train", "measured", "pairs.csv", "--out")
REFUSED = [
    ((*COMPARE, "a.png"), "found an input of this command"),
    ((*COMPARE, "./own/../b.png"), "found an input of this command"),
    ((*COMPARE, "photo.jpg"), "found the end '.jpg'; expected a name with .html"),
    ((*COMPARE, "pairs.csv"), "found the end '.csv'"),
    ((*COMPARE, "verdict.html"), "found something else there"),  # a picture under the name of a page
    ((*COMPARE, "pipe.html"), "found something else there, a named pipe"),
    ((*COMPARE, "own"), "found something else there, a folder"),
    ((*COMPARE, "gone/x.html"), "no such folder"),
    (("report", "run", "-o", "a.png"), "found the end '.png'"),
    (("report", "run", "-o", "run/rows.jsonl"), "found the end '.jsonl'"),
    (("report", "run", "-o", "verdict.html"), "found something else there"),
    (("rank", "votes.csv", "--plot", "votes.csv"), "found an input of this command"),
    (("rank", "votes.csv", "--plot", "b.png"), "found the end '.png'"),
    ((*MEASURED, "pairs.csv"), "found an input of this command"),
    ((*MEASURED, "notes.json"), "found something else there"),
    ((*MEASURED, "a.png"), "found the end '.png'"),
    (("train", "answer", "pairs.csv", "--out", "own"), "found something else there, such as 'cat_a.png'"),
    (("run", "pairs.csv", "--out", "own"), "found something else there, such as 'cat_a.png'"),
    (("run", "pairs.csv", "--out", "."), "found something else there"),
    (("run", "pairs.csv", "--out", "a.png"), "cannot be written"),
    (("demo", "--out", "own"), "found something else there, such as 'thesis.md'"),
    (("data", "convert", "pairs.csv", "--to", "huggingface", "-o", "own"), "found something else there"),
    (("data", "convert", "pairs.csv", "--to", "lmms-eval", "-o", "run"), "found something else there"),
    (("submission", "pack", "run", "-o", "a.png"), "found the end '.png'"),
    (("submission", "pack", "run", "-o", "pairs.csv"), "found the end '.csv'"),
    (("challenge", "new", "own"), "found something else there"),
    (("challenge", "score", "run", "x.zip", "-o", "own"), "found something else there"),
    (("challenge", "standings", "run", "own", "-o", "own"), "found something else there"),
    (("challenge", "standings", "run", "own", "-o", "votes.csv"), "found something else there"),
    (("challenge", "standings", "run", "own", "-o", "a.png"), "found the end '.png'"),
]  # fmt: skip


@pytest.mark.parametrize(("command", "message"), REFUSED, ids=[" ".join(command) for command, _ in REFUSED])
def test_what_a_command_did_not_write_stays_as_it_is(
    command: tuple[str, ...], message: str, here: Path, ran: Ran
) -> None:
    before = content(here)
    code, complaint = ran(*command)
    assert (code, complaint.count("\n")) == (2, 1)
    assert message in complaint
    assert "expected" in complaint
    assert content(here) == before


def test_what_a_command_wrote_is_replaced(here: Path, ran: Ran) -> None:
    for name in ("page.html", "empty.HTM"):
        (here / "empty.HTM").touch()
        for _ in range(2):
            assert ran("compare", "a.png", "b.png", "--judge", "fixed", "--report", name) == (0, "")
        assert (here / name).read_text("utf-8").lower().startswith("<!doctype html>")
    for _ in range(2):
        assert ran("rank", "votes.csv", "--plot", "votes.svg") == (0, "")


def test_a_run_goes_into_a_new_folder_an_empty_one_or_its_own(here: Path, ran: Ran) -> None:
    (here / "empty").mkdir()
    (here / "empty" / ".DS_Store").touch()
    for out in ("new", "empty", "empty"):
        assert ran("run", "pairs.csv", "--judge", "fixed", "--out", out) == (0, "")
    (here / "empty" / "notes.txt").touch()
    assert ran("run", "pairs.csv", "--judge", "fixed", "--out", "empty")[0] == 0


def test_a_run_json_of_another_program_is_no_run(here: Path, ran: Ran) -> None:
    (here / "own" / "run.json").write_text('{"scripts": {}}')
    before = content(here)
    assert "run.json': Object missing required field `schema`" in ran("run", "pairs.csv", "--out", "own")[1]
    assert content(here) == before


def test_two_folders_are_answered_with_the_command_that_takes_them(here: Path, ran: Ran) -> None:
    for name in ("set/v1", "set/v 2", "elsewhere"):
        (here / name).mkdir(parents=True)
    code, said = ran("compare", "set/v1", "set/v 2")
    assert (code, said.count("\n")) == (2, 1)
    assert "`twinlens run set --out run`" in said
    (here / "set" / "v3").mkdir()
    assert "`twinlens run set --reference 'v 2' --out run`" in ran("compare", "set/v 2/", "set/v1")[1]
    assert "`twinlens run FOLDER --out run`" in ran("compare", "set/v1", "elsewhere")[1]


@pytest.mark.parametrize(("level", "code"), [("0.5", 0), ("1", 1)])
def test_a_verdict_that_is_not_sure_enough_is_an_abstention(
    level: str, code: int, here: Path, ran: Ran
) -> None:
    call = ("compare", "a.png", "b.png", "--judge", "fixed", "--json", "--abstain-below", level)
    got, said = ran(*call)
    assert got == code
    assert said.startswith("twinlens: abstained: the confidence, 0.80, is below 1") == bool(code)
