"""The rules for the scoring program: read as source, then run as the server runs it, on three submissions."""

from __future__ import annotations

import ast
import json
import math
import re
import shlex
import sys
from collections.abc import Iterator
from typing import Any

from twinlens.challenge.findings import NotLookedAt, Problem, rule
from twinlens.challenge.leaderboard_rules import columns
from twinlens.challenge.opened import Opened
from twinlens.challenge.phase_files import PhaseFiles, phase_files
from twinlens.challenge.trial import EXPECTED, Trial, command, trial
from twinlens.core.errors import BadInput

OLDEST = (3, 7)
"""The Python whose syntax a program is held to: images of the server have it."""
LARGEST = 10**10
"""The server stores ten digits before the point."""
_SHELL = re.compile(r"[|&;<>$`*?()~!\\\n]|\bcd\b")
_NETWORK = {"socket", "ssl", "http", "urllib", "ftplib", "smtplib", "asyncio", "xmlrpc"}
_FETCHED = re.compile(
    r"""<(?:script|img|iframe|link|source|video|audio|embed|object)\b[^>]*\b(?:src|href|data)\s*=\s*["']?(?!data:|\#)[^\s"'>]"""
    r"""|@import|url\(\s*["']?(?!data:|\#)""",
    re.IGNORECASE,
)


def programs(bundle: Opened) -> list[tuple[PhaseFiles, Opened]]:
    """The scoring programs, each once, with the first phase that has it."""
    made: dict[str, tuple[PhaseFiles, Opened]] = {}
    for phase in phase_files(bundle):
        if phase.program is not None:
            made.setdefault(phase.program.file, (phase, phase.program))
    if not made:
        raise NotLookedAt("there is no scoring program that can be read")
    return list(made.values())


def sources(program: Opened) -> Iterator[tuple[str, str]]:
    """The Python files of a program with their text."""
    for name in sorted(program.names):
        if name.endswith(".py"):
            yield name, program.text(name)


@rule("program-command", "the scoring program's metadata.yaml names a command that the server can run")
def program_command(bundle: Opened) -> Iterator[Problem]:
    for _, program in programs(bundle):
        given = command(program)
        try:
            words = shlex.split(given)
        except ValueError:
            words = []
        script = words[1].removeprefix("/app/program/") if len(words) > 1 else ""
        if _SHELL.search(given) or not words:
            what = f"found {given!r:.100}; it is not run by a shell; expected {EXPECTED}"
            yield Problem(program.file, what)
        elif not re.fullmatch(r"python3?", words[0]) or script not in program.names:
            yield Problem(
                program.file, f"found {given!r:.100}, starts no file of the zip; expected {EXPECTED}"
            )
        elif not {"/app/input", "/app/output"} <= {word.rstrip("/") for word in words[2:]}:
            yield Problem(program.file, f"found {given!r:.100}; expected the folders too: {EXPECTED}")


@rule("program-syntax", f"the scoring program is Python {OLDEST[0]}.{OLDEST[1]}")
def program_syntax(bundle: Opened) -> Iterator[Problem]:
    for _, program in programs(bundle):
        for name, text in sources(program):
            try:
                ast.parse(text, feature_version=OLDEST)
            except (SyntaxError, ValueError, RecursionError) as error:
                line = getattr(error, "lineno", None) or 1
                what = f"{getattr(error, 'msg', error)}; expected Python {OLDEST[0]}.{OLDEST[1]}"
                yield Problem(f"{program.file}/{name}:{line}", what)


@rule("program-library", "the scoring program imports the standard library and itself only")
def program_library(bundle: Opened) -> Iterator[Problem]:
    for _, program in programs(bundle):
        own = {name.partition("/")[0].removesuffix(".py") for name in program.names}
        for name, text in sources(program):
            for line, module in imported(text):
                where = f"{program.file}/{name}:{line}"
                if module in _NETWORK:
                    yield Problem(where, f"imports {module}; the server may lack a network", warning=True)
                elif module not in sys.stdlib_module_names and module not in own:
                    what = f"imports {module}, which the server need not have"
                    yield Problem(where, f"{what}; expected the standard library: do without")


