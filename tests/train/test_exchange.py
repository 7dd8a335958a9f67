"""`twinlens data swap`: photos exchanged with all that speaks of them; twice gives the pairs back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from twinlens import cli
from twinlens.language.answer import last_answer
from twinlens.readers import Row, Shot, open_pairs
from twinlens.runs.row_photos import Photos
from twinlens.train.exchange import exchanged, exchanged_item

SAID = "Hair Noise: Image A (Left) is noisy, while Image B (Right) is clean."
MIRRORED_SAID = "Hair Noise: Image B (Right) is noisy, while Image A (Left) is clean."
TEXT = f"<thinking>\n{SAID}\n</thinking>\n<answer>B</answer>"
MIRRORED = f"<thinking>\n{MIRRORED_SAID}\n</thinking>\n<answer>A</answer>"
SYSTEM = {"role": "system", "content": "Compare the two images (Image A on the left, Image B on the right)."}


def swap(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(["data", "swap", *map(str, arguments)])
    return int(ended.value.code or 0)


def save(file: Path, *values: int) -> str:
    """A photo of stripes side by side, each of one grey value."""
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.repeat(np.array(values, np.uint8), 8)[None, :, None].repeat(8, 0).repeat(3, 2)).save(
        file
    )
    return file.name


def lines(file: Path, *items: dict[str, Any]) -> Path:
    file.write_text("".join(json.dumps(item) + "\n" for item in items), "utf-8")
    return file


def read(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def shown(row: Row) -> list[tuple[int, int]]:
    """The grey values of a and b, of the whole and of each detail."""
    pair = Photos(row).pair
    return [(int(a.pixels[0, 0, 0]), int(b.pixels[0, 0, 0])) for a, b in ((pair.a, pair.b), *pair.crops)]


def test_a_table_names_the_other_photo_and_twice_is_the_same_to_the_last_byte(tmp_path: Path) -> None:
    for name, value in (("x.png", 10), ("y.png", 20)):
        save(tmp_path / name, value)
    table = tmp_path / "pairs.csv"
    with table.open("w", newline="") as file:
        file.write("id,a,b,scene,label,reference,version_a,version_b,answer,note\r\n")
        file.write(f'p,x.png,y.png,s,b,"{TEXT}",old,new,A,A\r\n')
        file.write("q,y.png,x.png,s,tie,,new,old,,\r\n")
    assert swap(table, "-o", tmp_path / "other.csv") == 0
    first, second = open_pairs(tmp_path / "other.csv")
    assert shown(first) == [(20, 10)]
    assert (first.label, first.reference) == ("a", MIRRORED)
    assert first.columns == {"version_a": "new", "version_b": "old", "answer": "B", "note": "A"}
    assert (second.label, shown(second)) == ("tie", [(10, 20)])
    assert swap(tmp_path / "other.csv", "-o", tmp_path / "back.csv") == 0
    assert swap(table, "-o", tmp_path / "other2.csv") == 0
    assert swap(tmp_path / "other2.csv", "-o", tmp_path / "back2.csv") == 0
    assert [shown(row) for row in open_pairs(tmp_path / "back.csv")] == [[(10, 20)], [(20, 10)]]
    assert [exchanged(exchanged(row)) for row in open_pairs(table)] == [*open_pairs(table)]


def test_halves_of_composites_are_exchanged_in_files_of_their_own(tmp_path: Path) -> None:
    names = [
        save(tmp_path / "images" / f"p_000_merged_{view}.png", at, at + 5)
        for view, at in (("c0", 10), ("c1", 30))
    ]
    grpo = {"images": [f"images/{name}" for name in names], "messages": [SYSTEM], "solution": TEXT}
    source = lines(tmp_path / "raim.jsonl", grpo)
    assert swap(source, "-o", tmp_path / "other.jsonl") == 0
    (row,) = open_pairs(tmp_path / "other.jsonl")
    assert shown(row) == [(15, 10), (35, 30)]
    assert (row.id, row.label, row.reference) == ("p_000", "a", MIRRORED)
    (item,) = read(tmp_path / "other.jsonl")
    assert item["images"] == [f"other/images/{name}" for name in names]
    assert item["messages"] == [SYSTEM]
    assert swap(tmp_path / "other.jsonl", "-o", tmp_path / "back.jsonl") == 0
    assert [shown(row) for row in open_pairs(tmp_path / "back.jsonl")] == [[(10, 15), (30, 35)]]
    assert read(tmp_path / "back.jsonl")[0]["solution"] == TEXT


def test_what_the_assistant_says_is_exchanged_and_the_question_is_not(tmp_path: Path) -> None:
    said = {"role": "assistant", "content": TEXT}
    in_parts = {"role": "assistant", "content": [{"type": "text", "text": TEXT}]}
    images = [save(tmp_path / f"s_001_{side}.jpg", value) for side, value in (("a", 40), ("b", 80))]
    item = {"images": images, "messages": [SYSTEM, said, in_parts]}
    assert swap(lines(tmp_path / "sft.jsonl", item), "-o", tmp_path / "other.jsonl") == 0
    made = read(tmp_path / "other.jsonl")[0]["messages"]
    assert [one["content"] for one in made] == [
        SYSTEM["content"],
        MIRRORED,
        [{"type": "text", "text": MIRRORED}],
    ]
    (row,) = open_pairs(tmp_path / "other.jsonl")
    assert (row.label, [(round(a, -1), round(b, -1)) for a, b in shown(row)]) == ("a", [(80, 40)])
    assert (tmp_path / "other" / tmp_path.name / "s_001_a.jpg").read_bytes() == (
        tmp_path / "s_001_b.jpg"
    ).read_bytes()


def test_sides_in_folders_stay_apart(tmp_path: Path) -> None:
    for side, value in (("left", 40), ("right", 80)):
        save(tmp_path / side / "p_7.png", value)
    source = lines(tmp_path / "raim.jsonl", {"images": ["left/p_7.png", "right/p_7.png"], "solution": TEXT})
    assert swap(source, "-o", tmp_path / "other.jsonl") == 0
    assert swap(source, "-o", tmp_path / "other.jsonl") == 0
    assert [shown(row) for row in open_pairs(tmp_path / "other.jsonl")] == [[(80, 40)]]


def test_inputs_and_other_files_are_not_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = lines(
        tmp_path / "raim.jsonl", {"images": [save(tmp_path / "p_1_merged.png", 1, 2)], "solution": TEXT}
    )
    assert swap(source, "-o", source) == 2
    assert swap(source, "-o", tmp_path / "other.csv") == 2
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").touch()
    assert swap(source, "-o", tmp_path / "other.jsonl") == 2
    assert "found something else there, such as 'thesis.txt'" in capsys.readouterr().err


def test_all_hundred_rationales_of_the_challenge_come_back_as_they_were(data: Path, tmp_path: Path) -> None:
    source = data / "raim" / "train_grpo_1536.jsonl"
    items = read(source)
    assert len(items) == 100
    assert [exchanged_item(exchanged_item(item)) for item in items] == items
    for item in items:
        here, there = (last_answer(one["solution"]) for one in (item, exchanged_item(item)))
        assert {here, there} == {"a", "b"}
    for item in items[:3]:
        for name in item["images"]:
            save(tmp_path / name, 60, 120)
    few = lines(tmp_path / "few.jsonl", *items[:3])
    assert swap(few, "-o", tmp_path / "other.jsonl") == 0
    assert swap(tmp_path / "other.jsonl", "-o", tmp_path / "back.jsonl") == 0
    for key in ("solution", "messages"):
        assert [item[key] for item in read(tmp_path / "back.jsonl")] == [item[key] for item in items[:3]]
    before, after = open_pairs(few), open_pairs(tmp_path / "back.jsonl")
    assert [(row.id, row.label) for row in after] == [(row.id, row.label) for row in before]


COLUMNS = st.dictionaries(
    st.sampled_from(
        ["x_a", "x_b", "a_x", "b_x", "_a", "_b", "a_", "b_", "a_b", "answer", "winner", "n", "b_a", "a_a"]
    ),
    st.one_of(
        st.none(), st.integers(), st.sampled_from(["a", "b", "A", "B", "left", "Right", "the left photo"])
    ),
)


@settings(deadline=None, max_examples=300)
@given(COLUMNS, st.sampled_from(["a", "b", "tie", None]), st.text())
def test_exchanging_twice_gives_any_row_back(columns: dict[str, Any], label: Any, text: str) -> None:
    row = Row("p", (Shot("x"),), (Shot("y"),), "s", "person", label, text, columns)
    assert exchanged(exchanged(row)) == row
    assert exchanged(row).a == row.b
