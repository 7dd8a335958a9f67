"""Tables of pairs: CSV, TSV and Parquet."""

from __future__ import annotations

import datetime
import shutil
import sys
from pathlib import Path

import pytest

from twinlens.core.errors import BadInput, BadPhoto, MissingExtra
from twinlens.readers import BadRows, Shot, open_pairs, scan_pairs
from twinlens.readers.check import check


@pytest.fixture
def folder(tmp_path: Path, pictures: list[tuple[Path, Path]]) -> Path:
    """A folder with the photos 1.png and 2.png."""
    for name, photo in zip(("1.png", "2.png"), pictures[0], strict=True):
        shutil.copy(photo, tmp_path / name)
    return tmp_path


def write(folder: Path, text: str, name: str = "pairs.csv", encoding: str = "utf-8") -> Path:
    (folder / name).write_text(text, encoding)
    return folder / name


def test_a_table_needs_id_a_and_b_only(folder: Path) -> None:
    (row,) = open_pairs(write(folder, "id,a,b\nx,1.png,2.png\n"))
    assert (row.id, row.scene, row.kind, row.label, row.reference) == ("x", "x", "other", None, "")
    assert (row.a, row.b) == ((Shot(str(folder / "1.png")),), (Shot(str(folder / "2.png")),))


def test_other_columns_go_with_the_row_as_they_stand(folder: Path) -> None:
    text = "ID,a,b,Scene,kind,label,reference,tier,raters\nx,1.png,2.png,s,person,A,because,hard,11\n"
    (row,) = open_pairs(write(folder, text))
    assert (row.scene, row.kind, row.label, row.reference) == ("s", "person", "a", "because")
    assert row.columns == {"tier": "hard", "raters": "11"}


@pytest.mark.parametrize(
    ("said", "label"), [("a", "a"), ("B", "b"), ("tie", "tie"), ("same", "tie"), ("", None)]
)
def test_labels_are_sides_ties_or_nothing(folder: Path, said: str, label: str | None) -> None:
    (row,) = open_pairs(write(folder, f"id,a,b,label\nx,1.png,2.png,{said}\n"))
    assert row.label == label


@pytest.mark.parametrize(("name", "mark"), [("x.csv", ";"), ("x.tsv", "\t"), ("without_ending", ",")])
def test_cells_are_parted_by_comma_semicolon_or_tab(folder: Path, name: str, mark: str) -> None:
    text = (
        "\ufeff"
        + "\r\n".join(mark.join(cells) for cells in (("id", "a", "b"), ("é", "1.png", "2.png")))
        + "\r\n"
    )
    (row,) = open_pairs(write(folder, text, name))
    assert row.id == "é"


def test_lines_are_counted_where_a_row_begins(folder: Path) -> None:
    text = 'id,a,b,note\n\nx,1.png,2.png,"two\nlines"\ny,1.png,2.png,\n'
    assert [row.line for row in open_pairs(write(folder, text))] == [3, 5]


