"""`twinlens data check`: what is wrong with a file of pairs, and nothing that is not wrong."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from twinlens import cli

Check = Callable[..., tuple[int, dict[str, Any], str]]
GOOD = "<thinking>\nHair Noise: Image A is noisy, while Image B is clean.\n</thinking>\n<answer>B</answer>"


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Check:
    """Checks a file: the exit code, the JSON object, and what people see."""

    def ran(*arguments: str | Path) -> tuple[int, dict[str, Any], str]:
        codes, said = [], []
        for more in (["--json"], []):
            with pytest.raises(SystemExit) as ended:
                cli.main(["data", "check", *map(str, arguments), *more])
            codes.append(int(ended.value.code or 0))
            said.append(capsys.readouterr())
        assert codes[0] == codes[1]
        return codes[0], json.loads(said[0].out) if said[0].out else {}, said[1].out + said[1].err

    return ran


@pytest.fixture
def photos(tmp_path: Path, pictures: list[tuple[Path, Path]]) -> Path:
    """A folder with the photos 0a.png, 0b.png, 1a.png and so on."""
    for number, pair in enumerate(pictures):
        for side, photo in zip("ab", pair, strict=True):
            shutil.copy(photo, tmp_path / f"{number}{side}.png")
    return tmp_path


def table(folder: Path, *rows: str, header: str = "id,a,b") -> Path:
    (folder / "pairs.csv").write_text("\n".join((header, *rows)) + "\n", "utf-8")
    return folder / "pairs.csv"


def raim(folder: Path, *solutions: str) -> Path:
    """A RAIM file of composites, with these solutions."""
    lines = []
    for number, solution in enumerate(solutions):
        name = f"s_{number:03}_merged_c0.png"
        both = Image.new("RGB", (256, 96))
        for at, side in enumerate("ab"):
            both.paste(Image.open(folder / f"{number}{side}.png"), (128 * at, 0))
        both.save(folder / name)
        lines.append(json.dumps({"images": [name], "solution": solution}))
    (folder / "train.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    return folder / "train.jsonl"


def problems(report: dict[str, Any]) -> list[tuple[str, str]]:
    """Kind and line of each problem."""
    return [(problem["kind"], problem["where"].rpartition(":")[2]) for problem in report["problems"]]


def test_the_organisers_file_misses_its_images_and_nothing_else(check: Check, data: Path) -> None:
    code, report, shown = check(data / "raim" / "train_grpo_1536.jsonl")
    assert code == 1
    assert {kind for kind, _ in problems(report)} == {"missing"}
    assert len(report["problems"]) == 200
    assert "photos that are missing: 200\n" in shown
    assert report["labels"] == {"a": 59, "b": 41}
    assert report["kinds"] == {"person": 75, "scene": 25}


def test_pairs_in_order_have_no_problem(check: Check, photos: Path) -> None:
    code, report, shown = check(table(photos, "x,0a.png,0b.png", "y,1a.png,1b.png"))
    assert (code, report["problems"], report["remarks"]) == (0, [], [])
    assert (report["schema"], report["pairs"], report["photos"]) == ("twinlens.check/1", 2, 4)
    assert "nothing is wrong" in shown


def test_the_human_pairs_are_in_order(check: Check, data: Path, tmp_path: Path) -> None:
    whole = data / "human" / "pairs.csv"
    lines = whole.read_text("utf-8").splitlines()[:25]
    (tmp_path / "pairs.csv").write_text("\n".join(lines) + "\n")
    code, report, _ = check(tmp_path / "pairs.csv", "--images", data / "human")
    assert (code, report["problems"]) == (0, [])


def test_problems_of_rows_ids_and_files_name_their_lines(check: Check, photos: Path) -> None:
    file = table(photos, "x,0a.png,0b.png", "x,1a.png,1b.png", "y,99a.png,2b.png", ",3a.png,3b.png")
    code, report, shown = check(file)
    assert code == 1
    assert problems(report) == [("id", "3"), ("missing", "4"), ("row", "5")]
    assert "ids that stand twice: 1\n" in shown


def test_photos_that_cannot_be_decoded_are_problems(check: Check, photos: Path) -> None:
    (photos / "0a.png").write_bytes((photos / "0a.png").read_bytes()[:3000])
    (photos / "1a.png").write_text("no photo")
    code, report, _ = check(table(photos, "x,0a.png,0b.png", "y,1a.png,1b.png"))
    assert code == 1
    assert problems(report) == [("photo", "2"), ("photo", "3")]


def test_sides_of_unequal_size_are_problems(check: Check, photos: Path) -> None:
    Image.open(photos / "0b.png").crop((0, 0, 100, 96)).save(photos / "0b.png")
    code, report, shown = check(table(photos, "x,0a.png,0b.png"))
    assert (code, problems(report)) == (1, [("size", "2")])
    assert "a is 128 × 96 pixels, b is 100 × 96" in shown


def test_a_composite_that_cannot_be_halved_is_a_problem(check: Check, photos: Path) -> None:
    file = raim(photos, GOOD)
    Image.new("RGB", (255, 96)).save(photos / "s_000_merged_c0.png")
    code, report, _ = check(file)
    assert (code, problems(report)) == (1, [("size", "1")])


@pytest.mark.parametrize(
    ("solution", "kinds"),
    [
        (GOOD, []),
        (GOOD.replace("thinking", "think"), []),
        (GOOD.replace("<answer>B</answer>", ""), ["answer"]),
        (GOOD.replace("B</answer>", "C</answer>"), ["answer"]),
        (GOOD.replace("</answer>", ""), ["answer"]),
        (f"{GOOD}\n<answer>A</answer>", ["answer"]),
        (GOOD.replace("</thinking>", ""), ["answer"]),
        ("<thinking>\nHm.\n</thinking>\n<answer>B</answer>", ["claims"]),
        ("", []),
    ],
)
def test_answers_and_claims_are_read(check: Check, photos: Path, solution: str, kinds: list[str]) -> None:
    _, report, _ = check(raim(photos, solution))
    assert [kind for kind, _ in problems(report)] == kinds


def test_text_beside_the_tags_is_a_notice_and_no_problem(check: Check, photos: Path) -> None:
    code, report, shown = check(raim(photos, f'{GOOD}"'))
    assert (code, report["problems"]) == (0, [])
    assert [notice["kind"] for notice in report["remarks"]] == ["answer"]
    assert "beside the tags" in shown


def test_pairs_that_stand_twice_are_problems_whatever_their_names(check: Check, photos: Path) -> None:
    shutil.copy(photos / "0a.png", photos / "copy.png")
    rows = ("x,0a.png,0b.png", "y,0b.png,copy.png", "z,0a.png,copy.png", "w,0a.png,1b.png")
    code, report, _ = check(table(photos, *(f"{row},s" for row in rows), header="id,a,b,scene"))
    assert (code, problems(report)) == (1, [("duplicate", "3"), ("duplicate", "4")])
    assert "the same two photos as 'x'" in report["problems"][0]["what"]
    assert "a and b are the same file" in report["problems"][1]["what"]


def test_a_photo_in_two_scenes_is_a_notice(check: Check, photos: Path) -> None:
    code, report, _ = check(table(photos, "x,0a.png,0b.png", "y,0a.png,1b.png"))
    assert code == 0
    assert [notice["kind"] for notice in report["remarks"]] == ["duplicate"]


@pytest.mark.parametrize(
    ("labels", "wrong"), [("aaaaaaaaaaaa", True), ("aaaaaaaabbbb", False), ("aaaaa", False)]
)
def test_labels_on_one_side_are_a_problem_where_that_is_significant(
    check: Check, photos: Path, labels: str, wrong: bool
) -> None:
    rows = [f"{number},{number}a.png,{number}b.png,{label}" for number, label in enumerate(labels)]
    code, report, _ = check(table(photos, *rows, header="id,a,b,label"))
    assert code == int(wrong)
    assert [kind for kind, _ in problems(report)] == ["balance"] * wrong


def test_wrong_use_is_one_line_and_exit_code_2(check: Check, tmp_path: Path) -> None:
    code, _, shown = check(tmp_path / "nothing.csv")
    assert (code, shown.count("\n")) == (2, 1)
    assert "No such file" in shown


def test_pairs_are_written_for_another_program_and_what_was_done_is_said(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = table(photos, "x,0a.png,0b.png,a", "y,1a.png,1b.png,b", header="id,a,b,label")
    out = tmp_path / "stub pairs"
    for to, lines in (("huggingface", 1), ("lmms-eval", 2)):
        with pytest.raises(SystemExit) as ended:
            cli.main(["data", "convert", str(pairs), "--to", to, "-o", str(out)])
        said = capsys.readouterr()
        assert (ended.value.code, said.err, said.out.count("\n")) == (0, "", lines)
        assert said.out.startswith(f"2 pairs in {out}, 4 photos, 4 of them as they were, 0 written as PNG\n")
        shutil.rmtree(out)
    assert said.out.endswith(f"lmms-eval --include_path '{out}' --tasks twinlens_stub_pairs\n")


def test_pairs_that_cannot_be_read_are_written_nowhere(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = table(photos, "x,0a.png,gone.png")
    with pytest.raises(SystemExit) as ended:
        cli.main(["data", "convert", str(pairs), "--to", "huggingface", "-o", str(tmp_path / "set")])
    assert ended.value.code == 2
    assert "1 bad row; nothing was run" in capsys.readouterr().err
    assert not (tmp_path / "set").exists()


@pytest.mark.parametrize(
    ("to", "command"),
    [
        ("trl", "trl sft --config train.yaml"),
        ("ms-swift", "swift sft train.yaml"),
        ("llama-factory", "llamafactory-cli train train.yaml"),
    ],
)
def test_labelled_pairs_are_written_to_train_on(
    to: str, command: str, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = table(photos, "x,0a.png,0b.png,a", "y,1a.png,1b.png,", header="id,a,b,label")
    out = tmp_path / "rows"
    options = ["--form", "answer", "--judge", "local(model='m', crops=0)", "-o", str(out)]
    with pytest.raises(SystemExit) as ended:
        cli.main(["data", "convert", str(pairs), "--to", to, *options])
    said = capsys.readouterr()
    assert (ended.value.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        f"1 pairs in {out}, 2 images, 2 of them as they were, 0 written as PNG",
        "left out: 1 without a label",
        f"cd {out} && {command}",
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--to", "trl", "--split", "dev"), "--split does nothing with --to trl"),
        (("--to", "huggingface", "--form", "full"), "--form does nothing with --to huggingface"),
        (("--to", "ms-swift", "--judge", "measured"), "found no model to train; expected one like local("),
        (("--to", "llama-factory", "--form", "grpo"), "LLaMA-Factory has no GRPO"),
        (("--to", "trl"), "1 without a label; expected pairs with the label a or b"),
    ],
)
def test_options_that_make_no_rows_to_train_on_are_refused(
    options: tuple[str, ...], message: str, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = table(photos, "x,0a.png,0b.png,", header="id,a,b,label")
    with pytest.raises(SystemExit) as ended:
        cli.main(["data", "convert", str(pairs), *options, "-o", str(tmp_path / "rows")])
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    assert message in said.err
    assert said.err.count("\n") == 1
    assert not (tmp_path / "rows").exists()
