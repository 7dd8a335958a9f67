"""Building a challenge: what is published, what stays secret, and one line where it cannot be built."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import yaml
from made_bundle import LINE, YAML, Files, built, read_zip, write_challenge
from PIL import Image

from twinlens.challenge.bundle import build
from twinlens.challenge.items import detail
from twinlens.cli import run
from twinlens.core.errors import BadInput
from twinlens.readers import open_pairs


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("build"))


@pytest.fixture(scope="module")
def files(bundle: Path) -> Files:
    return read_zip(bundle)


def lines(content: bytes) -> list[dict[str, object]]:
    return [json.loads(line) for line in content.decode().splitlines()]


def test_a_bundle_has_all_its_parts_and_no_folder_around_them(files: Files) -> None:
    pages = {f"pages/{name}.md" for name in ("overview", "data", "evaluation", "faq", "terms")}
    zips = {f"phase_{at}_{part}.zip" for at in (1, 2) for part in ("reference", "kit", "public")}
    assert files.keys() == pages | zips | {"competition.yaml", "logo.png", "scoring_program.zip"}


def test_the_same_challenge_gives_the_same_bytes(bundle: Path) -> None:
    again = bundle.with_name("again.zip")
    build(bundle.parent / "challenge", again)
    assert again.read_bytes() == bundle.read_bytes()


def test_times_are_quoted_and_in_utc(tmp_path: Path, files: Files) -> None:
    assert b"start: '2027-01-01 10:00:00'" in files["competition.yaml"]
    folder = write_challenge(
        tmp_path / "c", YAML.replace("'2027-01-01 10:00:00'", "2027-01-01T12:00:00+02:00")
    )
    build(folder, tmp_path / "b.zip")
    assert b"start: '2027-01-01 10:00:00'" in read_zip(tmp_path / "b.zip")["competition.yaml"]


def test_the_reference_holds_the_labels_and_the_kit_does_not(files: Files) -> None:
    reference, kit = read_zip(files["phase_1_reference.zip"]), read_zip(files["phase_1_kit.zip"])
    images = ["images/one1_merged_c0.png", "images/one1_merged_c1.png"]
    text = LINE.format(better="B", id="one1")
    assert lines(reference["reference.jsonl"])[1] == {
        "id": "one1", "images": images, "answer": "B", "rationale": text, "kind": "other",
    }  # fmt: skip
    assert lines(kit["items.jsonl"])[1] == {"id": "one1", "images": images}
    assert json.loads(kit["settings.json"]) == {
        "schema": "twinlens.challenge-settings/1",
        "title": "Which is better?",
        "metrics": [{"key": "accuracy", "weight": 1.0}, {"key": "rouge_l", "weight": 0.5}],
        "answers": ["A", "B"],
        "limits": {"bytes": 20_000_000, "lines": 10_000, "characters": 10_000},
    }


def test_the_example_gives_every_item_the_same_answer(files: Files) -> None:
    example = lines(read_zip(files["phase_2_kit.zip"])["example_submission.jsonl"])
    assert [str(one["solution"]).count("<answer>A</answer>") for one in example] == [1, 1, 1]


def test_composites_show_a_on_the_left_and_b_on_the_right(bundle: Path, files: Files) -> None:
    public = read_zip(files["phase_1_public.zip"])
    assert len(public) == 6
    whole = np.asarray(Image.open(BytesIO(public["images/one0_merged_c0.png"])))
    a, b = (np.asarray(Image.open(bundle.parent / "challenge" / f"one0{side}.png")) for side in "ab")
    assert np.array_equal(whole, np.hstack((a, b)))
    crop = np.asarray(Image.open(BytesIO(public["images/one0_merged_c1.png"])))
    x, y, side = detail(a, b)
    assert side == 20
    assert np.array_equal(crop, np.hstack([photo[y : y + side, x : x + side] for photo in (a, b)]))


def test_the_detail_is_where_the_photos_differ_most() -> None:
    a = np.full((300, 401, 3), 128, np.uint8)
    b = a.copy()
    b[200:260, 300:390] = 0
    x, y, side = detail(a, b)
    assert (x <= 300, y <= 200, x + side >= 390, y + side >= 260) == (True,) * 4
    assert detail(a[:5, :5], a[:5, :5]) == (0, 0, 2)


def test_a_kit_beside_its_photos_is_a_file_of_pairs(bundle: Path, tmp_path: Path, files: Files) -> None:
    for name, content in {
        **read_zip(files["phase_1_kit.zip"]),
        **read_zip(files["phase_1_public.zip"]),
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    rows = open_pairs(tmp_path / "items.jsonl")
    assert [row.id for row in rows] == ["one0", "one1", "one2"]
    assert [shot.half for shot in rows.rows[0].b] == ["right", "right"]


def test_the_commands_of_a_kit_exist(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    page = read_zip(files["phase_1_kit.zip"])["README.md"].decode()
    calls = [line.split()[2:] for line in page.splitlines() if line.startswith("$ twinlens ")]
    assert len(calls) == 4
    for call in calls:
        names = call[:2] if call[0] == "submission" else call[:1]
        assert run([*names, "--help"]) == 0
        text = capsys.readouterr().out
        assert [word for word in call if word.startswith("-") and word not in text] == []


def test_photos_as_given_stay_the_same_bytes(tmp_path: Path) -> None:
    build(write_challenge(tmp_path / "c", f"{YAML}photos: as-given\n"), tmp_path / "b.zip")
    files = read_zip(tmp_path / "b.zip")
    public = read_zip(files["phase_1_public.zip"])
    assert public["images/one0_b.png"] == (tmp_path / "c" / "one0b.png").read_bytes()
    assert lines(read_zip(files["phase_1_kit.zip"])["items.jsonl"])[0]["images"] == [
        "images/one0_a.png", "images/one0_b.png",
    ]  # fmt: skip
    assert b"The photos of A end in `_a`" in files["pages/data.md"]


def test_composites_of_a_raim_file_are_published_as_they_are(tmp_path: Path) -> None:
    folder = write_challenge(
        tmp_path / "c", YAML.replace("pairs: one.csv, labels: one.jsonl", "pairs: raim.jsonl")
    )
    names = ["p_000_merged_c0.jpg", "p_000_merged_c1.jpg"]
    for name in names:
        Image.new("RGB", (64, 32), "gray").save(folder / name)
    text = f"<thinking>\n{LINE.format(better='B', id=0)}\n</thinking>\n<answer>B</answer>"
    (folder / "raim.jsonl").write_text(json.dumps({"images": names, "solution": text}) + "\n", "utf-8")
    build(folder, tmp_path / "b.zip")
    files = read_zip(tmp_path / "b.zip")
    assert read_zip(files["phase_1_public.zip"]).keys() == {f"images/{name}" for name in names}
    (item,) = lines(read_zip(files["phase_1_reference.zip"])["reference.jsonl"])
    assert (item["id"], item["answer"]) == ("p_000", "B")


def test_a_question_becomes_what_the_server_wants(tmp_path: Path) -> None:
    question = "{key: open, title: 'Open?', type: select, selection: [all, none], required: false}"
    build(write_challenge(tmp_path / "c", f"{YAML}fact_sheet: [{question}]\n"), tmp_path / "b.zip")
    made = yaml.safe_load(read_zip(tmp_path / "b.zip")["competition.yaml"])["fact_sheet"]
    assert made == {
        "open": {
            "key": "open", "type": "select", "title": "Open?", "selection": ["", "all", "none"],
            "is_required": "false", "is_on_leaderboard": "false",
        }
    }  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "what"),
    [
        ("one.jsonl", '"label": "b"', '"label": "tie"', "is labelled a tie; expected a or b"),
        ("one.jsonl", '"label": "b"', '"label": ""', "one.csv:3: the pair 'one1' has no label"),
        ("one.jsonl", '"id": "one1"', '"id": "one9"', "one.csv:3: the pair 'one1' has no label"),
        ("one.jsonl", '"reference"', '"note"', "has no reasons (reference), which bleu4 and rouge_l need"),
        ("one.jsonl", "noisy in", "<answer>A</answer>", "is labelled b, its text answers otherwise"),
        ("one.csv", "one1a.png", "none.png", "one.csv:3: no such file"),
        ("one.csv", "one1b.png", "one1a.png", "a and b are the same file; expected two renderings"),
        ("one.csv", "one1,", "one0,", "the id 'one0' stands already"),
    ],
)  # fmt: skip
def test_what_cannot_be_built_is_one_line(tmp_path: Path, file: str, old: str, new: str, what: str) -> None:
    folder = write_challenge(tmp_path / "c")
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), "utf-8")
    with pytest.raises(BadInput) as error:
        build(folder, tmp_path / "b.zip")
    assert what in str(error.value)
    assert not (tmp_path / "b.zip").exists()


def test_photos_do_not_take_each_others_names(tmp_path: Path) -> None:
    folder = write_challenge(tmp_path / "c")
    for file in (folder / "one.csv", folder / "one.jsonl"):
        text = file.read_text("utf-8")
        for id, other in (("one1", "a?"), ("one2", "a*")):
            text = text.replace(f"{id},", f"{other},").replace(f'"{id}"', f'"{other}"')
        file.write_text(text, "utf-8")
    with pytest.raises(BadInput, match=r"would be published as 'images/a-_merged_c0\.png', as that of"):
        build(folder, tmp_path / "b.zip")


def test_a_folder_of_something_else_is_not_built_over(tmp_path: Path) -> None:
    folder = write_challenge(tmp_path / "c")
    (folder / "build").mkdir()
    (folder / "build" / "mine").touch()
    with pytest.raises(BadInput, match="found something else there"):
        build(folder, tmp_path / "b.zip")
