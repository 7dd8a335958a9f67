"""Running the scoring program of a challenge as its server does, on this machine and confined."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from twinlens.challenge.config import read_challenge
from twinlens.challenge.program.reference import SETTINGS, Unscorable, read_settings
from twinlens.challenge.unpack import unpack
from twinlens.core.errors import BadInput

PROGRAM = Path(__file__).with_name("program")
"""The folder of the scoring program."""
CONFINE = Path(__file__).with_name("confine.py")
MOST_SAID = 100_000
"""Bytes of the program's messages that are read."""
SECONDS, MEMORY, FILE_SIZE = 120, 2 * 2**30, 64 * 2**20
"""The limits of the program: seconds of processor time, bytes of memory, bytes of a file it writes."""


class Summary(msgspec.Struct):
    """What the program says beside the scores: items, how many failed, problems with their line (0: none)."""

    items: int
    failed: int
    problems: list[tuple[int, str]]


@dataclass(frozen=True)
class Scored:
    """What the scoring program made of a submission.

    `scores` by key, from 0 to 1. `notes` say what of the confinement did not work; `output` is the folder
    that the program wrote.
    """

    scores: dict[str, float]
    summary: Summary
    notes: list[str]
    output: Path


@dataclass(frozen=True)
class Ended:
    """How a program ended: its exit code, its last line, what of the confinement did not work."""

    code: int
    said: str
    notes: list[str]


@contextmanager
def score_submission(reference: Path, submission: Path) -> Iterator[Scored]:
    """Score a zipped submission against a folder with reference.jsonl and settings.json.

    All is laid out as in /app of the server, in a folder that is there until the context ends. What cannot
    be scored is BadInput with the program's own line.
    """
    try:
        most_bytes = read_settings(reference / SETTINGS).limits["bytes"]
    except Unscorable as error:
        raise BadInput(f"{error}; build the challenge again") from None
    with tempfile.TemporaryDirectory(prefix="twinlens-") as folder:
        app = Path(folder) / "app"
        for made in (app / "input" / "res", app / "output"):
            made.mkdir(parents=True)
        shutil.copytree(PROGRAM, app / "program", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(reference, app / "input" / "ref")
        unpack(submission, app / "input" / "res", most_bytes)
        yield _scored(app, submission)


def _scored(app: Path, submission: Path) -> Scored:
    """Run the program and read what it wrote."""
    output = app / "output"
    ended = run_program(app, (str(app / "program" / "scoring.py"), str(app / "input"), str(output)))
    if ended.code != 0 or not (output / "scores.json").exists():
        why = ended.said or f"the scoring program ended with {ended.code}"
        raise BadInput(f"{str(submission)!r}: {why}")
    return Scored(
        msgspec.json.decode((output / "scores.json").read_bytes(), type=dict[str, float]),
        msgspec.json.decode((output / "summary.json").read_bytes(), type=Summary),
        ended.notes,
        output,
    )


def run_program(app: Path, program: Sequence[str]) -> Ended:
    """Run a file of Python with its arguments, confined, in a folder that stands for the server's /app."""
    status = app.parent / "status"
    limits = map(str, (SECONDS, MEMORY, FILE_SIZE))
    command = (sys.executable, "-I", "-S", str(CONFINE), str(status), *limits, *program)
    with (app.parent / "stderr").open("w+b") as said:
        try:
            done = subprocess.run(
                command, cwd=app / "program", env={}, timeout=2 * SECONDS, check=False,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return Ended(-1, f"not scored within {2 * SECONDS} seconds", [])
        said.seek(0)
        last = said.read(MOST_SAID).decode("utf-8", "replace").strip().rpartition("\n")[2]
    notes = status.read_text("utf-8").splitlines() if status.exists() else []
    return Ended(done.returncode, last, notes)


@contextmanager
def score_phase(challenge: Path, phase: str | None, submission: Path) -> Iterator[tuple[str, Scored]]:
    """Score a submission in a phase of a built challenge; the phase's folder is named beside the scores.

    `phase` is its number, from 1, or its name. Without, it is the last in which the submission can be scored.
    """
    refused = []
    with ExitStack() as stack:
        for reference in _references(challenge, phase):
            try:
                scored = stack.enter_context(score_submission(reference, submission))
            except BadInput as error:
                refused.append(error)
                continue
            yield reference.parent.name, scored
            return
    raise refused[0]


def _references(challenge: Path, phase: str | None) -> list[Path]:
    """The reference of a phase; where none is named, those of all that are built, from the last."""
    built = {
        int(name): folder / "reference"
        for folder in (challenge / "build").glob("phase_*")
        if (name := folder.name.removeprefix("phase_")).isdigit() and (folder / "reference").is_dir()
    }
    if not built:
        expected = "expected what `twinlens challenge build` makes"
        raise BadInput(f"{str(challenge)!r}: found no phase that is built; {expected}")
    if phase is None:
        return [built[one] for one in sorted(built, reverse=True)]
    names = [] if phase.isdecimal() else [one.name for one in read_challenge(challenge).phases]
    number = int(phase) if phase.isdecimal() else names.index(phase) + 1 if phase in names else 0
    if number not in built:
        known = [*map(str, sorted(built)), *(name for at, name in enumerate(names, 1) if at in built)]
        raise BadInput(f"--phase {phase}: not built; expected one of {', '.join(known)}")
    return [built[number]]