def imported(text: str) -> Iterator[tuple[int, str]]:
    """The modules that a source imports, by the first part of their names; relative imports are its own."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name.partition(".")[0]) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.lineno, node.module.partition(".")[0]


def _trials(bundle: Opened, kind: str, every: bool = False) -> Iterator[tuple[str, Trial]]:
    """The trials of each phase, or of the first of each program, with the place of the program."""
    for phase in phase_files(bundle) if every else [phase for phase, _ in programs(bundle)]:
        yield f"{phase.path}", trial(phase, kind)


def _scores(made: Trial) -> dict[str, Any]:
    """The scores of a trial; BadInput where the server would not take them."""
    if made.code != 0 or "scores.json" not in made.files:
        why = f"it ends with {made.code} ({made.said[:200]})" if made.code else "it writes no scores.json"
        raise BadInput(f"the example submission is not scored: {why}; expected scores.json and the code 0")
    try:
        scores = json.loads(made.files["scores.json"])
    except (ValueError, RecursionError):
        scores = None
    if not isinstance(scores, dict):
        raise BadInput("scores.json holds no JSON object; expected a number for each column's key")
    return scores


@rule("program-scores", "the scoring program scores the example submission of each phase, in plain numbers")
def program_scores(bundle: Opened) -> Iterator[Problem]:
    for where, made in _trials(bundle, "example", every=True):
        try:
            scores = _scores(made)
        except BadInput as error:
            yield Problem(where, str(error))
            continue
        for key, value in scores.items():
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not math.isfinite(value) or abs(value) >= LARGEST:
                yield Problem(
                    where, f"the score {key} is {value!r:.60}; expected a finite number, below 10^10"
                )


@rule("program-finds", "the scoring program finds predictions in whatever folder of the zip they are")
def program_finds(bundle: Opened) -> Iterator[Problem]:
    both = zip(_trials(bundle, "example"), _trials(bundle, "nested"), strict=True)
    for (where, made), (_, nested) in both:
        if made.code == 0 and made.files.get("scores.json") != nested.files.get("scores.json"):
            what = "scores the example otherwise where it is in a folder of the zip"
            yield Problem(where, f"{what}; expected the same: look for the file in all folders")


@rule("program-columns", "each column gets a score and each score has a column")
def program_columns(bundle: Opened) -> Iterator[Problem]:
    keys = {str(column.get("key")) for _, column in columns(bundle) if not column.get("computation")}
    for where, made in _trials(bundle, "example"):
        try:
            scores = _scores(made)
        except BadInput:
            raise NotLookedAt("the example submission is not scored") from None
        for key in sorted(keys - scores.keys()):
            yield Problem(where, f"writes no {key}; its column shows n/a, which ranks first: write it")
        for key in sorted(scores.keys() - keys):
            yield Problem(
                where, f"writes {key}, for which there is no column: the server drops it", warning=True
            )


@rule("program-fails", "a submission that cannot be scored fails plainly, without scores")
def program_fails(bundle: Opened) -> Iterator[Problem]:
    for where, made in _trials(bundle, "unusable"):
        if made.code == 0 or "scores.json" in made.files:
            what = f"takes a submission that is none: it ends with {made.code}"
            yield Problem(where, f"{what}; expected another code, and no scores")


@rule("program-output", "the scoring program writes scores.json and one page that fetches nothing")
def program_output(bundle: Opened) -> Iterator[Problem]:
    for where, made in _trials(bundle, "example"):
        for name, content in made.files.items():
            if name in ("metadata", "metadata.yaml", "scores.txt"):
                yield Problem(where, f"writes {name}, which the server reads otherwise; do without")
            elif name.endswith((".html", ".htm")) and _FETCHED.search(content.decode("utf-8", "replace")):
                yield Problem(where, f"{name} fetches a file; expected all of it in the page itself")
            elif name.endswith((".html", ".htm")) and name != "detailed_results.html":
                yield Problem(where, f"writes {name}; the server wants detailed_results.html", warning=True)
        if "detailed_results.html" not in made.files and bundle.data.get("enable_detailed_results"):
            yield Problem(where, "writes no detailed_results.html, which is enabled; write it", warning=True)


@rule("program-secrets", "the page of detailed results does not say which answers are right")
def program_secrets(bundle: Opened) -> Iterator[Problem]:
    for (where, made), (_, swapped) in zip(
        _trials(bundle, "example"), _trials(bundle, "swapped"), strict=True
    ):
        pages = [_without_numbers(one.files.get("detailed_results.html", b"")) for one in (made, swapped)]
        if made.code == swapped.code == 0 and pages[0] != pages[1]:
            what = "detailed_results.html changes with the answers by more than numbers"
            yield Problem(where, f"{what}; of two answers a wrong one gives the label away: do not mark them")


def _without_numbers(page: bytes) -> bytes:
    return re.sub(rb"\d+(?:\.\d+)?", b"#", page)
