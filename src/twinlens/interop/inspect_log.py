"""The log of inspect_ai, a zip of JSON files (`.eval`), read as it is and without inspect_ai.

Its files may be packed with Zstandard, which Python reads from 3.14 on: before, the extra inspect is needed.
"""

import json
import zipfile
from collections.abc import Iterator
from typing import Any

from twinlens.core.contracts import clean
from twinlens.core.errors import BadInput, MissingExtra
from twinlens.core.files import BROKEN_ZIP, open_zip
from twinlens.core.types import Failure
from twinlens.runs.answers import Said, Written

HEADER, START = "header.json", "_journal/start.json"
LONGEST = 1 << 28
"""Bytes of one file of a log."""
ZSTANDARD = 93
"""The number of that compression in a zip."""
EXPECTED = "a log of inspect_ai"


def read(file: str) -> tuple[str, list[Written]]:
    """The model that wrote the answers of a log, and the answers; BadInput where it is no log."""
    with open_zip(file, EXPECTED) as log:
        names = set(log.namelist())
        head = next((name for name in (HEADER, START) if name in names), None)
        if head is None:
            raise BadInput(f"{file}: found a zip without {HEADER}; expected {EXPECTED}")
        about = _json(log, head, file).get("eval")
        model = about.get("model") if isinstance(about, dict) else None
        return (model if isinstance(model, str) else ""), list(_samples(log, file))


def read_json(file: str, name: str) -> dict[str, Any]:
    """One of a log's files, such as header.json."""
    with open_zip(file, EXPECTED) as log:
        return _json(log, name, file)


def _samples(log: zipfile.ZipFile, file: str) -> Iterator[Written]:
    for name in sorted(set(log.namelist())):
        if name.startswith("samples/") and name.endswith(".json"):
            sample, where = _json(log, name, file), f"{file}: {name}"
            id = sample.get("id")
            if isinstance(id, bool) or not isinstance(id, str | int):
                raise BadInput(f"{where}: found a sample without an id; expected the id of a pair")
            yield Written(clean(str(id)), _said(sample), where)


def _said(sample: dict[str, Any]) -> Said:
    """The completion of a sample; a failure where the model was not reached or declined."""
    output, error = sample.get("output"), sample.get("error")
    output = output if isinstance(output, dict) else {}
    text = output.get("completion")
    if isinstance(text, str) and text:
        return text
    if isinstance(error, dict) or output.get("error"):
        detail = error.get("message") if isinstance(error, dict) else output["error"]
        return Failure("broken", f"inspect_ai: {' '.join(str(detail).split())[:400]}")
    choices = output.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    if isinstance(first, dict) and first.get("stop_reason") == "content_filter":
        return Failure("refused", "inspect_ai: the answer was filtered")
    return ""


def _json(log: zipfile.ZipFile, name: str, file: str) -> dict[str, Any]:
    """One file of the log."""
    info = log.getinfo(name)
    if info.file_size > LONGEST:
        raise BadInput(f"{file}: {name}: found {info.file_size:,} bytes; expected at most {LONGEST:,}")
    try:
        made = json.loads(_content(log, info))
    except (OSError, *BROKEN_ZIP) as error:
        raise BadInput(f"{file}: {name}: cannot be read: {error}; expected {EXPECTED}") from None
    if not isinstance(made, dict):
        raise BadInput(f"{file}: {name}: found {type(made).__name__}; expected a JSON object")
    return made


def _content(log: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    if info.compress_type != ZSTANDARD or hasattr(zipfile, "ZIP_ZSTANDARD"):
        return log.read(info)
    try:
        import zstandard
    except ImportError as error:
        raise MissingExtra("a log of inspect_ai that is packed with Zstandard", "inspect") from error
    packed = _packed(log, info)
    try:
        with zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True) as stream:
            return bytes(stream.read(LONGEST))
    except zstandard.ZstdError as error:
        raise zipfile.BadZipFile(str(error)) from None


def _packed(log: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """The bytes of a file as they stand in the zip, after its local header of 30 bytes, name and extras."""
    stream = log.fp
    assert stream is not None  # the log is open
    stream.seek(info.header_offset + 26)
    lengths = stream.read(4)
    stream.seek(int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little"), 1)
    return stream.read(info.compress_size)
