"""Fitting sharpening and noise: ways of processing, how often the fit is right, the numbers that ship."""

import json
from importlib.resources import files as files_of
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks import fitting
from benchmarks.calibrate import cast, noise, sharpening
from benchmarks.calibrate.noise import samples
from benchmarks.processing import DENOISING, NOISE, SHARPENING, WAYS, rows
from photographs import NAMES, picture
from twinlens.core.fitted import logistic


@pytest.mark.parametrize("name", WAYS)
def test_each_way_changes_a_photo_the_more_the_stronger_and_each_time_alike(name: str) -> None:
    photo = picture("coffee")
    made = [WAYS[name](photo, k) for k in range(3)]
    changes = [float(np.abs(one.astype(float) - photo).mean()) for one in made]
    assert [one.shape for one in made] == [photo.shape] * 3
    assert 0 < changes[0] < changes[1] < changes[2]
    assert np.array_equal(WAYS[name](photo, 1), made[1])


def test_what_was_fitted_on_three_photographs_judges_the_fourth(tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.png" for name in NAMES]
    for file, name in zip(files, NAMES, strict=True):
        cv2.imwrite(str(file), picture(name)[..., ::-1])
    groups = [samples(file) for file in files]
    names = np.array([file.stem for file, group in zip(files, groups, strict=True) for _ in group])
    found = list(rows("noise", names, [one for group in groups for one in group]))
    assert {row[0].split(":")[0] for row in found} >= {*NOISE, *DENOISING} - {*SHARPENING}
    assert np.mean([float(row[1].split()[0]) for row in found]) > 0.8


def test_what_is_written_is_what_the_package_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fitted_numbers").mkdir()
    file = tmp_path / "fitted_numbers" / "some.json"
    fitting.write(file, "noise", "photographs", ["one", "two"], np.array([0.1, -2.5, 3.0]))
    monkeypatch.syspath_prepend(tmp_path)
    assert logistic("fitted_numbers", "some.json") == ((0.1, -2.5), 3.0)
    assert json.loads(file.read_text("utf-8"))["command"] == "python -m benchmarks noise --write"


@pytest.mark.parametrize(
    ("package", "name", "features"),
    [
        ("twinlens.metrics", "halo.json", sharpening.FEATURES),
        ("twinlens.features", "noise_floor.json", noise.FEATURES),
        ("twinlens.metrics", "cast.json", cast.FEATURES),
    ],
)
def test_what_ships_has_a_number_for_each_feature_and_says_where_it_comes_from(
    package: str, name: str, features: tuple[str, ...]
) -> None:
    shipped = json.loads((files_of(package) / name).read_text("utf-8"))
    assert tuple(shipped["coefficients"]) == features
    assert shipped["command"].startswith("python -m benchmarks ")
    assert shipped["data"]
    assert shipped["date"]
