"""A trial of a bundle's scoring program: run confined in a folder laid out as the server's /app."""

from __future__ import annotations

import json
import shlex
import tempfile
from dataclasses import dataclass
from pathlib import Path

from twinlens.challenge.findings import NotLookedAt
from twinlens.challenge.opened import MOST_TEXT, Opened
from twinlens.challenge.phase_files import EXAMPLE, PhaseFiles, objects
from twinlens.challenge.program.reference import REFERENCE
from twinlens.challenge.sandbox import run_program
from twinlens.challenge.yaml_text import load
from twinlens.core.errors import BadInput

METADATA = ("metadata.yaml", "metadata")
COMMAND = "python3 /app/program/scoring.py /app/input/ /app/output/"
EXPECTED = f"command: {COMMAND}"
KINDS = ("example", "nested", "unusable", "swapped")
"""The example submission; it in folders; one that cannot be scored; the example, answers exchanged."""


@dataclass(frozen=True)
class Trial:
    """How a program ended, its last line, and the files it wrote."""

    code: int
    said: str
    files: dict[str, bytes]


def command(program: Opened) -> str:
    """The command in a program's metadata; BadInput where there is none."""
    name = next((name for name in METADATA if name in program.names), None)
    if name is None:
        raise BadInput(f"{program.file}: found no metadata.yaml at the top; expected {EXPECTED}")
    data = load(program.text(name), f"{program.file}/{name}").data
    given = data.get("command") if isinstance(data, dict) else None
    if not isinstance(given, str) or not given.strip():
        raise BadInput(f"{program.file}/{name}: found no command; expected {EXPECTED}")
    return given.strip()


def trial(phase: PhaseFiles, kind: str) -> Trial:
    """One of the trials, each run once; NotLookedAt where the phase lacks what it takes."""
    program, reference, kit = phase.program, phase.reference, phase.kit
    if program is None or reference is None or kit is None:
        raise NotLookedAt(f"{phase.path} lacks a program, a reference or a starting kit")
    if EXAMPLE not in kit.names or REFERENCE not in reference.names:
        raise NotLookedAt(f"{phase.path} lacks {REFERENCE} or {EXAMPLE}")
    key = f"{reference.file} {kind}"
    if key not in program.memo:
        with tempfile.TemporaryDirectory(prefix="twinlens-") as folder:
            app = Path(folder) / "app"
            _unpack(program, app / "program")
            _unpack(reference, app / "input" / "ref")
            if kind == "swapped":
                _swap(reference, app / "input" / "ref" / REFERENCE)
            submission = "no item\n" if kind == "unusable" else kit.text(EXAMPLE)
            folders = "a folder/within" if kind == "nested" else ""
            (app / "input" / "res" / folders).mkdir(parents=True)
            (app / "input" / "res" / folders / "submission.jsonl").write_text(submission, "utf-8")
            (app / "output").mkdir()
            program.memo[key] = _run(app, command(program))
    made: Trial = program.memo[key]
    return made


def _unpack(opened: Opened, folder: Path) -> None:
    """Unpack a zip whose members were all safe."""
    folder.mkdir(parents=True)
    for name, content in opened.texts(opened.names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def _swap(reference: Opened, file: Path) -> None:
    """Exchange the answers of a reference, A for B, and leave the rest."""
    other = {"A": "B", "B": "A"}
    items = [{**item, "answer": other.get(str(item.get("answer")))} for item in objects(reference, REFERENCE)]
    file.write_text("".join(json.dumps(item) + "\n" for item in items), "utf-8")


def _run(app: Path, given: str) -> Trial:
    """Run the command of a program in the folder that stands for the server's /app."""
    words = [f"{app}{word[4:]}" if word.startswith("/app/") else word for word in shlex.split(given)]
    ended = run_program(app, words[1:])
    output = app / "output"
    files = [file for file in sorted(output.rglob("*")) if file.is_file() and not file.is_symlink()]
    return Trial(
        ended.code, ended.said, {file.relative_to(output).as_posix(): _start(file) for file in files}
    )


def _start(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(MOST_TEXT)
