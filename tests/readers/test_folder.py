"""Folders of versions."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from twinlens.core.errors import BadInput
from twinlens.readers import BadRows, open_pairs


def versions(folder: Path, pictures: list[tuple[Path, Path]], *names: str) -> Path:
    for number, name in enumerate(names):
        for scene in ("beach", "town"):
            (folder / name).mkdir(exist_ok=True)
            shutil.copy(pictures[0][number % 2], folder / name / f"{scene}.png")
    return folder


def test_two_versions_give_a_pair_a_scene(tmp_path: Path, pictures: list[tuple[Path, Path]]) -> None:
    first, second = open_pairs(versions(tmp_path, pictures, "v1", "v2"))
    assert (first.id, first.scene, second.scene) == ("beach:v1:v2", "beach", "town")
    assert first.columns == {"version_a": "v1", "version_b": "v2"}
    assert first.a[0].path == str(tmp_path / "v1" / "beach.png")
    assert first.b[0].path == str(tmp_path / "v2" / "beach.png")


def test_three_versions_give_every_pair_of_them(tmp_path: Path, pictures: list[tuple[Path, Path]]) -> None:
    found = open_pairs(versions(tmp_path, pictures, "v1", "v2", "v3"))
    assert [row.id for row in found if row.scene == "town"] == ["town:v1:v2", "town:v1:v3", "town:v2:v3"]


def test_each_version_is_compared_with_a_reference(tmp_path: Path, pictures: list[tuple[Path, Path]]) -> None:
    found = open_pairs(versions(tmp_path, pictures, "v1", "v2", "v3"), reference="v2")
    assert [row.id for row in found if row.scene == "town"] == ["town:v2:v1", "town:v2:v3"]


def test_photos_may_differ_in_their_format_and_lie_deeper(
    tmp_path: Path, pictures: list[tuple[Path, Path]]
) -> None:
    for version, ending in (("v1", "png"), ("v2", "JPG")):
        (tmp_path / version / "day").mkdir(parents=True)
        shutil.copy(pictures[0][0], tmp_path / version / "day" / f"x.{ending}")
        (tmp_path / version / "notes.txt").write_text("no photo")
        (tmp_path / version / ".hidden.png").write_text("no photo")
    (tmp_path / ".cache").mkdir()
    (row,) = open_pairs(tmp_path)
    assert row.scene == "day/x"


def test_a_scene_that_a_version_lacks_is_named(tmp_path: Path, pictures: list[tuple[Path, Path]]) -> None:
    folder = versions(tmp_path, pictures, "v1", "v2", "v3")
    (folder / "v2" / "town.png").unlink()
    with pytest.raises(BadRows) as refused:
        open_pairs(folder)
    (line,) = refused.value.lines
    assert line == f"{folder / 'v1' / 'town.png'}: no photo of that name in v2; expected one in every version"


def test_two_photos_of_one_name_in_a_version_are_named(
    tmp_path: Path, pictures: list[tuple[Path, Path]]
) -> None:
    folder = versions(tmp_path, pictures, "v1", "v2")
    shutil.copy(pictures[0][0], folder / "v1" / "town.jpg")
    with pytest.raises(BadRows, match=r"found town.jpg and town.png; expected one photo a scene"):
        open_pairs(folder)


def test_a_folder_without_two_versions_is_refused(tmp_path: Path, pictures: list[tuple[Path, Path]]) -> None:
    with pytest.raises(BadInput, match="found 0 sub-folders with photos; expected two or more"):
        open_pairs(tmp_path)
    versions(tmp_path, pictures, "v1")
    with pytest.raises(BadInput, match="found 1 sub-folder with photos; expected two or more"):
        open_pairs(tmp_path)


def test_a_reference_that_is_no_version_is_refused(tmp_path: Path, pictures: list[tuple[Path, Path]]) -> None:
    with pytest.raises(BadInput, match=r"--reference 'v9': .* has the versions v1, v2"):
        open_pairs(versions(tmp_path, pictures, "v1", "v2"), reference="v9")
    with pytest.raises(BadInput, match="--images"):
        open_pairs(tmp_path, images=tmp_path)
