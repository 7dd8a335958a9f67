"""A bundle that is no plain zip of a competition: said plainly, nothing unpacked."""

from __future__ import annotations

import stat
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest
from made_bundle import as_zip

from twinlens.challenge.archive import pack
from twinlens.challenge.bundle_check import check_bundle
from twinlens.core.errors import BadInput

COMPETITION = b"version: 2\n"


def link(name: str) -> ZipInfo:
    info = ZipInfo(name)
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return info


def hostile(*members: tuple[str | ZipInfo, bytes]) -> bytes:
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return stream.getvalue()


def broken(content: bytes) -> bytes:
    """A zip whose first file's content is damaged."""
    at = content.index(b"version")
    return content[:at] + b"x" + content[at + 1 :]


@pytest.mark.parametrize(
    ("content", "rule", "what"),
    [
        (as_zip({"../out": b"x"}), "archive", "'../out': a name that leads out of the folder"),
        (as_zip({"/etc/x": b"x"}), "archive", "'/etc/x': a name that leads out of the folder"),
        (as_zip({"C:\\x": b"x"}), "archive", "a name that leads out of the folder"),
        (hostile((link("logo.png"), b"/etc/passwd")), "archive", "'logo.png': a symbolic link"),
        (as_zip({"pages/x.md": bytes(20_000_000)}), "archive", "as a zip bomb does"),
        (as_zip({"bundle/competition.yaml": COMPETITION}), "top-level", "zip the content of the folder"),
        (as_zip({"logo.png": b""}), "top-level", "found none; expected competition.yaml at the top"),
        (as_zip({"competition.yaml": b"title: 2\ntitle: 1\n"}), "yaml", ":2: the key title stands"),
        (as_zip({"competition.yaml": b"- version"}), "yaml", "found no keys"),
        (as_zip({"competition.yaml": b"a: &a [x]\nb: [*a, *a]"}), "yaml", "found an alias"),
        (as_zip({"competition.yaml": b"\xff"}), "yaml", "not UTF-8"),
        (as_zip({"competition.yaml": b"version: " + b"x" * 300_000}), "yaml", "found 300,009 characters"),
    ],
)  # fmt: skip
def test_the_first_thing_that_is_wrong_is_said(tmp_path: Path, content: bytes, rule: str, what: str) -> None:
    (tmp_path / "bundle.zip").write_bytes(content)
    made = check_bundle(tmp_path / "bundle.zip")
    (error,) = (one for one in made if one.status == "error")
    assert (error.rule, what in error.what) == (rule, True), error
    assert made[-1].status == "skipped"
    assert [file.name for file in tmp_path.iterdir()] == ["bundle.zip"]


def test_what_is_no_zip_is_not_written_over(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("{}\n", "utf-8")
    with pytest.raises(BadInput, match=r"found the end '.jsonl'; expected a name with .zip"):
        pack(rows, {"a": b"b"})
    assert rows.read_text("utf-8") == "{}\n"
    for _ in range(2):
        pack(tmp_path / "new.zip", {"a": b"b"})


def test_two_files_of_one_name_are_said(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = hostile(("competition.yaml", COMPETITION), ("competition.yaml", b"version: 1\n"))
    (tmp_path / "bundle.zip").write_bytes(content)
    assert check_bundle(tmp_path / "bundle.zip")[0].what.startswith(
        "'competition.yaml' stands twice in the zip"
    )


@pytest.mark.parametrize("content", [b"", b"no zip", as_zip({"x": b"y"})[:-30]], ids=["empty", "text", "cut"])
def test_what_is_no_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bundle.zip").write_bytes(content)
    with pytest.raises(BadInput, match="no zip that can be read"):
        check_bundle(tmp_path / "bundle.zip")


def test_a_damaged_file_in_the_zip_is_said(tmp_path: Path) -> None:
    stream = BytesIO()
    with ZipFile(stream, "w") as archive:
        archive.writestr("competition.yaml", COMPETITION)
    (tmp_path / "bundle.zip").write_bytes(broken(stream.getvalue()))
    made = check_bundle(tmp_path / "bundle.zip")
    assert "broken in the zip" in next(one.what for one in made if one.status == "error")
