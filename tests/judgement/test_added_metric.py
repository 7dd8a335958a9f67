"""A metric is added in one file, in this package or in another one, and goes the whole way."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import twinlens
from photographs import picture

METRIC = '''"""Vignetting: light lost towards the corners."""

from dataclasses import dataclass

import numpy as np

from twinlens.metrics import Confound, Effect, Metric


@dataclass(frozen=True)
class Vignetting(Metric):
    """How much darker the corners are than the middle, in L*: 0 to 100, lower is better."""

    aspects = ("exposure",)
    unit = "L*"
    high = 100.0
    better = "lower"
    jnd = 2.0
    source = "ISO 17957 (shading)"
    saturation = 3.0
    prior = 3.0
    families = ("tonal",)
    effects = (Effect("tone clipping", stage=1), Confound("tone detail", stage=34))
    praise = "is evenly lit into the corners"
    blame = "falls off towards the corners"

    def measure(self, cells, weight):
        """The numbers of both photos; None but for the whole."""
        if weight.min() < 1:
            return None
        rows, columns = weight.shape
        y, x = np.mgrid[:rows, :columns]
        radius = np.hypot(2 * y / (rows - 1) - 1, 2 * x / (columns - 1) - 1)
        light = [cells.pool(np.ascontiguousarray(lab[..., 0])) for lab in cells.lab]
        falls = [float(one[radius < 0.4].mean() - one[radius > 1.1].mean()) for one in light]
        least = min(falls)
        return tuple(min(100.0, fall - least) for fall in falls)
'''


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A photograph, and the same as a lens with strong vignetting draws it."""
    folder = tmp_path_factory.mktemp("photos")
    whole = picture("coffee")
    height, width = whole.shape[:2]
    y, x = np.mgrid[:height, :width]
    radius = np.hypot(2 * y / height - 1, 2 * x / width - 1)
    kept = (1 / (1 + 0.35 * radius**4))[..., None]
    dark = np.rint(whole * kept)
    files = folder / "a.png", folder / "b.png"
    for file, pixels in zip(files, (whole, dark.astype(np.uint8)), strict=True):
        Image.fromarray(pixels).save(file)
    return files


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as an installer leaves another package in: a module, and an entry point that names it."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "lens_metrics.py").write_text(METRIC, "utf-8")
    about = folder / "lens_metrics-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: lens-metrics\nVersion: 1.0\n", "utf-8")
    points = "[twinlens.metrics]\nvignetting = lens_metrics:Vignetting\n"
    (about / "entry_points.txt").write_text(points, "utf-8")
    return folder


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This package with one more file in its folder of metrics."""
    folder = tmp_path_factory.mktemp("source")
    ours = Path(twinlens.__file__).parent
    shutil.copytree(ours, folder / "twinlens", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "twinlens" / "metrics" / "vignetting.py").write_text(METRIC, "utf-8")
    return folder


def lines(path: Path | None, *arguments: object) -> list[dict[str, Any]]:
    """What the command prints with `--json`, in a process that finds modules in a folder first."""
    before = [] if path is None else [str(path)]
    there = os.pathsep.join(filter(None, [*before, os.environ.get("PYTHONPATH", "")]))
    command = [sys.executable, "-m", "twinlens.cli", *map(str, arguments), "--json"]
    ran = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": there}, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


@pytest.mark.parametrize("where", ["outside", "inside"])
def test_it_is_listed_measured_weighed_explained_and_grounded(
    where: str, photos: tuple[Path, Path], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    path = request.getfixturevalue(where)
    (row,) = [row for row in lines(path, "metrics") if row["name"] == "vignetting"]
    assert (row["unit"], row["jnd"], row["better"]) == ("L*", 2.0, "lower")

    (without,) = lines(None, "compare", *photos)
    (verdict,) = lines(path, "compare", *photos)
    claims = [claim for claim in verdict["claims"] if "corners" in claim["text"]]
    assert [(claim["aspect"], claim["favours"]) for claim in claims] == [("exposure", "a")]
    assert claims[0]["grounding"] == "supported"
    assert claims[0]["evidence"][0]["metric"] == "vignetting"
    assert verdict["choice"] == "a"
    assert verdict["p_a"] > without["p_a"]

    text = tmp_path / "said.txt"
    text.write_text("Exposure: Image A (Left) is well exposed, while Image B (Right) is too dark.", "utf-8")
    (reading,) = lines(path, "read", text, *photos)
    assert "vignetting" in {piece["metric"] for claim in reading["claims"] for piece in claim["evidence"]}
