"""Pairs as a data set of Hugging Face, and as a task of lmms-eval: photos to the last bit, all or nothing."""

from __future__ import annotations

import csv
import json
import math
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from twinlens.core.errors import BadInput, BadPhoto
from twinlens.imaging.open import open_photo
from twinlens.interop import huggingface, lmms_eval
from twinlens.readers import Rows, open_pairs

Pictures = list[tuple[Path, Path]]
ANSWER = "<thinking>\nHair Noise: Image A is noisy, while Image B is clean.\n</thinking>\n<answer>B</answer>"


def table(folder: Path, *rows: tuple[object, ...], more: tuple[str, ...] = ()) -> Rows:
    with open(folder / "pairs.csv", "w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("id", "a", "b", "label", "reference", *more), *rows])
    return open_pairs(folder / "pairs.csv")


def written(folder: Path) -> list[dict[str, Any]]:
    """The lines of the table, once each photo they name is there."""
    lines = (folder / "test" / "metadata.jsonl").read_text("utf-8").splitlines()
    items = [json.loads(line) for line in lines]
    names = [v for item in items for k, v in item.items() if k.endswith("file_name")]
    assert all((folder / "test" / name).is_file() for name in names)
    return items


def composites(folder: Path, pair: tuple[Path, Path]) -> None:
    """A RAIM JSONL of one pair, whose detail crop is the whole photo again."""
    for view in ("c0", "c1"):
        both = Image.new("RGB", (256, 96))
        for at, file in enumerate(pair):
            both.paste(Image.open(file), (128 * at, 0))
        both.save(folder / f"p_000_merged_{view}.png")
    line = {"images": ["p_000_merged_c0.png", "p_000_merged_c1.png"], "solution": ANSWER, "team": [1, "z"]}
    (folder / "raim.jsonl").write_text(json.dumps(line) + "\n")


@pytest.fixture
def rows(tmp_path: Path, pictures: Pictures) -> Rows:
    (a, b), (c, d) = pictures[:2]
    return table(
        tmp_path, ("x", a, b, "a", ANSWER, "1", "é"), ("y", c, d, "", "", "2", ""), more=("votes", "camera")
    )


def test_a_line_a_pair_names_its_photos_and_what_people_said(rows: Rows, tmp_path: Path) -> None:
    assert huggingface.export(rows, tmp_path / "set") == huggingface.Exported(2, 4, 4)
    x, y = written(tmp_path / "set")
    assert x == {
        "id": "x", "a_file_name": "photos/000001_a.png", "b_file_name": "photos/000001_b.png", "scene": "x",
        "kind": "other", "label": "a", "reference": ANSWER, "votes": "1", "camera": "é",
    }  # fmt: skip
    assert (y["label"], y["reference"], list(y)) == (None, None, list(x))
    assert list(tmp_path.glob(".set*")) == []


def test_a_photo_that_any_program_decodes_alike_is_a_copy_of_its_file(rows: Rows, tmp_path: Path) -> None:
    huggingface.export(rows, tmp_path / "set")
    for row, item in zip(rows, written(tmp_path / "set"), strict=True):
        copy = tmp_path / "set" / "test" / item["b_file_name"]
        assert copy.read_bytes() == Path(row.b[0].path).read_bytes()


def test_a_photo_that_lies_on_its_side_or_is_no_common_format_becomes_an_upright_png(
    tmp_path: Path, pictures: Pictures
) -> None:
    photo, turned = Image.open(pictures[0][0]), Image.Exif()
    turned[0x0112] = 6
    photo.save(tmp_path / "turned.jpg", exif=turned, quality=95)
    photo.save(tmp_path / "photo.tif")
    photo.convert("RGBA").save(tmp_path / "clear.png")
    photo.save(tmp_path / "plain.jpg", quality=95)
    rows = table(
        tmp_path, ("x", "turned.jpg", "photo.tif", "a", ""), ("y", "clear.png", "plain.jpg", "b", "")
    )
    assert huggingface.export(rows, tmp_path / "set").copied == 1
    items = written(tmp_path / "set")
    for row, item in zip(rows, items, strict=True):
        for side, shots in (("a", row.a), ("b", row.b)):
            with Image.open(tmp_path / "set" / "test" / item[f"{side}_file_name"]) as made:
                seen = np.asarray(made.convert("RGB"))
            assert np.array_equal(seen, open_photo(shots[0].path).pixels)
    assert [Path(item["b_file_name"]).suffix for item in items] == [".png", ".jpg"]


def test_composites_are_halved_and_details_stand_in_columns_of_their_own(
    tmp_path: Path, pictures: Pictures
) -> None:
    composites(tmp_path, pictures[0])
    assert huggingface.export(open_pairs(tmp_path / "raim.jsonl"), tmp_path / "set").copied == 0
    (item,) = written(tmp_path / "set")
    assert (item["details"], item["b_details_file_names"]) == (1, ["photos/000001_b_1.png"])
    assert (item["kind"], item["label"], item["team"]) == ("person", "b", '[1, "z"]')
    for name, file in zip(("a_file_name", "b_file_name"), pictures[0], strict=True):
        made = Image.open(tmp_path / "set" / "test" / item[name])
        assert np.array_equal(np.asarray(made), np.asarray(Image.open(file)))


def test_datasets_reads_photos_details_and_what_people_said(
    rows: Rows, tmp_path: Path, pictures: Pictures
) -> None:
    from datasets import load_dataset

    huggingface.export(rows, tmp_path / "set")
    read = load_dataset(str(tmp_path / "set"), split="test", cache_dir=str(tmp_path / "cache"))
    for row, item in zip(rows, read, strict=True):
        for side, shots in (("a", row.a), ("b", row.b)):
            assert np.array_equal(np.asarray(item[side]), open_photo(shots[0].path).pixels)
    assert [read["id"][:], read["label"][:], read["reference"][:]] == [
        ["x", "y"],
        ["a", None],
        [ANSWER, None],
    ]
    assert sorted(read.column_names) == sorted([*huggingface.OWN, "a", "b", "votes", "camera"])
    composites(tmp_path, pictures[0])
    huggingface.export(open_pairs(tmp_path / "raim.jsonl"), tmp_path / "raim")
    (item,) = load_dataset(str(tmp_path / "raim"), split="test", cache_dir=str(tmp_path / "cache"))
    assert (len(item["a_details"]), item["details"], item["b_details"][0].size) == (1, 1, (128, 96))


def test_the_card_opens_with_front_matter_and_asks_for_the_license(rows: Rows, tmp_path: Path) -> None:
    huggingface.export(rows, tmp_path / "set", "dev")
    card = (tmp_path / "set" / "README.md").read_text("utf-8")
    _, matter, text = card.split("---\n", 2)
    front = {
        key: json.loads(value) for key, _, value in (line.partition(": ") for line in matter.splitlines())
    }
    assert (front["license"], front["size_categories"]) == ("unknown", ["n<1K"])
    assert front["configs"][0]["data_files"] == [{"split": "dev", "path": "dev/**"}]
    assert "Labels: 1 a, 1 none." in text
    assert "`votes`, `camera`" in text
    assert (tmp_path / "set" / "dev" / "metadata.jsonl").is_file()


@pytest.mark.parametrize("name", ["a_file_name", "scan_file_names", "details", "label"])
def test_a_column_that_would_be_read_as_another_is_refused(
    tmp_path: Path, pictures: Pictures, name: str
) -> None:
    for side, file in zip("ab", pictures[0], strict=True):
        (tmp_path / f"s_{side}.png").write_bytes(file.read_bytes())
    (tmp_path / "raim.jsonl").write_text(json.dumps({"images": ["s_a.png", "s_b.png"], name: "x"}) + "\n")
    with pytest.raises(BadInput, match=f"found the column '{name}'"):
        huggingface.export(open_pairs(tmp_path / "raim.jsonl"), tmp_path / "set")
    assert not (tmp_path / "set").exists()


def test_a_folder_with_files_and_a_split_of_two_words_are_refused(rows: Rows, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"such as 'pairs\.csv'; expected a new folder"):
        huggingface.export(rows, tmp_path)
    with pytest.raises(BadInput, match=r"--split: found '../x'"):
        huggingface.export(rows, tmp_path / "set", "../x")


def test_a_photo_that_cannot_be_read_leaves_nothing_behind(tmp_path: Path, pictures: Pictures) -> None:
    (tmp_path / "bad.png").write_bytes(b"oops")
    rows = table(tmp_path, ("x", *pictures[0], "a", ""), ("y", "bad.png", pictures[0][0], "a", ""))
    with pytest.raises(BadPhoto, match=r"bad.png"):
        huggingface.export(rows, tmp_path / "set")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["bad.png", "pairs.csv"]


def test_the_task_of_lmms_eval_names_functions_that_are_there(rows: Rows, tmp_path: Path) -> None:
    _, name = lmms_eval.write(rows, tmp_path / "My set")
    assert name == "twinlens_my_set"
    task = (tmp_path / "My set" / f"{name}.yaml").read_text("utf-8")
    for module, function in re.findall(r"!function ([\w.]+)\.(\w+)", task):
        assert callable(getattr(import_module(module), function))
    assert f"data_dir: {json.dumps(str(tmp_path / 'My set'))}\n" in task
    for line in ("until: []", "reasoning_tags: none", "cluster_key: scene", "  - metric: claim_f1"):
        assert line in task


def test_without_experts_texts_a_task_scores_choices_only(tmp_path: Path, pictures: Pictures) -> None:
    _, name = lmms_eval.write(table(tmp_path, ("x", *pictures[0], "a", "")), tmp_path / "set")
    task = (tmp_path / "set" / f"{name}.yaml").read_text("utf-8")
    assert re.findall(r"- metric: (\w+)", task) == ["accuracy", "unread"]


def doc(**other: Any) -> dict[str, Any]:
    photo = Image.new("L", (8, 6))
    return {"id": "x", "a": photo, "b": photo, "scene": "s", "kind": "scene", "label": "b",
            "reference": ANSWER} | other  # fmt: skip


def test_lmms_eval_is_shown_each_photo_after_its_caption() -> None:
    system, user = lmms_eval.doc_to_messages(doc())
    assert (system["role"], user["role"]) == ("system", "user")
    assert [part["type"] for part in user["content"]] == ["text", "image", "text", "image", "text"]
    assert user["content"][2]["text"] == "\nImage B (Right), whole photo:\n"
    assert user["content"][1]["url"].mode == "RGB"
    detail = Image.new("RGB", (4, 4))
    _, user = lmms_eval.doc_to_messages(doc(a_details=[detail], b_details=[detail]))
    assert [part["type"] for part in user["content"]].count("image") == 4


def test_the_text_of_a_task_is_made_without_the_photos() -> None:
    text = lmms_eval.doc_to_text({"kind": "scene", "details": 1})
    assert text.count("detail crop") == 2
    assert "whichever is better" in text


def test_an_answer_is_scored_with_the_pairs_scene_and_id() -> None:
    made = lmms_eval.process_results(doc(), [ANSWER])
    assert {name: one["score"] for name, one in made.items()} == pytest.approx(
        {"accuracy": 1.0, "unread": 0.0, "bleu4": 1.0, "rouge_l": 1.0, "claim_f1": 1.0}
    )
    assert {(one["scene"], one["id"]) for one in made.values()} == {("s", "x")}


def test_what_has_no_label_or_text_beside_it_is_not_scored() -> None:
    made = lmms_eval.process_results(doc(label=None, reference=None), ["Hm."])
    assert made == {"unread": {"score": 1.0, "scene": "s", "id": "x"}}
    assert lmms_eval.doc_to_target(doc(label=None)) == ""
    assert lmms_eval.doc_to_target(doc()) == "B"


def test_scores_of_many_answers_are_means_and_one_f1_of_all_claims() -> None:
    scored = [{"score": 1.0, "claims": (1, 2, 2)}, {"score": 0.0, "claims": (0, 0, 1)}]
    assert (lmms_eval.mean(scored), lmms_eval.claim_f1(scored)) == (0.5, 0.4)
    assert math.isnan(lmms_eval.mean([]))
