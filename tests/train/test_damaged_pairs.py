"""`twinlens data process`: pairs whose damage, label and reasons are known, the same ones each time."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.photographs import picture
from twinlens import cli
from twinlens.core.types import Reading
from twinlens.language.parse import read
from twinlens.readers import Rows, open_pairs
from twinlens.train.damaged_pairs import kinds
from twinlens.train.defects import defects

Run = Callable[..., int]


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photographs")
    for name in ("astronaut", "chelsea", "coffee"):
        Image.fromarray(picture(name)).save(folder / f"{name}.png")
    return folder


def process(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(["data", "process", *map(str, arguments), "--size", "256", "--workers", "1"])
    return int(ended.value.code or 0)


@pytest.fixture(scope="module")
def made(photographs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("made") / "pairs"
    assert process(photographs, "-o", out, "--pairs", "6") == 0
    return out


@pytest.fixture(scope="module")
def rows(made: Path) -> Rows:
    return open_pairs(made / "pairs.csv")


def pixels(path: str) -> np.ndarray:
    return np.asarray(Image.open(path), np.int16)


def test_every_pair_has_a_label_and_reasons_that_are_read_as_what_was_done(rows: Rows) -> None:
    assert len(rows) == 18
    for row in rows:
        reading = read(row.reference)
        assert isinstance(reading, Reading)
        assert reading.answer == row.label
        said = {(claim.region, claim.aspect) for claim in reading.claims if claim.favours == row.label}
        names, places = (str(row.columns[key]).split("+") for key in ("defect", "region"))
        for name, place in zip(names, places, strict=True):
            assert (place, next(iter(defects()[name].words))) in said
        assert {one.favours for one in reading.claims} <= {row.label, "same"}


def test_each_side_is_the_better_one_equally_often(rows: Rows) -> None:
    for scene in ("astronaut", "chelsea", "coffee"):
        assert Counter(row.label for row in rows if row.scene == scene) == {"a": 3, "b": 3}


def test_the_better_photo_is_the_photograph_and_the_other_differs_where_it_is_said(rows: Rows) -> None:
    for row in rows:
        better, worse = (
            pixels(side[0].path) for side in ((row.a, row.b) if row.label == "a" else (row.b, row.a))
        )
        assert better.shape == worse.shape
        assert max(better.shape) == 256
        changed = float((abs(better - worse).max(axis=2) > 1).mean())
        assert changed > 0
        if row.columns["region"] == "eyes":
            assert changed < 0.1


def test_a_face_is_damaged_in_the_face_only(photographs: Path, tmp_path: Path) -> None:
    assert (
        process(
            photographs, "-o", tmp_path / "o", "--regions", "face", "--kinds", "noise", "--strengths", "3"
        )
        == 0
    )
    rows = open_pairs(tmp_path / "o" / "pairs.csv")
    assert {row.scene for row in rows} == {"astronaut"}
    assert {(row.kind, row.columns["region"], row.columns["defect"]) for row in rows} == {
        ("person", "face", "noise")
    }
    changed = abs(pixels(rows.rows[0].a[0].path) - pixels(rows.rows[0].b[0].path)).max(axis=2) > 2
    y, x = np.nonzero(changed)
    assert 0.005 < changed.mean() < 0.1
    assert 70 < x.min() < x.max() < 160
    assert y.max() < 110


def test_the_same_photographs_give_the_same_bytes_and_another_seed_other_ones(
    photographs: Path, made: Path, tmp_path: Path
) -> None:
    assert process(photographs, "-o", tmp_path / "again", "--pairs", "6") == 0
    assert process(photographs, "-o", tmp_path / "other", "--pairs", "6", "--seed", "1") == 0
    before, again, other = (
        (one / "pairs.csv").read_bytes() for one in (made, tmp_path / "again", tmp_path / "other")
    )
    assert before == again != other
    for file in sorted((made / "photos").rglob("*.png")):
        assert file.read_bytes() == (tmp_path / "again" / file.relative_to(made)).read_bytes()


def test_what_was_stopped_goes_on_and_comes_to_the_same(
    photographs: Path, made: Path, tmp_path: Path
) -> None:
    out = tmp_path / "stopped"
    shutil.copytree(made, out)
    lines = (made / "made.jsonl").read_text("utf-8").splitlines(keepends=True)
    (out / "made.jsonl").write_text("".join(lines[:2]) + lines[2][:100], "utf-8")
    for file in (*out.glob("photos/*/chelsea.png"), out / "pairs.csv"):
        file.unlink()
    untouched = (out / "photos" / "original" / "astronaut.png").stat().st_mtime_ns
    assert process(photographs, "-o", out, "--pairs", "6") == 0
    for name in ("made.jsonl", "pairs.csv"):
        assert (out / name).read_bytes() == (made / name).read_bytes()
    assert (out / "photos" / "original" / "astronaut.png").stat().st_mtime_ns == untouched
    assert (out / "photos" / "original" / "chelsea.png").exists()


def test_other_options_do_not_go_into_a_folder_that_was_begun(
    photographs: Path, made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert process(photographs, "-o", made, "--pairs", "2") == 2
    assert "was begun with the options" in capsys.readouterr().err


def test_kinds_are_chosen_and_left_out_by_name_and_by_family() -> None:
    known = kinds()
    assert known["color"] == ["cast", "gray_out", "oversaturate"]
    assert known["blur"] == ["blur"]
    assert "defocus" not in known
    assert "defocus" in kinds(held_out=True)
    assert "jpeg" not in kinds(held_out=True)


def test_what_is_left_out_is_in_no_pair(photographs: Path, tmp_path: Path) -> None:
    assert (
        process(photographs, "-o", tmp_path / "o", "--leave-out", "color,noise,sensor", "--strengths", "2")
        == 0
    )
    families = {
        name
        for row in open_pairs(tmp_path / "o" / "pairs.csv")
        for name in row.columns["processing"].split("+")
    }
    assert families
    assert not families & {"color", "noise", "sensor"}


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--kinds", "defocus"], "--kinds: found 'defocus'; expected"),
        (["--strengths", "4"], "--strengths: found '4'; expected 1, 2, 3"),
        (["--regions", "nose"], "--regions: found 'nose'; expected global, face"),
        (["--kinds", "blur", "--leave-out", "blur"], "expected to leave some"),
    ],
)
def test_what_is_not_known_is_named(
    photographs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], found: str
) -> None:
    assert process(photographs, "-o", tmp_path / "o", *arguments) == 2
    assert found in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


def test_a_photograph_that_cannot_be_read_is_named_and_the_others_are_made(
    photographs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(photographs / "chelsea.png", tmp_path / "good.png")
    (tmp_path / "bad.png").write_bytes(b"no photo")
    assert process(tmp_path, "-o", tmp_path / "o", "--pairs", "1") == 1
    said = capsys.readouterr()
    assert "bad.png" in said.err
    assert len(open_pairs(tmp_path / "o" / "pairs.csv")) == 1
