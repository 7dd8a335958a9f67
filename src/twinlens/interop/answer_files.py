"""Answers that other programs wrote, whatever form their file has.

Three forms are read: lines `{"id", "text"}`, the `.eval` log of inspect_ai, the samples JSONL of lmms-eval.
The form is known by what the file holds, not by its name.
"""

import os
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from twinlens.core.contracts import clean
from twinlens.core.errors import BadInput
from twinlens.core.files import read_bytes
from twinlens.core.types import Failure
from twinlens.interop import inspect_log, lmms_log
from twinlens.readers.files import Unusable, json_lines
from twinlens.runs.answers import Answers, Written

EXPECTED = 'expected one JSON object a line, {"id": …, "text": "…"}'
FORMS = f"{EXPECTED}, or a log of inspect_ai (.eval) or samples of lmms-eval (JSONL)"


def read_answers(path: str | os.PathLike[str], lexicon: str = "") -> Answers:
    """The answers in a file, to be read with the words of the file `lexicon` where one is named.

    A line that is no answer is a failure of the pair it names; `unread` says what is wrong with those that
    name none. An id that stands twice is a failure of its pair. BadInput where the file holds no line.
    """
    file = os.fspath(path)
    name = os.path.basename(file)
    if read_bytes(file, "a file of answers", 4) == b"PK\x03\x04":
        model, written = inspect_log.read(file)
        return Answers(name, _by_id(written), model, lexicon)
    lines = list(_lines(file))
    unread = tuple(one.said.detail for one in lines if not one.id and isinstance(one.said, Failure))
    return Answers(name, _by_id(one for one in lines if one.id), "", lexicon, unread)


def _by_id(written: Iterable[Written]) -> dict[str, Any]:
    first: dict[str, Written] = {}
    for one in written:
        earlier = first.setdefault(one.id, one)
        if earlier is not one:
            twice = f"{one.where}: the id {one.id!r} stands already at {earlier.where}"
            first[one.id] = replace(earlier, said=_unreadable(f"{twice}; expected one answer a pair", one.id))
    return {id: one.said for id, one in first.items()}


def _lines(file: str) -> Iterable[Written]:
    content = read_bytes(file, "a file of answers")
    if content.lstrip().startswith(b"{\n"):
        raise BadInput(f"{file}: found a JSON object of many lines; {FORMS}")
    for count, line in enumerate(content.split(b"\n"), 1):
        yield from answer_line(line, f"{file}:{count}", FORMS)


def answer_line(line: bytes, where: str, expected: str = EXPECTED) -> Iterable[Written]:
    """The answer in a line, none in a blank one; a failure that says where and why in one that is none.

    >>> list(answer_line(b"[1]", "x.jsonl:7"))[0].said.detail
    'x.jsonl:7: found list; expected one JSON object a line, {"id": …, "text": "…"}'
    """
    try:
        for _, item in json_lines(line.decode("utf-8-sig"), expected):
            if isinstance(item, dict) and expected == FORMS and lmms_log.is_sample(item):
                yield lmms_log.written(item, where)
            else:
                yield _written(item, line, where, expected)
    except UnicodeDecodeError as error:
        yield Written("", _unreadable(f"{where}: byte {error.start} is not UTF-8; {expected}"), where)
    except BadInput as error:
        yield Written("", _unreadable(str(error)), where)


def _unreadable(detail: str, id: str = "", raw: str = "") -> Failure:
    return Failure("unreadable", detail, raw, pair_id=id)


def _written(item: dict[str, Any] | Unusable, line: bytes, where: str, expected: str) -> Written:
    """The answer of a line {"id", "text"}, or why it has none."""
    if isinstance(item, Unusable):
        return Written("", _unreadable(f"{where}: {item}", raw=line.decode("utf-8-sig")), where)
    given, text = item.get("id"), item.get("text")
    id = clean(str(given)) if isinstance(given, str | int) and not isinstance(given, bool) else ""
    if id and isinstance(text, str):
        return Written(id, text, where)
    missing = [key for key in ("id", "text") if key not in item]
    what = f"no {' and no '.join(missing)}" if missing else "an id or text of another type"
    raw = text if isinstance(text, str) else ""
    return Written(id, _unreadable(f"{where}: found {what}; {expected}", id, raw), where)
