"""`challenge.yaml`: all an organiser decides, as typed records; an error is one line with its key path."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta

from twinlens.challenge.yaml_text import TIME, Document, load, utc
from twinlens.core.errors import BadInput
from twinlens.readers.files import read_text

FILE = "challenge.yaml"
_WORD = r"^[a-z][a-z0-9_]{0,35}$"
Rule = Literal[
    "Add", "Add_And_Delete", "Add_And_Delete_Multiple", "Force_Last", "Force_Latest_Multiple", "Force_Best"
]
MetricKey = Literal["accuracy", "bleu4", "rouge_l"]
Line = Annotated[str, Meta(min_length=1, max_length=256, pattern=r"^[^\n]*\S[^\n]*$")]
Page = Annotated[str, Meta(pattern=r"\S")]
Name = Annotated[str, Meta(pattern=_WORD)]
Count = Annotated[int, Meta(ge=1)]
_CHOICES = {"key": get_args(MetricKey), "rule": get_args(Rule), "type": ("text", "select", "checkbox")}
_CHOICES["photos"] = ("composites", "as-given")
_PATTERNS = {r"\S": "text", _WORD: "a word of a-z, 0-9 and _, at most 36"}


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True):
    """A part of challenge.yaml."""


class Metric(Record, frozen=True):
    """A metric of the score: a column of the leaderboard, and its weight in the score."""

    key: MetricKey
    weight: Annotated[float, Meta(ge=0, le=1000)]


class Limits(Record, frozen=True):
    """How large a submission's predictions may be: bytes, lines, characters of one rationale."""

    bytes: Count = 20_000_000
    lines: Count = 10_000
    characters: Count = 10_000


class Question(Record, frozen=True):
    """A question of the fact sheet; `selection` holds the answers of a select."""

    key: Name
    title: Line
    type: Literal["text", "select", "checkbox"] = "text"
    selection: tuple[Line, ...] = ()
    required: bool = True
    on_leaderboard: bool = False


class Leaderboard(Record, frozen=True):
    """The leaderboard: its title, and which submission of a participant stands there."""

    title: Annotated[str, Meta(min_length=1, max_length=64)] = "Results"
    rule: Rule = "Force_Last"


class Phase(Record, frozen=True):
    """A phase: when it runs, its pairs, and the labels that stay secret. `pairs` hold the labels too where
    `labels` is not given; files are sought from the folder of challenge.yaml. `counts` is whether the
    final score of the standings is a mean over this phase too."""

    name: Line
    start: str
    pairs: Line
    end: str | None = None
    labels: Line | None = None
    description: str = ""
    max_submissions_per_day: Count = 5
    max_submissions: Count = 100
    execution_time_limit: Annotated[int, Meta(ge=1, le=86_400)] = 600
    counts: bool = True

    @cached_property
    def begins(self) -> datetime:
        """The start in UTC; checked when it was read."""
        return _time(self.start)

    @cached_property
    def ends(self) -> datetime | None:
        """The end in UTC; None of a phase without end."""
        return None if self.end is None else _time(self.end)


QUESTIONS = (
    Question(key="team", title="Team: name, members, affiliations", on_leaderboard=True),
    Question(key="method", title="Method: in a few sentences, with a paper or page where there is one"),
    Question(key="extra_data", title="Data beyond the challenge's own, also of pretrained models"),
    Question(key="parameters", title="Parameters of all models, in millions"),
    Question(key="runtime", title="Time for one pair, and on what hardware"),
    Question(key="code", title="Code and weights: address and licence", required=False),
)
"""The fact sheet where challenge.yaml gives none: what a report on a challenge needs to know of a team."""


