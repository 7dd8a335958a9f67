"""Tables that are none: each is refused in one line, none hangs, and long ones take time in proportion."""

from __future__ import annotations

import json
import os
import shutil
import unicodedata
from pathlib import Path

import pytest

from twinlens.core.errors import BadInput
from twinlens.readers import BadRows, open_pairs, scan_pairs
from twinlens.readers.check import check
from twinlens.scoring.labels import read_labels

CASES = Path(__file__).resolve().parents[1] / "cases"
HEAD = b"id,a,b,note\n"
HOSTILE = {
    "UTF-16 by its mark": ("\ufeffid,a,b\nx,1.png,2.png\n".encode("utf-16-le"), "UTF-16; expected UTF-8"),
    "UTF-16 without a mark": ("id,a,b\nx,1.png,2.png\n".encode("utf-16-le"), "is missing"),
    "Latin-1": ("id,a,b\né,1.png,2.png\n".encode("latin-1"), "is not UTF-8; expected text in UTF-8"),
    "a column twice": (b"id,a,b,b\nx,1.png,2.png,2.png\n", "the column 'b' stands twice"),
    "a column twice, in capitals": (b"id,a,b,B\nx,1.png,2.png,2.png\n", "the column 'b' stands twice"),
    "a zero byte in a path": (HEAD + b"x,1.png,2\0.png,\n", "expected the path of a photo"),
    "a quote that never ends": (HEAD + b'x,1.png,2.png,"open\n' * 3, "cannot be read as CSV"),
    "a cell of 10 MB": (HEAD + b"x,1.png,2.png," + b"n" * 10_000_000 + b"\n", "cannot be read as CSV"),
    "a quote over 10 MB": (HEAD + b'x,1.png,2.png,"' + b"n\n" * 5_000_000, "cannot be read as CSV"),
    "a path of 80 KB": (HEAD + b"x,1.png," + b"a/" * 40_000 + b"2.png,\n", "found a path of 80,005"),
    "a Parquet of no rows": (b"PAR1\0\0\0\0PAR1", "cannot be read as Parquet"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_table_that_is_none_is_refused_in_short_lines(name: str, tmp_path: Path) -> None:
    content, message = HOSTILE[name]
    (tmp_path / "pairs.csv").write_bytes(content)
    with pytest.raises(BadInput) as refused:
        open_pairs(tmp_path / "pairs.csv", images=tmp_path)
    lines = refused.value.lines if isinstance(refused.value, BadRows) else (str(refused.value),)
    assert message in lines[0]
    assert str(tmp_path / "pairs.csv") in lines[0]
    assert all(len(line) < 800 for line in lines)


def test_text_in_a_parquet_table_that_is_no_utf_8_is_one_line() -> None:
    pytest.importorskip("pyarrow")
    with pytest.raises(BadInput, match="cannot be read as Parquet: UnicodeDecodeError"):
        open_pairs(CASES / "parquet_UnicodeDecodeError.parquet")


@pytest.mark.parametrize("step", range(4))
def test_a_parquet_table_with_a_byte_changed_is_read_or_refused(step: int, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    whole = (CASES / "parquet_UnicodeDecodeError.parquet").read_bytes()
    for at in range(step, len(whole), 16):
        changed = bytearray(whole)
        changed[at] ^= 0x41
        (tmp_path / "x.parquet").write_bytes(changed)
        with pytest.raises(BadInput):
            open_pairs(tmp_path / "x.parquet")


def test_a_pipe_or_a_device_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pairs.csv")
    for path, kind in ((tmp_path / "pairs.csv", "a named pipe"), (Path("/dev/zero"), "a device")):
        for read in (open_pairs, read_labels):
            with pytest.raises(BadInput, match=f"cannot be read: {kind}; expected"):
                read(path)


def test_a_table_of_more_than_a_gibibyte_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twinlens.core.files.LARGEST", 20)
    (tmp_path / "pairs.csv").write_bytes(HEAD + b"x,1.png,2.png,\n")
    with pytest.raises(BadInput, match="found over 20 bytes"):
        open_pairs(tmp_path / "pairs.csv")


def test_a_parquet_table_that_unpacks_to_more_than_a_gibibyte_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = pyarrow.table({"id": ["x"], "a": ["1.png" * 20_000], "b": ["2.png"]})
    parquet.write_table(table, tmp_path / "pairs.parquet", compression="zstd")
    monkeypatch.setattr("twinlens.readers.table.LARGEST", 50_000)
    assert (tmp_path / "pairs.parquet").stat().st_size < 20_000
    with pytest.raises(BadInput, match="bytes unpacked; expected a table of at most 50,000"):
        open_pairs(tmp_path / "pairs.parquet")


def test_photos_that_are_pipes_are_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "1.png")
    (tmp_path / "pairs.csv").write_text("id,a,b\nx,1.png,/dev/zero\n")
    whats = [problem.what for problem in check(scan_pairs(tmp_path / "pairs.csv")).problems]
    assert [what.split(": ")[1] for what in whats] == [
        "a named pipe; expected a photo",
        "a device; expected a photo",
    ]


def test_seven_hundred_kilobytes_of_an_opened_tag_are_checked(tmp_path: Path) -> None:
    item = {"images": ["s_0_a.png", "s_0_b.png"], "solution": "<think>" * 100_000 + "<answer>A</answer>"}
    (tmp_path / "t.jsonl").write_text(json.dumps(item) + "\n")
    kinds = [problem.kind for problem in check(scan_pairs(tmp_path / "t.jsonl")).problems]
    assert kinds == ["missing", "missing", "answer", "claims"]


def test_fifty_thousand_columns_are_not_named_in_each_of_many_short_rows(tmp_path: Path) -> None:
    header = ",".join(["id", "a", "b", *(f"c{number}" for number in range(50_000))])
    (tmp_path / "wide.csv").write_text(f"{header}\n" + "x,a\n" * 20_000)
    problems = scan_pairs(tmp_path / "wide.csv").problems
    assert len(problems) == 20_000
    assert max(len(problem.what) for problem in problems) < 200


def test_a_name_of_eighty_kilobytes_is_read(tmp_path: Path) -> None:
    for name in ("p" + "_c0" * 26_660 + ".png", "d/" * 40_000 + "p_0_c0.png", "p" + "." * 80_000):
        (tmp_path / "t.jsonl").write_text(json.dumps({"images": [name], "solution": "x"}) + "\n")
        (problem,) = scan_pairs(tmp_path / "t.jsonl", images=tmp_path).problems
        assert problem.what.startswith(("found a path of 80,", "found a path of 79,"))


def test_labels_of_very_many_pairs_on_one_side_are_noticed(tmp_path: Path) -> None:
    rows = "".join(f"{number},1.png,2.png,{'aab'[number % 3]}\n" for number in range(6_000))
    (tmp_path / "pairs.csv").write_text(f"id,a,b,label\n{rows}")
    kinds = {problem.kind for problem in check(scan_pairs(tmp_path / "pairs.csv")).problems}
    assert kinds == {"missing"}  # two thirds are no three quarters


FOLDERS = (
    "photos/",
    "photos\\",
    "C:\\users\\me\\photos\\",
    "..\\t\\photos\\",
    "\\\\nas\\photos\\",
    "C:/photos/",
)


@pytest.mark.parametrize("disk", ["NFC", "NFD"])
@pytest.mark.parametrize("table", ["NFC", "NFD"])
@pytest.mark.parametrize("folder", FOLDERS)
def test_a_path_as_windows_or_macos_writes_it_is_found(
    folder: str, table: str, disk: str, tmp_path: Path, pictures: list[tuple[Path, Path]]
) -> None:
    photo = tmp_path / "t" / "photos" / unicodedata.normalize(disk, "Größe é.png")
    photo.parent.mkdir(parents=True)
    shutil.copy(pictures[0][0], photo)
    shutil.copy(pictures[0][1], tmp_path / "t" / "b.png")
    text = unicodedata.normalize(table, f'id,a,b\nx,"{folder}Größe é.png",b.png\n')
    (tmp_path / "t" / "pairs.csv").write_text(text, "utf-8")
    (row,) = open_pairs(tmp_path / "t" / "pairs.csv", images=tmp_path / "t")
    assert os.path.samefile(row.a[0].path, photo)


def test_folders_may_be_composed_and_names_in_them_not(
    tmp_path: Path, pictures: list[tuple[Path, Path]]
) -> None:
    photo = tmp_path / unicodedata.normalize("NFC", "é") / unicodedata.normalize("NFD", "ü.png")
    photo.parent.mkdir()
    shutil.copy(pictures[0][0], photo)
    (tmp_path / "pairs.csv").write_text(unicodedata.normalize("NFC", "id,a,b\nx,é/ü.png,é/ü.png\n"), "utf-8")
    (row,) = open_pairs(tmp_path / "pairs.csv")
    assert row.a[0].path == str(photo)


def test_a_path_of_windows_that_is_nowhere_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "pairs.csv").write_text("id,a,b\nx,C:\\gone\\a.png,D:\\gone\\b.png\n")
    with pytest.raises(BadRows) as refused:
        open_pairs(tmp_path / "pairs.csv")
    assert [line.partition(":2: ")[2].split(";")[0] for line in refused.value.lines] == [
        "no such file 'C:\\\\gone\\\\a.png'",
        "no such file 'D:\\\\gone\\\\b.png'",
    ]


def test_a_file_whose_name_has_a_backslash_goes_first(
    tmp_path: Path, pictures: list[tuple[Path, Path]]
) -> None:
    (tmp_path / "v").mkdir()
    for name in ("v\\a.png", "v/a.png"):
        shutil.copy(pictures[0][0], tmp_path / name)
    (tmp_path / "pairs.csv").write_text("id,a,b\nx,v\\a.png,v/a.png\n")
    (row,) = open_pairs(tmp_path / "pairs.csv")
    assert (row.a[0].path, row.b[0].path) == (str(tmp_path / "v\\a.png"), str(tmp_path / "v" / "a.png"))


def test_versions_whose_names_are_composed_and_decomposed_are_of_one_scene(
    tmp_path: Path, pictures: list[tuple[Path, Path]]
) -> None:
    for version, form in (("v1", "NFC"), ("v2", "NFD")):
        (tmp_path / version).mkdir()
        shutil.copy(pictures[0][0], tmp_path / version / unicodedata.normalize(form, "é.png"))
    (row,) = open_pairs(tmp_path)
    assert row.scene == unicodedata.normalize("NFC", "é")
