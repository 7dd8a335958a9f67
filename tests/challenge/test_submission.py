"""Submissions are packed from runs, checked against a kit and scored, as the commands do it."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from made_submissions import (
    ANSWERS,
    IDS,
    TEXTS,
    images,
    line,
    right,
    solution,
    submission,
    write_challenge,
    write_zip,
)  # fmt: skip

from made_runs import failure, verdict, write_run
from twinlens import cli
from twinlens.challenge.kit_items import read_kit
from twinlens.challenge.program.reference import Problem
from twinlens.challenge.submission_check import check_submission
from twinlens.challenge.submission_pack import pack
from twinlens.challenge.submission_warnings import Text, warnings
from twinlens.core.errors import BadInput
from twinlens.runs.store import RunFolder


@pytest.fixture
def challenge(tmp_path: Path) -> Path:
    return write_challenge(tmp_path / "challenge")


@pytest.fixture
def kit(challenge: Path) -> Path:
    return challenge / "build" / "phase_1" / "kit"


def rows() -> list[dict[str, Any]]:
    """Rows of a judge that answers everything right."""
    return [
        verdict(id, answer.lower(), rationale=solution(text, answer))
        for id, answer, text in zip(IDS, ANSWERS, TEXTS, strict=True)
    ]


def lines_of(file: Path) -> list[dict[str, Any]]:
    with zipfile.ZipFile(file) as archive:
        (name,) = archive.namelist()
        return [json.loads(one) for one in archive.read(name).decode("utf-8").splitlines()]


def twinlens(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        cli.main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


def test_a_run_becomes_the_challenges_lines(tmp_path: Path, kit: Path) -> None:
    run = RunFolder(write_run(tmp_path / "run", rows()))
    assert pack(run, tmp_path / "s.zip", read_kit(kit)) == len(IDS)
    assert lines_of(tmp_path / "s.zip") == right()
    first = (tmp_path / "s.zip").read_bytes()
    pack(run, tmp_path / "s.zip", read_kit(kit))
    assert (tmp_path / "s.zip").read_bytes() == first


def test_the_answer_is_the_runs_whatever_the_text_says_last(tmp_path: Path, kit: Path) -> None:
    said = [row | {"rationale": f"<think>{row['id']}</think> <answer>A</answer>"} for row in rows()]
    pack(RunFolder(write_run(tmp_path / "run", said)), tmp_path / "s.zip", read_kit(kit))
    assert [one["solution"] for one in lines_of(tmp_path / "s.zip")][1] == solution(IDS[1], "B")


def test_without_a_kit_the_images_are_those_of_the_file_that_was_run(tmp_path: Path, kit: Path) -> None:
    run = write_run(tmp_path / "run", rows())
    record = json.loads((run / "run.json").read_text("utf-8"))
    record["origin"] = {"folder": str(kit), "pairs": "items.jsonl", "reader": "raim"}
    (run / "run.json").write_text(json.dumps(record), "utf-8")
    pack(RunFolder(run), tmp_path / "s.zip")
    assert lines_of(tmp_path / "s.zip") == right()
    (kit / "items.jsonl").unlink()
    with pytest.raises(BadInput, match=r"items\.jsonl.*--for KIT"):
        pack(RunFolder(run), tmp_path / "s.zip")
    record["origin"]["reader"] = "table"
    (run / "run.json").write_text(json.dumps(record), "utf-8")
    with pytest.raises(BadInput, match=r"no run of a RAIM JSONL.*--for KIT"):
        pack(RunFolder(run), tmp_path / "s.zip")


def test_a_run_that_lacks_answers_is_refused_by_name(tmp_path: Path, kit: Path) -> None:
    made = [rows()[0], failure(IDS[1]), verdict(IDS[2], "tie"), verdict("x_9"), rows()[0]]
    with pytest.raises(BadInput) as error:
        pack(RunFolder(write_run(tmp_path / "run", made)), tmp_path / "s.zip", read_kit(kit))
    for part in (
        "2 without an answer", f": {IDS[1]}, {IDS[2]};", "2 not in the run", f": {IDS[3]}, {IDS[4]};",
        "no item of the challenge: x_9;", f"twice: {IDS[0]}; nothing was packed",
    ):  # fmt: skip
        assert part in str(error.value)
    assert not (tmp_path / "s.zip").exists()


def test_many_names_are_cut_short(tmp_path: Path, kit: Path) -> None:
    made = [*rows(), *(verdict(f"x_{at}") for at in range(15))]
    with pytest.raises(BadInput, match="x_9 and 5 more; nothing"):
        pack(RunFolder(write_run(tmp_path / "run", made)), tmp_path / "s.zip", read_kit(kit))


@pytest.mark.parametrize("top", ["", "kit/"])
def test_a_kit_is_a_folder_or_a_zip(tmp_path: Path, kit: Path, top: str) -> None:
    names = ("items.jsonl", "settings.json")
    zipped = write_zip(tmp_path / "kit.zip", {top + name: (kit / name).read_bytes() for name in names})
    assert [item.images for item in read_kit(zipped).items] == [item.images for item in read_kit(kit).items]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"items.jsonl": "x"}, "line 1 of items.jsonl"), ({"items.jsonl": '{"id": "a"}'}, "line 1"),
        ({"items.jsonl": '{"id": "a", "images": []}'}, "line 1"), ({"settings.json": "{}"}, "the schema"),
        ({"items.jsonl": '{"id": "a", "images": ["x"]}\n' * 2}, "line 2 of .*: the item 'a' stands twice"),
        ({"items.jsonl": "\n"}, "found no item in items.jsonl"),
    ],
)  # fmt: skip
def test_a_broken_kit_is_refused(kit: Path, broken: dict[str, str], said: str) -> None:
    for name, content in broken.items():
        (kit / name).write_text(content, "utf-8")
    with pytest.raises(BadInput, match=said):
        read_kit(kit)


def test_a_kit_may_have_a_byte_order_mark_and_blank_lines(kit: Path) -> None:
    items = [item.id for item in read_kit(kit).items]
    text = (kit / "items.jsonl").read_text("utf-8").replace("\n", "\r\n\r\n")
    (kit / "items.jsonl").write_text(text, "utf-8-sig", newline="")
    assert [item.id for item in read_kit(kit).items] == items


def test_a_kit_that_is_damaged_in_its_zip_is_refused(tmp_path: Path, kit: Path) -> None:
    with zipfile.ZipFile(tmp_path / "kit.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("items.jsonl", (kit / "items.jsonl").read_text("utf-8") * 50)
        archive.writestr("settings.json", "{}")
    data = bytearray((tmp_path / "kit.zip").read_bytes())
    data[50:80] = b"\xff" * 30
    (tmp_path / "kit.zip").write_bytes(data)
    with pytest.raises(BadInput, match=r"items.jsonl: broken in the zip .*; expected the starting kit"):
        read_kit(tmp_path / "kit.zip")


def test_a_kit_that_never_ends_or_is_too_large_is_refused(
    tmp_path: Path, kit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe.zip")
    with pytest.raises(BadInput, match="a named pipe; expected the starting kit"):
        read_kit(tmp_path / "pipe.zip")
    with zipfile.ZipFile(tmp_path / "kit.zip", "w") as archive:
        for name in ("items.jsonl", "settings.json"):
            archive.write(kit / name, name)
    assert read_kit(tmp_path / "kit.zip").items
    monkeypatch.setattr("twinlens.challenge.kit_items.MOST_BYTES", 10)
    with pytest.raises(BadInput, match=r"items.jsonl: found more than 10 bytes"):
        read_kit(tmp_path / "kit.zip")


def test_what_is_no_kit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "no.zip").write_text("x")
    for path in (
        tmp_path,
        tmp_path / "no.zip",
        tmp_path / "absent",
        write_zip(tmp_path / "e.zip", {"a": ""}),
    ):
        with pytest.raises(BadInput, match="; expected the starting kit"):
            read_kit(path)


def checked(tmp_path: Path, kit: Path, lines: list[Any]) -> list[Problem]:
    return list(check_submission(submission(tmp_path / "s.zip", lines), read_kit(kit)).errors)


def test_a_well_formed_submission_has_no_errors(tmp_path: Path, kit: Path) -> None:
    report = check_submission(submission(tmp_path / "s.zip", right()), read_kit(kit))
    assert (report.items, report.usable, report.errors) == (5, 5, ())


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("x", "no JSON"), (line(0, answer="C"), "none of A, B"), (line(1), "already on line 2"),
        ({"images": list(reversed(images(IDS[0])))}, "no solution"),
        (line(0, images=["p_000_merged_c0.jpg"]), "p_000_merged_c0.jpg; expected images/p_000"),
        (line(0, solution="<answer>A</answer>"), "tags not as asked"),
        (line(0, solution="<thinking>x</think><answer>A</answer>"), "tags not as asked"),
        (line(0, solution="<answer>A</answer><thinking>x</thinking>"), "tags not as asked"),
        (line(0, solution=solution("x", "B") + "<answer>A</answer>"), "tags not as asked"),
        (line(0, solution=solution("<think>", "A")), "tags not as asked"),
        (line(0, solution=solution("x", "a")), "tags not as asked"),
    ],
)  # fmt: skip
def test_errors_name_their_line(tmp_path: Path, kit: Path, bad: Any, said: str) -> None:
    errors = checked(tmp_path, kit, [line(2), line(1), bad])
    assert said in next(one.text for one in errors if one.line == 3)


def test_missing_items_are_named_after_the_lines(tmp_path: Path, kit: Path) -> None:
    errors = checked(tmp_path, kit, ["x", *right()[1:4]])
    assert [one.line for one in errors] == [1, 0, 0]
    assert [one.text.split(":")[0] for one in errors[1:]] == [IDS[0], IDS[4]]


def test_text_beside_the_tags_is_a_warning(tmp_path: Path, kit: Path) -> None:
    lines = [line(0, solution=solution(TEXTS[0], "A") + '"'), *right()[1:]]
    report = check_submission(submission(tmp_path / "s.zip", lines), read_kit(kit))
    assert report.errors == ()
    assert report.warnings[0].text == f"{IDS[0]}: '\"' stands beside the tags; it is passed over"


def test_an_answer_without_reasons_is_scored_and_warned_of(tmp_path: Path, kit: Path) -> None:
    lines = [line(0, solution=solution(" ", "A")), *right()[1:]]
    report = check_submission(submission(tmp_path / "s.zip", lines), read_kit(kit))
    assert (report.usable, report.errors) == (5, ())
    assert report.warnings[0].text == f"{IDS[0]}: found no reasons; a score of texts is 0 for it"


def warned(*texts: tuple[int, str]) -> list[Problem]:
    made = (Text(at, f"p_{at:03}", answer, text) for at, (answer, text) in enumerate(texts, 1))
    return list(warnings(list(made)))


A_SHARPER = "Face Sharpness: Image A (Left) is sharper, while Image B (Right) is blurry."
B_CLEANER = "Hair Noise: Image B (Right) is cleaner, while Image A (Left) is noisy."


def test_reasons_for_the_other_answer_are_warned_of() -> None:
    assert warned((0, A_SHARPER)) == []
    assert warned((1, A_SHARPER)) == [
        Problem(1, "p_001: the reasons, taken together, are for the other answer")
    ]


def test_reasons_for_both_sides_are_warned_of() -> None:
    other = A_SHARPER.replace("A (Left)", "X").replace("B (Right)", "A (Left)").replace("X", "B (Right)")
    assert warned((0, f"{A_SHARPER}\n{other}")) == [
        Problem(1, "p_001: argues for both sides: face sharpness")
    ]
    assert warned((0, f"{A_SHARPER}\n{B_CLEANER}")) == []
    overall = "Global Quality: Image A is better overall.\nOverall: Image B is better."
    assert any("both sides: overall" in one.text for one in warned((0, overall)))


def test_reasons_that_repeat_are_warned_of_once_each() -> None:
    made = warned(
        (0, A_SHARPER), (0, A_SHARPER.upper().replace("IMAGE", "Image")), (0, B_CLEANER), (0, A_SHARPER)
    )
    repeats = [one for one in made if "same rationale" in one.text]
    assert [(one.line, one.text) for one in repeats] == [
        (2, "p_002: the same rationale as on line 1"), (4, "p_004: the same rationale as on line 1"),
    ]  # fmt: skip


def test_reasons_of_an_image_blind_template_are_warned_of() -> None:
    places = ("Face", "Hair", "Skin", "Cloth", "Sky")
    blind = [(0, A_SHARPER.replace("Face", place)) for place in places]
    mirrored = "Wall Sharpness: Image B (Right) is sharper, while Image A (Left) is blurry."
    made = warned(*blind, (1, mirrored), (0, TEXTS[1]), (0, TEXTS[3]))
    assert [one.line for one in made if "without looking" in one.text] == [1, 2, 3, 4, 5, 6]


def test_reasons_in_which_nothing_can_be_read_are_warned_of() -> None:
    assert [one.text for one in warned((0, "Lorem ipsum."))] == [
        "p_001: no claim about Image A and Image B can be read"
    ]


def test_experts_are_not_warned_of(data: Path) -> None:
    lines = (data / "raim" / "train_grpo_1536.jsonl").read_text("utf-8").splitlines()
    texts = [json.loads(one)["solution"] for one in lines]
    made = warned(*((text.count("<answer>B"), text) for text in texts))
    assert len(made) <= 6


def test_a_submission_is_packed_checked_and_scored_by_commands(
    tmp_path: Path, challenge: Path, kit: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, file = write_run(tmp_path / "run", rows()), tmp_path / "s.zip"
    packed = twinlens(capsys, "submission", "pack", run, "-o", file, "--for", kit)
    assert packed == (0, f"5 items in {file}\n", "")
    code, out, _ = twinlens(capsys, "submission", "check", file, "--for", kit)
    assert code == 0
    assert "5 of 5 items can be scored" in out
    code, out, _ = twinlens(capsys, "challenge", "score", challenge, file, "-o", tmp_path / "out")
    assert code == 0
    assert "score    1.000" in out
    assert {one.name for one in (tmp_path / "out").iterdir()} == {
        "scores.json", "summary.json", "detailed_results.html",
    }  # fmt: skip


def test_what_failed_is_code_1_and_listed_plainly(
    tmp_path: Path, challenge: Path, kit: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = submission(tmp_path / "s.zip", [*right()[1:], {"images": ["\x1b[31m\u202ex"], "solution": ""}])
    for command in (("submission", "check", file, "--for", kit), ("challenge", "score", challenge, file)):
        code, out, _ = twinlens(capsys, *command)
        assert code == 1
        assert "line 5: the images" in out
        assert f"{IDS[0]}: no line is about it" in out
        assert not {"\x1b", "\u202e"} & set(out)


def test_json_holds_all_of_it(
    tmp_path: Path, challenge: Path, kit: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = submission(tmp_path / "s.zip", right()[1:])
    code, out, _ = twinlens(capsys, "submission", "check", file, "--for", kit, "--json")
    made = json.loads(out)
    assert (code, made["schema"], made["usable"]) == (1, "twinlens.submission-check/1", 4)
    assert made["errors"] == [{"line": 0, "text": f"{IDS[0]}: no line is about it; expected one"}]
    code, out, _ = twinlens(capsys, "challenge", "score", challenge, file, "--phase", "1", "--json")
    made = json.loads(out)
    assert (code, made["schema"], made["phase"]) == (1, "twinlens.challenge-score/1", "phase_1")
    assert (made["items"], made["failed"], list(made["scores"])) == (
        5,
        1,
        ["accuracy", "bleu4", "rouge_l", "score"],
    )


def test_wrong_use_is_one_line_and_code_2(
    tmp_path: Path, challenge: Path, kit: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, empty = submission(tmp_path / "s.zip", right()), submission(tmp_path / "e.zip", [])
    (tmp_path / "file").touch()
    for command, said in (
        (("challenge", "score", tmp_path, file), "no phase that is built"),
        (("challenge", "score", challenge, file, "--phase", "7"), "--phase 7: not built; expected one of 1"),
        (("challenge", "score", challenge, empty), "no line about an item"),
        (("challenge", "score", challenge, tmp_path / "no.zip"), "No such file"),
        (("challenge", "score", challenge, file, "-o", tmp_path / "file"), "cannot be written"),
        (("submission", "check", empty, "--for", kit), "no line about an item"),
        (("submission", "check", file, "--for", tmp_path), "expected the starting kit"),
        (("submission", "pack", tmp_path, "-o", file), "expected the folder of a run"),
    ):
        code, out, err = twinlens(capsys, *command)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert said in err


def test_by_default_the_last_phase_that_can_score_it_does(
    tmp_path: Path, challenge: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(challenge / "build" / "phase_1", challenge / "build" / "phase_10")
    file = submission(tmp_path / "s.zip", right())
    _, out, _ = twinlens(capsys, "challenge", "score", challenge, file, "--json")
    assert json.loads(out)["phase"] == "phase_10"
    other = challenge / "build" / "phase_10" / "reference" / "reference.jsonl"
    other.write_text(other.read_text("utf-8").replace("_merged", "_final_merged"), "utf-8")
    _, out, _ = twinlens(capsys, "challenge", "score", challenge, file, "--json")
    assert json.loads(out)["phase"] == "phase_1"
    code, _, err = twinlens(capsys, "challenge", "score", challenge, file, "--phase", "10")
    assert (code, err.count("\n")) == (2, 1)
