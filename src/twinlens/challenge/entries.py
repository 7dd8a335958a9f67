"""What teams handed in: SUBMISSIONS/TEAM/PHASE.zip, or PHASE/*.zip of a team with several, and fact sheets.

Nothing in a team's folder stops the others: what cannot be used is said in the team's notes. Links are not
followed, and only regular files are opened.
"""

from __future__ import annotations

import stat
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from twinlens.challenge.yaml_text import load
from twinlens.core.contracts import clean
from twinlens.core.errors import BadInput
from twinlens.core.plain_text import plain
from twinlens.core.score_records import ScoreRecord, ScoresRecord

FACT_SHEET = "fact_sheet.yaml"
OFFLINE = ".scores.json"
"""The end of the name of what `twinlens score --json` said of a team's run in a phase."""
MOST_BYTES = 16_384
"""Bytes of a fact sheet."""
MOST_BRACKETS = 100
"""A reader of YAML takes a time that grows with the square of how deep lists lie in lists."""
MOST_SCORES_BYTES = 4_000_000
MOST_TEAMS = 5_000
LONGEST_ANSWER = 1_000
"""Characters of an answer of a fact sheet that are shown."""
_TRIED = 1_000
"""Files of a team that are looked at."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one team handed in: submissions by number of phase, in the order of their names; its fact sheet;
    offline scores by number of phase; what could not be used."""

    team: str
    files: dict[int, list[Path]]
    facts: dict[str, str]
    offline: dict[int, dict[str, ScoreRecord]]
    notes: list[str]


def read_entries(folder: Path, phases: Sequence[str]) -> list[Entry]:
    """The teams of a folder of submissions, by name; BadInput where it is none."""
    try:
        names = sorted(file.name for file in folder.iterdir() if not file.name.startswith("."))
    except OSError as error:
        raise BadInput.unreadable(folder, error, "a folder with a folder a team") from None
    if not names:
        raise BadInput(
            f"{str(folder)!r}: found nothing; expected a folder a team, with {phases[0]}.zip or 1.zip"
        )
    if len(names) > MOST_TEAMS:
        raise BadInput(f"{str(folder)!r}: found {len(names):,} teams; expected at most {MOST_TEAMS:,}")
    keys = _keys(phases)
    return [_entry(folder / name, keys, phases) for name in names]


def _keys(phases: Sequence[str]) -> dict[str, int]:
    """The numbers of phases by what a file may be named: its number or its name, in any case."""
    keys = {name.lower(): at for at, name in enumerate(phases)}
    for at in range(len(phases)):
        keys |= {str(at + 1): at, f"phase_{at + 1}": at}
    return keys


def _entry(folder: Path, keys: dict[str, int], phases: Sequence[str]) -> Entry:
    entry = Entry(folder.name, {}, {}, {}, [])
    try:
        contents = _contents(folder)
    except BadInput as error:
        entry.notes.append(str(error))
        return entry
    for file in contents:
        try:
            _take(entry, file, keys, phases)
        except BadInput as error:
            entry.notes.append(str(error))
    return entry


def _take(entry: Entry, file: Path, keys: dict[str, int], phases: Sequence[str]) -> None:
    """Adds a file of a team's folder to what it handed in; BadInput where it is nothing that is expected."""
    name = file.name.lower()
    if name == FACT_SHEET:
        entry.facts.update(_facts(_text(file, MOST_BYTES)))
        return
    stem = name.removesuffix(OFFLINE).removesuffix(".zip")
    if stem not in keys:
        raise BadInput(f"{file.name}: no phase of that name; expected one of {', '.join(phases)}, with .zip")
    at = keys[stem]
    if name.endswith(OFFLINE):
        entry.offline[at] = _offline(file)
    else:
        zips = [file] if name.endswith(".zip") else [one for one in _contents(file) if _ends_in_zip(one)]
        entry.files.setdefault(at, []).extend(map(_regular, zips))


def _contents(folder: Path) -> list[Path]:
    """The files of a folder by name, hidden ones left out; BadInput where it is none, or a link to one."""
    if not stat.S_ISDIR(_mode(folder)):
        raise BadInput(f"{folder.name}: found no folder; expected one, with PHASE.zip in it, and no link")
    try:
        made = [file for file in islice(folder.iterdir(), _TRIED) if not file.name.startswith(".")]
    except OSError as error:
        raise BadInput(f"{folder.name}: cannot be read: {error.strerror}; expected a folder") from None
    return sorted(made)


def _ends_in_zip(file: Path) -> bool:
    return file.name.lower().endswith(".zip")


def _regular(file: Path) -> Path:
    """The file; BadInput of a link, a pipe or a folder."""
    if not stat.S_ISREG(_mode(file)):
        raise BadInput(f"{file.name}: found no regular file; expected one, and no link")
    return file


def _mode(file: Path) -> int:
    try:
        return file.lstat().st_mode
    except OSError:
        return 0


def _text(file: Path, most: int) -> bytes:
    """What a regular file holds; BadInput of anything else, and of more bytes than that."""
    try:
        with open(_regular(file), "rb") as stream:
            data = stream.read(most + 1)
    except OSError as error:
        raise BadInput(f"{file.name}: cannot be read: {error.strerror}") from None
    if len(data) > most:
        raise BadInput(f"{file.name}: found more than {most:,} bytes; expected fewer")
    return data


def _facts(data: bytes) -> dict[str, str]:
    """A fact sheet's answers as text, by key, each on one line."""
    if data.count(b"[") + data.count(b"{") > MOST_BRACKETS:
        raise BadInput(f"{FACT_SHEET}: found more than {MOST_BRACKETS} brackets; expected key: value lines")
    try:
        made = load(data.decode("utf-8-sig"), FACT_SHEET).data
    except UnicodeDecodeError:
        raise BadInput(f"{FACT_SHEET}: not UTF-8; expected YAML in UTF-8") from None
    if not isinstance(made, dict):
        raise BadInput(f"{FACT_SHEET}: found no keys; expected key: value lines")
    return {plain(key): _answer(value) for key, value in made.items()}


def _answer(value: Any) -> str:
    """The answer to a question of the fact sheet, on one line.

    >>> _answer(True), _answer(["a", 2]), _answer(None)
    ('yes', 'a, 2', '')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_answer(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{plain(key)}: {_answer(one)}" for key, one in value.items())
    text = "" if value is None else plain(clean(str(value)))
    return text if len(text) <= LONGEST_ANSWER else f"{text[:LONGEST_ANSWER]}…"


def _offline(file: Path) -> dict[str, ScoreRecord]:
    """The scores that `twinlens score --json` printed."""
    try:
        return msgspec.json.decode(_text(file, MOST_SCORES_BYTES), type=ScoresRecord).scores
    except (msgspec.DecodeError, RecursionError) as error:
        expected = "expected what twinlens score DIR --json prints"
        raise BadInput(f"{file.name}: {' '.join(str(error).split())[:120]}; {expected}") from None
