"""The challenge's JSONL as published, with images made in its layout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from twinlens.core.errors import BadInput
from twinlens.readers import BadRows, Shot, open_pairs, scan_pairs
from twinlens.runs.row_photos import Photos

SOLUTION = (
    "<thinking>\nHair Noise: Image A (Left) is noisy, while Image B (Right) is clean.\n</thinking>\n"
    "<answer>B</answer>"
)
SYSTEM = {"role": "system", "content": "Compare the two images."}
USER = {"role": "user", "content": "<image><image>\nPlease compare."}


def grpo(*images: str, **more: Any) -> dict[str, Any]:
    return {"images": list(images), "messages": [SYSTEM, USER], "solution": SOLUTION, **more}


def sft(*images: str) -> dict[str, Any]:
    return {"images": list(images), "messages": [SYSTEM, USER, {"role": "assistant", "content": SOLUTION}]}


def write(file: Path, *items: Any) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        "".join(item if isinstance(item, str) else json.dumps(item) + "\n" for item in items), "utf-8"
    )
    return file


def composite(pair: tuple[Path, Path], file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    both = Image.new("RGB", (256, 96))
    for at, photo in enumerate(pair):
        both.paste(Image.open(photo), (128 * at, 0))
    both.save(file)
    return file


@pytest.fixture
def layout(tmp_path: Path, pictures: list[tuple[Path, Path]]) -> Path:
    """A folder as the organisers', images under data/1536/images."""
    for name, pair in zip(("p_000", "s_001"), pictures, strict=False):
        for view in ("c0", "c1"):
            composite(pair, tmp_path / f"data/1536/images/{name}_merged_{view}.png")
    return tmp_path


IMAGES = [
    tuple(f"data/1536/images/{name}_merged_{view}.png" for view in ("c0", "c1"))
    for name in ("p_000", "s_001")
]


@pytest.mark.parametrize("form", [grpo, sft])
def test_both_forms_give_the_same_rows(layout: Path, form: Any) -> None:
    file = write(layout / "train.jsonl", *(form(*images) for images in IMAGES))
    first, second = open_pairs(file)
    assert (first.id, first.scene, first.kind, first.label) == ("p_000", "p_000", "person", "b")
    assert (second.id, second.kind, second.where) == ("s_001", "scene", f"{file}:2")
    assert first.reference == SOLUTION
    whole, detail = (str(layout / name) for name in IMAGES[0])
    assert first.a == (Shot(whole, "left"), Shot(detail, "left"))
    assert first.b == (Shot(whole, "right"), Shot(detail, "right"))


def test_a_composite_is_cut_at_half_its_width(layout: Path, pictures: list[tuple[Path, Path]]) -> None:
    (row,) = open_pairs(write(layout / "train.jsonl", grpo(*IMAGES[0])))
    pair = Photos(row).pair
    for photo, file in zip((pair.a, pair.b), pictures[0], strict=True):
        assert (photo.pixels == Image.open(file)).all()


def test_the_crop_may_stand_first(layout: Path) -> None:
    (row,) = open_pairs(write(layout / "train.jsonl", grpo(*reversed(IMAGES[0]))))
    assert [Path(shot.path).name for shot in row.a] == ["p_000_merged_c0.png", "p_000_merged_c1.png"]


@pytest.mark.parametrize(
    "names",
    [
        ["p_7_c0_a.png", "p_7_c0_b.png", "p_7_c1_a.png", "p_7_c1_b.png"],
        ["p_7_a_c1.png", "p_7_b_c1.png", "p_7_a_c0.png", "p_7_b_c0.png"],
        ["left/p_7_c0.png", "right/p_7_c0.png", "left/p_7_c1.png", "right/p_7_c1.png"],
        ["p_7_left.png", "p_7_right.png"],
    ],
)
def test_photos_already_split_are_recognised_by_their_names(
    tmp_path: Path, pictures: list[tuple[Path, Path]], names: list[str]
) -> None:
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        is_a = "_a" in name or "left" in name
        (tmp_path / name).write_bytes(pictures[0][0 if is_a else 1].read_bytes())
    (row,) = open_pairs(write(tmp_path / "train.jsonl", grpo(*names)))
    assert (row.id, row.kind) == ("p_7", "person")
    assert len(row.a) == len(row.b) == len(names) // 2
    assert all(shot.half == "whole" for shot in (*row.a, *row.b))
    assert "c1" not in Path(row.a[0].path).name
    pair = Photos(row).pair
    assert (pair.a.pixels == Image.open(pictures[0][0])).all()
    assert (pair.b.pixels == Image.open(pictures[0][1])).all()


