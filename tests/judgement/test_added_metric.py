"""A metric is added in one file, in this package or in another one, and goes the whole way."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import twinlens
from photographs import picture
from twinlens.core import catalog
from twinlens.core.errors import BadSpec
from twinlens.metrics import Effect, Map, Metric, Pyramid, metrics

METRIC = '''"""Shading: light lost towards the corners."""

from dataclasses import dataclass

import numpy as np

from twinlens.metrics import Confound, Effect, Metric


@dataclass(frozen=True)
class Shading(Metric):
    """How much darker the corners are than the middle, in L*: 0 to 100, lower is better."""

    aspects = ("exposure",)
    unit = "L*"
    high = 100.0
    better = "lower"
    jnd = 1.0
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
    points = "[twinlens.metrics]\nshading = lens_metrics:Shading\n"
    (about / "entry_points.txt").write_text(points, "utf-8")
    return folder


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This package with one more file in its folder of metrics."""
    folder = tmp_path_factory.mktemp("source")
    ours = Path(twinlens.__file__).parent
    shutil.copytree(ours, folder / "twinlens", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "twinlens" / "metrics" / "shading.py").write_text(METRIC, "utf-8")
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
    (row,) = [row for row in lines(path, "metrics") if row["name"] == "shading"]
    assert (row["unit"], row["jnd"], row["better"]) == ("L*", 1.0, "lower")

    (without,) = lines(None, "compare", *photos)
    (verdict,) = lines(path, "compare", *photos)
    claims = [claim for claim in verdict["claims"] if "the corners" in claim["text"]]
    assert [(claim["aspect"], claim["favours"]) for claim in claims] == [("exposure", "a")]
    assert claims[0]["grounding"] == "supported"
    assert claims[0]["evidence"][0]["metric"] == "shading"
    assert verdict["choice"] == "a"
    assert verdict["p_a"] > without["p_a"]

    text = tmp_path / "said.txt"
    text.write_text("Exposure: Image A (Left) is well exposed, while Image B (Right) is too dark.", "utf-8")
    (reading,) = lines(path, "read", text, *photos)
    assert "shading" in {piece["metric"] for claim in reading["claims"] for piece in claim["evidence"]}


@dataclass(frozen=True)
class Sound(Metric):
    """A metric of another package that is as it must be."""

    aspects = ("exposure",)
    unit = "%"
    high = 100.0
    better = "lower"
    jnd = 2.0
    source = "a test"
    praise = "is evenly lit"
    blame = "is unevenly lit"

    def measure(self, pyramid: Pyramid, weight: Map) -> tuple[float, float] | None:
        return None


def named(metric: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Metric]:
    """The metrics of the catalog where one more is installed."""
    ours = catalog.parts("metrics")
    monkeypatch.setattr(catalog, "parts", lambda group: {**ours, "theirs": metric})
    return metrics.__wrapped__()


def test_a_metric_that_is_as_it_must_be_is_one_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    assert named(Sound(), monkeypatch)["theirs"] == Sound()


@pytest.mark.parametrize(
    ("constants", "fault"),
    [
        ({"aspects": ()}, "found aspects = ()"),
        ({"aspects": "exposure"}, "found aspects = 'exposure'"),
        ({"aspects": ("vignetting",)}, "found aspects = ('vignetting',)"),
        ({"aspects": ("quality",)}, "found aspects = ('quality',)"),
        ({"better": "up"}, "found better = 'up'"),
        ({"jnd": 0.0}, "found jnd 0.0"),
        ({"jnd": float("nan")}, "found jnd nan"),
        ({"high": 0.0}, "range 0.0 to 0.0"),
        ({"prior": -1.0}, "prior -1.0"),
        ({"saturation": 0.0}, "found saturation = 0.0"),
        ({"ratio": "{nothing} less"}, "found ratio = '{nothing} less'"),
        ({"amount": None}, "amount = None"),
        ({"effects": Effect("tone", stage=1)}, "no tuple of Effect"),
        ({"effects": (Effect("nonsense", stage=1),)}, "found an effect on nonsense"),
    ],
)
def test_a_metric_that_is_made_wrongly_is_refused_in_one_line(
    constants: dict[str, Any], fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = dataclass(frozen=True)(type("Wrong", (Sound,), constants))
    with pytest.raises(BadSpec) as caught:
        named(wrong(), monkeypatch)
    assert str(caught.value).startswith("the metric theirs: ")
    assert fault in str(caught.value)
    assert "expected" in str(caught.value)


def test_what_is_no_metric_or_lacks_a_constant_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadSpec, match="found a str; expected a class derived from"):
        named("sharpness", monkeypatch)
    bare = dataclass(frozen=True)(type("Bare", (Metric,), {"measure": Sound.measure}))
    with pytest.raises(BadSpec, match="found no aspects and no unit"):
        named(bare(), monkeypatch)


@pytest.mark.parametrize(
    ("line", "detail"),
    [
        ("raise ValueError('boom')", "the metric shading broke: ValueError: boom"),
        ("return float('nan'), 1.0", "the metric shading gave nan and 1.0; expected two finite numbers"),
    ],
)
def test_a_metric_that_breaks_is_a_failure_that_names_it(
    line: str, detail: str, photos: tuple[Path, Path], outside: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "site"
    shutil.copytree(outside, broken)
    start = "        if weight.min() < 1:"
    (broken / "lens_metrics.py").write_text(METRIC.replace(start, f"        {line}\n{start}"), "utf-8")
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(broken), os.environ.get("PYTHONPATH", "")])
    }
    command = [sys.executable, "-m", "twinlens.cli", "compare", *map(str, photos), "--json"]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    failure = json.loads(ran.stdout)
    assert failure["kind"] == "broken"
    assert detail in failure["detail"]
    assert ran.stderr.count("\n") == 1