def test_photos_are_found_under_images(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    table = write(tmp_path_factory.mktemp("elsewhere"), "id,a,b\nx,deep/1.png,2.png\n")
    (row,) = open_pairs(table, images=folder)
    assert row.a[0].path == str(folder / "1.png")


BAD = {
    "no id": (",1.png,2.png,", "found no id"),
    "no photo": ("x,1.png,,", "found no b"),
    "an unknown label": ("x,1.png,2.png,c", "found the label 'c'"),
    "too few cells": ("x,1.png", "found 2 cells; expected 4"),
    "too many cells": ("x,1.png,2.png,a,b", "found 5 cells; expected 4"),
    "a missing photo": ("x,1.png,3.png,a", "no such file '3.png'"),
    "a stray quote": ('x,"1.png"oops,2.png,a', "cannot be read as CSV"),
    "an open quote": ('x,"1.png', "cannot be read as CSV"),
    "a path that is none": ("x,1.png,2\0.png,a", "expected"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_row_is_named_with_what_was_found(folder: Path, name: str) -> None:
    line, message = BAD[name]
    table = write(folder, f"id,a,b,label\ngood,1.png,2.png,a\n{line}\n")
    with pytest.raises(BadRows) as refused:
        open_pairs(table)
    (said,) = refused.value.lines
    assert said.startswith(f"{table}:3: ")
    assert message in said
    assert "expected" in said


def test_bad_rows_are_listed_in_the_order_of_the_file(folder: Path) -> None:
    table = write(folder, "id,a,b\nx,3.png,2.png\n,1.png,2.png\ny,1.png,2.png\ny,1.png,2.png\n")
    with pytest.raises(BadRows) as refused:
        open_pairs(table)
    assert [problem.where.rpartition(":")[2] for problem in refused.value.problems] == ["2", "3", "5"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,a\nx,1.png\n", "b is missing"),
        ("id,a,b,a\nx,1.png,2.png,1.png\n", "'a' stands twice"),
        ("", "empty table"),
        ("id,a,b\n", "found no pair"),
    ],
)
def test_a_table_that_cannot_hold_pairs_is_refused(folder: Path, text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        open_pairs(write(folder, text))


def test_a_file_of_another_kind_is_refused(folder: Path) -> None:
    with pytest.raises(BadInput, match="another kind of file; expected a RAIM JSONL, a CSV or Parquet"):
        open_pairs(folder / "1.png")
    with pytest.raises(BadInput, match="No such file"):
        open_pairs(folder / "nothing.csv")
    with pytest.raises(BadInput, match="--images"):
        open_pairs(write(folder, "id,a,b\nx,1.png,2.png\n"), images=folder / "nowhere")
    with pytest.raises(BadInput, match="--reference"):
        open_pairs(write(folder, "id,a,b\nx,1.png,2.png\n"), reference="v1")


def test_a_parquet_table_holds_its_columns_types(folder: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    columns = {
        "id": [1, 2], "a": ["1.png", "1.png"], "b": ["2.png", "2.png"], "label": ["a", None],
        "share": [0.8, float("nan")], "day": [datetime.date(2026, 1, 2)] * 2, "tags": [["x"], []],
    }  # fmt: skip
    parquet.write_table(pyarrow.table(columns), folder / "pairs.parquet")
    first, second = open_pairs(folder / "pairs.parquet")
    assert (first.id, first.label, second.label) == ("1", "a", None)
    assert first.columns == {"share": 0.8, "day": "2026-01-02", "tags": ["x"]}
    assert second.columns["share"] is None
    assert second.where.endswith("pairs.parquet:2")


def test_a_broken_parquet_table_is_refused(folder: Path) -> None:
    pytest.importorskip("pyarrow")
    (folder / "x.parquet").write_bytes(b"PAR1 nothing PAR1")
    with pytest.raises(BadInput, match="cannot be read as Parquet"):
        open_pairs(folder / "x.parquet")


def test_parquet_without_its_extra_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (folder / "x.parquet").write_bytes(b"PAR1")
    with pytest.raises(MissingExtra, match=r"twinlens\[parquet\]"):
        open_pairs(folder / "x.parquet")


def test_the_digest_is_of_what_rows_say_and_not_of_where_the_table_lies(folder: Path) -> None:
    digest = open_pairs(write(folder, "id,a,b,label\nx,1.png,2.png,a\n")).digest()
    moved = folder.with_name("moved")
    folder.rename(moved)
    assert open_pairs(moved / "pairs.csv").digest() == digest
    other = open_pairs(write(moved, "id,a,b,label\nx,1.png,2.png,b\n")).digest()
    assert {name for name in digest if digest[name] != other[name]} == {"labels"}


def test_the_human_pairs_read(data: Path) -> None:
    found = open_pairs(data / "human" / "pairs.csv")
    assert len(found) == 756
    assert len({row.scene for row in found}) == 48
    assert set(found.rows[0].columns) == {"set", "tier", "strength", "raters"}


def test_addresses_stay_as_they_are_wherever_the_run_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "pairs.csv"
    file.write_text("id,a,b\nx,s3://photos/a.png,gs://photos/b.png\n")
    found = scan_pairs(file)
    assert found.problems == ()
    assert (found.rows[0].a[0].path, found.rows[0].b[0].path) == ("s3://photos/a.png", "gs://photos/b.png")
    digest = found.digest()
    monkeypatch.chdir(tmp_path)
    assert scan_pairs(file).digest() == digest


def test_photos_at_addresses_are_checked(
    tmp_path: Path, pictures: list[tuple[Path, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = {f"s3://p/{side}.png": photo.read_bytes() for side, photo in zip("ab", pictures[0], strict=True)}

    def read_address(address: str, _: int) -> bytes:
        if address not in store:
            raise BadPhoto(address, "no such file", "a photo")
        return store[address]

    monkeypatch.setattr("twinlens.imaging.open.read_address", read_address)
    file = tmp_path / "pairs.csv"
    file.write_text("id,a,b\nx,s3://p/a.png,s3://p/b.png\ny,s3://p/a.png,s3://p/c.png\n")
    (problem,) = check(scan_pairs(file)).problems
    assert (problem.id, problem.what) == ("y", "'s3://p/c.png': no such file; expected a photo")
