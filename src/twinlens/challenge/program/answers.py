"""Reading a submission: one .jsonl file of {"images": [...], "solution": "..."} lines, within limits.

A line that cannot be used is a Problem and its item fails; a file that cannot be used is Unscorable.
"""

from __future__ import annotations

import json
import os
from typing import Any

from .rationale import body, item_name, last_answer
from .reference import Problem, Reference, Unscorable

MOST_FILES = 10000
"""Files and folders of a submission that are looked at."""
MOST_IMAGES = 16
"""Images that a line may name."""
_MOST_DIGITS = 20
EXPECTED = 'expected {"images": [...], "solution": "<thinking>...</thinking><answer>A</answer>"}'


class Prediction:
    """A line of a submission that can be scored: its number, answer and reasons, and what they come from."""

    def __init__(self, line: int, answer: str, images: tuple[str, ...], solution: str) -> None:
        self.line, self.answer, self.rationale = line, answer, body(solution)
        self.images, self.solution = images, solution


class Unusable(ValueError):
    """A line that cannot be used; `str` says why."""


class Repeated(Unusable):
    """A line about an item that an earlier line is about."""

    def __init__(self, item: int, text: str) -> None:
        super().__init__(text)
        self.item = item


def predictions_file(path: str | os.PathLike[str]) -> str:
    """The one .jsonl file at or under a path; symbolic links are not followed."""
    if os.path.isfile(path):
        return os.fspath(path)
    files, seen = [], 0
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not _hidden(name))
        seen += len(folders) + len(names)
        if seen > MOST_FILES:
            raise Unscorable(f"found more than {MOST_FILES} files; expected one .jsonl")
        paths = (os.path.join(folder, name) for name in sorted(names) if not _hidden(name))
        files += [one for one in paths if one.lower().endswith(".jsonl") and not os.path.islink(one)]
    if len(files) != 1:
        shown = ", ".join(os.path.relpath(file, path) for file in files[:5]) or "none"
        raise Unscorable(f"found {len(files)} .jsonl files ({shown[:300]}); expected one")
    return files[0]


def _hidden(name: str) -> bool:
    """Whether a file is one that systems add to archives."""
    return name.startswith(".") or name == "__MACOSX"


def read_predictions(reference: Reference, file: str) -> tuple[dict[int, Prediction], list[Problem]]:
    """The predictions by the number of their item, and the problems of lines; of no item, Unscorable."""
    predictions = {}  # type: dict[int, Prediction]
    first = {}  # type: dict[int, int]
    problems = []
    for line, content in enumerate(_lines(file, reference.limits), 1):
        if not content.strip():
            continue
        try:
            at, prediction = _prediction(content, line, reference, first)
        except Unusable as error:
            problems.append(Problem(line, str(error)))
            if isinstance(error, Repeated):
                predictions.pop(error.item, None)
        else:
            predictions[at] = prediction
    missing = [item.id for at, item in enumerate(reference.items) if at not in first]
    problems += [Problem(0, f"{id}: no line is about it; expected one") for id in missing]
    if not first:
        why = " (line {}: {})".format(*problems[0]) if problems[0].line else ""
        raise Unscorable(f"found no line about an item of this phase{why}; {EXPECTED}")
    return predictions, problems


def _prediction(
    content: str, line: int, reference: Reference, first: dict[int, int]
) -> tuple[int, Prediction]:
    """The item of a line, by its number, and its prediction; `first` gets the item's first line."""
    given = _object(content)
    images = _images(given.get("images"))
    at = _item(images, reference)
    earlier = first.setdefault(at, line)
    if earlier != line:
        text = "{} stands already on line {}; expected one line an item: none of them counts"
        raise Repeated(at, text.format(reference.items[at].id, earlier))
    solution, most = given.get("solution"), reference.limits["characters"]
    if not isinstance(solution, str):
        raise Unusable(f"{reference.items[at].id}: found no solution; {EXPECTED}")
    if len(solution) > most:
        text = "{}: found {} characters; expected at most {}"
        raise Unusable(text.format(reference.items[at].id, len(solution), most))
    answer = last_answer(solution, reference.answers)
    if answer is None:
        text = "{}: the last <answer> is none of {}; {}"
        raise Unusable(text.format(reference.items[at].id, ", ".join(reference.answers), EXPECTED))
    return at, Prediction(line, answer, images, solution)


def _images(images: Any) -> tuple[str, ...]:
    if not isinstance(images, list) or not 0 < len(images) <= MOST_IMAGES:
        raise Unusable(f"found no list of images; {EXPECTED}")
    if not all(isinstance(one, str) for one in images):
        raise Unusable(f"found an image that is no path; {EXPECTED}")
    return tuple(images)


def _item(images: tuple[str, ...], reference: Reference) -> int:
    """The number of the item that images show: the reference's own, or by what their names share."""
    exact = reference.by_images.get(images)
    if exact is not None:
        return exact
    names = {item_name(image) for image in images}
    at = reference.by_name.get(names.pop()) if len(names) == 1 else None
    if at is None:
        shown = ", ".join(images[:2])[:100]
        raise Unusable(f"the images {shown} are those of no item of this phase")
    return at


def _object(content: str) -> dict[str, Any]:
    """The JSON object of a line; a number that is none, a key that stands twice and all else is Unusable."""
    try:
        made = _DECODER.decode(content)
    except Unusable:
        raise
    except (ValueError, RecursionError) as error:
        text = "no JSON ({}); {}".format(getattr(error, "msg", "nested too deep"), EXPECTED)
        raise Unusable(text) from None
    if not isinstance(made, dict):
        raise Unusable(f"found no object; {EXPECTED}")
    return made


def _constant(name: str) -> float:
    raise Unusable(f"found {name}, which is no JSON; {EXPECTED}")


def _whole_number(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise Unusable(f"found a number of {len(digits)} digits; {EXPECTED}")
    return int(digits)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Unusable(f"found a key twice in one object; {EXPECTED}")
    return made


_DECODER = json.JSONDecoder(parse_constant=_constant, parse_int=_whole_number, object_pairs_hook=_unique)


def _lines(file: str, limits: dict[str, int]) -> list[str]:
    """The lines of a file in UTF-8, within limits."""
    try:
        with open(file, "rb") as stream:
            data = stream.read(limits["bytes"] + 1)
    except OSError as error:
        raise Unscorable(f"the predictions cannot be read: {error.strerror}") from None
    most, most_lines = limits["bytes"], limits["lines"]
    if len(data) > most:
        raise Unscorable(f"found more than {most} bytes of predictions; expected fewer")
    count = data.count(b"\n") + 1
    if count > most_lines:
        raise Unscorable(f"found {count} lines of predictions; expected at most {most_lines}")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unscorable("the predictions are in UTF-16; expected UTF-8")
    try:
        return data.decode("utf-8").lstrip("\ufeff").split("\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unscorable(f"line {line} of the predictions is not UTF-8; expected UTF-8") from None
