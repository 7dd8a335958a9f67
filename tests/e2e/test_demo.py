"""The demo as a newcomer runs it, nothing faked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from twinlens.core.contracts import schema
from twinlens.distortions.demo import PAIRS


def twinlens(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "twinlens.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("demo")
    ran = twinlens("demo", "--out", str(folder))
    assert (ran.returncode, ran.stderr) == (0, "")
    return folder, ran.stdout


@pytest.mark.parametrize(("name", "damaged"), [(name, side) for name, _, side, *_ in PAIRS])
def test_the_demo_picks_the_photo_that_was_left_as_it_is(
    demo: tuple[Path, str], name: str, damaged: str
) -> None:
    folder, _ = demo
    ran = twinlens("compare", str(folder / f"{name}_a.png"), str(folder / f"{name}_b.png"), "--json")
    verdict = json.loads(ran.stdout)
    jsonschema.validate(verdict, schema("verdict"))
    untouched = "b" if damaged == "a" else "a"
    assert verdict["choice"] == untouched
    assert verdict["claims"], "a verdict gives its reasons"
    assert {claim["favours"] for claim in verdict["claims"]} == {untouched}
    assert {claim["grounding"] for claim in verdict["claims"]} == {"supported"}


def test_the_demo_leaves_a_report_of_each_pair(demo: tuple[Path, str]) -> None:
    folder, said = demo
    for name, *_ in PAIRS:
        assert (folder / f"{name}.html").read_text("utf-8").startswith("<!DOCTYPE html>")
        assert f"{name}.html" in said.replace("\n", "")
