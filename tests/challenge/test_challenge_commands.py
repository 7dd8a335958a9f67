"""`twinlens challenge new`, `build` and `check`, as an organiser types them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from made_bundle import as_zip, built, competition, read_zip

from twinlens.challenge.config import read_challenge
from twinlens.challenge.new import new
from twinlens.cli import run
from twinlens.readers import open_pairs
from twinlens.scoring.labels import read_labels

TODAY = datetime(2027, 1, 1, 15, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example") / "challenge"
    new(folder, example=True, today=TODAY)
    return folder


def test_the_example_is_built_and_passes_every_check(
    example: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = example.parent / "bundle.zip"
    assert run(["challenge", "build", str(example), "-o", str(bundle)]) == 0
    assert "Development 6 items, Final 6 items" in capsys.readouterr().out
    assert run(["challenge", "check", str(bundle)]) == 0
    lines = capsys.readouterr().out.strip().splitlines()
    assert {line[:3].strip() for line in lines[:-3]} <= {"ok", ""}
    assert max(map(len, lines[:-3])) <= 80
    assert lines[-1].endswith("ready to upload")


def test_the_example_has_two_phases_of_labelled_pairs(example: Path) -> None:
    challenge = read_challenge(example)
    assert [f"{phase.begins:%F %T}" for phase in challenge.phases] == [
        "2027-01-01 00:00:00",
        "2027-03-02 01:00:00",
    ]
    for phase in challenge.phases:
        assert len(open_pairs(example / phase.pairs)) == 6
        assert len(read_labels(example / str(phase.labels))) == 6


def test_a_new_challenge_is_a_template_that_holds_once_its_files_are_there(tmp_path: Path) -> None:
    assert run(["challenge", "new", str(tmp_path / "c")]) == 0
    for name in ("phase_1/pairs.csv", "phase_1/labels.jsonl", "phase_2/pairs.csv", "phase_2/labels.jsonl"):
        (tmp_path / "c" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "c" / name).touch()
    challenge = read_challenge(tmp_path / "c")
    assert (challenge.title, len(challenge.phases), len(challenge.fact_sheet)) == ("TITLE", 2, 6)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["new", "full"], "'full': found something else there, such as 'challenge.yaml'; expected a new"),
        (["build", "none", "-o", "b.zip"], "cannot be read: No such file or directory; expected the"),
        (["build", "full", "-o", "b.zip"], "challenge.yaml:1: titel: found a key that is not known; "),
        (["check", "none.zip"], "'none.zip': cannot be read: No such file or directory; expected a bundle"),
        (["check", "full/challenge.yaml"], "no zip that can be read"),
    ],
)  # fmt: skip
def test_wrong_use_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    line: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "challenge.yaml").write_text("titel: x\n", "utf-8")
    assert run(["challenge", *arguments]) == 2
    said = capsys.readouterr().err
    assert line in said
    assert said.count("\n") == 1


def test_a_broken_bundle_is_said_to_people_and_programs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = read_zip(built(tmp_path))
    competition(lambda data: data.update(title="\x1b[31m" * 100, version=1))(files)
    (tmp_path / "b.zip").write_bytes(as_zip(files))
    assert run(["challenge", "check", str(tmp_path / "b.zip")]) == 1
    shown = capsys.readouterr().out
    assert "competition.yaml:1: version: found 1; expected version: 2" in " ".join(shown.split())
    assert "\x1b[31m" not in shown
    assert run(["challenge", "check", str(tmp_path / "b.zip"), "--json"]) == 1
    made = json.loads(capsys.readouterr().out)
    assert (made["schema"], made["errors"], made["warnings"]) == ("twinlens.challenge-check/1", 2, 0)
    assert [one["rule"] for one in made["findings"] if one["status"] == "error"] == ["version", "title"]


def test_a_phase_is_named_by_its_number_or_its_name(
    example: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["challenge", "build", str(example), "-o", str(example.parent / "phases.zip")]) == 0
    for phase in ("2", "Final"):
        run(["challenge", "score", str(example), str(example / "none.zip"), "--phase", phase])
        assert "none.zip" in capsys.readouterr().err
    assert run(["challenge", "score", str(example), str(example / "none.zip"), "--phase", "Finale"]) == 2
    assert "--phase Finale: not built; expected one of 1, 2, Development, Final" in capsys.readouterr().err
