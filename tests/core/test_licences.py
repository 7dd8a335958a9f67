"""What is installed under which licence, listed from the packages themselves."""

from __future__ import annotations

import json
import re
from importlib.metadata import PathDistribution

import pytest

from twinlens.cli import run
from twinlens.core.licences import COPYLEFT, UNSTATED, dependencies, stated_licence

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


@pytest.mark.parametrize(
    ("head", "licence"),
    [
        ("Apache Software License 2.0\n\nCopyright", "Apache-2.0 (by its file LICENSE)"),
        ("\n   Apache License\n  Version 2.0, January 2004\n", "Apache-2.0 (by its file LICENSE)"),
        ("All rights reserved. Not the Apache License 2.0", UNSTATED),
    ],
)
def test_a_licence_that_the_metadata_lacks_is_read_at_the_head_of_its_file(head, licence, tmp_path):
    folder = tmp_path / "bare_model-0.1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: bare-model\nLicense: UNKNOWN\n", "utf-8")
    (folder / "LICENSE").write_text(head, "utf-8")
    (folder / "RECORD").write_text(f"{folder.name}/LICENSE,,\n", "utf-8")
    assert stated_licence(PathDistribution(folder)) == licence


def test_the_command_lists_every_dependency(capsys):
    assert run(["licences", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["package"] for row in rows] == [one.package for one in dependencies()]
    assert run(["licences"]) == 0
    shown = capsys.readouterr().out
    assert "pillow-heif" in shown
    assert "with heic" in shown
