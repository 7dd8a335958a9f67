"""The data and thumbnails of a large run's page, which lie beside it, and what is refused."""

from __future__ import annotations

import hashlib
import html
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms
from test_run_page import block, opened, pieces, table, words

from made_runs import Row, failure, verdict, write_run
from twinlens.cli import run as command
from twinlens.report import thumbnails
from twinlens.report.run import PageRequest, run_page
from twinlens.report.thumbnails import thumbnail
from twinlens.runs.store import RunFolder

BESIDE = PageRequest(inside=1)


def judged(folder: Path, many: int = 3) -> Path:
    """A run over photos whose hashes it holds."""
    rows: list[Row] = []
    for at in range(many):
        files = []
        for side in "ab":
            file = folder / f"{side}{at}.jpg"
            Image.fromarray(np.full((30, 40, 3), 40 * at + ord(side) % 7, np.uint8)).save(file)
            files.append(file.name)
        row = verdict(f"p{at}", files=(files[0], files[1]), size=(40, 30))
        for side, name in zip("ab", files, strict=True):
            row["pair"][side]["sha256"] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        rows.append(row)
    return write_run(folder / "run", rows)


def piece(folder: Path, name: str) -> Any:
    found = re.fullmatch(r'piece\("(.+?)", (.*)\);\n', (folder / f"{name}.js").read_text("utf-8"))
    assert found
    assert found[1] == name
    return json.loads(found[2])


def made(folder: Path, request: PageRequest = BESIDE) -> str:
    return run_page(RunFolder(folder), folder / "report.html", request)


def test_of_many_rows_data_and_thumbnails_lie_beside_the_page(tmp_path: Path) -> None:
    page, beside = made(judged(tmp_path)), tmp_path / "run" / "report_files"
    assert "piece-rows" not in page
    assert piece(beside, "index")["ids"] == ["p0", "p1", "p2"]
    assert [row["p_a"] for row in piece(beside, "rows-0")] == [0.8] * 3
    names = [name for _, name in piece(beside, "photos-0")]
    assert names == ["a0.jpg", "b0.jpg", "a1.jpg", "b1.jpg", "a2.jpg", "b2.jpg"]
    assert {f"{shown}.webp" for shown, _ in piece(beside, "photos-0")} == {
        file.name for file in (beside / "thumbs").iterdir()
    }
    assert re.search(r"script-src 'sha256-[^']+' 'self' file:;", html.unescape(page))


def test_of_few_rows_all_is_in_the_page_and_what_lay_beside_it_goes(tmp_path: Path) -> None:
    folder = judged(tmp_path)
    made(folder)
    page = made(folder, PageRequest())
    assert not (folder / "report_files").exists()
    assert all(uri.startswith("data:image/webp") for uri, _ in json.loads(block(page, "piece-photos-0")))


def test_a_second_report_makes_the_same_and_no_thumbnail_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = judged(tmp_path)
    page, beside = made(folder), folder / "report_files"
    before = {file.name: file.read_bytes() for file in beside.rglob("*") if file.is_file()}
    (beside / "rows-7.js").write_text("piece()", "utf-8")
    monkeypatch.setattr(thumbnails, "thumbnail", None)
    assert made(folder) == page
    assert {file.name: file.read_bytes() for file in beside.rglob("*") if file.is_file()} == before


def test_a_folder_with_other_things_is_refused_and_left_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = judged(tmp_path)
    beside = folder / "report_files"
    beside.mkdir()
    (beside / "holiday.jpg").write_bytes(b"x")
    assert command(["report", str(folder)]) == 2
    assert "found 'holiday.jpg'; expected a folder that holds nothing but" in capsys.readouterr().err
    assert [file.name for file in beside.iterdir()] == ["holiday.jpg"]
    assert not (folder / "report.html").exists()


