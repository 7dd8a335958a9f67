"""`twinlens run` as people and programs use it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from twinlens import cli

Ran = tuple[int, str, str]
Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs a command in this process: its exit code, output and complaints."""
    monkeypatch.setenv("TWINLENS_CACHE", str(tmp_path / "cache"))

    def ran(*arguments: str | Path) -> Ran:
        with pytest.raises(SystemExit) as ended:
            cli.main(list(map(str, arguments)))
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return ran


@pytest.fixture
def versions(tmp_path: Path, pictures: list[tuple[Path, Path]]) -> Path:
    """A folder of two versions of three scenes."""
    for scene, photos in zip("xyz", pictures, strict=False):
        for version, photo in zip(("v1", "v2"), photos, strict=True):
            (tmp_path / "shots" / version).mkdir(parents=True, exist_ok=True)
            shutil.copy(photo, tmp_path / "shots" / version / f"{scene}.png")
    return tmp_path / "shots"


def test_a_folder_of_versions_runs(run: Run, versions: Path, tmp_path: Path) -> None:
    code, out, err = run("run", versions, "--judge", "fixed", "--out", tmp_path / "run")
    assert (code, err) == (0, "")
    assert out.startswith(f"3 of 3 pairs in {tmp_path / 'run'}, 0 failed, ")
    rows = [json.loads(line) for line in (tmp_path / "run" / "rows.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == ["x:v1:v2", "y:v1:v2", "z:v1:v2"]
    assert rows[0]["columns"] == {"version_a": "v1", "version_b": "v2"}


def test_the_same_command_goes_on_and_names_the_cache(run: Run, versions: Path, tmp_path: Path) -> None:
    call = ("run", versions, "--judge", "fixed")
    assert run(*call, "--out", tmp_path / "run", "--limit", "1")[1].startswith("1 of 3 pairs")
    assert "3 of 3 pairs" in (out := run(*call, "--out", tmp_path / "run")[1])
    assert "2 of them now" in out
    assert "3 from the cache" in run(*call, "--out", tmp_path / "again")[1]
    assert "cache" not in run(*call, "--out", tmp_path / "anew", "--no-cache")[1]


def test_failed_rows_make_the_exit_code_1(run: Run, versions: Path, tmp_path: Path) -> None:
    (versions / "v2" / "y.png").write_bytes(b"oops")
    code, out, err = run("run", versions, "--judge", "fixed", "--out", tmp_path / "run")
    assert (code, err) == (1, "")
    assert "1 failed" in out


def test_bad_rows_are_listed_one_a_line_before_anything_runs(run: Run, tmp_path: Path) -> None:
    (tmp_path / "pairs.csv").write_text("id,a,b\nx,1.png,2.png\n,3.png,4.png\n")
    code, out, err = run("run", tmp_path / "pairs.csv", "--judge", "fixed", "--out", tmp_path / "run")
    assert (code, out) == (2, "")
    first, *lines = err.splitlines()
    assert first == f"twinlens: {tmp_path / 'pairs.csv'}: 3 bad rows; nothing was run"
    assert [line.split(": ")[1].rpartition(":")[2] for line in lines] == ["2", "2", "3"]
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--judge", "nobody"), "no judge is called 'nobody'"),
        (("--judge", "fixed", "--workers", "0"), "--workers"),
        (("--judge", "fixed", "--orders", "ba"), "--orders"),
        (("--judge", "fixed", "--limit", "0"), "--limit"),
        (("--judge", "fixed", "--reference", "v9"), "has the versions v1, v2"),
        (("--judge", "fixed", "--engine", "spark"), "--engine"),
        (("--judge", "fixed", "--shards", "s3://photos/x"), "without --engine ray"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(
    run: Run, versions: Path, tmp_path: Path, more: tuple[str, ...], message: str
) -> None:
    code, out, err = run("run", versions, "--out", tmp_path / "run", *more)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err
    assert not (tmp_path / "run").exists()


def test_another_judge_in_the_folder_is_refused_with_the_difference(
    run: Run, versions: Path, tmp_path: Path
) -> None:
    run("run", versions, "--judge", "fixed", "--out", tmp_path / "run", "--limit", "1")
    code, _, err = run("run", versions, "--judge", 'fixed(by="id")', "--out", tmp_path / "run")
    assert code == 2
    assert 'judge spec: it has "fixed", this run "fixed(by=' in err
    code, _, err = run("run", versions, "--judge", "fixed", "--out", tmp_path / "run", "--orders", "ab")
    assert code == 2
    assert 'settings orders: it has "both", this run "ab"' in err


@pytest.mark.skipif(sys.platform != "linux", reason="needs a terminal of its own")
def test_a_terminal_is_shown_how_far_the_run_is(versions: Path, tmp_path: Path) -> None:
    import pty

    (versions / "v2" / "y.png").write_bytes(b"oops")
    ours, theirs = pty.openpty()
    ran = subprocess.Popen(
        [sys.executable, "-m", "twinlens.cli", "run", str(versions), "--judge", "fixed(delay=0.2)",
         "--out", str(tmp_path / "run")],
        stdout=subprocess.PIPE, stderr=theirs, env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    while True:
        try:
            shown += os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
    ran.communicate()
    os.close(ours)
    text = shown.decode()
    assert ran.returncode == 1
    assert "3/3" in text
    assert "1 failed" in text
    assert "a second" in text


def answers(folder: Path, **texts: str) -> Path:
    lines = [json.dumps({"id": f"{scene}:v1:v2", "text": text}) for scene, text in texts.items()]
    (folder / "answers.jsonl").write_text("\n".join(lines) + "\n")
    return folder / "answers.jsonl"


def test_answers_written_elsewhere_become_a_run(run: Run, versions: Path, tmp_path: Path) -> None:
    file = answers(tmp_path, x="<answer>A</answer>", y="Hm.")
    code, out, err = run("run", versions, "--answers", file, "--out", tmp_path / "run")
    assert code == 1
    assert out.startswith(f"3 of 3 pairs in {tmp_path / 'run'}, 2 failed")
    assert err == ("twinlens: answers.jsonl: no answer to 'z:v1:v2': 1 of 3 pairs count as failed\n")
    rows = [json.loads(line) for line in (tmp_path / "run" / "rows.jsonl").read_text().splitlines()]
    assert [row.get("choice") for row in rows] == ["a", None, None]
    assert [row.get("raw") for row in rows] == [None, "Hm.", ""]
    assert run("run", versions, "--answers", file, "--out", tmp_path / "run")[0] == 1


def test_lines_that_are_no_answers_are_named_and_the_others_are_read(
    run: Run, versions: Path, tmp_path: Path
) -> None:
    file = answers(tmp_path, x="PICK=left", y="<answer>B</answer>")
    file.write_text(file.read_text() + 'not json\n{"id": "z:v1:v2", "text": null}\n{"text": "A"}\n')
    (tmp_path / "own.toml").write_text("answers = ['PICK=(?P<side>\\w+)']")
    call = ("run", versions, "--answers", file, "--lexicon", tmp_path / "own.toml", "--out", tmp_path / "run")
    code, _, err = run(*call)
    assert code == 1
    assert [line.partition("answers.jsonl:")[2][:12] for line in err.splitlines()] == [
        "3: found no ",
        "5: found no ",
    ]
    rows = [json.loads(line) for line in (tmp_path / "run" / "rows.jsonl").read_text().splitlines()]
    assert [row.get("choice") for row in rows] == ["a", "b", None]
    assert "answers.jsonl:4: found an id or text of another type" in rows[2]["detail"]
    assert json.loads((tmp_path / "run" / "run.json").read_text())["judge"]["spec"].count("own.toml") == 1


def test_a_lexicon_without_answers_is_refused(run: Run, versions: Path, tmp_path: Path) -> None:
    code, _, err = run("run", versions, "--lexicon", "own.toml", "--out", tmp_path / "run")
    assert (code, err.count("--lexicon: ")) == (2, 1)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--judge", "fixed"), "--answers: found --judge as well"),
        (("--judge", "expert"), "--answers: found --judge as well"),
        (("--engine", "ray"), "--answers: found --engine as well"),
        (("--shards", "x"), "--answers: found --shards as well"),
    ],
)
def test_answers_and_a_judge_are_not_taken_together(
    run: Run, versions: Path, tmp_path: Path, more: tuple[str, ...], message: str
) -> None:
    call = ("run", versions, "--answers", answers(tmp_path, x=""), "--out", tmp_path / "run", *more)
    code, out, err = run(*call)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


def test_answers_to_pairs_that_are_not_there_are_refused(run: Run, versions: Path, tmp_path: Path) -> None:
    call = ("run", versions, "--answers", answers(tmp_path, x="", other=""), "--out", tmp_path / "run")
    code, out, err = run(*call)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert f"found answers to 'other:v1:v2', which {versions} does not hold" in err
    assert not (tmp_path / "run").exists()


def test_a_photo_missing_in_one_version_stops_a_folder_unless_it_is_skipped(
    run: Run, versions: Path, tmp_path: Path
) -> None:
    (versions / "v1" / "y.png").unlink()
    call = ("run", versions, "--judge", "fixed", "--out", tmp_path / "run")
    code, out, err = run(*call)
    assert (code, out) == (2, "")
    assert err.startswith(
        f"twinlens: {versions}: 1 bad row; nothing was run; --skip-missing leaves them out\n"
    )
    code, out, err = run(*call, "--skip-missing")
    assert (code, out.partition(",")[0]) == (1, f"2 of 2 pairs in {tmp_path / 'run'}")
    missing = f"{versions / 'v2' / 'y.png'}: no photo of that name in v1; expected one in every version"
    assert missing in err
    summary = json.loads((tmp_path / "run" / "run.json").read_text())["summary"]
    assert summary == {"rows": 2, "failed": 0, "complete": True, "left_out": [missing]}


def test_rows_of_a_table_that_lack_a_photo_are_skipped_and_other_faults_are_not(
    run: Run, versions: Path, tmp_path: Path
) -> None:
    rows = ["id,a,b", "x,v1/x.png,v2/x.png", "y,gone.png,v2/y.png", "z,v1/z.png,none.png"]
    (versions / "pairs.csv").write_text("\n".join(rows) + "\n")
    call = ("run", versions / "pairs.csv", "--judge", "fixed", "--skip-missing", "--out")
    code, out, err = run(*call, tmp_path / "run")
    assert (code, out.partition(",")[0]) == (1, f"1 of 1 pairs in {tmp_path / 'run'}")
    assert [line.split(": ")[1] for line in err.splitlines()[1:]] == [
        f"{versions / 'pairs.csv'}:3",
        f"{versions / 'pairs.csv'}:4",
    ]
    (versions / "pairs.csv").write_text("\n".join([*rows, "x,v1/y.png,v2/y.png"]) + "\n")
    assert run(*call, tmp_path / "other")[0] == 2
    (versions / "pairs.csv").write_text("\n".join([rows[0], *rows[2:]]) + "\n")
    code, _, err = run(*call, tmp_path / "none")
    assert (code, "found no pair, 2 that lack photos" in err) == (2, True)
    assert not (tmp_path / "none").exists()


def test_failed_rows_are_judged_again_by_the_same_command(
    run: Run, versions: Path, tmp_path: Path, pictures: list[tuple[Path, Path]]
) -> None:
    (versions / "v1" / "y.png").write_text("no photo")
    call = ("run", versions, "--judge", "fixed", "--out", tmp_path / "run")
    assert run(*call)[0] == 1
    shutil.copy(pictures[1][0], versions / "v1" / "y.png")
    assert "1 failed" in run(*call)[1]
    code, out, _ = run(*call, "--retry-failed")
    assert (code, "0 failed, 1 of them now, 1 that had failed judged again" in out) == (0, True)
