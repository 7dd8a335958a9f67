"""Answers that other programs wrote, whatever form their file has.

Three forms are read: lines `{"id", "text"}`, the `.eval` log of inspect_ai, the samples JSONL of lmms-eval.
The form is known by what the file holds, not by its name.
"""

import os
from collections.abc import Iterable
from typing import Any

from twinlens.core.contracts import clean
from twinlens.core.errors import BadInput
from twinlens.core.files import read_bytes
from twinlens.interop import inspect_log, lmms_log
from twinlens.readers.files import Unusable, json_lines, read_text
from twinlens.runs.answers import Answers, Written

EXPECTED = 'expected one JSON object a line, {"id": …, "text": "…"}'
FORMS = f"{EXPECTED}, or a log of inspect_ai (.eval) or samples of lmms-eval (JSONL)"


def read_answers(path: str | os.PathLike[str]) -> Answers:
    """The answers in a file; BadInput names the line that is none, and an id that stands twice."""
    file = os.fspath(path)
    if read_bytes(file, "a file of answers", 4) == b"PK\x03\x04":
        model, written = inspect_log.read(file)
        return Answers(os.path.basename(file), _by_id(written), model)
    return Answers(os.path.basename(file), _by_id(_lines(file)))


def _by_id(written: Iterable[Written]) -> dict[str, Any]:
    first: dict[str, Written] = {}
    for one in written:
        earlier = first.setdefault(one.id, one)
        if earlier is not one:
            raise BadInput(
                f"{one.where}: the id {one.id!r} stands already at {earlier.where}; "
                "expected one answer a pair"
            )
    return {id: one.said for id, one in first.items()}


def _lines(file: str) -> Iterable[Written]:
    text = read_text(file, "a file of answers")
    if text.lstrip().startswith("{\n"):
        raise BadInput(f"{file}: found a JSON object of many lines; {FORMS}")
    for line, item in json_lines(text, FORMS):
        where = f"{file}:{line}"
        if isinstance(item, dict) and lmms_log.is_sample(item):
            yield lmms_log.written(item, where)
        else:
            yield Written(*id_and_text(item, where, FORMS), where)


def id_and_text(item: dict[str, Any] | Unusable, where: str, expected: str = EXPECTED) -> tuple[str, str]:
    """The id and the text of a line; BadInput where it lacks one."""
    if isinstance(item, Unusable):
        raise BadInput(f"{where}: {item}")
    missing = [key for key in ("id", "text") if key not in item]
    if missing:
        raise BadInput(f"{where}: found no {' and no '.join(missing)}; {expected}")
    id, text = item["id"], item["text"]
    if not isinstance(text, str) or isinstance(id, bool) or not isinstance(id, str | int):
        raise BadInput(f"{where}: found an id or text of another type; {expected}")
    return clean(str(id)), text
