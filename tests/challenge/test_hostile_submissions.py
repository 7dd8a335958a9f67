"""Submissions that mean harm: a plain line, little time and memory, nothing run, nothing written outside."""

from __future__ import annotations

import io
import json
import os
import stat
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from made_submissions import jsonl, line, right, submission, write_reference, write_zip

from twinlens.challenge import sandbox
from twinlens.challenge.sandbox import CONFINE, score_submission
from twinlens.challenge.unpack import MOST_MEMBERS, unpack
from twinlens.core.errors import BadInput

GOOD = jsonl(right())
MOST = 5_000_000


def entry(name: str, mode: int = 0, **fields: object) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    made.external_attr, made.compress_type = mode << 16, zipfile.ZIP_DEFLATED
    for field, value in fields.items():
        setattr(made, field, value)
    return made


def zipped(file: Path, *members: tuple[zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(file, "w") as archive:
        for made, content in members:
            archive.writestr(made, content)
    return file


def bomb(file: Path, size: int, declared: int | None = None) -> Path:
    """A gigabyte of lines in a megabyte: one block of deflate data, repeated."""
    block = b'{"images": []}\n' * 65536
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    data = head * (size // len(block)) + b"\x03\x00"
    name, size = b"predictions.jsonl", declared if declared is not None else size // len(block) * len(block)
    common = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, 0, len(data), size, len(name), 0)
    local = b"PK\x03\x04" + common + name + data
    central = b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
    file.write_bytes(local + central + end)
    return file


def many(file: Path) -> Path:
    return write_zip(file, {f"{at}.txt": "" for at in range(MOST_MEMBERS + 1)})


def encrypted(file: Path) -> Path:
    """A zip whose headers say that its file is encrypted."""
    data = bytearray(write_zip(file, {"x.jsonl": GOOD}).read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    file.write_bytes(bytes(data))
    return file


def cut(file: Path) -> Path:
    file.write_bytes(write_zip(file, {"x.jsonl": GOOD}).read_bytes()[:200])
    return file


def damaged(file: Path) -> Path:
    data = bytearray(write_zip(file, {"x.jsonl": GOOD}).read_bytes())
    data[60:90] = bytes(30)
    file.write_bytes(bytes(data))
    return file


def nested(file: Path) -> Path:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("x.jsonl", GOOD)
    return write_zip(file, {"inner.ZIP": inner.getvalue()})


def large_directory(file: Path) -> Path:
    """A zip whose end says that its directory is large."""
    data = bytearray(write_zip(file, {"x.jsonl": GOOD}).read_bytes())
    struct.pack_into("<I", data, len(data) - 10, 500_000_000)
    file.write_bytes(bytes(data))
    return file


def rare(file: Path) -> Path:
    return zipped(file, (entry("x.jsonl", compress_type=zipfile.ZIP_LZMA), b"x"))


def twice(file: Path) -> Path:
    return zipped(file, (entry("x.jsonl"), b"1"), (entry("X.jsonl"), b"2"))


def named(name: str) -> Callable[[Path], Path]:
    return lambda file: zipped(file, (entry(name), b"x"))


def of_mode(mode: int) -> Callable[[Path], Path]:
    return lambda file: zipped(file, (entry("x.jsonl", mode | 0o777), b"/etc/passwd"))


HOSTILE: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a gigabyte of lines": (lambda file: bomb(file, 2**30), "files of 1,0"),
    "a gigabyte that is said to be small": (lambda file: bomb(file, 2**30, 1000), "broken zip"),
    "many files": (many, "at most 200"),
    "a large directory": (large_directory, "at most 200"),
    "a way out": (named("../../x.jsonl"), "leads out"),
    "a way out in the middle": (named("a/../../x.jsonl"), "leads out"),
    "an absolute path": (named("/tmp/x.jsonl"), "leads out"),
    "a drive": (named("C:/x.jsonl"), "leads out"),
    "a backslash": (named("..\\x.jsonl"), "leads out"),
    "control characters": (named("\x1b[31mx.jsonl"), "leads out"),
    "no name": (named("a//x.jsonl"), "leads out"),
    "a long name": (named("x" * 5000), "5,000 characters"),
    "a link": (of_mode(stat.S_IFLNK), "symbolic link"),
    "a device": (of_mode(stat.S_IFCHR), "special file"),
    "a pipe": (of_mode(stat.S_IFIFO), "special file"),
    "an encrypted file": (encrypted, "encrypted"),
    "a rare method": (rare, "rare method"),
    "a zip in the zip": (nested, "archive within"),
    "a metadata.yaml": (lambda file: write_zip(file, {"x.jsonl": "", "metadata.yaml": "x"}), "server run"),
    "a metadata in a folder": (lambda file: write_zip(file, {"a/MetaData": ""}), "server run"),
    "one name twice": (twice, "stands twice"),
    "a cut zip": (cut, "no zip"),
    "a damaged zip": (damaged, "broken zip"),
    "no zip": (lambda file: file.write_text(GOOD) and file, "no zip"),
    "an empty file": (lambda file: file.write_bytes(b"") or file, "no zip"),
    "a large file": (lambda file: file.write_bytes(bytes(MOST + 2_000_000)) and file, "bytes; expected"),
    "a folder": (lambda file: file.mkdir() or file, "no regular file"),
    "a pipe without a writer": (lambda file: os.mkfifo(file) or file, "no regular file"),
    "nothing": (lambda file: file, "No such file"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused_in_one_plain_line_and_nothing_is_written_outside(tmp_path: Path, name: str) -> None:
    make, said = HOSTILE[name]
    inside = tmp_path / "deep" / "er" / "inside"
    inside.mkdir(parents=True)
    file = make(tmp_path / "submission.zip")
    with pytest.raises(BadInput) as error:
        unpack(file, inside, MOST)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 600
    outside = {path.name for path in tmp_path.rglob("*") if inside not in path.parents}
    assert outside <= {"submission.zip", "deep", "er", "inside"}
    assert sum(path.stat().st_size for path in inside.rglob("*")) <= MOST + 2_000_000


def test_a_folder_of_the_mac_and_other_files_do_no_harm(tmp_path: Path) -> None:
    strays = {"__MACOSX/sub/._my.jsonl": "\x00", "sub/.DS_Store": "", "a.txt": "x"}
    members = {"sub/": "", "sub/my.jsonl": GOOD, **strays}
    write_reference(tmp_path / "ref")
    with score_submission(tmp_path / "ref", write_zip(tmp_path / "s.zip", members)) as scored:
        assert scored.scores["score"] == pytest.approx(1.0)
        assert (scored.summary.items, scored.summary.failed) == (5, 0)
        output = scored.output
        assert "A &lt;b&gt;test" in (output / "detailed_results.html").read_text("utf-8")
    assert not output.exists()


def test_the_line_of_the_program_is_the_error(tmp_path: Path) -> None:
    write_reference(tmp_path / "ref")
    file = submission(tmp_path / "s.zip", ["\x1b[31m{}"])
    with (
        pytest.raises(BadInput, match=r"s\.zip': not scored: found no line about an item"),
        score_submission(tmp_path / "ref", file),
    ):
        pass
    with pytest.raises(BadInput, match="build the challenge again"), score_submission(tmp_path / "x", file):
        pass


def confined(tmp_path: Path, code: str, *limits: int) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """Runs some code as the scoring program is run; what could not be done is returned too."""
    program, status = tmp_path / "program.py", tmp_path / "status"
    program.write_text(code, "utf-8")
    given = map(str, limits or (20, 2**30, 10**6))
    command = [sys.executable, "-I", "-S", str(CONFINE), str(status), *given, str(program), "argument"]
    ran = subprocess.run(command, env={}, capture_output=True, text=True, check=False, cwd=tmp_path)
    return ran, status.read_text("utf-8").splitlines()


def test_the_program_runs_in_an_isolated_python_in_an_empty_environment(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('taken from the working folder')", "utf-8")
    code = (
        "import json, os, sys\nflags = [sys.flags.isolated, sys.flags.no_site]\n"
        "print(json.dumps([sys.argv[1:], sorted(os.environ), *flags]))"
    )
    ran, _ = confined(tmp_path, code)
    assert (ran.returncode, ran.stderr) == (0, "")
    arguments, environment, *flags = json.loads(ran.stdout)
    assert (arguments, flags) == (["argument"], [1, 1])
    assert set(environment) <= {"LC_CTYPE", "__CF_USER_TEXT_ENCODING"}


def test_the_network_is_closed_or_it_is_said_that_it_is_open(tmp_path: Path) -> None:
    code = (
        "import socket\nmade = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "try: made.connect(('192.0.2.1', 9)); print('open')\nexcept OSError: print('closed')\nmade.close()"
    )
    ran, notes = confined(tmp_path, code)
    assert ran.stdout == "closed\n" or any("network is open" in note for note in notes)


@pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
@pytest.mark.parametrize(
    ("code", "limits"),
    [
        ("x = bytearray(2**30)", (20, 2**29, 10**6)), ("while True: pass", (1, 2**30, 10**6)),
        ("open('large', 'wb').write(bytes(10**7))", (20, 2**30, 10**6)),
    ],
)  # fmt: skip
def test_memory_time_and_files_of_the_program_are_limited(
    tmp_path: Path, code: str, limits: tuple[int, ...]
) -> None:
    ran, notes = confined(tmp_path, code, *limits)
    assert ran.returncode != 0
    assert not [note for note in notes if "limited" in note]
    assert not (tmp_path / "large").exists() or (tmp_path / "large").stat().st_size <= 10**6


def test_a_program_that_is_killed_is_an_error_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_reference(tmp_path / "ref")
    monkeypatch.setattr(sandbox, "FILE_SIZE", 100)
    with (
        pytest.raises(BadInput, match=r"cannot be written|ended with"),
        score_submission(tmp_path / "ref", submission(tmp_path / "s.zip", [line(0)])),
    ):
        pass


def test_code_in_a_submission_is_never_run(tmp_path: Path) -> None:
    write_reference(tmp_path / "ref")
    mark = tmp_path / "mark"
    evil = f"import os\nopen({os.fspath(mark)!r}, 'w')\n"
    names = ("scoring.py", "json.py", "sitecustomize.py", "program/evaluation.py", "__init__.py", "x.pth")
    file = write_zip(tmp_path / "s.zip", {"x.jsonl": GOOD} | dict.fromkeys(names, evil))
    with score_submission(tmp_path / "ref", file) as scored:
        assert scored.scores["accuracy"] == 1.0
    assert not mark.exists()