def test_images_are_found_beside_the_file_in_the_working_folder_and_under_images(
    layout: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = write(tmp_path_factory.mktemp("elsewhere") / "train.jsonl", grpo(*IMAGES[0]))
    assert {problem.kind for problem in scan_pairs(elsewhere).problems} == {"missing"}
    for images in (layout, layout / "data" / "1536", layout / "data" / "1536" / "images"):
        (row,) = open_pairs(elsewhere, images)
        assert Path(row.a[0].path).samefile(layout / IMAGES[0][0])
    monkeypatch.chdir(layout)
    assert len(open_pairs(elsewhere)) == 1


def test_an_item_without_a_solution_has_no_label(layout: Path) -> None:
    item = {"images": list(IMAGES[0]), "messages": [SYSTEM, USER]}
    (row,) = open_pairs(write(layout / "test.jsonl", item))
    assert (row.label, row.reference) == (None, "")


def test_other_keys_become_columns(layout: Path) -> None:
    (row,) = open_pairs(
        write(layout / "x.jsonl", grpo(*IMAGES[0], id="mine", scene="s", kind="other", camera="x", n=2))
    )
    assert (row.id, row.scene, row.kind, row.columns) == ("mine", "s", "other", {"camera": "x", "n": 2})


def test_a_message_may_come_in_parts(layout: Path) -> None:
    parts = [{"type": "text", "text": SOLUTION}]
    item = {"images": list(IMAGES[0]), "messages": [USER, {"role": "assistant", "content": parts}]}
    (row,) = open_pairs(write(layout / "x.jsonl", item))
    assert row.label == "b"


BAD = {
    "columns too deep": (grpo(*IMAGES[0], deep=json.loads("[" * 80 + "]" * 80)), "found lists in lists"),
    "no JSON": ("{oops\n", "found no JSON"),
    "a list": ([1, 2], "found list"),
    "no images": ({"solution": SOLUTION}, "found no images"),
    "an image that is no path": (grpo() | {"images": [3]}, "found an image that is no path"),
    "two views of no name": (grpo("p_1_x.png", "p_1_y.png"), "expected a composite c0 and a crop c1"),
    "three composites": (
        grpo("p_1_c0.png", "p_1_c1.png", "p_1_c2.png"),
        "expected a composite c0 and a crop c1",
    ),
    "one side only": (grpo("p_1_c0_a.png", "p_1_c1_a.png"), "expected as many of a as of b"),
    "a solution that is no text": (grpo(*IMAGES[0], solution=3), "found a solution that is int"),
    "messages of another form": (grpo(*IMAGES[0], messages="hello"), "found messages of another form"),
    "an unknown kind": (grpo(*IMAGES[0], kind="dog"), "found the kind 'dog'"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_line_is_named_with_what_was_found(layout: Path, name: str) -> None:
    item, message = BAD[name]
    file = write(layout / "train.jsonl", grpo(*IMAGES[0]), item)
    with pytest.raises(BadRows) as refused:
        open_pairs(file)
    (line,) = refused.value.lines
    assert line.startswith(f"{file}:2: ")
    assert message in line
    assert "expected" in line


def test_all_bad_lines_are_listed_at_once_and_of_many_the_first_twenty(layout: Path) -> None:
    file = write(layout / "train.jsonl", *("{oops\n" for _ in range(30)))
    with pytest.raises(BadRows) as refused:
        open_pairs(file)
    assert len(refused.value.problems) == 30
    assert len(refused.value.lines) == 21
    assert refused.value.lines[-1] == "and 10 more"


def test_an_id_that_stands_twice_is_a_problem_of_the_second(layout: Path) -> None:
    file = write(layout / "train.jsonl", grpo(*IMAGES[0]), grpo(*IMAGES[0]))
    with pytest.raises(BadRows, match=r"train.jsonl:2: the id 'p_000' stands already at .*train.jsonl:1"):
        open_pairs(file)


def test_a_missing_image_is_listed_with_its_line(layout: Path) -> None:
    file = write(layout / "train.jsonl", grpo("p_9_c0.png", "p_9_c1.png"))
    with pytest.raises(BadRows) as refused:
        open_pairs(file)
    assert [line.partition(";")[0] for line in refused.value.lines] == [
        f"{file}:1: no such file 'p_9_c0.png'",
        f"{file}:1: no such file 'p_9_c1.png'",
    ]


def test_a_file_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="found no pair"):
        open_pairs(write(tmp_path / "train.jsonl", "\n\n"))


def test_text_that_is_not_utf_8_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "train.jsonl"
    file.write_bytes(b'{"images": []}\n{"images": ["\xff"]}\n')
    with pytest.raises(BadInput, match=r"train.jsonl:2: byte 28 is not UTF-8"):
        open_pairs(file)


def test_the_organisers_file_reads_but_for_its_images(data: Path) -> None:
    found = scan_pairs(data / "raim" / "train_grpo_1536.jsonl")
    assert len(found) == 100
    assert {problem.kind for problem in found.problems} == {"missing"}
    assert len(found.problems) == 200
    assert [row.label for row in found].count("a") == 59
    assert [row.kind for row in found].count("person") == 75
