"""What readers share: the bytes and lines of a file, and the paths, kinds and cells it holds."""

import codecs
import json
import math
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

from twinlens.core.contracts import clean
from twinlens.core.errors import BadInput
from twinlens.core.files import read_bytes
from twinlens.core.types import Kind
from twinlens.imaging.remote import is_address, refusal
from twinlens.readers.pairs import Problem, Row

KINDS: tuple[Kind, ...] = get_args(Kind)
DEEPEST = 50
"""Lists in lists that a column may hold."""
LONGEST_PATH, DEEPEST_PATH = 4096, 64
"""Characters of a path, and folders that may be left out of it to find it under `images`."""
T = TypeVar("T")


class Unusable(ValueError):
    """A row that cannot be read; `str` says what was found and what was expected."""


Lines = Iterable[tuple[int, T | Unusable]]
"""The lines of a file by their numbers: their content, or why there is none."""


def collect(lines: Lines[T], make: Callable[[int, T], Row], file: str) -> tuple[Any, ...]:
    """The rows and the problems of a file's lines: a line that `make` finds unusable is a problem."""
    rows: list[Row] = []
    problems: list[Problem] = []
    for line, content in lines:
        try:
            if isinstance(content, Unusable):
                raise content
            rows.append(make(line, content))
        except Unusable as error:
            problems.append(Problem("row", f"{file}:{line}", "", str(error)))
    return tuple(rows), tuple(problems)


def located(path: str, folder: Path, images: str | None) -> str:
    """Where a file is: beside the table, in the working folder, or under `images`; as written where nowhere.

    Under `images` the path may lose leading folders: data/1536/images/x.jpg is also sought as images/x.jpg
    and x.jpg. A path as Windows writes it is sought with slashes and without its drive, and names in the
    composed and the decomposed form of Unicode. An address such as s3://bucket/x.jpg is where it says.
    """
    if is_address(path):
        if why := refusal(path):
            raise Unusable(why)
        return path
    if "\0" in path:
        raise Unusable(f"found {path!r}; expected the path of a photo")
    if len(path) > LONGEST_PATH:
        expected = f"expected at most {LONGEST_PATH:,} characters"
        raise Unusable(f"found a path of {len(path):,}, which begins {path[:40]!r}; {expected}")
    written = dict.fromkeys((path, *_with_slashes(path)))
    places = [place for one in written for place in _places(one, folder, images)]
    return next(filter(None, map(_there, places)), path)


def _places(path: str, folder: Path, images: str | None) -> list[str]:
    """Where a path may be, as `located` says."""
    parts = Path(path).parts[-DEEPEST_PATH:] if images is not None else ()
    tails = ["/".join(parts[at:]) for at in range(len(parts))]
    return [str(folder / path), path, *(str(Path(images or "") / tail) for tail in tails)]


def _with_slashes(path: str) -> list[str]:
    """A path that Windows may have written, as others write it; nothing where it is none."""
    drive = re.match(r"([A-Za-z]):[\\/]", path)
    if "\\" not in path and drive is None:
        return []
    plain = path.replace("\\", "/")
    if drive is None:
        return [plain, plain.lstrip("/")]
    return [f"/mnt/{drive[1].lower()}{plain[2:]}", plain[2:].lstrip("/")]  # the first is where WSL has drives


def _there(place: str) -> str | None:
    """The path of what is there, names composed or decomposed as on the disk; None where it is not."""
    if os.path.exists(place):
        return place
    if place.isascii():
        return None
    at = ""
    for name in Path(place).parts:
        spelled = (os.path.join(at, unicodedata.normalize(form, name)) for form in ("NFC", "NFD"))
        at = next(filter(os.path.exists, (os.path.join(at, name), *spelled)), "")
        if not at:
            return None
    return at


def kind_of(word: str) -> Kind:
    """The kind that a word names, "other" for an empty one."""
    kind = word.strip().lower() or "other"
    if kind not in KINDS:
        raise Unusable(f"found the kind {word!r}; expected {', '.join(KINDS)}")
    return kind


def decoded(data: bytes, path: str) -> str:
    """The text of a file in UTF-8, or BadInput that names the line."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BadInput(f"{path}: found text in UTF-16; expected UTF-8: save it so")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput(f"{path}:{line}: byte {error.start} is not UTF-8; expected text in UTF-8") from None


def read_text(path: str, expected: str) -> str:
    """The text of a file in UTF-8, or BadInput."""
    return decoded(read_bytes(path, expected), path)


def json_lines(text: str, expected: str) -> Lines[dict[str, Any]]:
    """The objects of JSON lines by their line; blank lines are left out."""
    for line, content in enumerate(text.split("\n"), 1):
        if not content.strip():
            continue
        try:
            item = json.loads(content)
        except (ValueError, RecursionError) as error:
            yield line, Unusable(f"found no JSON ({getattr(error, 'msg', error)}); {expected}")
            continue
        yield line, item if isinstance(item, dict) else Unusable(f"found {type(item).__name__}; {expected}")


def as_json(value: Any, depth: int = 0) -> Any:
    """A cell as JSON holds it: a number that is not finite is null, a date is text."""
    if depth > DEEPEST:
        raise Unusable(f"found lists in lists, {DEEPEST} deep; expected plain values")
    if value is None or isinstance(value, bool | int | float):
        return value if not isinstance(value, float) or math.isfinite(value) else None
    if isinstance(value, list | tuple):
        return [as_json(item, depth + 1) for item in value]
    if isinstance(value, Mapping):
        return {clean(str(key)): as_json(item, depth + 1) for key, item in value.items()}
    return clean(str(value))
