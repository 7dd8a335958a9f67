"""Photos that lie elsewhere: what the page says of them, and what it holds of them."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from test_run_page import block, opened, pieces, words

from bucket import put, serving
from made_runs import failure, verdict, write_run
from twinlens.cli import run as command
from twinlens.report.links import bare, distinguished
from twinlens.report.run import PageRequest, run_page
from twinlens.runs.store import RunFolder

Pictures = list[tuple[Path, Path]]


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    with serving() as address:
        yield address


def judged(folder: Path, pictures: Pictures) -> Path:
    """A run over photos in the bucket."""
    files = [put(f"v{at}/p one.png", file.read_bytes()) for at, file in enumerate(pictures[0])]
    (folder / "pairs.csv").write_text(f"id,a,b\np,{files[0]},{files[1]}\n", "utf-8")
    call = ["run", str(folder / "pairs.csv"), "--judge", "fixed", "--out", str(folder / "run"), "--no-cache"]
    assert command(call) == 0
    return folder / "run"


def test_a_page_says_where_photos_at_addresses_lie_and_asks_for_none(
    bucket: str, pictures: Pictures, tmp_path: Path
) -> None:
    folder = judged(tmp_path, pictures)
    page = run_page(RunFolder(folder), folder / "report.html")
    ((a, b),) = [row["photos"] for row in opened(page)]
    assert a["why"] == (
        f"The photo lies at {bucket}/v0/p one.png: to see it here, write the page with --embed 1600."
    )
    assert (a["name"], b["name"], a["size"]) == ("v0/p one.png", "v1/p one.png", [128, 96])
    assert "src" not in a
    told = words(page)
    assert (
        "2 photos are at addresses, and this page asks for nothing: to see them here, write the page with "
        "--embed 1600." in told
    )
    assert "no longer" not in told


def test_photos_at_addresses_are_put_into_the_page(bucket: str, pictures: Pictures, tmp_path: Path) -> None:
    folder = judged(tmp_path, pictures)
    page = run_page(RunFolder(folder), folder / "report.html", PageRequest(embed=1600))
    inside = pieces(page, "photo")
    for uri, file in zip(inside, pictures[0], strict=True):
        assert base64.b64decode(uri.partition(",")[2]) == file.read_bytes(), "the file's own bytes"
    small = pieces(run_page(RunFolder(folder), folder / "report.html", PageRequest(embed=64)), "photo")
    assert Image.open(io.BytesIO(base64.b64decode(small[0].partition(",")[2]))).size == (64, 48)
    assert opened(page)[0]["photos"][0]["notes"] == []


def test_a_photo_that_cannot_be_fetched_is_reported_on_the_page_and_is_no_error(
    bucket: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = "https://me:secret@127.0.0.1:9/a.jpg?signature=secret"
    files = (f"{bucket}/none.png", gone)
    folder = write_run(tmp_path / "run", [verdict("p", files=files), verdict("q", files=files)])
    assert command(["report", str(folder), "--embed", "64"]) == 0
    assert "Traceback" not in capsys.readouterr().err
    page = (folder / "report.html").read_text("utf-8")
    assert "2 photos are not in this page, since reading failed." in words(page)
    assert opened(page)[0]["photos"][0]["why"] == (
        f"The photo could not be read when this page was written. It lies at {bucket}/none.png."
    )
    assert "secret" not in page


def test_a_folder_of_versions_names_the_version_with_the_photo() -> None:
    assert distinguished("r/v1/s/p.jpg", "r/v2/s/p.jpg") == ("v1/…/", "v2/…/")
    assert distinguished("https://h/v1/p.jpg?x=/1/p.jpg", "https://h/v2/p.jpg?x=/2/p.jpg") == ("v1/", "v2/")
    assert distinguished("p.jpg#left", "p.jpg#right") == distinguished() == ("", "")
    assert bare("simplecache::s3://bucket/a b?.jpg") == "simplecache::s3://bucket/a b"


def test_a_photo_behind_file_is_linked_as_any_other(pictures: Pictures, tmp_path: Path) -> None:
    files = tuple(file.as_uri() for file in pictures[0])
    folder = write_run(tmp_path / "run", [verdict("p", files=files)])
    page = run_page(RunFolder(folder), folder / "report.html")
    assert all((folder / photo["src"]).is_file() for photo in opened(page)[0]["photos"])
    assert "file://" not in block(page, "piece-rows-0")


def test_photos_of_a_run_that_was_moved_with_them_are_found(pictures: Pictures, tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [verdict("p", files=("a.png", "b.png"))])
    for name, file in zip(("a.png", "b.png"), pictures[0], strict=True):
        (tmp_path / name).write_bytes(file.read_bytes())
    (folder / "run.json").write_text(
        json.dumps({"schema": "twinlens.run/2", "judge": {"spec": "j"}, "origin": {"folder": "gone"}}),
        "utf-8",
    )
    (row,) = opened(run_page(RunFolder(folder), folder / "x.html"))
    assert [photo["src"] for photo in row["photos"]] == [
        "../a.png", "../b.png",
    ]  # fmt: skip


def test_a_pair_of_which_a_photo_could_not_be_read_names_both(tmp_path: Path) -> None:
    photos = {"a": {"file": "d/bad.jpg"}, "b": {"file": "d/good.jpg"}}
    folder = write_run(tmp_path / "run", [failure("p", "bad-photo", photos=photos), verdict("q")])
    told = {
        tuple(photo["name"] for photo in row["photos"]): row
        for row in opened(run_page(RunFolder(folder), folder / "x"))
    }
    shown = told["bad.jpg", "good.jpg"]["photos"]
    assert shown[0]["size"] is None
    assert shown[0]["why"] == "Not shown, since a photo of this pair could not be read."