@pytest.mark.parametrize("name", ["photo.jpg", "page", "report.html"])
def test_a_page_never_goes_over_a_photo(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = judged(tmp_path), tmp_path / name
    picture = (tmp_path / "a0.jpg").read_bytes()
    out.write_bytes(picture)
    assert command(["report", str(folder), "-o", str(out)]) == 2
    assert "--out" in capsys.readouterr().err
    assert out.read_bytes() == picture


def test_photos_that_are_too_much_for_the_page_lie_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = judged(tmp_path)
    whole = pieces(made(folder, PageRequest(embed=40)), "photo")
    assert not (folder / "report_files").exists()
    monkeypatch.setattr("twinlens.report.pieces.MOST_BYTES", len(whole[0]) + 10)
    page = made(folder, PageRequest(embed=40))
    assert pieces(page, "photo") == []
    assert [piece(folder / "report_files", f"photo-{at}") for at in range(6)] == whole
    assert all(shown for shown, _ in piece(folder / "report_files", "photos-0")), "the sheet has thumbnails"


def test_photos_that_changed_and_photos_that_went_are_counted(tmp_path: Path) -> None:
    folder = judged(tmp_path)
    Image.new("RGB", (40, 30), "red").save(tmp_path / "a0.jpg")
    (tmp_path / "a1.jpg").write_bytes(b"no photo any more")
    (tmp_path / "a2.jpg").unlink()
    for _ in range(2):
        told = words(made(folder))
        assert "1 photo is not the judged one." in told
        assert "1 photo cannot be read any more." in told
        assert "1 photo is no longer where the run found it." in told


def test_of_very_many_photos_thumbnails_are_made_on_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = judged(tmp_path)
    monkeypatch.setattr(thumbnails, "MOST", 2)
    assert "--thumbnails makes thumbnails of all" in words(made(folder))
    assert piece(folder / "report_files", "photos-0")[0][0] == "../a0.jpg"
    made(folder, PageRequest(inside=1, many=True))
    assert re.fullmatch("[0-9a-f]{16}", piece(folder / "report_files", "photos-0")[0][0])


def test_a_thumbnail_is_upright_small_and_in_the_colours_of_its_photo(tmp_path: Path) -> None:
    file = tmp_path / "p.jpg"
    whole = np.zeros((600, 900, 3), np.uint8)
    whole[:, :450] = (200, 30, 30)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "a camera"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(whole).save(file, exif=exif, icc_profile=profile, quality=95)
    made, sha256 = thumbnail(str(file))
    assert sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    image = Image.open(io.BytesIO(made))
    assert image.size == (213, 320)
    assert image.info["icc_profile"] == profile
    assert "exif" not in image.info
    assert np.allclose(image.convert("RGB").getpixel((100, 20)), (200, 30, 30), atol=12)
    assert np.allclose(image.convert("RGB").getpixel((100, 300)), (0, 0, 0), atol=12)


def test_a_thumbnail_of_another_format_is_made_by_the_reader_of_photos(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (16, 8), (0, 0, 0, 0))
    clear.paste((200, 0, 0, 255), (0, 0, 8, 8))
    clear.save(tmp_path / "p.png")
    picture = Image.open(io.BytesIO(thumbnail(str(tmp_path / "p.png"))[0])).convert("RGB")
    assert np.allclose(picture.getpixel((14, 4)), (255, 255, 255), atol=12), "as it was judged"
    left, right = Image.new("RGB", (16, 4), "red"), Image.new("RGB", (8, 4), "blue")
    left.paste(right, (8, 0))
    left.save(tmp_path / "both.png")
    half = Image.open(io.BytesIO(thumbnail(str(tmp_path / "both.png"), "right")[0])).convert("RGB")
    assert half.size == (8, 4)
    assert np.allclose(half.getpixel((4, 2)), (0, 0, 255), atol=12)


def test_names_of_photos_are_those_below_the_folder_they_share(tmp_path: Path) -> None:
    files = [("/d/x/v1/p.jpg", "/d/x/v2/p.jpg"), ("s3://me:key@bucket/q.jpg?key=1", "/d/x/both.png#left")]
    folder = write_run(tmp_path / "run", [verdict(f"p{at}", files=pair) for at, pair in enumerate(files)])
    page = made(folder, PageRequest())
    names = ["/d/x/v1/p.jpg", "/d/x/v2/p.jpg", "s3://bucket/q.jpg", "/d/x/both.png"]
    assert [name for _, name in json.loads(block(page, "piece-photos-0"))] == names
    (tmp_path / "one").mkdir()
    page = made(write_run(tmp_path / "one" / "run", [verdict("p", files=files[0])]), PageRequest())
    assert [name for _, name in json.loads(block(page, "piece-photos-0"))] == ["v1/p.jpg", "v2/p.jpg"]


def disputed(folder: Path) -> Path:
    """A run with three disagreements, a tie, a failure, a pair without a label, and an agreement."""
    rows = [
        verdict("right", "a", 0.9, label="a"), verdict("wrong 1", "b", 0.4, label="a"), failure("failed"),
        verdict("tied", "tie", label="b"), verdict("wrong 2", "a", 0.99, label="b"), verdict("open"),
        verdict("wrong 3", "a", 0.7, label="b", files=("c.png", "d.png")),
    ]  # fmt: skip
    return write_run(folder / "run", rows)


@pytest.mark.parametrize(
    ("pairs", "shown", "why"),
    [
        (
            "disagreements",
            ["wrong 1", "wrong 2", "wrong 3"],
            "the pairs where the judge disagrees with people",
        ),
        ("2", ["wrong 2", "wrong 3"], "those to look at first"),
        ("5", ["wrong 1", "failed", "tied", "wrong 2", "wrong 3"], "those to look at first"),
    ],
)
def test_of_the_pairs_that_are_selected_all_is_shown_and_of_the_others_only_their_part_in_the_scores(
    tmp_path: Path, pairs: str, shown: list[str], why: str
) -> None:
    folder = disputed(tmp_path)
    whole, page = made(folder, PageRequest()), made(folder, PageRequest(pairs=pairs))
    assert json.loads(block(page, "piece-index"))["ids"] == shown
    assert len(opened(page)) == len(shown)
    assert [row["id"] for row in table(page)] == shown
    left = 7 - len(shown)
    note = f"This page shows {len(shown)} of 7 pairs: {why}. {left} are left out (--pairs {pairs}); "
    note += "scores and plots are of all."
    assert note in words(page)
    assert words(page).replace(f"{note} ", "") == words(whole), "scores are of all pairs"


def test_of_all_pairs_or_more_than_there_are_nothing_is_left_out(tmp_path: Path) -> None:
    folder = disputed(tmp_path)
    assert (
        made(folder, PageRequest(pairs="7"))
        == made(folder, PageRequest())
        == made(folder, PageRequest(pairs="all"))
    )


@pytest.mark.parametrize("pairs", ["0", "-3", "some", "1.5"])
def test_a_selection_that_is_none_is_refused(
    tmp_path: Path, pairs: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(["report", str(disputed(tmp_path)), "--pairs", pairs]) == 2
    assert (
        f"--pairs: found '{pairs}'; expected disagreements, all or a number of pairs"
        in capsys.readouterr().err
    )


def test_disagreements_of_a_run_that_nobody_labelled_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(["report", str(judged(tmp_path)), "--pairs", "disagreements"]) == 2
    assert "--pairs disagreements: found no pair with a label; expected labels" in capsys.readouterr().err
