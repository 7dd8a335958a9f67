"""Runs are scored, ranked and plotted by what the cameras wrote, which stands in their rows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from skimage.data import astronaut
from typer.testing import CliRunner

from made_runs import verdict, write_run
from twinlens.cli import app
from twinlens.core.exif import Exif
from twinlens.report.run import run_page
from twinlens.runs.store import RunFolder
from twinlens.scoring.exif_columns import exif_rows

PHONE = {
    "camera": "Apple iPhone 15", "iso": 160, "exposure": 1 / 320, "aperture": 1.78, "focal_length": 6.765,
}  # fmt: skip
CANON = {
    "camera": "Canon EOS R5", "iso": 6400, "exposure": 2.0, "aperture": 4.5, "taken": "2024-05-31 14:07:00",
}  # fmt: skip


def of(id: str, choice: str, a: dict | None, b: dict | None, **columns: str) -> dict:
    row = verdict(id, choice, label="a", columns=columns)
    for side, exif in (("a", a), ("b", b)):
        if exif:
            row["pair"][side]["exif"] = exif
    return row


@pytest.fixture
def run(tmp_path: Path) -> Path:
    rows = [
        *(of(f"phone {i}", "a", PHONE, PHONE) for i in range(6)),
        *(of(f"canon {i}", "b", CANON, None) for i in range(4)),
        of("both", "a", CANON, PHONE),
        of("own", "a", CANON, CANON, camera="the table says another"),
        of("none", "a", None, None),
    ]
    return write_run(tmp_path / "run", rows)


def scores(run: Path, column: str) -> dict:
    said = CliRunner().invoke(app, ["score", str(run), "--by", column, "--no-rationale", "--json"])
    assert said.exit_code == 0, said.output
    return {value: made["accuracy"] for value, made in json.loads(said.stdout)["by"][column].items()}


def test_scores_are_by_camera_and_a_column_of_the_table_goes_before_it(run: Path) -> None:
    made = scores(run, "camera")
    assert {value: one["n"] for value, one in made.items() if value} == {
        "Apple iPhone 15": 6, "Canon EOS R5": 4, "Canon EOS R5 / Apple iPhone 15": 1,
        "the table says another": 1,
    }  # fmt: skip
    assert made["Apple iPhone 15"]["value"] == 1
    assert made["Canon EOS R5"]["value"] == 0


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("iso", {"200", "6400", "200 / 6400"}),
        ("exposure", {"1/250 s", "2 s", "2 s / 1/250 s"}),
        ("aperture", {"f/2", "f/4", "f/2 / f/4"}),
        ("focal_length", {"7 mm"}),
        ("date", {"2024-05-31"}),
    ],
)
def test_numbers_are_grouped_by_full_stops(run: Path, column: str, values: set[str]) -> None:
    assert {value for value in scores(run, column) if value} == values


def test_the_page_plots_by_camera_and_shows_both_photos_settings(run: Path) -> None:
    text = run_page(RunFolder(run), run / "report.html")
    assert "by iso" in text
    assert "1/320 s" in text
    assert "f/1.78" in text


def test_only_what_a_camera_wrote_is_shown() -> None:
    assert exif_rows(Exif(iso=100), Exif(iso=100, exposure=0.5)) == [
        ("Exposure", "", "0.5 s"),
        ("ISO", "100", "100"),
    ]
    assert exif_rows(None, None) == []


def test_a_run_stores_what_the_cameras_wrote_and_neither_place_nor_person(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0110], exif[0x013B] = "Model 7", "Jane Artist"
    exif.get_ifd(0x8769).update({0x8827: 400, 0xA430: "Jane Owner", 0xA431: "SERIAL-1"})
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0)})
    photo = Image.fromarray(astronaut()[:96, 150:278])
    for version, quality in (("v1", 95), ("v2", 20)):
        (tmp_path / "photos" / version).mkdir(parents=True)
        photo.save(tmp_path / "photos" / version / "p.jpg", quality=quality, exif=exif)
    out = tmp_path / "run"
    said = CliRunner().invoke(app, ["run", str(tmp_path / "photos"), "--judge", "fixed", "--out", str(out)])
    assert said.exit_code == 0, said.output
    stored = (out / "rows.jsonl").read_text("utf-8")
    row = json.loads(stored)
    assert row["pair"]["a"]["exif"] == row["pair"]["b"]["exif"] == {"camera": "Model 7", "iso": 400}
    assert "Jane" not in stored
    assert "SERIAL" not in stored
    ranked = CliRunner().invoke(app, ["rank", str(out), "--by", "camera", "--json"])
    assert ranked.exit_code == 0, ranked.output
    assert "Model 7" in json.loads(ranked.stdout)["by"]["camera"]
