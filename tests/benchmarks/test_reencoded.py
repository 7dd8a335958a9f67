"""A photo beside itself, encoded anew: nothing is claimed, and what is counted is what was said."""

from pathlib import Path

import pytest
from PIL import Image

from benchmarks.accuracy.reencoded import MOST, WAYS, Said, encoded, said, share, table
from photographs import NAMES, picture


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("photos")
    made = [folder / f"{name}.bmp" for name in NAMES]
    for name, file in zip(NAMES, made, strict=True):
        Image.fromarray(picture(name)).save(file)
    return made


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_claimed_of_a_photo_beside_itself(way: str, files: list[Path], tmp_path: Path) -> None:
    rows = [said(file.stem, file, way, encoded(file, way, tmp_path)) for file in files]
    assert share(rows, way) <= MOST.get(way, 0.25)
    if way == "PNG":
        assert {row.p_a for row in rows} == {0.5}


def test_a_photo_keeps_its_orientation(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    file = tmp_path / "turned.jpg"
    Image.fromarray(picture("coffee")).save(file, exif=exif, quality=97)
    (tmp_path / "out").mkdir()
    row = said("turned", file, "PNG", encoded(file, "PNG", tmp_path / "out"))
    assert (row.claims, row.p_a) == ((), 0.5)


def test_the_table_counts_pairs_claims_and_sides() -> None:
    rows = [Said(f"s{at}", way, (), 0.5) for way in WAYS for at in range(3)]
    rows[3] = Said("s0", "JPEG, quality 97, 4:4:4", ("global noise a", "global texture b"), 0.4)
    png, jpeg, *_ = table(rows)[2:]
    assert png == "| PNG | 3 | 0.000 | 0 of 0 | 0.000 [0.000, 0.561] | at most 0 | 0.50 |"
    assert jpeg.startswith("| JPEG, quality 97, 4:4:4 | 3 | 0.667 | 1 of 2 | 0.333 [")
    assert jpeg.endswith("| at most 0.1 | 0.60 |")
