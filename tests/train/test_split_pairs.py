"""`twinlens data split`: whole scenes, placed by a hash of their names, in files that every command reads."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from twinlens import cli
from twinlens.readers import Rows, open_pairs
from twinlens.train.shared_photos import joined
from twinlens.train.split import part


def split(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(["data", "split", *map(str, arguments)])
    return int(ended.value.code or 0)


def photo(file: Path, value: int, width: int = 8) -> str:
    file.parent.mkdir(exist_ok=True)
    Image.fromarray(np.full((8, width, 3), value, np.uint8)).save(file)
    return f"{file.parent.name}/{file.name}"


def table(folder: Path, scenes: int, columns: str = "processing,note") -> Path:
    """Two pairs of each scene, of two kinds of processing."""
    lines = [f"id,a,b,scene,label,{columns}"]
    for at in range(2 * scenes):
        a, b = (photo(folder / "photos" / f"{at}{side}.png", 2 * at + (side == "b")) for side in "ab")
        lines.append(f"p{at},{a},{b},s{at // 2},{'ab'[at % 2]},{'noise' if at % 2 else 'blur+noise'},n{at}")
    (folder / "pairs.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder / "pairs.csv"


def of(folder: Path, name: str) -> Rows:
    return open_pairs(folder / name)


def test_every_pair_is_in_one_part_and_every_scene_too(tmp_path: Path) -> None:
    assert split(table(tmp_path, 20), "-o", tmp_path / "out", "--share", "0.3", "--share", "0.2") == 0
    parts = {name: of(tmp_path / "out", f"{name}.csv") for name in ("train", "test", "validation")}
    assert sorted(row.id for rows in parts.values() for row in rows) == sorted(f"p{at}" for at in range(40))
    scenes = [{row.scene for row in rows} for rows in parts.values()]
    assert sum(map(len, scenes)) == 20
    for name, rows in parts.items():
        assert {part(row.scene, [0.3, 0.2]) for row in rows} == {name}


def test_photos_labels_and_columns_stand_in_the_parts_as_before(tmp_path: Path) -> None:
    pairs = open_pairs(table(tmp_path, 10))
    assert split(pairs.path, "-o", tmp_path / "deep" / "out", "--share", "0.4") == 0
    before = {row.id: row for row in pairs}
    for row in (*of(tmp_path / "deep" / "out", "test.csv"), *of(tmp_path / "deep" / "out", "train.csv")):
        was = before[row.id]
        assert os.path.samefile(row.a[0].path, was.a[0].path)
        assert os.path.samefile(row.b[0].path, was.b[0].path)
        assert (row.label, row.columns, row.scene) == (was.label, was.columns, was.scene)


def test_more_pairs_move_no_others(tmp_path: Path) -> None:
    assert split(table(tmp_path, 12), "-o", tmp_path / "few", "--share", "0.4") == 0
    assert split(table(tmp_path, 25), "-o", tmp_path / "many", "--share", "0.4") == 0
    for name in ("train.csv", "test.csv"):
        assert {row.id for row in of(tmp_path / "few", name)} <= {
            row.id for row in of(tmp_path / "many", name)
        }


def test_shares_are_met_over_many_scenes() -> None:
    parts = [part(f"scene {at}", [0.1, 0.2]) for at in range(4000)]
    assert parts.count("test") == pytest.approx(400, abs=60)
    assert parts.count("validation") == pytest.approx(800, abs=80)


def test_scenes_that_share_a_photo_are_one_and_nearer_to_training(tmp_path: Path) -> None:
    pairs = table(tmp_path, 20)
    apart = {name: {row.scene for row in rows} for name, rows in parts_of(pairs, tmp_path / "x").items()}
    train, test = sorted(apart["train"])[0], sorted(apart["test"])[0]
    shared = next(row for row in open_pairs(pairs) if row.scene == train).a[0].path
    line = f"bridge,{Path(shared).as_posix()},photos/0b.png,{test},a,blur,\n"
    pairs.write_text(pairs.read_text("utf-8") + line, "utf-8")
    joined_parts = {
        name: {row.scene for row in rows} for name, rows in parts_of(pairs, tmp_path / "y").items()
    }
    assert {train, test} <= joined_parts["train"]
    assert joined_parts["test"] < apart["test"]


def parts_of(pairs: Path, out: Path) -> dict[str, Rows]:
    assert split(pairs, "-o", out, "--share", "0.4") == 0
    return {name: of(out, f"{name}.csv") for name in ("train", "test")}


def test_the_order_of_pairs_does_not_matter_to_which_scenes_are_one() -> None:
    pairs = [("x", "ab"), ("y", "bc"), ("z", "d"), ("w", "ce")]
    assert joined(pairs, str) == ["y", "y", "z", "y"]
    assert joined(pairs[::-1], str) == ["y", "z", "y", "y"]


def test_kinds_of_processing_are_left_out_also_beside_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert split(table(tmp_path, 20), "-o", tmp_path / "out", "--leave-out", "blur", "--share", "0.4") == 0
    kinds = {name: {row.columns["processing"] for row in of(tmp_path / "out", f"{name}.csv")}
             for name in ("train", "test", "left_out")}  # fmt: skip
    assert kinds == {"train": {"noise"}, "test": {"noise"}, "left_out": {"blur+noise"}}
    assert "scenes of left_out.csv also stand in train.csv" in " ".join(capsys.readouterr().out.split())


def test_lines_of_a_raim_file_stay_as_they_are_but_for_the_places_of_photos(tmp_path: Path) -> None:
    lines = []
    for at in range(12):
        photo(tmp_path / "images" / f"p_{at:03}_merged_c0.png", at, 16)
        messages = [{"role": "system", "content": "Compare A and B."}]
        images = [f"data/1536/images/p_{at:03}_merged_c0.png"]
        lines.append({"images": images, "messages": messages, "solution": "<answer>A</answer>", "x": at})
    (tmp_path / "raim.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines), "utf-8")
    out = tmp_path / "out"
    assert split(tmp_path / "raim.jsonl", "-o", out, "--images", tmp_path / "images", "--share", "0.5") == 0
    written = {
        one["x"]: one
        for name in ("train", "test")
        for one in map(json.loads, (out / f"{name}.jsonl").read_text("utf-8").splitlines())
    }
    assert [{**written[at], "images": None} for at in range(12)] == [{**one, "images": None} for one in lines]
    for row in (*of(out, "train.jsonl"), *of(out, "test.jsonl")):
        assert Path(row.a[0].path).exists()
        assert (row.a[0].half, row.label) == ("left", "a")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--share", "1.2"], "--share: found 1.2; expected one or two above 0"),
        (["--share", "0.001"], "falls to test; expected more scenes, or larger shares"),
        (["--leave-out", "jpeg"], "--leave-out: found 'jpeg'; expected a value of processing: blur, "),
        (["--leave-out", "x", "--by", "sort"], "--by: found 'sort'; expected a column of"),
    ],
)
def test_what_cannot_be_split_is_said_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert split(table(tmp_path, 6), "-o", tmp_path / "out", *arguments) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_other_things_is_left_as_it_is(tmp_path: Path) -> None:
    pairs = table(tmp_path, 20)
    assert split(pairs, "-o", tmp_path, "--share", "0.4") == 2
    out = tmp_path / "out"
    assert split(pairs, "-o", out, "--share", "0.3", "--share", "0.3") == 0
    assert split(pairs, "-o", out, "--share", "0.3") == 0
    assert {file.name for file in out.iterdir()} == {"train.csv", "test.csv"}
