"""`twinlens read`: what a rationale says, and with the photos whether they bear it out."""

from __future__ import annotations

import json as json_module
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, BinaryIO

from twinlens.cli.options import argument, flag
from twinlens.cli.terminal import complain, console, emit
from twinlens.core.errors import BadInput

if TYPE_CHECKING:
    from twinlens.core.types import Evidence, Failure, Reading

ANSWERS = {
    "a": "The answer is A.",
    "b": "The answer is B.",
    "same": "The answer is that neither is better.",
    None: "The text gives no answer.",
}
EXPECTED = 'expected one JSON object a line, {"id": …, "text": "…"}'


File = Annotated[str, argument("FILE|-", "A rationale; - is standard input.")]
A = Annotated[str | None, argument("A", "The photo that the text calls A.")]
B = Annotated[str | None, argument("B", "The photo that the text calls B.")]
Jsonl = Annotated[bool, flag("--jsonl", 'Lines {"id", "text"} in, JSON lines out.')]
Json = Annotated[bool, flag("--json", "Print one JSON object, of a reading.")]


def read_text(file: File, a: A = None, b: B = None, jsonl: Jsonl = False, json: Json = False) -> int:
    """Say what a rationale claims, and check it against the photos."""
    if a is not None and b is None:
        raise BadInput(f"found one photo, {a!r}; expected both or none")
    evidence = _evidence(a, b) if a is not None and b is not None else None
    failed = 0
    with _opened(file) as stream:
        texts = _rows(stream, file) if jsonl else [(file, _decoded(stream.read(), file))]
        for id, text in texts:
            outcome = _read(id, text, evidence)
            failed += not _show(id, outcome, json or jsonl, evidence is not None)
    return 1 if failed else 0


def _evidence(a: str, b: str) -> tuple[Evidence, ...]:
    from twinlens.imaging.open import open_pair
    from twinlens.judgement.evidence import measure

    return measure(open_pair(a, b)).evidence


def _read(id: str, text: str, evidence: tuple[Evidence, ...] | None) -> Reading | Failure:
    from twinlens.core.types import Failure
    from twinlens.language.parse import read

    outcome = read(text)
    if isinstance(outcome, Failure):
        return replace(outcome, raw=outcome.raw or text, pair_id=id)
    if evidence is None:
        return outcome
    from twinlens.judgement.grounding import ground

    return replace(outcome, claims=ground(outcome.claims, evidence))


def _show(id: str, outcome: Reading | Failure, json: bool, checked: bool) -> bool:
    """Print what was read; False where it was a failure."""
    from twinlens.core.contracts import outcome_record, reading_record
    from twinlens.core.types import Failure
    from twinlens.core.version import __version__

    if isinstance(outcome, Failure):
        if json:
            emit(outcome_record(outcome, __version__))
        complain(f"{id}: nothing was read ({outcome.kind}): {outcome.detail}")
        return False
    if json:
        emit(reading_record(outcome, id, __version__))
        return True
    from twinlens.cli.verdict import show_claims

    target = console()
    target.print(ANSWERS[outcome.answer])
    show_claims(outcome.claims, target, checked)
    return True


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    try:
        with nullcontext(sys.stdin.buffer) if file == "-" else open(file, "rb") as stream:
            yield stream
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:
        raise BadInput.unreadable(file, error, "a file of text, or -") from error


def _rows(stream: BinaryIO, file: str) -> Iterator[tuple[str, str]]:
    """The id and text of each line."""
    for count, line in enumerate(stream, 1):
        if line.strip():
            yield _row(_decoded(line, f"{file}:{count}"), f"{file}:{count}")


def _row(line: str, where: str) -> tuple[str, str]:
    try:
        row = json_module.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{where}: found no JSON ({getattr(error, 'msg', error)}); {EXPECTED}") from None
    if not isinstance(row, dict):
        raise BadInput(f"{where}: found {type(row).__name__}; {EXPECTED}")
    missing = [key for key in ("id", "text") if key not in row]
    if missing:
        raise BadInput(f"{where}: found no {' and no '.join(missing)}; {EXPECTED}")
    id, text = row["id"], row["text"]
    if not isinstance(text, str) or isinstance(id, bool) or not isinstance(id, str | int):
        raise BadInput(f"{where}: found an id or text of another type; {EXPECTED}")
    return str(id), text


def _decoded(data: bytes, where: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{where}: byte {error.start} is not UTF-8; expected text in UTF-8") from None
