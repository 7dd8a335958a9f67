"""What is installed under which licence, listed from the packages themselves."""

from __future__ import annotations

import json
import re

import pytest

from twinlens.cli import run
from twinlens.core.licences import COPYLEFT, UNSTATED, dependencies

PERMISSIVE = re.compile(r"MIT|BSD|Apache|ISC|HPND|Zlib|0BSD|PSF|MPL")


def test_every_direct_dependency_is_permissive():
    found = dependencies()
    assert len(found) > 12
    for one in found:
        assert one.licence in (None, UNSTATED) or PERMISSIVE.search(one.licence), one
        assert not re.search(r"GPL|NonCommercial|-NC", one.licence or ""), one


@pytest.mark.parametrize(
    ("package", "library"),
    [
        ("pillow-heif", "x265"),
        ("pillow-heif", "heif"),
        ("rawpy", "raw_r"),
        ("opencv-python-headless", "avcodec"),
    ],
)
def test_copyleft_libraries_inside_wheels_are_named(package, library):
    one = next(one for one in dependencies() if one.package == package)
    if library not in dict(one.inside):
        pytest.skip(f"this build of {package} bundles no {library}")
    assert dict(one.inside)[library] in COPYLEFT


def test_a_gpl_library_comes_only_with_an_extra_whose_offer_says_so(request):
    from importlib.metadata import PackageNotFoundError, distribution

    text = (request.config.rootpath / "pyproject.toml").read_text("utf-8")
    for one in dependencies():
        if any(licence.startswith("GPL") and "exception" not in licence for _, licence in one.inside):
            assert one.extras, one
            assert re.search(rf'^{one.extras[0]} = \["{one.package}.*# .*GPL', text, re.MULTILINE), one
    with pytest.raises(PackageNotFoundError):
        distribution("pillow-jxl-plugin")


def test_the_command_lists_every_dependency(capsys):
    assert run(["licences", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["package"] for row in rows] == [one.package for one in dependencies()]
    assert run(["licences"]) == 0
    shown = capsys.readouterr().out
    assert "pillow-heif" in shown
    assert "with heic" in shown