class Challenge(Record, frozen=True):
    """A challenge. `photos` are published as composites (a left, b right; a whole view and a detail), or
    as the files that are given."""

    title: Line
    description: Page
    organisers: Annotated[tuple[Line, ...], Meta(min_length=1)]
    contact: Annotated[str, Meta(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
    terms: Page
    phases: Annotated[tuple[Phase, ...], Meta(min_length=1)]
    metrics: Annotated[tuple[Metric, ...], Meta(min_length=1)]
    limits: Limits = Limits()
    fact_sheet: tuple[Question, ...] = QUESTIONS
    leaderboard: Leaderboard = Leaderboard()
    photos: Literal["composites", "as-given"] = "composites"
    logo: Line | None = None
    docker_image: Annotated[str, Meta(min_length=1, max_length=128)] = "codalab/codalab-legacy:py312"


def read_challenge(folder: Path) -> Challenge:
    """The challenge of a folder; BadInput names the line and key of what is wrong in its challenge.yaml."""
    file = str(folder / FILE)
    document = load(read_text(file, "the file of a challenge, as `twinlens challenge new` writes it"), file)
    if not isinstance(document.data, dict):
        raise BadInput(f"{file}: found no key; expected title, phases and more")
    try:
        challenge = msgspec.convert(document.data, Challenge)
    except msgspec.ValidationError as error:
        raise BadInput(_explained(str(error), document)) from None
    for path, problem in _problems(challenge, folder):
        raise BadInput(f"{document.where(path)}: {problem}")
    return challenge


def _time(text: str) -> datetime:
    time = utc(text)
    if time is None:
        raise BadInput(f"found the time {text!r}; expected {TIME}")
    return time


def _problems(challenge: Challenge, folder: Path) -> Iterator[tuple[str, str]]:
    """What the types do not say: key paths, and what is wrong there."""
    yield from _times(challenge)
    yield from _twice("phases", "name", [phase.name for phase in challenge.phases])
    yield from _twice("metrics", "key", [metric.key for metric in challenge.metrics])
    yield from _twice("fact_sheet", "key", [question.key for question in challenge.fact_sheet])
    if not sum(metric.weight for metric in challenge.metrics):
        yield "metrics", "found weights that are all 0; expected one above 0"
    for at, question in enumerate(challenge.fact_sheet):
        if bool(question.selection) != (question.type == "select"):
            what = f"found {len(question.selection)} answers of a {question.type}"
            yield f"fact_sheet[{at}].selection", f"{what}; expected some of a select, none of another type"
    for path, name in _files(challenge):
        if not (folder / name).exists() or ((folder / name).is_dir() and not path.endswith("pairs")):
            yield path, f"found no file {name!r}; expected one in the folder of {FILE}, or a path from there"


def _twice(where: str, key: str, words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Names that a list holds twice, in any case."""
    for at, word in enumerate(words):
        if word.lower() in map(str.lower, words[:at]):
            yield f"{where}[{at}].{key}", f"found {word} twice; expected each {key} once"


def _files(challenge: Challenge) -> Iterator[tuple[str, str]]:
    if challenge.logo is not None:
        yield "logo", challenge.logo
    for at, phase in enumerate(challenge.phases):
        yield f"phases[{at}].pairs", phase.pairs
        if phase.labels is not None:
            yield f"phases[{at}].labels", phase.labels


def _times(challenge: Challenge) -> Iterator[tuple[str, str]]:
    previous: Phase | None = None
    for at, phase in enumerate(challenge.phases):
        for key, text in (("start", phase.start), ("end", phase.end)):
            if text is not None and utc(text) is None:
                yield f"phases[{at}].{key}", f"found {text!r}; expected a time as {TIME}"
                return
        if phase.ends is None and at < len(challenge.phases) - 1:
            yield f"phases[{at}].end", "found none; expected one: only the last phase may go on without end"
            return
        if phase.ends is not None and phase.ends <= phase.begins:
            yield f"phases[{at}].end", f"found {phase.end}; expected a time after the start, {phase.start}"
        if previous is not None and previous.ends is not None and phase.begins <= previous.ends:
            expected = f"expected a time after the end of the phase before, {previous.end}"
            yield f"phases[{at}].start", f"found {phase.start}; {expected}"
        if phase.max_submissions < phase.max_submissions_per_day:
            expected = f"expected at least those of a day, {phase.max_submissions_per_day}"
            yield f"phases[{at}].max_submissions", f"found {phase.max_submissions}; {expected}"
        previous = phase


def _explained(message: str, document: Document) -> str:
    """What msgspec says, as what was found, what was expected, and where."""
    what, _, place = message.partition(" - at `$")
    path = place.rstrip("`").lstrip(".")
    if missing := re.match(r"Object missing required field `(\w+)`", what):
        path = f"{path}.{missing[1]}".lstrip(".")
        return f"{document.where(path)}: found nothing; expected this key: write it"
    if unknown := re.match(r"Object contains unknown field `(.*)`", what):
        known = _keys(path)
        near = difflib.get_close_matches(unknown[1], known, 1)
        path = f"{path}.{unknown[1]}".lstrip(".")
        hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(known)}"
        return f"{document.where(path)}: found a key that is not known; {hint}"
    given = f"found {_value(document.data, path)!r:.60}"
    if path.rpartition(".")[2] in _CHOICES and what.startswith("Invalid enum"):
        expected = f"one of {', '.join(_CHOICES[path.rpartition('.')[2]])}"
    elif matching := re.match(r"Expected `str` matching regex '(.*)'", what):
        pattern = matching[1].replace("\\\\", "\\")
        expected = _PATTERNS.get(pattern, "a mail address" if "@" in pattern else "text on one line")
    else:
        expected = _plainly(what)
    return f"{document.where(path)}: {given}; expected {expected}"


def _plainly(what: str) -> str:
    """What msgspec expects, in words.

    >>> _plainly("Expected `str`, got `int`"), _plainly("Expected `int` >= 1")
    ('text, in quotes', 'a whole number >= 1')
    """
    names = {
        "str": "text, in quotes",
        "array": "a list",
        "object": "keys with values",
        "int": "a whole number",
    }
    names |= {"float": "a number", "bool": "true or false", "str | null": "text, in quotes"}
    expected = what.removeprefix("Expected ").partition(", got ")[0]
    return re.sub(r"`([^`]*)`", lambda name: names.get(name[1], name[1]), expected)


def _value(data: Any, path: str) -> Any:
    """The value at a key path."""
    for key in re.findall(r"[^.\[\]]+", path):
        data = data[int(key)] if isinstance(data, list) else data[key]
    return data


def _keys(path: str) -> list[str]:
    """The keys that are known at a path."""
    records: dict[str, type[Record]] = {
        "phases": Phase, "metrics": Metric, "limits": Limits, "fact_sheet": Question,
        "leaderboard": Leaderboard,
    }  # fmt: skip
    return list(records.get(path.partition("[")[0], Challenge).__struct_fields__)
